"""Records are read as their authors mean them, and what cannot be meant is refused with file and line."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import InputError
from readiness_pack.config import FactSpec
from readiness_pack.evidence.placeholders import placeholder
from readiness_pack.evidence.records import Evidence, with_facts
from tests.evidence.building import CHECKLIST, TODAY, Project, fact, record

DAY = datetime.timedelta(1)


def refused(project: Project, today: datetime.date = TODAY) -> str:
    with pytest.raises(InputError) as caught:
        project.read(today)
    return str(caught.value)


# What is read --------------------------------------------------------------------------------------------------------


def test_a_record_is_read_with_its_end_file_and_line(project: Project) -> None:
    project.text("# Records\n\nrecords:\n- {item: SEC-IAM-01, statement: Keys for all, owner: Security, date: 2026-11-01}\n"
                 "- item: REL-DRC-04\n  statement: Restored it\n  owner: Operations\n  date: 2026-10-02\n")  # fmt: skip
    first, second = project.read().records
    assert (first.item, first.file, first.line) == ("SEC-IAM-01", "evidence/records.yaml", 4)
    assert (second.item, second.line, second.problem) == ("REL-DRC-04", 5, None)
    valid_days = CHECKLIST.by_id["REL-DRC-04"].evidence.valid_days  # type: ignore[union-attr]
    assert second.last_day == datetime.date(2026, 10, 2) + datetime.timedelta(valid_days)


def test_no_folder_is_no_evidence_and_a_missing_one_that_is_named_an_error(project: Project) -> None:
    assert project.read() == Evidence(folder=project.folder / "evidence")
    project.set(evidence="docs/evidence")
    assert refused(project) == f"{project.folder}/readiness.yaml:1: evidence: there is no folder or file docs/evidence"


def test_evidence_may_be_one_file(project: Project) -> None:
    project.write(record())
    (project.folder / "evidence" / "records.yaml").rename(project.folder / "proof.yaml")
    project.set(evidence="proof.yaml")
    found = project.read()
    assert [one.item for one in found.records] == ["REL-DRC-04"]
    assert found.folder == project.folder


def test_every_file_counts_but_hidden_ones_and_those_of_folders_below(project: Project) -> None:
    project.write(record(), name="a.yaml")
    project.write(record("OPS-DOC-02"), name="b.yml")
    project.text("not: evidence", name=".hidden.yaml")
    project.text("not evidence", name="notes.txt")
    (project.folder / "evidence" / "signoffs").mkdir()
    (project.folder / "evidence" / "signoffs" / "x.yaml").write_text("not: evidence")
    assert [one.item for one in project.read().records] == ["REL-DRC-04", "OPS-DOC-02"]


@pytest.mark.parametrize(
    "text", ["\n\n", "# all\n# commented\n", "records:\n# - item: x\n", "records: []\n", "\ufeffrecords:\n"]
)
def test_a_file_without_records_has_none(project: Project, text: str) -> None:
    project.text(text)
    assert project.read().records == ()


def test_a_file_without_a_character_was_cut_off(project: Project) -> None:
    project.text("")
    assert refused(project) == "evidence/records.yaml: the file is empty"


def test_the_same_record_twice_counts_once(project: Project) -> None:
    project.write(record(), record(), name="a.yaml")
    project.write(record(), name="b.yaml")
    assert len(project.read().records) == 1


# What is refused -----------------------------------------------------------------------------------------------------

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("unknown key", record(valid_till="2027-01-01"), "5: records[0].valid_till: there is no such key. Did you mean 'valid_until'?"),
    ("unknown item", record("REL-DRC-4"), "1: item: there is no item 'REL-DRC-4'. Did you mean 'REL-DRC-04'?"),
    ("no subject", record(item=None), "1: give either an item or a fact that the record is about"),
    ("two subjects", record(fact="guardduty"), "1: give either an item or a fact that the record is about"),
    ("no owner", record(owner=None), "records[0]: object missing required field `owner`"),
    ("blank owner", record(owner="  "), "3: owner: say who answers for it"),
    ("blank statement", record(statement=" "), "1: the record needs a statement: what was done, and what came of it"),
    ("no date", record(date=None), "records[0]: object missing required field `date`"),
    ("not a date", record(date="last week"), "records[0].date: expected a date such as 2027-03-31"),
    ("no such day", record(date="2026-02-30"), "records[0].date: expected a date such as 2027-03-31"),
    ("future", record(date="2026-11-26"), "4: date: 2026-11-26 is in the future; today is 2026-11-25"),
    ("ends first", record(valid_until="2026-10-01"), "5: valid_until: 2026-10-01 is before its date, 2026-10-02"),
    ("too long", record(valid_until="2027-04-01"), "5: valid_until: 2027-04-01 is more than 180 days after its date; end it by 2027-03-31, or say why in 'extended'"),
    ("why so short", record(extended="because"), "5: extended: shorter than 10 characters; say why"),
    ("link", record(links=["javascript:alert(1)"]), "'javascript:alert(1)' is not an address that begins with https://"),
    ("value", record("SUC-TEC-01", value="99.95 %"), "5: value: '99.95 %' is not a number"),
    ("both", record("SUC-TEC-01", not_applicable="There is no API.", value=99), "6: value: an item that does not apply has no value"),
    ("yes", record("SUC-TEC-01", value=True), "5: value: 'True' is not a number"),
    ("nan", record("SUC-TEC-01", value=float("nan")), "5: .nan is not a number that can be used"),
    ("inf", record("SUC-TEC-03", value=float("inf")), "5: .inf is not a number that can be used"),
    ("huge", record("SUC-TEC-03", value=10**400), "5: value: not a number"),
    ("seconds for milliseconds", record("SUC-TEC-02", value=0.5), "5: value: 0.5 is 0.5 milliseconds where no unit is given; write the unit"),
    ("percent", record("SUC-TEC-01", value=9995), "5: value: 9995 is more than 100 percent"),
    ("negative", record("SUC-TEC-04", value=-1), "5: value: -1 is less than nothing"),
    ("unit", record("SUC-TEC-02", value=0.1, unit="percent"), "6: unit: api_p95_latency is given in milliseconds, not in percent"),
    ("wrong way", record("SUC-TEC-01", value=1, comparison="<="), "6: comparison: availability compares with >= 99.9, not with <="),
    ("no such sign", record("SUC-TEC-01", value=1, comparison="=>"), "records[0].comparison: invalid enum value '=>'"),
    ("target alone", record(target=5), "1: a target, comparison or unit needs a value"),
    ("target of what", record(value=5, target=5), "6: target: a target needs a comparison: >=, <=, >, < or =="),
    ("hash", record(files=[{"path": "a", "sha256": "abc"}]), "6: files[0]: 64 hexadecimal digits are needed for sha256"),
    ("absolute", record(files=[{"path": "/etc/passwd", "sha256": "0" * 64}]), "files[0]: /etc/passwd is absolute; give it relative to this file"),
    ("outside", record(files=[{"path": "../../x", "sha256": "0" * 64}]), "files[0]: ../../x is outside of the project's folder"),
    ("unknown fact", fact("guard_duty"), "no rule asks for a fact 'guard_duty'. Did you mean 'guardduty'?"),
    ("fact without an end", {**fact("guardduty"), "valid_until": None}, "fact 'guardduty' needs valid_until: the last day on which it counts"),
    ("fact that is measured", fact("guardduty", unit="percent"), "unit: a fact has none; it is for records of items"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_cannot_be_meant_is_refused(project: Project, entry: dict[str, Any], said: str) -> None:
    project.write(entry)
    text = refused(project)
    assert text.startswith("evidence/records.yaml:")
    # Files are written with `records:` in the first line, so that a line of a record is one more.
    number, _, rest = said.partition(": ")
    assert text.endswith(f":{int(number) + 1}: {rest}" if number.isdigit() else said), text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("records: [", "evidence/records.yaml:2: not valid YAML"),
        ("recrods: []", "evidence/records.yaml:1: recrods: there is no such key. Did you mean 'records'?"),
        ("- item: REL-DRC-04", "evidence/records.yaml:1: expected `object`, got `array`"),
        ("records: {item: REL-DRC-04}", "evidence/records.yaml:1: records: expected `array | null`, got `object`"),
        ("records:\n- item: A\n  item: B", "evidence/records.yaml:3: 'item' is given twice"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_refused(project: Project, text: str, said: str) -> None:
    project.text(text)
    assert refused(project).startswith(said)


def test_a_file_that_is_no_text_is_refused(project: Project) -> None:
    project.text("")
    (project.folder / "evidence" / "records.yaml").write_bytes(b"\xff\xfe\x00")
    assert refused(project) == "evidence/records.yaml: the file is not UTF-8 text"


def test_a_link_to_a_file_outside_is_outside(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text("secret")
    entry = project.file("inside.txt")
    (project.folder / "evidence" / "inside.txt").unlink()
    (project.folder / "evidence" / "inside.txt").symlink_to(secret)
    project.write(record(files=[entry]))
    assert "outside of the project's folder" in refused(project)


def test_the_day_before_its_end_and_the_end_itself_are_fine(project: Project) -> None:
    project.write(record(date="2026-11-25", valid_until="2026-11-25"))
    assert project.read().records[0].last_day == TODAY


def test_a_later_end_needs_a_reason(project: Project) -> None:
    project.write(record(valid_until="2027-12-31", extended="The exercise is once a year by contract."))
    assert project.read().records[0].last_day == datetime.date(2027, 12, 31)


def test_dates_at_the_end_of_the_calendar_are_fine(project: Project) -> None:
    project.write(record(date="9999-12-31"))
    assert project.read(datetime.date(9999, 12, 31)).records[0].last_day == datetime.date.max


# What contradicts ----------------------------------------------------------------------------------------------------

OPPOSITES = [
    (record("SUC-TEC-01", value=99.95), record("SUC-TEC-01", value=99.2), "the value is 99.95 there"),
    (record(), record(not_applicable="There is no state to recover."), "one says that the item does not apply"),
    (fact("guardduty"), fact("guardduty", value=False), "it is true there"),
]


@pytest.mark.parametrize(("one", "other", "said"), OPPOSITES)
def test_records_that_contradict_each_other_are_refused(project: Project, one: Any, other: Any, said: str) -> None:
    project.write(one, name="a.yaml")
    project.write(other, name="b.yaml")
    assert refused(project) == (
        f"evidence/b.yaml:2: this record of {one.get('item') or one['fact']} contradicts that of evidence/a.yaml:2: {said}"
    )


def test_records_that_say_the_same_or_follow_each_other_do_not_contradict(project: Project) -> None:
    project.write(
        record("SUC-TEC-02", value=150),
        record("SUC-TEC-02", value=0.15, unit="s"),
        record("SUC-TEC-02", value=180, date="2026-11-02"),
        fact("guardduty", value=False, date="2025-01-01", valid_until="2026-09-30"),
        fact("guardduty"),
    )
    assert len(project.read().records) == 5


# What counts for nothing ---------------------------------------------------------------------------------------------


def problem(project: Project, entry: dict[str, Any]) -> str | None:
    project.write(entry)
    found = project.read()
    (read,) = found.records
    said = [f"evidence/records.yaml:2: {read.name}: {read.problem}"] if read.problem else []
    assert [str(one) for one in found.problems] == said
    return read.problem


PLACEHOLDERS = [
    "ops@company.com", "OPS@Company.COM", "security@mail.company.com", "https://example.com/runbook", "call +1-XXX-XXX-XXXX", "TBD",
    "tbd", "To be defined after the launch", "<what was done>", "TODO: write", "n/a", "-", "none", "???", "Jane Doe", "_______________",
    "Certified on YYYY-MM-DD", "{{ owner }}", "+1 206 555 0134", "you@team.example", "https://wiki.invalid/x", "Lorem ipsum dolor",
    "T.B.D.", "[fill in what was done]", "PLACEHOLDER", "Your statement here", "someone@yourcompany.com", "pending", "not yet done", "Done.",
    "OK", "in progress", "https://your-domain.org/wiki",
]  # fmt: skip
REAL = [
    "ops@mycompany.com answered a test message in 4 minutes", "p95 <200 ms and availability >99.9%", "Restored to eu-west-1 in 43 minutes.",
    "Availability 99.97 %, see the dashboard", "+1 206 455 2345, answered at 02:00", "The XL instances were replaced; no TODO comment is left",
    "company.community.org is the forum", "We test examples.com.ar, our shop", "Tested: none failed", "All pending changes were done", "We own yourcompany-shop.io", "[ORD-379] done by all",
    "The key is here", "https://runbooks.orders-shop.io/example",
]  # fmt: skip


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders_are_told(text: str) -> None:
    assert placeholder(text) is not None


@pytest.mark.parametrize("text", REAL)
def test_what_somebody_wrote_is_no_placeholder(text: str) -> None:
    assert placeholder(text) is None


def test_a_placeholder_is_no_evidence(project: Project) -> None:
    said = problem(project, record("SUP-CON-01", statement="Reached at ops@company.com"))
    assert said == "its statement is not filled in: 'company.com' is a placeholder"
    assert problem(project, record(owner="TBD")) == "its owner is not filled in: 'TBD' is to be filled in"
    assert "links" in (problem(project, record(links=["https://example.com/report"])) or "")


@pytest.mark.parametrize("statement", ["x", "ok then", "see wiki"])
def test_a_statement_that_says_nothing_is_no_evidence(project: Project, statement: str) -> None:
    assert problem(project, record(statement=statement)) == f"its statement, '{statement}', does not say what was done"


def test_a_checkout_that_converts_line_ends_is_told(project: Project) -> None:
    entry = project.file("restore.txt", b"started\nfinished\n")
    project.file("restore.txt", b"started\r\nfinished\r\n")
    said = problem(project, record(files=[entry]))
    assert said is not None
    assert said.startswith("its file restore.txt changed since; its SHA-256 is ")
    assert said.endswith(
        "(only its line ends differ: git keeps them as they are where .gitattributes says -text of the file)"
    )
    project.file("restore.txt", b"started\r\nfailed\r\n")
    assert "line ends" not in (problem(project, record(files=[entry])) or "")


def test_a_file_that_changed_since_makes_the_record_worth_nothing(project: Project) -> None:
    entry = project.file("restore.pdf")
    assert problem(project, record(files=[entry])) is None
    assert problem(project, record(files=[{**entry, "sha256": f"sha256:{entry['sha256'].upper()}"}])) is None
    changed = project.file("restore.pdf", b"%PDF edited")
    said = problem(project, record(files=[entry]))
    assert said == f"its file restore.pdf changed since; its SHA-256 is {changed['sha256']}"
    (project.folder / "evidence" / "restore.pdf").unlink()
    assert problem(project, record(files=[entry])) == "its file restore.pdf is not there"
    (project.folder / "evidence" / "restore.pdf").mkdir()
    assert problem(project, record(files=[entry])) == "its file restore.pdf cannot be read: it is not a file"


def test_a_measured_item_without_a_figure_is_not_recorded(project: Project) -> None:
    said = problem(project, record("SUC-TEC-01"))
    assert said == "it states no value; availability in percent is what SUC-TEC-01 asks for"


def test_what_rules_decide_and_what_commands_make_is_no_record(project: Project) -> None:
    assert "rules alone decide SEC-ENC-03" in (problem(project, record("SEC-ENC-03")) or "")
    assert "`readiness sign` makes it" in (problem(project, record("CRT-SGN-01")) or "")
    assert "`readiness certify` makes it" in (problem(project, record("CRT-REC-01")) or "")


# Facts ---------------------------------------------------------------------------------------------------------------


def test_facts_are_merged_into_the_settings(project: Project) -> None:
    project.write(fact("guardduty"), fact("org_trail", statement="trail org", value=True), record("NO-SUCH-01"))
    facts = with_facts(project.config, TODAY).facts
    assert facts["guardduty"] == FactSpec(
        True, "Security", datetime.date(2026, 10, 1), datetime.date(2027, 10, 1), None
    )
    assert facts["org_trail"].note == "trail org"


def test_a_fact_that_ends_later_counts(project: Project) -> None:
    told = {"value": True, "owner": "Platform", "date": "2026-01-01", "until": "2027-11-01"}
    ends_first = {**told, "until": "2026-12-01"}
    project.set(facts={"guardduty": dict(told), "security_hub": ends_first, "org_trail": dict(told)})
    project.write(fact("guardduty"), fact("security_hub"))
    facts = with_facts(project.config, TODAY).facts
    owners = {name: one.owner for name, one in facts.items()}
    assert owners == {"guardduty": "Platform", "security_hub": "Security", "org_trail": "Platform"}


def test_a_fact_that_contradicts_the_settings_is_refused(project: Project) -> None:
    project.set(facts={"guardduty": {"value": False, "owner": "P", "date": "2026-01-01", "until": "2027-11-01"}})
    project.write(fact("guardduty"))
    with pytest.raises(InputError) as caught:
        with_facts(project.config, TODAY)
    assert str(caught.value).startswith("evidence/records.yaml:2: guardduty is true here and false in ")


@pytest.mark.parametrize("value", ["false", "no", "TBD", 1, 0, []])
def test_a_fact_is_true_or_false(project: Project, value: Any) -> None:
    says = f"value: write true or false, not {value!r}"
    project.write(fact("guardduty", value=value))
    for reading in (project.read, lambda: with_facts(project.config, TODAY)):
        with pytest.raises(InputError, match=re.escape(says)):
            reading()


def test_the_tags_of_a_backup_policy_are_a_fact(project: Project) -> None:
    project.write(fact("org_backup_policy", value="backup=daily"))
    assert project.read().facts["org_backup_policy"].value == "backup=daily"


@pytest.mark.parametrize(("key", "text"), [("owner", "TBD"), ("owner", "<team>"), ("note", "see https://example.com")])
def test_a_fact_of_the_settings_is_filled_in_too(project: Project, key: str, text: str) -> None:
    known = {"value": True, "owner": "Security", "date": "2026-11-01", "until": "2027-11-01", key: text}
    project.set(facts={"guardduty": known})
    with pytest.raises(InputError, match=f"facts.guardduty.{key}: "):
        with_facts(project.config, TODAY)


def test_facts_with_placeholders_are_none(project: Project) -> None:
    project.write(fact("guardduty", owner="TBD"))
    assert with_facts(project.config, TODAY).facts == {}


def test_without_evidence_the_settings_stay_as_they_are(project: Project) -> None:
    config = project.config
    assert with_facts(config, TODAY) is config
    project.write(record())
    assert with_facts(config, TODAY) is config


# Reports of tools ----------------------------------------------------------------------------------------------------

JUNIT = '<testsuite timestamp="{day}T08:00:00"><testcase name="a"/></testsuite>'


def test_reports_are_read(project: Project, tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "junit.xml").write_text(JUNIT.format(day="2026-11-20"))
    project.write(reports=[{"file": "../build/junit.xml", "owner": "Testers"}])
    found = project.read()
    (result,) = found.reports
    assert (result.item, result.owner, result.date) == ("TST-AUT-01", "Testers", datetime.date(2026, 11, 20))
    assert found.problems == ()


def test_a_report_that_is_not_there_or_no_report_is_a_problem(project: Project) -> None:
    project.file("notes.xml", b"hello")
    project.file("later.xml", JUNIT.format(day=TODAY + 3 * DAY).encode())
    project.file("utc.xml", JUNIT.format(day=TODAY + DAY).encode())
    names = ("gone.xml", "notes.xml", "later.xml", "utc.xml")
    project.write(reports=[{"file": name} for name in names])
    found = project.read()
    assert [(one.line, one.text.split(":")[0]) for one in found.problems] == [
        (3, "report gone.xml"), (4, "report notes.xml"), (5, "report later.xml")
    ]  # fmt: skip
    assert [one.file for one in found.reports] == ["utc.xml"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"file": "/etc/passwd"}, "file: /etc/passwd is absolute; give it relative to this file"),
        ({"file": "../../secret.xml"}, "file: ../../secret.xml is outside of the project's folder"),
        ({"file": "a.xml", "item": "TST-AUT-1"}, "item: there is no item 'TST-AUT-1'. Did you mean 'TST-AUT-01'?"),
        ({"file": "a.xml", "date": "2027-01-01"}, "date: 2027-01-01 is in the future; today is 2026-11-25"),
        ({"file": "a.xml", "items": "x"}, "reports[0].items: there is no such key. Did you mean 'item'?"),
    ],
)
def test_a_report_that_cannot_be_meant_is_refused(project: Project, entry: dict[str, Any], said: str) -> None:
    project.write(reports=[entry])
    assert refused(project).endswith(said)


def test_recorded_facts_count_at_cdk_synth(project: Project) -> None:
    from readiness_pack.integrations.cdk.settings import Settings

    project.write(fact("guardduty"))
    config, _ = Settings.of((), None).load(project.folder / "cdk.out")
    assert config.facts["guardduty"].owner == "Security"
