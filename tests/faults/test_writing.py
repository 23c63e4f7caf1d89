"""A full disk, a folder that is read-only, a run that is killed, two at once: no half file, no lost record.

``files.write`` itself and the baseline under several runs are tested in tests/hostile/test_faults.py; this is about the
commands that write, evidence, sign-offs and certificates above all.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from readiness_pack.checklist import load
from readiness_pack.decisions import baseline
from readiness_pack.errors import InputError
from readiness_pack.evidence import certificate, signoffs
from readiness_pack.evidence import digest as digests
from readiness_pack.evidence.records import read_file
from tests.faults.support import TEAMS, Cli, project, signed

READINESS = [sys.executable, "-c", "from readiness_pack.cli import main; main()"]
WRITING: dict[str, tuple[str, ...]] = {
    "baseline": ("baseline", "app", "--output", "out/known.json"),
    "report": ("check", "app", "--format", "json", "--output", "out/report.json"),
    "further report": ("check", "app", "--report", "out/report.sarif"),
    "readiness": ("report", "app", "--format", "html", "--output", "out/report.html"),
    "matrix": ("matrix", "app", "--framework", "soc2", "--output", "out/matrix.csv"),
    "sign-off": ("sign", "app", "--team", "qa", "--by", "Eli Roth", "--evidence", "out"),
    "certificate": ("certify", "app", "--by", "Cai Berg", "--output", "out"),
    "evidence": ("evidence", "init", "--output", "out"),
    "settings": ("init",),
    "import": ("import", "list.md", "--output", "out"),
}
"""What is written -> a command that writes it into the folder ``out``."""

CHECKLIST = "# Ready\n\n## Security\n\n- [ ] Encryption keys rotate each year\n- [ ] Nobody is on call alone\n"


@pytest.fixture
def ready(here: Path, cli: Cli) -> Path:
    signed(cli)
    (here / "list.md").write_text(CHECKLIST)
    (here / "out").mkdir()
    return here


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refuse(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """From now on nothing more can be written, as on a full disk or one that is read-only."""

    def refuses(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code))

    for name in ("fsync", "replace", "rename", "link", "mkdir"):
        monkeypatch.setattr(os, name, refuses)
    real = os.open

    def opens(path: Any, flags: int, *others: Any, **named: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR) and str(path) != os.devnull:
            refuses()
        return real(path, flags, *others, **named)

    monkeypatch.setattr(os, "open", opens)


def free(what: str) -> None:
    """`readiness init` replaces nothing."""
    if what == "settings":
        Path("readiness.yaml").unlink()


@pytest.mark.parametrize("what", WRITING)
def test_where_it_can_be_written_it_is(ready: Path, cli: Cli, what: str) -> None:
    free(what)
    before = content(ready)
    code, _, err = cli(*WRITING[what])
    assert code in (0, 1), err
    assert content(ready) != before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("what", WRITING)
def test_what_cannot_be_written_is_one_line_and_no_file(
    ready: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, what: str, code: int
) -> None:
    free(what)
    before = content(ready)
    refuse(monkeypatch, code)
    ended = cli(*WRITING[what])
    monkeypatch.undo()
    assert (ended.code, ended.err.count("\n")) == (2, 1), ended
    assert os.strerror(code) in ended.err
    assert "Traceback" not in ended.err
    assert content(ready) == before


@pytest.mark.parametrize("what", ["baseline", "report", "sign-off", "certificate", "evidence", "import"])
def test_an_old_file_outlives_a_full_disk(ready: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    assert cli(*WRITING[what]).code in (0, 1)
    before = content(ready / "out")
    (ready / "list.md").write_text(CHECKLIST + "- [ ] Backups are restored each quarter\n")
    with monkeypatch.context() as patch:
        refuse(patch, errno.ENOSPC)
        cli(*WRITING[what])
    after = content(ready / "out")
    assert {name: after[name] for name in before} == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 64 KB, where this process may mount one; else what is left of such a disk, by a limit."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True, check=False
    )
    try:
        yield disk
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_really_full(ready: Path, small_disk: Path) -> None:
    """Where no disk can be mounted, the limit of the process on the size of files stands for it."""
    old = b"an old report\n"
    (small_disk / "report.json").write_bytes(old)
    limit = "ulimit -f 64; trap '' XFSZ; exec"
    command = [*READINESS, "check", "app", "--format", "html", "--output", str(small_disk / "report.json")]
    quoted = f'{limit} "$@"'
    done = subprocess.run(["sh", "-c", quoted, "sh", *command], cwd=ready, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "cannot be written: " in done.stderr
    assert content(small_disk) == {"report.json": old}


# Killed --------------------------------------------------------------------------------------------------------------


def intact(folder: Path) -> None:
    """Every file in ``folder`` that anybody reads can be read, and says what it said."""
    for path in folder.rglob("*"):
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.parent.name == signoffs.FOLDER:
            continue
        if path.parent.name == digests.FOLDER:
            assert digests.kept(path.parent.parent, f"sha256:{path.stem}") is not None
        elif path.name == certificate.FILE_NAME:
            assert certificate.tampering(path, certificate.read(path)) == []
        elif path.name == "known.json":
            baseline.read(path)
        elif path.suffix == ".json":
            json.loads(path.read_bytes())
        elif path.suffix == ".yaml" and path.name != "readiness.yaml":
            read_file(path)
    for folder_ in {path.parent.parent for path in folder.rglob(f"{signoffs.FOLDER}/*")}:
        assert signoffs.read(folder_).problems == []


REPEATS = """
import sys
from itertools import count
from pathlib import Path
from readiness_pack.checklist import load
from readiness_pack.decisions import baseline
from readiness_pack.evidence import certificate, signoffs, templates
from readiness_pack.evidence.digest import Digest
from tests.faults.test_writing import day, finding_of, some_certificate
out, checklist = Path("out"), load()
print("ready", flush=True)
for number in count():
    digest = Digest.of({f"stack Orders, resource R{number}": "ab" * 32})
    signoffs.sign(out, team="qa", name=f"Person {number}", digest=digest, now=day(number), checklist=checklist)
    baseline.record(out / "known.json", [finding_of(n) for n in range(200 + number)], allow_growth=True)
    page = {"certificate.html": b"<p>" * 20_000, "certificate.intoto.json": b'{"a": 1}' }
    certificate.write(out, some_certificate(number), page)
    templates.write(out, [checklist.items[number % len(checklist.items)]])
    print(number, flush=True)
