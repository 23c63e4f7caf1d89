"""Who signed what, and whether it still counts."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from datetime import UTC, date
from pathlib import Path

import pytest
import yaml

from readiness_pack.checklist import load
from readiness_pack.errors import InputError
from readiness_pack.evidence import digest as digests
from readiness_pack.evidence import signoffs
from readiness_pack.evidence.digest import Digest
from readiness_pack.evidence.signoffs import SignOffState, sign, states, team_named

CHECKLIST = load()
NOON = datetime.datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = date(2026, 3, 2)
BEFORE = Digest.of({"stack Orders": "1", "stack Orders, resource Queue": "2"})
NOW = Digest.of({"stack Orders": "1", "stack Orders, resource Queue": "3"})


def signed(
    folder: Path,
    team: str = "security",
    name: str = "Ana Silva",
    *,
    digest: Digest = BEFORE,
    now: datetime.datetime = NOON,
    role: str | None = None,
) -> Path:
    return sign(folder, team=team, name=name, role=role, digest=digest, now=now, checklist=CHECKLIST)


def state(folder: Path | None, team: str = "security", digest: Digest = BEFORE, today: date = TODAY) -> SignOffState:
    return next(one for one in states(folder, digest, CHECKLIST, today) if one.team == team)


def test_every_team_is_missing_at_first(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "not there"):
        found = states(folder, BEFORE, CHECKLIST, TODAY)

        assert [one.team for one in found] == ["security", "operations", "platform", "qa", "business"]
        assert {one.state for one in found} == {"missing"}
    assert found[0].why == "Security Team: no sign-off."


def test_a_sign_off_says_who_when_and_until_when(tmp_path: Path) -> None:
    path = signed(tmp_path / "evidence", role="Security lead")
    found = state(tmp_path / "evidence")

    assert path.parent == tmp_path / "evidence" / "signoffs"
    assert (found.state, found.name, found.role, found.at) == ("signed", "Ana Silva", "Security lead", NOON)
    assert found.expires == date(2026, 5, 31)
    assert found.why == "Ana Silva (Security lead) signed on 2026-03-02; it counts until 2026-05-31."
    assert {one.state for one in states(tmp_path / "evidence", BEFORE, CHECKLIST, TODAY)[1:]} == {"missing"}


@pytest.mark.parametrize(("day", "expected"), [(date(2026, 5, 31), "signed"), (date(2026, 6, 1), "expired")])
def test_it_counts_for_the_days_of_its_item(tmp_path: Path, day: date, expected: str) -> None:
    signed(tmp_path)

    assert state(tmp_path, today=day).state == expected


def test_a_change_makes_it_stale_and_is_named(tmp_path: Path) -> None:
    signed(tmp_path)
    found = state(tmp_path, digest=NOW)

    assert found.state == "stale"
    assert found.changes == ["stack Orders changed: resource Queue"]
    assert found.why == "Ana Silva signed on 2026-03-02, but since then stack Orders changed: resource Queue."


def test_it_counts_again_when_the_change_is_taken_back(tmp_path: Path) -> None:
    signed(tmp_path)
    signed(tmp_path, name="Bo Lind", digest=NOW, now=NOON + datetime.timedelta(days=1))

    assert state(tmp_path, digest=NOW, today=date(2026, 3, 3)).name == "Bo Lind"
    assert state(tmp_path, digest=BEFORE, today=date(2026, 3, 3)).name == "Ana Silva"


def test_a_new_sign_off_renews(tmp_path: Path) -> None:
    signed(tmp_path)
    signed(tmp_path, now=NOON + datetime.timedelta(days=80))

    assert state(tmp_path, today=date(2026, 6, 1)).state == "signed"
    assert len(list((tmp_path / "signoffs").glob("*.yaml"))) == 2


def test_what_was_signed_may_be_lost(tmp_path: Path) -> None:
    signed(tmp_path)
    for file in (tmp_path / digests.FOLDER).iterdir():
        file.unlink()

    found = state(tmp_path, digest=NOW)

    assert found.state == "stale"
    assert "is not on record any more" in found.why


@pytest.mark.parametrize(
    ("old", "new"), [("Ana Silva", "Eve"), ("2026-03-02", "2026-03-09"), ("security", "platform"), ("sha256:", "sha256:a")]
)  # fmt: skip
def test_an_edited_file_never_counts(tmp_path: Path, old: str, new: str) -> None:
    path = signed(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    team = "platform" if new == "platform" else "security"

    found = state(tmp_path, team)

    assert found.state == "missing"
    assert "was edited after it was signed" in found.why


@pytest.mark.parametrize(
    "content", [b"", b"team: [", b"team: security\nname: Eve\n", b"\xff\xfe", b"team: security\nextra: 1\n"]
)
def test_a_file_that_is_no_sign_off_is_told_and_stops_nothing(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "signoffs"
    folder.mkdir()
    (folder / "security-20260302T120000Z-0000000000000000.yaml").write_bytes(content)

    found = state(tmp_path)

    assert found.state == "missing"
    assert "it does not count" in found.why
    assert state(tmp_path, "qa").why == "Quality Assurance: no sign-off."


def test_formatting_and_line_ends_are_no_edit(tmp_path: Path) -> None:
    path = signed(tmp_path)
    text = yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")), sort_keys=True)
    path.write_bytes(f"# checked out elsewhere\r\n{text}".replace("\n", "\r\n").encode())

    assert state(tmp_path).state == "signed"


def test_one_of_the_next_day_is_of_another_time_zone_and_later_ones_are_not_there_yet(tmp_path: Path) -> None:
    signed(tmp_path, now=NOON + datetime.timedelta(days=1))
    assert state(tmp_path).state == "signed"

    signed(tmp_path, "qa", now=NOON + datetime.timedelta(days=2))
    assert "still to come" in state(tmp_path, "qa").why


@pytest.mark.parametrize("text", ["security", "SECURITY", "Security Team", "CRT-SGN-01", " security "])
def test_a_team_may_be_named_as_people_do(text: str) -> None:
    assert team_named(text, CHECKLIST) == "security"


def test_an_unknown_team_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no team is called 'securty'\. Did you mean 'security'"):
        signed(tmp_path, "securty")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "   ", "\n", "\u200b"])
def test_nobody_cannot_sign(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="the name is empty"):
        signed(tmp_path, name=name)


@pytest.mark.parametrize(
    "name", ["team: qa", "- a", "#", "Ana\nteam: qa", "'\"", "Zoë 李 🙂", "null", "2026-01-01", "a" * 500]
)
def test_any_name_is_kept(tmp_path: Path, name: str) -> None:
    signed(tmp_path, name=name)

    found = state(tmp_path)

    assert (found.state, found.name) == ("signed", name.replace("\n", " "))


def test_the_same_sign_off_twice_is_refused(tmp_path: Path) -> None:
    signed(tmp_path)

    with pytest.raises(InputError, match="is there already"):
        signed(tmp_path)


@pytest.mark.parametrize("name", ["evidence", "evidence/digests", "evidence/signoffs"])
def test_a_folder_that_is_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("a file", encoding="utf-8")

    with pytest.raises(InputError, match=rf"{name}.*: cannot be made"):
        signed(tmp_path / "evidence")


@pytest.mark.parametrize("step", ["fsync", "chmod", "link"])
def test_a_disk_that_fails_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    signed(tmp_path, "qa")  # the digest is kept already

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(KeyboardInterrupt):
        signed(tmp_path)

    assert [file.name.partition("-")[0] for file in (tmp_path / "signoffs").iterdir()] == ["qa"]


def test_without_hard_links_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    signed(tmp_path)

    assert state(tmp_path).state == "signed"
    with pytest.raises(InputError, match="is there already"):
        signed(tmp_path)


_SIGN = """
import datetime, sys
from pathlib import Path
from readiness_pack.checklist import load
from readiness_pack.evidence.digest import Digest
from readiness_pack.evidence.signoffs import sign
checklist, folder, name = load(), Path(sys.argv[1]), sys.argv[2]
digest = Digest.of({"stack Orders": "1", "stack Orders, resource Queue": "2"})
now = datetime.datetime(2026, 3, 2, 12, tzinfo=datetime.UTC)
print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    sign(folder, team="security", name=f"{name} {number}", digest=digest, now=now, checklist=checklist)
"""


@pytest.mark.slow
def test_people_who_sign_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    command = [sys.executable, "-c", _SIGN, str(folder)]
    people = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("Ana", "Bo", "Cai")
    ]
    for person in people:
        assert person.stdout is not None
        assert person.stdout.readline() == "ready\n"
    for person in people:
        assert person.stdin is not None
        person.stdin.write("go\n")
        person.stdin.flush()
    assert [person.wait(60) for person in people] == [0, 0, 0]
    for person in people:
        person.communicate()

    found = signoffs.read(folder)

    assert found.problems == []
    assert {one.name for one in found.signoffs} == {f"{name} {n}" for name in ("Ana", "Bo", "Cai") for n in range(10)}
    assert digests.kept(folder, BEFORE.value) == BEFORE
    assert len(list((folder / digests.FOLDER).iterdir())) == 1
