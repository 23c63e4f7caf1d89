"""``readiness import``: what it writes, what it shows, and what becomes of it when the checklist changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from readiness_pack import Assembly, evaluate
from readiness_pack.checklist import ItemSpec, load
from readiness_pack.cli import main
from readiness_pack.importing import blocks
from readiness_pack.importing.proposals import Proposal
from readiness_pack.rules.rule_set import rule_set
from tests.importing.checklists import NESTED, README, TABLE

Cli = Callable[..., tuple[int, str, str]]

LIST = """\
# Launch
## Data
- [ ] **Backups**: Databases are backed up every night
- [ ] **Keys**: KMS keys rotate every year
- [ ] **Secrets**: No passwords in code
- [ ] **Ownership**: Each table has an owner
## Running it
- [ ] **Alarms**: Somebody gets every alarm
- [ ] **Runbook**: How to restart it is written down
"""


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["readiness", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsysbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out.decode(), err.decode()

    return run


@pytest.fixture
def launch(cli: Cli) -> Callable[..., dict[str, Any]]:
    """Import a text into ``out``, and give the JSON."""

    def run(text: str, *options: str) -> dict[str, Any]:
        Path("launch.md").write_text(text, encoding="utf-8")
        code, out, err = cli("import", "launch.md", "--output", "out", "--format", "json", *options)
        assert (code, err) == (0, "")
        found: dict[str, Any] = json.loads(out)
        return found

    return run


Launch = Callable[..., dict[str, Any]]


def items() -> dict[str, ItemSpec]:
    """What a run with ``--rules out`` reads."""
    return load(Path("out")).by_id


def states(found: dict[str, Any]) -> dict[str, str]:
    return {item["id"]: item["state"] for item in found["items"]}


def edit(file: str, old: str, new: str) -> None:
    path = Path("out", file)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_both_files_give_the_same_151_items(cli: Cli, shared: Path) -> None:
    for name in ("checklist.md", "checklist-as-received.txt"):
        code, _, err = cli("import", str(shared / name), "--output", name.partition(".")[0])
        assert code == 0, err
        assert "151 items in 30 groups: 151 new" in err
    first, second = Path("checklist"), Path("checklist-as-received")
    files = sorted(path.name for path in first.glob("*.yaml"))
    assert len(files) == 30
    assert files == sorted(path.name for path in second.glob("*.yaml"))
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in files)
    assert "".join(path.read_text() for path in first.glob("*.yaml")).count("    statement:") == 151


def test_what_is_written_is_judged_beside_our_items(cli: Cli, shared: Path) -> None:
    cli("import", str(shared / "checklist.md"), "--output", "out", "--accept", "0.8")
    rules = rule_set([Path("out").resolve()])
    app = Assembly.from_template({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}})
    report = evaluate(app, rules.classes.values(), checklist=rules.checklist)
    assert len(report.items) == 302
    ours, theirs = report.items[:151], report.items[151:]
    assert [(item.title, item.statement) for item in theirs] == [(item.title, item.statement) for item in ours]
    # The same words are decided by the same rules, so they stand where ours stand.
    assert [item.status for item in theirs] == [item.status for item in ours]
    assert {item.status for item in theirs} >= {"not met", "missing", "not applicable"}


def test_a_group_is_a_file_that_people_can_read(launch: Launch) -> None:
    launch(LIST)
    assert sorted(path.name for path in Path("out").iterdir() if path.suffix == ".yaml") == [
        "LAU-DAT.yaml",
        "LAU-RUN.yaml",
    ]
    assert (
        Path("out/LAU-RUN.yaml")
        .read_text(encoding="utf-8")
        .split("items:\n")[1]
        .startswith(
            """\
  - id: LAU-RUN-01
    section: Running it
    group: Running it
    title: Alarms
    statement: Somebody gets every alarm
    checklist_line: 8
    disposition: evidence
    why: 'Imported: a record decides it until somebody writes rules for it or says which of the existing ones fit.'
    evidence:
      artefact: Record of Alarms
      owner: Operations
      valid_days: 365