"""


def day(number: int) -> Any:
    import datetime

    return datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(minutes=number)


def finding_of(number: int) -> Any:
    from readiness_pack.findings import Finding

    fixed = dict.fromkeys(Finding.__struct_fields__[:15])
    fingerprint = hashlib.sha256(str(number).encode()).hexdigest()[:20]
    known = {"rule": "R", "place": "p", "verdict": "fail", "construct_path": "p", "fingerprint": fingerprint}
    return Finding(**{**fixed, **{name: value for name, value in known.items() if name != "place"}})  # type: ignore[arg-type]


def some_certificate(number: int) -> certificate.Certificate:
    made = certificate._example()
    return msgspec.structs.replace(made, subject=f"app {number}", certified_by=f"Person {number}")


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_nothing_half(tmp_path: Path, root: Path) -> None:
    """Killed at any moment while it writes sign-offs, digests, a baseline, certificates and templates of records."""
    random, out = Random(11), tmp_path / "out"
    environment = {**os.environ, "PYTHONPATH": str(root)}
    out.mkdir()
    told = 0
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", REPEATS], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05 + random.random() * 0.4)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait()
        process.stdout.close()
        told = max(told, *(int(one) + 1 for one in rest), 0)
        for file in out.rglob("*"):
            assert file.name.startswith(".") or file.is_dir() or file.stat().st_size > 0
        assert signoffs.read(out).problems == []
        assert baseline.read(out / "known.json") if (out / "known.json").exists() else True
        if (out / certificate.FILE_NAME).exists():
            # Killed between the page and the certificate that names it, the old one does not hold: it is written anew.
            assert certificate.read(out / certificate.FILE_NAME).is_sealed
        for kept in (out / digests.FOLDER).glob("*.json"):
            assert digests.kept(out, f"sha256:{kept.stem}") is not None
        for records in out.glob("*.yaml"):
            read_file(records)
    assert told > 0
    assert len({one.name for one in signoffs.read(out).signoffs}) >= told  # what was told to be signed is kept


@pytest.mark.slow
def test_a_command_that_is_killed(tmp_path: Path, root: Path) -> None:
    """The same through the command line, which also leaves nothing in the way of the next run."""
    random = Random(4)
    project(tmp_path)
    command = [*READINESS, "sign", "app", "--team", "qa", "--by", "Eli Roth"]
    for _ in range(4):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
        time.sleep(0.3 + random.random())
        process.kill()
        process.wait()
        assert signoffs.read(tmp_path / "evidence").problems == []
    time.sleep(1.1)  # a sign-off of the same second, by the same person, is the same one
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    intact(tmp_path)


# Two at once ---------------------------------------------------------------------------------------------------------

SIGNS = """
import sys
from pathlib import Path
from readiness_pack.checklist import load
from readiness_pack.evidence import signoffs
from readiness_pack.evidence.digest import Digest
from tests.faults.test_writing import day
checklist, digest = load(), Digest.of({"stack Orders, resource R": "ab" * 32})
for number in range(60):
    signoffs.sign(Path("out"), team=sys.argv[1], name=f"Person {number}", digest=digest, now=day(1), checklist=checklist)
