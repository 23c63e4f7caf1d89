"""rules/ says what the checklist says: every bullet once, in its words, at its line, in its order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
CHECKLIST = ROOT.parent / "shared" / "checklist.md"

BULLET = re.compile(r"^(?:- (?:\[[ x]\] )?|\d+\. )\*\*(?P<title>[^*]+)\*\*: (?P<statement>.+)$")
BLANK = re.compile(r"^\*\*(?P<title>[^*]+)\*\*: _+$")


@dataclass(frozen=True)
class Bullet:
    """A line of the checklist that asks for something."""

    line: int
    section: str
    group: str
    title: str
    statement: str


def bullets(text: str) -> Iterator[Bullet]:
    """The bullets of the checklist. Its last section has no headings of groups: bullets, then blanks to fill in."""
    section = group = ""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"^(##+) (.+)$", line):
            words = re.sub(r"^[^A-Za-z]+", "", heading[2])
            section, group = (words, "") if heading[1] == "##" else (section, words)
        elif bullet := BULLET.match(line):
            yield Bullet(number, section, group or "Sign-offs", bullet["title"], bullet["statement"])
        elif blank := BLANK.match(line):
            yield Bullet(number, section, "Certification record", blank["title"], line.replace("**", ""))


def items() -> list[dict[str, Any]]:
    """Every item of rules/, in the order of the checklist."""
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RULES.rglob("*.yaml")]
    return sorted(found, key=lambda item: int(item["checklist_line"]))


@pytest.fixture(scope="module")
def checklist() -> list[Bullet]:
    if not CHECKLIST.exists():
        pytest.skip(f"no checklist beside the checkout ({CHECKLIST})")
    return list(bullets(CHECKLIST.read_text(encoding="utf-8")))


def test_every_bullet_is_an_item_in_its_words_and_order(checklist: list[Bullet]) -> None:
    assert [
        Bullet(item["checklist_line"], item["section"], item["group"], item["title"], item["statement"])
        for item in items()
    ] == checklist


def test_the_checklist_is_read_whole(checklist: list[Bullet]) -> None:
    assert len(checklist) == 151
    assert len({bullet.section for bullet in checklist}) == 11


def test_ids_number_the_bullets_of_their_group() -> None:
    seen: dict[str, int] = {}
    groups: dict[str, set[tuple[str, str]]] = {}
    for item in items():
        prefix, _, number = item["id"].rpartition("-")
        seen[prefix] = seen.get(prefix, 0) + 1
        assert int(number) == seen[prefix], item["id"]
        assert re.fullmatch(r"[A-Z]{3}-[A-Z]{3}-\d\d", item["id"])
        groups.setdefault(prefix, set()).add((item["section"], item["group"]))
    assert sum(seen.values()) == 151
    assert all(len(where) == 1 for where in groups.values())


def test_a_file_is_named_after_its_item_and_a_folder_holds_one_group() -> None:
    folders: dict[Path, set[tuple[str, str]]] = {}
    sections: dict[Path, set[str]] = {}
    for path in RULES.rglob("*.yaml"):
        item = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert path.stem == item["id"]
        assert len(path.relative_to(RULES).parts) == 3
        folders.setdefault(path.parent, set()).add((item["section"], item["group"]))
        sections.setdefault(path.parent.parent, set()).add(item["section"])
    assert all(len(groups) == 1 for groups in folders.values())
    assert all(len(names) == 1 for names in sections.values())
    assert (len(folders), len(sections)) == (31, 11)


def test_what_the_template_cannot_decide_asks_for_evidence() -> None:
    for item in items():
        assert item["disposition"] in {"automated", "partial", "evidence"}
        assert bool(item.get("evidence")) == (item["disposition"] != "automated"), item["id"]
        if evidence := item.get("evidence"):
            assert evidence["owner"] in {"Business", "Operations", "Platform", "QA", "Security"}
            assert 30 <= evidence["valid_days"] <= 365
            assert evidence["guidance"].endswith(".")


def test_a_target_in_a_statement_is_a_measure() -> None:
    measures = {item["id"]: item["evidence"]["measure"] for item in items() if "measure" in item.get("evidence", {})}
    assert {name: (one["target"], one["comparison"]) for name, one in measures.items()} == {
        "TST-AUT-01": (90, ">"),
        "SUC-TEC-01": (99.9, ">="),
        "SUC-TEC-02": (200, "<"),
        "SUC-TEC-03": (10, ">="),
        "SUC-TEC-04": (0, "<="),
        "SUC-TEC-05": (100, ">="),
        "SUC-BUS-01": (70, ">="),
        "SUC-BUS-02": (60, ">="),
        "SUC-BUS-03": (50, ">="),
        "SUC-BUS-04": (25, ">="),
        "SUC-BUS-05": (90, ">="),
        "SUP-ESC-02": (15, "<="),
    }
    statements = {item["id"]: item["statement"] for item in items()}
    for name, measure in measures.items():
        number = "Zero" if measure["target"] == 0 else f"{measure['target']:g}"
        assert number in statements[name], name