"""
        )
    )
    assert [item.id for item in items().values()] == [
        "LAU-DAT-01", "LAU-DAT-02", "LAU-DAT-03", "LAU-DAT-04", "LAU-RUN-01", "LAU-RUN-02",
    ]  # fmt: skip


def test_nothing_is_accepted_before_somebody_says_so(launch: Launch) -> None:
    found = launch(LIST)
    keys = found["items"][1]
    assert keys["proposals"][0] | {"score": 0} == {
        "score": 0,
        "kind": "item",
        "name": "SEC-ENC-03",
        "item": "SEC-ENC-03",
    }
    assert keys["proposals"][1]["name"] == "KmsKeyRotationEnabled"
    assert keys["reuses"] == []
    assert all((item.disposition, item.reuses) == ("evidence", []) for item in items().values())
    text = Path("out/LAU-DAT.yaml").read_text(encoding="utf-8")
    assert (
        f"    # proposed {keys['proposals'][1]['score']:.2f} rule KmsKeyRotationEnabled of SEC-ENC-03 Key Management\n"
        in text
    )


def test_accepting_by_score(launch: Launch) -> None:
    score = launch(LIST)["items"][1]["proposals"][1]["score"]
    assert launch(LIST, "--accept", str(score + 0.01))["items"][1]["reuses"] == []
    found = launch(LIST, "--accept", str(score))["items"][1]
    assert found["reuses"] == ["KmsKeyRotationEnabled"]
    item = items()["LAU-DAT-02"]
    assert (item.disposition, item.reuses) == ("partial", ["KmsKeyRotationEnabled"])
    assert item.evidence is not None
    assert "KmsKeyRotationEnabled of" not in Path("out/LAU-DAT.yaml").read_text(encoding="utf-8")
    assert launch(LIST)["changed_files"] == []  # what was accepted stays


def test_an_item_that_is_one_of_ours_takes_its_record_too(launch: Launch) -> None:
    ours = load().by_id["REL-DRC-04"]
    launch(f"# L\n- [ ] **{ours.title}**: {ours.statement}\n", "--accept", "0.8")
    item = items()["L-LAU-01"] if "L-LAU-01" in items() else next(iter(items().values()))
    assert (item.disposition, item.why, item.evidence) == (ours.disposition, ours.why, ours.evidence)


def test_accepting_later_keeps_comments(launch: Launch) -> None:
    ours = load().by_id["SEC-ENC-03"]
    text = f"# L\n- [ ] **{ours.title}**: {ours.statement}\n"
    launch(text)
    edit(
        "L-LAU.yaml" if Path("out/L-LAU.yaml").exists() else next(Path("out").glob("*.yaml")).name,
        "    evidence:\n",
        "    # See the wiki.\n    evidence:\n",
    )
    launch(text, "--accept", "0.8")
    (item,) = items().values()
    assert (item.disposition, item.reuses, item.evidence) == (
        ours.disposition,
        [rule.name for rule in ours.rules],
        ours.evidence,
    )
    assert "    # See the wiki.\n" in next(Path("out").glob("*.yaml")).read_text()


def test_a_person_who_wants_no_rule_is_not_asked_again(launch: Launch) -> None:
    launch(LIST)
    edit(
        "LAU-DAT.yaml",
        "statement: KMS keys rotate every year\n",
        "statement: KMS keys rotate every year\n    reuses: []\n",
    )
    assert launch(LIST, "--accept", "0.1")["items"][1]["reuses"] == []
    assert "KmsKeyRotationEnabled of" not in Path("out/LAU-DAT.yaml").read_text(encoding="utf-8")


def test_importing_again_changes_nothing(launch: Launch) -> None:
    launch(LIST)
    before = {path: path.read_bytes() for path in Path("out").glob("*.yaml")}
    found = launch(LIST)
    assert set(states(found).values()) == {"same"}
    assert found["changed_files"] == []
    assert {path: path.read_bytes() for path in Path("out").glob("*.yaml")} == before


@pytest.mark.parametrize(
    ("old", "new", "state", "by"),
    [
        ("KMS keys rotate every year", "Each KMS key rotates", "changed", "title"),
        ("**Keys**: KMS", "**Rotation**: KMS", "changed", "statement"),
        ("**Keys**: KMS keys rotate every year", "**KMS**: Rotation of keys every year", "changed", "meaning"),
        ("**Keys**: KMS keys rotate every year", "Rotate KMS keys each year", "changed", "meaning"),
    ],
)
def test_an_id_stays_when_words_change(launch: Launch, old: str, new: str, state: str, by: str) -> None:
    launch(LIST)
    found = launch(LIST.replace(old, new))
    item = found["items"][1]
    assert (item["id"], item["state"], item["found_by"]["what"]) == ("LAU-DAT-02", state, by)
    assert items()["LAU-DAT-02"].statement == item["statement"]


def test_an_id_stays_when_an_item_moves(launch: Launch) -> None:
    launch(LIST)
    line = "- [ ] **Keys**: KMS keys rotate every year\n"
    found = launch(LIST.replace(line, "") + line)
    assert states(found)["LAU-DAT-02"] == "moved"
    assert (items()["LAU-DAT-02"].group, items()["LAU-DAT-02"].checklist_line) == ("Running it", 9)
    assert "LAU-DAT-02" in Path("out/LAU-RUN.yaml").read_text(encoding="utf-8")
    assert launch(LIST)["gone"] == []


def test_a_heading_that_changes_moves_its_items(launch: Launch) -> None:
    launch(LIST)
    found = launch(LIST.replace("## Running it", "## Operations"))
    assert states(found) | {"LAU-RUN-01": "moved", "LAU-RUN-02": "moved"} == states(found)
    assert {path.name for path in Path("out").glob("*.yaml")} == {"LAU-DAT.yaml", "LAU-OPE.yaml"}
    assert len(items()) == 6


def test_a_new_item_gets_a_number_that_was_never_used(launch: Launch) -> None:
    launch(LIST)
    launch(LIST.replace("- [ ] **Ownership**: Each table has an owner\n", ""))
    found = launch(LIST.replace("- [ ] **Ownership**: Each table has an owner\n", "- [ ] **Zebra**: Stripes\n"))
    assert [item["id"] for item in found["items"] if item["state"] == "new"] == ["LAU-DAT-05"]


def test_two_items_with_one_title_keep_their_ids(launch: Launch) -> None:
    text = "# L\n## A\n- [ ] **Docs**: one\n- [ ] **Docs**: two\n## B\n- [ ] **Docs**: three\n- [ ] **Docs**: one\n"
    first = [item["id"] for item in launch(text)["items"]]
    again = launch(text.replace("# L", "# L\n\nWords.\n"))
    assert [item["id"] for item in again["items"]] == first
    assert len(set(first)) == 4


def test_what_people_write_into_the_files_stays(launch: Launch) -> None:
    launch(LIST)
    file = Path("out/LAU-DAT.yaml")
    text = file.read_text(encoding="utf-8").replace("# Written by", "# Ana keeps this file.\n# Written by")
    text = text.replace("  - id: LAU-DAT-02\n", "  # Ask Ben about keys\n  - id: LAU-DAT-02   # never change\n")
    text = text.replace(
        "statement: KMS keys rotate every year", "statement: >-  # folded\n      KMS keys rotate\n      every year"
    )
    text = text.replace(
        "artefact: Record of Keys\n      owner: Platform", "artefact: Rota\n      owner: Ben  # not Ana"
    )
    text = text.replace(
        "artefact: Record of Keys\n      owner: Security", "artefact: Rota\n      owner: Ben  # not Ana"
    )
    text = text.replace("  - id: LAU-DAT-03\n", RULES + "  - id: LAU-DAT-03\n")
    file.write_text(text, encoding="utf-8")
    before = items()["LAU-DAT-02"]
    assert (before.statement, len(before.rules)) == ("KMS keys rotate every year", 1)

    found = launch(LIST.replace("KMS keys rotate every year", "KMS keys rotate: yearly # or sooner"), "--accept", "0.1")

    after = items()["LAU-DAT-02"]
    assert after.statement == "KMS keys rotate: yearly # or sooner"
    assert (after.rules, after.evidence, after.disposition) == (before.rules, before.evidence, before.disposition)
    text = file.read_text(encoding="utf-8")
    for words in (
        "# Ana keeps",
        "  # Ask Ben about keys\n  - id: LAU-DAT-02   # never change\n",
        "# not Ana",
        "# Our rule\n",
    ):
        assert text.count(words) == 1, words
    assert found["items"][1]["reuses"] == []  # it has rules of its own
    assert (
        launch(LIST.replace("KMS keys rotate every year", "KMS keys rotate: yearly # or sooner"))["changed_files"] == []
    )


RULES = """\
    rules:
      # Our rule
      - name: AcmeKeys
        severity: error
        resource: AWS::KMS::Key
        require: {EnableKeyRotation: true}
        message: "{logical_id} # proposed 0.99 is no comment"