"""


@pytest.mark.slow
def test_teams_that_sign_at_the_same_second(tmp_path: Path, root: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    running = [
        subprocess.Popen([sys.executable, "-c", SIGNS, team], cwd=tmp_path, env=environment) for team in TEAMS[:3]
    ]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    found = signoffs.read(tmp_path / "out")
    assert found.problems == []
    assert {(one.team, one.name) for one in found.signoffs} == {
        (team, f"Person {number}") for team in TEAMS[:3] for number in range(60)
    }
    assert len(list((tmp_path / "out" / digests.FOLDER).iterdir())) == 1
    assert list(tmp_path.rglob(".*")) == []


def test_the_same_sign_off_twice_is_refused_and_kept(tmp_path: Path) -> None:
    digest = digests.Digest.of({"stack Orders, resource R": "ab" * 32})

    def sign() -> Path:
        return signoffs.sign(tmp_path, team="qa", name="Eli", digest=digest, now=day(1), checklist=load())

    file = sign()
    before = file.read_bytes()
    with pytest.raises(InputError, match="this sign-off is there already"):
        sign()
    assert file.read_bytes() == before


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EMLINK])
def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """A sign-off is whole or not there, also where the last step is another one."""

    def fails(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fails)
    digest = digests.Digest.of({"stack Orders, resource R": "ab" * 32})
    signoffs.sign(tmp_path, team="qa", name="Eli", digest=digest, now=day(1), checklist=load())
    assert [one.name for one in signoffs.read(tmp_path).signoffs] == ["Eli"]
    with pytest.raises(InputError, match="this sign-off is there already"):
        signoffs.sign(tmp_path, team="qa", name="Eli", digest=digest, now=day(1), checklist=load())
    assert list(tmp_path.rglob(".*")) == []
    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(InputError, match="cannot be written"):
        signoffs.sign(tmp_path, team="qa", name="Bo", digest=digest, now=day(1), checklist=load())
    assert [one.name for one in signoffs.read(tmp_path).signoffs] == ["Eli"]
