"""sign, certify and verify as people use them: who signed what, what is missing, and whether it still holds."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from readiness_pack.cli import main

DAY = ("--date", "2026-03-02")
TEAMS = {
    "security": "Ana Silva",
    "operations": "Bo Lind",
    "platform": "Dee Okoro",
    "qa": "Eli Roth",
    "business": "Fay Chen",
}

# Everything but the signatures is accepted for a while, so that these tests are about signing alone.
SECTIONS = ("SEC", "MON", "PRF", "REL", "CST", "OPS", "TST", "DEP", "SUC", "SUP", "CRT")
WAIVER = '  - {{rule: "{}-*", reason: The pilot runs without it, owner: Ana Silva, expires: 2026-04-30}}\n'
SETTINGS = "profile: standard\nwaivers:\n" + "".join(map(WAIVER.format, SECTIONS))
TEMPLATE: dict[str, Any] = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}}
}

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "readiness.yaml").write_text(SETTINGS, encoding="utf-8")
    write(TEMPLATE)
    return tmp_path


def write(template: Any) -> None:
    Path("app/Orders.json").write_text(json.dumps(template), encoding="utf-8")


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes]) -> Cli:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["readiness", *arguments])
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsysbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out.decode(), err.decode()

    return run


def all_sign(cli: Cli) -> None:
    for team, name in TEAMS.items():
        assert cli("sign", "app", "--team", team, "--by", name, *DAY)[0] == 0


def certified(cli: Cli, *more: str) -> tuple[int, str, str]:
    all_sign(cli)
    return cli("certify", "app", "--by", "Cai Berg", "--role", "Head of Engineering", *DAY, *more)


def verified(cli: Cli, day: str = "2026-03-02") -> dict[str, Any]:
    code, out, _ = cli("verify", "evidence", "app", "--date", day, "--format", "json")
    document: dict[str, Any] = json.loads(out)
    assert (code == 0) == (document["state"] == "valid")
    return document


# Signing -------------------------------------------------------------------------------------------------------------


def test_signing_shows_what_is_signed(here: Path, cli: Cli) -> None:
    code, out, err = cli("sign", "app", "--team", "security", "--by", "Ana Silva", "--role", "CISO", *DAY)

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("Signed is sha256:")
    assert "1 stack with 1 resource" in lines[1]
    assert lines[2] == "  all items but the sign-offs are ready"
    assert lines[3].startswith("Ana Silva signed for security: evidence/signoffs/security-20260302T120000Z-")
    assert Path(lines[3].rpartition(" ")[2]).is_file()


def test_signing_what_is_not_ready_says_so(here: Path, cli: Cli) -> None:
    Path("readiness.yaml").unlink()
    code, out, _ = cli("sign", "app", "--team", "qa", "--by", "Eli Roth", *DAY)

    assert code == 0
    assert "items are not ready, with or without this signature" in out
    assert "    TST-AUT-01 Unit Tests: No record yet" in out
    assert "REL-DRC-04" not in out  # not a matter of QA


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--team", "securty", "--by", "Ana"), "no team is called 'securty'. Did you mean 'security'?"),
        (("--team", "security", "--by", "TBD"), "--by: 'TBD' is to be filled in"),
        (("--team", "security", "--by", " "), "--by: '' says nothing"),
        (("--team", "security", "--by", "Ana", "--date", "2999-01-01"), "--date: 2999-01-01 is still to come"),
        (("--team", "security"), "Missing option '--by'"),
    ],
)
def test_what_cannot_be_signed_is_one_line(here: Path, cli: Cli, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = cli("sign", "app", *arguments)

    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1
    assert not Path("evidence").exists()


def test_a_sign_off_of_today_has_its_time(here: Path, cli: Cli) -> None:
    cli("sign", "app", "--team", "security", "--by", "Ana Silva")

    (file,) = Path("evidence/signoffs").iterdir()
    assert file.name[len("security-") :][:8] >= f"{date.today():%Y%m%d}"


def git(*arguments: str) -> str:
    command = ["git", "-c", "user.name=Ana", "-c", "user.email=ana@orders-shop.io", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git on this machine")
def test_the_commit_is_the_one_that_git_has(here: Path, cli: Cli) -> None:
    git("init", "--quiet")
    git("add", "readiness.yaml")
    git("commit", "--quiet", "--message", "Orders")
    head = git("rev-parse", "HEAD")

    for team in ("security", "qa"):  # the second finds the evidence of the first, which makes nothing dirty
        cli("sign", "app", "--team", team, "--by", "Ana Silva", *DAY)
        (file,) = Path("evidence/signoffs").glob(f"{team}-*.yaml")
        assert f"commit: {head}\n" in file.read_text(encoding="utf-8")

    Path("stack.py").write_text("# not committed\n", encoding="utf-8")
    cli("sign", "app", "--team", "platform", "--by", "Ana Silva", *DAY)
    (file,) = Path("evidence/signoffs").glob("platform-*.yaml")
    assert f"commit: {head}-dirty\n" in file.read_text(encoding="utf-8")


def test_the_commit_may_be_given_and_may_be_unknown(here: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("sign", "app", "--team", "qa", "--by", "Ana Silva", "--commit", "1f0c2d4", *DAY)
    monkeypatch.setenv("PATH", str(here))
    cli("sign", "app", "--team", "security", "--by", "Ana Silva", *DAY)

    texts = {
        file.name.partition("-")[0]: file.read_text(encoding="utf-8") for file in Path("evidence/signoffs").iterdir()
    }
    assert "commit: 1f0c2d4\n" in texts["qa"]
    assert "commit" not in texts["security"]


# Certifying ----------------------------------------------------------------------------------------------------------


def test_certifying_lists_what_is_missing_by_team_and_writes_nothing(here: Path, cli: Cli) -> None:
    Path("readiness.yaml").unlink()
    code, out, err = cli("certify", "app", "--by", "Cai Berg", *DAY)

    assert (code, err) == (1, "")
    assert "Operations:\n" in out
    assert "  REL-DRC-04: DR Testing (missing): No record yet" in out
    assert "  CRT-SGN-01: Security Team: no sign-off." in out
    assert out.index("Whoever writes the app:") < out.index("Operations:")
    assert out.splitlines()[-1].startswith("Not certified: ")
    assert not Path("evidence").exists()


def test_a_certificate_is_three_files(here: Path, cli: Cli) -> None:
    code, out, err = certified(cli)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "evidence/certificate.json",
        "evidence/certificate.html",
        "evidence/certificate.intoto.json",
        "Cai Berg certified app on 2026-03-02; next review on 2026-04-30.",
    ]
    document = json.loads(Path("evidence/certificate.json").read_bytes())
    assert [one["name"] for one in document["signoffs"]] == list(TEAMS.values())
    assert len(document["items"]) == 151
    assert {one["status"] for one in document["items"] if one["id"].startswith("CRT-REC")} == {"met"}
    assert document["waivers"][0]["reason"] == "The pilot runs without it"
    page = Path("evidence/certificate.html").read_text(encoding="utf-8")
    assert "Head of Engineering" in page
    assert document["digest"]["value"] in page
    statement = json.loads(Path("evidence/certificate.intoto.json").read_bytes())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [
        {"name": "app", "digest": {"sha256": document["digest"]["assembly"].removeprefix("sha256:")}}
    ]


def test_the_report_knows_of_the_certificate(here: Path, cli: Cli) -> None:
    certified(cli)
    code, out, _ = cli("report", "app", *DAY)

    assert code == 0
    assert "Cai Berg certified on 2026-03-02; it counts until 2026-04-30." in out


def test_the_report_calls_no_certificate_valid_for_what_is_not_ready(here: Path, cli: Cli) -> None:
    """What time alone breaks, such as a runtime whose support ends, is no change of anything that was signed."""
    certified(cli)
    from readiness_pack.evidence import readiness as module
    from readiness_pack.evidence import standing
    from readiness_pack.findings import ItemResult

    def broken(*args: Any) -> list[ItemResult]:
        items = with_evidence(*args)
        return [msgspec.structs.replace(one, status="not met") if one.id == "SEC-ENC-01" else one for one in items]

    with_evidence = standing.with_evidence
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "with_evidence", broken)
        code, out, _ = cli("report", "app", *DAY)
    assert code == 1
    assert "but since then Encryption at Rest (SEC-ENC-01) is not met" in " ".join(out.split())


def test_it_goes_where_somebody_wants_it(here: Path, cli: Cli) -> None:
    certified(cli, "--output", "release")

    assert sorted(file.name for file in Path("release").iterdir()) == [
        "certificate.html",
        "certificate.intoto.json",
        "certificate.json",
    ]
    assert cli("verify", "release/certificate.json", "app", *DAY)[0] == 0


def test_one_signature_too_few(here: Path, cli: Cli) -> None:
    all_sign(cli)
    next(Path("evidence/signoffs").glob("qa-*")).unlink()
    code, out, _ = cli("certify", "app", "--by", "Cai Berg", *DAY)

    assert code == 1
    assert out.splitlines() == [
        "QA:",
        "  CRT-SGN-04: Quality Assurance: no sign-off.",
        "Not certified: 1 thing is missing.",
    ]


def test_a_signature_for_another_stage_does_not_count(here: Path, cli: Cli) -> None:
    all_sign(cli)
    next(Path("evidence/signoffs").glob("qa-*")).unlink()
    cli("sign", "app", "--team", "qa", "--by", "Eli Roth", "--stage", "staging", *DAY)
    code, out, _ = cli("certify", "app", "--by", "Cai Berg", *DAY)

    assert code == 1
    assert "CRT-SGN-04: Quality Assurance: no sign-off: Eli Roth signed for staging, not for prod." in out
    code, out, _ = cli("report", "app", *DAY)
    assert (code, out.splitlines()[-1]) == (
        1, "NOT READY for production: 1 of 148 items is not ready (QA 1)"
    )  # fmt: skip
    cli("sign", "app", "--team", "qa", "--by", "Eli Roth", *DAY)
    cli("sign", "app", "--team", "qa", "--by", "Zoe Holm", "--stage", "staging", *DAY)
    assert cli("certify", "app", "--by", "Cai Berg", *DAY)[0] == 0  # the one for staging hides no other one


def test_a_report_for_another_stage_says_so(here: Path, cli: Cli) -> None:
    for team, name in TEAMS.items():
        cli(
            "sign",
            "app",
            "--team",
            team,
            "--by",
            name,
            "--stage",
            "staging",
            "--commit",
            "1f0c2d4e5a6b" * 3 + "0123",
            *DAY,
        )
    code, out, _ = cli("report", "app", "--stage", "staging", *DAY)
    assert code == 0
    assert "Ana Silva signed on 2026-03-02 for staging of commit 1f0c2d4e5a6b; it counts until 2026-05-31." in " ".join(
        out.split()
    )
    assert out.splitlines()[-1].startswith("READY for staging: all 148 items are ready")
    assert cli("certify", "app", "--by", "Cai Berg", "--stage", "staging", *DAY)[0] == 0
    assert verified(cli)["state"] == "valid"
    assert "The certificate is for staging, not for prod." in cli("report", "app", *DAY)[1]


def test_nothing_is_certified_for_a_day_to_come(here: Path, cli: Cli) -> None:
    code, out, err = cli("certify", "app", "--by", "Cai Berg", "--date", "2999-01-01")
    assert (code, out, err) == (2, "", "readiness: --date: 2999-01-01 is still to come\n")


def test_a_certificate_without_signatures_is_not_valid(here: Path, cli: Cli) -> None:
    """Somebody lowers the gate, leaves the signatures out, and seals again: the signatures are asked for all the same."""
    from msgspec.structs import replace

    from readiness_pack.evidence import certificate as certificates

    certified(cli)
    file = Path("evidence/certificate.json")
    made = replace(certificates.read(file), gate="pre-deployment", signoffs=[], certified_by="Eve")
    certificates.write(Path("evidence"), made, {})
    shutil.rmtree("evidence/signoffs")
    assert verified(cli)["state"] == "stale"


@pytest.mark.parametrize(("policy", "code"), [("", 0), ("certifier: not a signer\n", 1)])
def test_whether_a_signer_may_certify_is_a_policy(here: Path, cli: Cli, policy: str, code: int) -> None:
    Path("readiness.yaml").write_text(SETTINGS + policy, encoding="utf-8")
    all_sign(cli)
    found, out, _ = cli("certify", "app", "--by", "ana  SILVA", *DAY)

    assert found == code
    said = "Note: ana SILVA also signed for security." if not policy else "CRT-REC-02: ana SILVA signed for security;"
    assert said in out


def test_a_placeholder_is_no_certifier(here: Path, cli: Cli) -> None:
    all_sign(cli)
    code, out, _ = cli("certify", "app", "--by", "<name>", *DAY)

    assert code == 1
    assert "The certifier:\n  CRT-REC-02: '<name>' is to be filled in; give the name of a person." in out


def test_a_gate_may_be_certified(here: Path, cli: Cli) -> None:
    code, _, _ = certified(cli, "--gate", "deployment")

    assert code == 0
    assert json.loads(Path("evidence/certificate.json").read_bytes())["gate"] == "deployment"
    assert verified(cli)["state"] == "valid"


# Verifying -----------------------------------------------------------------------------------------------------------


def test_a_certificate_holds_until_its_review(here: Path, cli: Cli) -> None:
    certified(cli)

    assert verified(cli)["state"] == "valid"
    assert verified(cli, "2026-04-30")["state"] == "valid"
    later = verified(cli, "2026-05-01")
    assert (later["state"], later["next_review"]) == ("expired", "2026-04-30")


def test_it_holds_for_the_same_templates_elsewhere(here: Path, cli: Cli) -> None:
    certified(cli)
    Path("app").rename("elsewhere")
    text = json.dumps({"Resources": dict(reversed(TEMPLATE["Resources"].items()))}, indent=3)
    Path("elsewhere/Orders.json").write_text(text, encoding="utf-8")

    assert cli("verify", "evidence", "elsewhere", *DAY)[:2] == (
        0,
        "VALID: Cai Berg certified on 2026-03-02; it counts until 2026-04-30.\n"
        "The seal shows that nobody edited certificate.json unawares; who made it, only a signature shows.\n",
    )


def changed_template() -> None:
    write({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 31}}}})


def changed_settings() -> None:
    Path("readiness.yaml").write_text(SETTINGS + "expiring_days: 5\nfail_on: warning\n", encoding="utf-8")


def changed_waiver() -> None:
    before, _, after = SETTINGS.rpartition("2026-04-30")
    Path("readiness.yaml").write_text(f"{before}2026-05-30{after}", encoding="utf-8")


def new_record() -> None:
    record = "{item: REL-DRC-04, statement: Restored it all, owner: Operations, date: 2026-03-01}"
    Path("evidence/ops.yaml").write_text(f"records:\n  - {record}\n", encoding="utf-8")


def lost_signature() -> None:
    next(Path("evidence/signoffs").glob("qa-*")).unlink()


def edited_signature() -> None:
    file = next(Path("evidence/signoffs").glob("qa-*"))
    file.write_text(file.read_text(encoding="utf-8").replace("Eli Roth", "Eve"), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (changed_template, "stack Orders changed: resource Queue"),
        (changed_settings, "setting fail_on is new"),
        (changed_waiver, "waiver CRT-* on * changed"),
        (new_record, "record REL-DRC-04 of 2026-03-01 is new"),
        (lost_signature, "the sign-off of Eli Roth for qa is gone or was edited"),
        (edited_signature, "the sign-off of Eli Roth for qa is gone or was edited"),
    ],
)
def test_a_change_makes_it_stale_and_is_named(here: Path, cli: Cli, change: Callable[[], None], says: str) -> None:
    certified(cli)
    change()
    code, out, _ = cli("verify", "evidence/certificate.json", "app", *DAY)

    assert code == 1
    assert out == f"STALE: Cai Berg certified on 2026-03-02, but since then {says}.\n"


def test_several_changes_are_listed(here: Path, cli: Cli) -> None:
    certified(cli)
    changed_template()
    changed_settings()
    _, out, _ = cli("verify", "evidence", "app", *DAY)

    assert out.splitlines()[1:] == ["  stack Orders changed: resource Queue", "  setting fail_on is new"]


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("certificate.json", "Cai Berg", "Eve", "certificate.json was edited: its seal does not fit what it says"),
        ("certificate.json", "2026-04-30", "2036-04-30", "certificate.json was edited"),
        ("certificate.json", '"seal"', '"note": 1, "seal"', "certificate.json is not a certificate: "),
        (
            "certificate.html",
            "Cai Berg",
            "Eve",
            "certificate.html is not the file that was written with the certificate",
        ),
        ("certificate.intoto.json", "Cai Berg", "Eve", "certificate.intoto.json is not the file that was written"),
    ],
)
def test_an_edit_is_seen(here: Path, cli: Cli, name: str, old: str, new: str, says: str) -> None:
    certified(cli)
    file = Path("evidence") / name
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    code, out, _ = cli("verify", "evidence", "app", *DAY)

    assert code == 1
    assert out.startswith(f"TAMPERED: {says}")


def test_a_certificate_may_travel_alone(here: Path, cli: Cli) -> None:
    certified(cli)
    shutil.move("evidence/certificate.json", "certificate.json")

    assert cli("verify", "certificate.json", "app", *DAY)[0] == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        (b"", "is not a certificate"),
        (b"{}", "is not a certificate"),
        (b"\xff", "is not a certificate"),
    ],
)
def test_what_is_no_certificate_is_one_line(here: Path, cli: Cli, content: bytes | None, says: str) -> None:
    if content is not None:
        Path("c.json").write_bytes(content)
    code, out, err = cli("verify", "c.json", "app")

    assert (code, out) == (2, "")
    assert err.startswith(f"readiness: c.json: {says}")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", ["sign", "certify", "verify"])
def test_help_shows_an_example(cli: Cli, command: str) -> None:
    code, out, _ = cli(command, "--help")

    assert code == 0
    assert f"  readiness {command} " in out


def test_a_rule_that_breaks_is_never_certified(here: Path, cli: Cli) -> None:
    certified(cli)
    Path("house").mkdir()
    Path("house/broken.py").write_text("def check(rule, resource):\n    raise KeyError('oops')\n", encoding="utf-8")
    rule = "{name: QueuesAreOurs, severity: error, resource: AWS::SQS::Queue, message: M, check: house.broken.check}"
    item = "id: OURS-01\nsection: S\ngroup: G\ntitle: T\nstatement: S\ndisposition: automated\nwhy: W\nchecklist_line: 900\n"
    Path("rules").mkdir()
    Path("rules/OURS-01.yaml").write_text(f"{item}rules:\n  - {rule}\n", encoding="utf-8")
    more = ("--rules", "rules", *DAY)

    code, out, _ = cli("certify", "app", "--by", "Cai Berg", *more)
    assert code == 3
    assert "a rule broke: " in out
    assert cli("verify", "evidence", "app", *more)[0] == 3
    assert "1 rule broke" in cli("sign", "app", "--team", "qa", "--by", "Eli Roth", *more)[1]