"""


def test_items_of_ones_own_in_the_same_folder_stay(launch: Launch) -> None:
    launch(LIST)
    flow = (
        "{id: ACME-3, section: S, group: G, title: T, statement: S, disposition: evidence, why: W, checklist_line: 3}\n"
    )
    Path("out/flow.yaml").write_text(flow)
    own = "id: ACME-1\nsection: S\ngroup: G\ntitle: Alarms\nstatement: Ours\ndisposition: evidence\nwhy: W\n"
    Path("out/own.yaml").write_text(own)
    listed = "  - id: ACME-2\n    section: S\n    group: G\n    title: T\n    statement: S\n    disposition: evidence\n    why: W\n"
    with Path("out/LAU-DAT.yaml").open("a") as file:
        file.write(listed)
    launch(LIST.replace("## Data", "## Tables"))
    assert Path("out/own.yaml").read_text() == own
    assert Path("out/LAU-DAT.yaml").read_text().endswith(f"items:\n{listed}")
    assert Path("out/flow.yaml").read_text() == flow
    assert len(items()) == 9


def test_what_is_gone_is_kept_aside_and_comes_back(launch: Launch, cli: Cli) -> None:
    launch(LIST)
    edit("LAU-RUN.yaml", "artefact: Record of Runbook\n", "artefact: Our wiki  # page 7\n")
    less = LIST.replace("- [ ] **Runbook**: How to restart it is written down\n", "")
    found = launch(less)
    assert found["gone"] == [{"id": "LAU-RUN-02", "title": "Runbook", "now": True}]
    assert "LAU-RUN-02" not in items()
    assert "Our wiki  # page 7" in Path("out/.gone.yaml").read_text()
    assert launch(less)["gone"] == [{"id": "LAU-RUN-02", "title": "Runbook", "now": False}]
    found = launch(LIST)
    assert states(found)["LAU-RUN-02"] == "back"
    assert "Our wiki  # page 7" in Path("out/LAU-RUN.yaml").read_text()
    assert not Path("out/.gone.yaml").exists()


def test_another_checklist_does_not_push_the_first_one_out(launch: Launch, cli: Cli) -> None:
    launch(LIST)
    Path("other.md").write_text(TABLE, encoding="utf-8")
    before = sorted(Path("out").iterdir())
    code, _, err = cli("import", "other.md", "--output", "out")
    assert (code, err.count("\n")) == (2, 1)
    assert "out: holds a checklist of 6 items, of which none can be found in this one" in err
    assert sorted(Path("out").iterdir()) == before
    assert cli("import", "other.md", "--output", "out", "--replace")[0] == 0
    assert {item.id for item in items().values()} >= {"PLT-1"}
    assert Path("out/.gone.yaml").read_text().count("  - id: LAU-") == 6


def test_nothing_is_written_without_a_folder(cli: Cli) -> None:
    Path("launch.md").write_text(LIST, encoding="utf-8")
    code, out, err = cli("import", "launch.md")
    assert code == 0
    assert "LAU-DAT-02" in out
    assert "KmsKeyRotationEnabled" in out
    assert "nothing was written" in err
    assert [path.name for path in Path().iterdir()] == ["launch.md"]


def test_the_console_says_what_became_of_each_item(launch: Launch, cli: Cli) -> None:
    launch(LIST)
    changed = LIST.replace("**Runbook**: How", "**Runbook**: That").replace(
        "- [ ] **Secrets**: No passwords in code\n", ""
    )
    Path("launch.md").write_text(f"{changed}- plain words\n", encoding="utf-8")
    code, out, err = cli("import", "launch.md", "--output", "out")
    assert code == 0
    rows = {line.split()[0]: line.split() for line in out.splitlines()[1:]}
    assert rows["LAU-RUN-02"][1:3] == ["changed", "Runbook"]
    assert rows["LAU-DAT-03"][1:3] == ["gone", "Secrets"]
    assert rows["LAU-DAT-01"][1] == "Backups"
    assert err.splitlines() == [
        "not taken for items (no box, no bold title, no words): line 9",
        "5 items in 2 groups: 1 changed; 0 relying on rules, 3 with proposals",
        f"1 item gone from the checklist, kept in {Path('out/.gone.yaml')}: LAU-DAT-03",
        "3 files of out changed",
    ]


@pytest.mark.parametrize("text", [README, NESTED, TABLE], ids=["readme", "nested", "table"])
def test_other_checklists_can_be_imported_twice(launch: Launch, text: str) -> None:
    found = launch(text)
    assert len(items()) == len(found["items"]) > 5
    again = launch(text)
    assert [item["id"] for item in again["items"]] == [item["id"] for item in found["items"]]
    assert again["changed_files"] == []


def test_who_answers_is_what_the_table_says(launch: Launch) -> None:
    launch(TABLE)
    owners = {name: item.evidence.owner for name, item in items().items() if item.evidence}
    assert (owners["PLT-1"], owners["PLT-3"]) == ("Ana", "Observability")
    assert owners["SA-DEL-COS-01"] == "Business"
    assert owners["PLT-2"] == "Platform"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import",), "Missing argument"),
        (("import", "none.md"), "none.md: cannot be read"),
        (("import", "empty.md"), "empty.md: the file is empty"),
        (("import", "prose.md"), "prose.md: no checklist item was found"),
        (("import", "latin.md"), "latin.md:1: is not UTF-8 text"),
        (("import", "good.md", "--output", "good.md"), "good.md: "),
        (("import", "good.md", "--output", "broken"), "x.yaml:2: items[0].id: expected `str`, got `int`"),
        (("import", "good.md", "--prefix", "a/b"), "'a/b' is no word of up to 10 letters and digits"),
        (("import", "good.md", "--accept", "2"), "2"),
        (("import", "good.md", "--accept", "0"), "0"),
        (("import", "good.md", "--rules", "nowhere"), "nowhere"),
    ],
)  # fmt: skip
def test_bad_usage_is_one_line_and_exit_2(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    Path("empty.md").write_text(" \n")
    Path("prose.md").write_text("Words.\n")
    Path("latin.md").write_bytes("- Größe\n".encode("latin-1"))
    Path("good.md").write_text("- a\n")
    Path("broken").mkdir()
    Path("broken/x.yaml").write_text("items:\n- id: 7\n")
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_the_page_shows_what_is_written(launch: Launch, root: Path) -> None:
    launch("# Launch checklist\n## Data\n- [ ] **Keys**: KMS keys rotate every year\n")
    text = Path("out/LC-DAT.yaml").read_text(encoding="utf-8")
    shown = text[text.index("items:") :].split("    # proposed 0.59")[0]
    assert f"```text\n{shown}```" in (root / "docs" / "import.md").read_text(encoding="utf-8")


def test_help_shows_an_example(cli: Cli) -> None:
    code, out, _ = cli("import", "--help")
    assert code == 0
    assert "readiness import CHECKLIST.md --output checklist" in out


@pytest.mark.parametrize(
    "words",
    ["yes", "2024-01-01", "1e3", "a: b", "- a", "# a", "'a", '"', "{a}", "[x", "*a", "&a", "!a", "%a", "|", ">", "a #b", "\\n", "null", "~", "🔒 é 本", "\x1b[31mred\x1b[0m",
     "a\u202eb", "'; rm -rf", "{{ x }}", "items:", "# proposed 0.99 rule X of Y"],
)  # fmt: skip
def test_words_that_mean_something_to_yaml_stay_words(launch: Launch, words: str) -> None:
    text = f"# L\n- [ ] **T1**: x {words}\n- [ ] **{words}x**: y\n"
    (first, *_) = launch(text)["items"]
    assert items()[first["id"]].statement == first["statement"]
    assert launch(text)["changed_files"] == []
    launch(text.replace("**: x ", "**: z "))
    assert items()[first["id"]].statement == f"z{first['statement'][1:]}"


PROPOSAL = Proposal(0.5, "rule", "A", "B-1", "T")


@pytest.mark.parametrize(
    "text",
    [
        "items:\n- id: A\n  title: old\n",
        "items:\n    -   id: A\n        title: old\n",
        "items:\n  - title: old\n    id: A\n",
        "items:\n  - {id: A, title: old}\n",
        "items: [{id: A, title: old}]\n",
        "items:\n  - id: A\n    title: |\n      old\n    why: b\n",
        "items:\n  - id: A\n    title: 'old\n      words'\n    # end\n",
        "items:\n  -\n    id: A\n    title: old\n",
        '{"items": [{"id": "A", "title": "old"}]}\n',
        "items:\n  - id: A\n    title: old\n    why: |\n      # proposed 0.10 rule X\n      more\n",
    ],
)
def test_a_value_is_replaced_however_it_is_written(text: str) -> None:
    found = blocks.split(text)
    old = yaml.safe_load(text)["items"][0]
    block = found[1][0] if found else blocks.written(old)
    new = blocks.updated(block, {"title": "new: words", "checklist_line": 7}, [PROPOSAL])
    assert yaml.safe_load(new)[0] == {**old, "title": "new: words", "checklist_line": 7}
    assert new.count("# proposed 0.50 rule A of B-1 T") == 1
    again = blocks.updated(new, {"title": "new: words", "checklist_line": 7}, [PROPOSAL])
    assert again == new
    assert blocks.split(blocks.joined("items:\n", [new])) == ("items:\n", [new])


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_survive(first: str, second: str) -> None:
    first, second = " ".join(first.split()) or "a", " ".join(second.split()) or "b"
    block = blocks.written({"id": "A", "title": first, "why": second})
    assert yaml.safe_load(block)[0]["title"] == first
    assert yaml.safe_load(blocks.updated(block, {"title": second}))[0] == {"id": "A", "title": second, "why": second}
