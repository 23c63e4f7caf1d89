"""Commented records to fill in, one for each item that lacks one, in a file for each team.

Nothing in them counts before a person has written it: every record is commented out, and what is to be filled in is a
placeholder that no record may contain. What people wrote stays as it is: new templates are put under ``records:`` of
the team's file, or into a further file where that cannot be done safely.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from textwrap import wrap

from readiness_pack import files
from readiness_pack.checklist import ItemSpec
from readiness_pack.evidence.measures import asked
from readiness_pack.evidence.records import file_names

_WIDTH = 116
_KEY = re.compile(r"^records:[ \t]*(#.*)?$", re.MULTILINE)
_ITEM = re.compile(r"""^\s*(#\s*)?(?:-\s*)?\{?\s*item:\s*['"]?([\w.-]+)""", re.MULTILINE)
_ENTRY = re.compile(r"^( *)- ", re.MULTILINE)

HEAD = """\
# Records of the {team} team. Take out the '# ' before a record and fill it in: it counts for nothing as long as a
# placeholder is left. `readiness evidence check` looks through all records.
# A record may also have valid_until: YYYY-MM-DD, links: [https://...] and files: [{{path: report.pdf, sha256: ...}}].
records:
"""


def write(folder: Path, items: Iterable[ItemSpec], ended: Collection[str] = ()) -> dict[Path, list[str]]:
    """Write a template for each of ``items`` that no file in ``folder`` mentions yet.

    Args:
        folder: where evidence is kept; it is made where it does not exist.
        items: items that ask for a record.
        ended: ids of those whose records have ended: they get a template beside what people wrote.

    Returns:
        File that was written -> ids of the items that are new in it.

    Raises:
        InputError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[Path, list[str]] = {}
    with files.locked(folder / "records"):
        written_out, commented = _mentioned(folder)
        known = commented | (written_out - frozenset(ended))
        by_team: dict[str, list[ItemSpec]] = {}
        for item in items:
            if item.evidence is not None and item.id not in known:
                by_team.setdefault(item.evidence.owner, []).append(item)
        for team, members in by_team.items():
            target, text = _placed(folder / f"{_file_name(team)}.yaml", team, members)
            files.write(target, text.encode())
            written[target] = [item.id for item in members]
    return written


def _file_name(team: str) -> str:
    """A file name for a team, whatever its name is."""
    return re.sub(r"[^a-z0-9]+", "-", team.lower()).strip("-") or "records"


def _mentioned(folder: Path) -> tuple[set[str], set[str]]:
    """The items that some file has a record of, and those with one that is commented out."""
    found: tuple[set[str], set[str]] = set(), set()
    for path in file_names(folder):
        text = path.read_text(encoding="utf-8", errors="replace")
        for sign, item in _ITEM.findall(text):
            found[bool(sign)].add(item)
    return found


def _placed(path: Path, team: str, items: list[ItemSpec]) -> tuple[Path, str]:
    """The file to write and its whole new content."""
    if not path.exists():
        return path, HEAD.format(team=team) + "\n".join(_template(item, "") for item in items)
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    key = _KEY.search(text)
    if key is None or text.encode() != path.read_bytes() or "\r" in text:
        return _placed(_further(path), team, items)
    entry = _ENTRY.search(text, key.end())
    indent = entry[1] if entry else ""
    at = min(key.end() + 1, len(text))
    before = text[:at] if text[:at].endswith("\n") else f"{text[:at]}\n"
    return path, before + "\n".join(_template(item, indent) for item in items) + text[at:]


def _further(path: Path) -> Path:
    """A name beside ``path`` that nobody uses yet: ``security-2.yaml``."""
    number = 2
    while (found := path.with_name(f"{path.stem}-{number}.yaml")).exists():
        number += 1
    return found


def _template(item: ItemSpec, indent: str) -> str:
    evidence = item.evidence
    assert evidence is not None  # noqa: S101  write() leaves the others out
    text = f"{item.id} {item.title}: {item.statement}."
    about = [*_commented(text), *_commented(f"Shows: {evidence.artefact}. Valid for {evidence.valid_days} days.")]
    about += _commented(evidence.guidance) if evidence.guidance else []
    fields: Mapping[str, str] = {
        "statement": "<what was done, and what came of it>",
        "owner": evidence.owner,
        "date": "YYYY-MM-DD",
    }
    lines = [f"- item: {item.id}", *(f"  {key}: {_scalar(value)}" for key, value in fields.items())]
    if evidence.measure is not None:
        measure = evidence.measure
        lines.append(f"  value: <{measure.name} in {measure.unit}; {asked(measure)}>")
    return "".join(f"{indent}# {line}\n" for line in [*about, *lines])


def _commented(text: str) -> list[str]:
    return wrap(" ".join(text.split()), _WIDTH)


def _scalar(value: str) -> str:
    """``value`` as YAML reads it back, whatever is in it."""
    plain = re.fullmatch(r"[A-Za-z][\w ./-]*|<[^<>:#]*>|YYYY-MM-DD", value)
    return value if plain else json.dumps(value)


__all__ = ["HEAD", "write"]
