"""A full disk, a folder that cannot be written to, a run that is killed, two runs at once, another year."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from readiness_pack import Assembly, evaluate, files
from readiness_pack.config import Config, WaiverSpec
from readiness_pack.decisions import baseline
from readiness_pack.errors import InputError
from readiness_pack.findings import Finding


def leftovers(folder: Path, *known: str) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name not in known)


# Writing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["write", "fsync", "replace", "chmod"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), OSError(30, "Read-only file system"), KeyboardInterrupt()]
)
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, error: BaseException
) -> None:
    target, is_fault = tmp_path / "report.json", isinstance(error, OSError)
    target.write_text("old")

    def fails(*_: object, **__: object) -> None:
        raise error

    if at == "write":
        real = os.open
        monkeypatch.setattr(os, "open", lambda *_: real("/dev/full", os.O_WRONLY) if is_fault else fails())
    elif at == "fsync":
        monkeypatch.setattr(os, "fsync", fails)
    else:
        monkeypatch.setattr(Path, at, fails)
    with pytest.raises(InputError if is_fault else KeyboardInterrupt) as caught:
        files.write(target, b"new" * 10_000)
    monkeypatch.undo()
    assert target.read_text() == "old"
    assert leftovers(tmp_path, "report.json") == []
    if is_fault:
        assert str(caught.value).startswith(f"{target}: cannot be written: ")
        assert "\n" not in str(caught.value)


def test_a_file_beyond_the_limit_of_the_process(tmp_path: Path) -> None:
    """As on a full disk, a part is written and then no more."""
    target = tmp_path / "report.json"
    target.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(InputError, match=r"report\.json: cannot be written: File too large"):
            files.write(target, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert target.read_text() == "old"
    assert leftovers(tmp_path, "report.json") == []


@pytest.mark.parametrize(
    "place", ["missing/report.json", "file/report.json", "folder", "loop", "a\0b", "n" * 300, "/proc/nothing/x"]
)
def test_where_nothing_can_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InputError, match="cannot be written: "):
        files.write(tmp_path / place, b"x")
    assert leftovers(tmp_path) == ["file", "folder", "loop"]


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    files.write(Path("/dev/null"), b"x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    with pytest.raises(InputError, match="No space left on device"):
        files.write(Path("/dev/full"), b"x")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_what_has_no_name_is_written_to() -> None:
    """``/dev/stdout`` leads to a pipe here, and to none that a path could name."""
    code = "from pathlib import Path\nfrom readiness_pack import files\nfiles.write(Path('/dev/stdout'), b'ready')\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"ready"


def test_a_link_stays_a_link_and_rights_stay(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o600)
    (tmp_path / "link").symlink_to("real")
    files.write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o600
    before = os.umask(0o027)
    try:
        files.write(tmp_path / "fresh", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o640


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    files.write(tmp_path / ("n" * 250), b"x")
    assert leftovers(tmp_path) == ["n" * 250]


KILLED = """
import sys
from pathlib import Path
from readiness_pack import files
target = Path(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    number += 1
    files.write(target, (f"{number:08d}" * 100_000).encode())
"""


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    for wait in (0.05, 0.11, 0.23):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(target)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        while not target.exists():
            time.sleep(0.01)
        time.sleep(wait)
        process.kill()
        process.wait()
        process.stdout.close()
        data = target.read_bytes()
        assert data == data[:8] * 100_000


# Baselines -----------------------------------------------------------------------------------------------------------


def findings(*names: str) -> list[Finding]:
    resources = {name: {"Type": "AWS::KMS::Key", "Properties": {}} for name in names}
    report = evaluate(Assembly.from_template({"Resources": resources}))
    return [finding for finding in report.findings if finding.rule == "KmsKeyRotationEnabled"]


def test_a_baseline_that_cannot_be_read_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    for content in (b"{", b"[]", b'{"findings": [{"rule": 1}]}', b"\xff", b"[" * 100_000):
        file.write_bytes(content)
        with pytest.raises(InputError, match="is not a baseline"):
            baseline.record(file, findings("Key"), allow_growth=True)
        assert file.read_bytes() == content


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    with pytest.raises(OSError, match="of the caller"), files.locked(file):
        raise OSError("of the caller")
    with files.locked(file):
        pass


def test_a_lock_that_is_held_is_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WAIT", 0.2)
    holder = "import sys, time\nfrom pathlib import Path\nfrom readiness_pack import files\nwith files.locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    file = tmp_path / "baseline.json"
    process = subprocess.Popen([sys.executable, "-c", holder, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        with pytest.raises(InputError, match=r"baseline\.json: another run has been changing it for 0 s"):
            baseline.record(file, [])
    finally:
        process.communicate()
    assert baseline.record(file, []) == (0, 0)


GROWS = """
import sys
from pathlib import Path
import msgspec
from readiness_pack import files
from readiness_pack.decisions import baseline
file, mark = Path(sys.argv[1]), sys.argv[2]
for number in range(40):
    with files.locked(file):
        known = msgspec.json.decode(file.read_bytes(), type=baseline.Baseline).findings
        entry = baseline.Entry(f"R{mark}", "p", f"{mark}-{number}")
        files.write(file, msgspec.json.encode(baseline.Baseline([*known, entry])))
"""


@pytest.mark.slow
def test_two_runs_on_one_baseline_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text('{"findings": []}')
    processes = [subprocess.Popen([sys.executable, "-c", GROWS, str(file), mark]) for mark in ("a", "b")]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert baseline.read(file) == {f"{mark}-{number}" for mark in ("a", "b") for number in range(40)}


@pytest.mark.slow
def test_runs_of_the_command_at_the_same_time(tmp_path: Path) -> None:
    template = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}}
    (tmp_path / "app.json").write_text(json.dumps(template))
    command = [
        sys.executable,
        "-c",
        "from readiness_pack.cli import main; main()",
        "baseline",
        "app.json",
        "--output",
        "b.json",
    ]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    processes = [subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(120) for process in processes] == [0] * 4
    assert baseline.read(tmp_path / "b.json")
    assert leftovers(tmp_path, "app.json", "b.json", ".cache", ".b.json.lock") == []


# The clock -----------------------------------------------------------------------------------------------------------

APP = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}}
WAIVER = WaiverSpec(rule="KmsKeyRotationEnabled", reason="replaced by another in May", expires=date(2026, 12, 31))


def state(today: date) -> str:
    report = evaluate(Assembly.from_template(APP), config=Config(waivers=[WAIVER]), today=today)
    return next(f.decision.state for f in report.findings if f.rule == "KmsKeyRotationEnabled")


def test_a_waiver_counts_on_its_last_day_and_not_after() -> None:
    days = [date(1970, 1, 1), date(2026, 12, 31), date(2027, 1, 1), date(2038, 1, 20), date(9999, 12, 31)]
    assert [state(day) for day in days] == ["waived", "waived", "expired", "expired", "expired"]


@pytest.mark.parametrize("day", [date.min, date(1970, 1, 1), date(2000, 2, 29), date(2038, 1, 19), date.max])
def test_any_day_is_a_day(day: date) -> None:
    report = evaluate(Assembly.from_template(EVERYTHING), today=day)
    assert report.errors == []


EVERYTHING: dict[str, Any] = {
    "Resources": {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.9"}},
        "Db": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {"Engine": "postgres", "EngineVersion": "13.4", "DBInstanceClass": "db.m3.large"},
        },
        "Cluster": {"Type": "AWS::EKS::Cluster", "Properties": {"Version": "1.24"}},
        "Server": {"Type": "AWS::EC2::Instance", "Properties": {"InstanceType": "m1.small"}},
    }
}


@pytest.mark.slow
def test_the_day_is_that_of_the_zone(tmp_path: Path) -> None:
    """Two zones 26 hours apart are never in the same day: a waiver that ends today in one has ended in the other."""
    code = "from datetime import date; import json, sys\nfrom tests.hostile.test_faults import *\nprint(date.today().isoformat())\n"
    days = []
    for zone in ("Etc/GMT+12", "Etc/GMT-14"):
        environment = {**os.environ, "TZ": zone}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        days.append(date.fromisoformat(done.stdout.strip()))
    assert 1 <= (days[1] - days[0]).days <= 2
    assert [state(day) for day in days] == [state(days[0]), state(days[1])]


# The evidence folder -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_runs_that_fill_one_evidence_folder_at_the_same_time(tmp_path: Path) -> None:
    """Each item gets its record once, whoever comes first."""
    command = [sys.executable, "-c", "from readiness_pack.cli import main; main()", "evidence", "init"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    processes = [subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0] * 3
    (folder,) = [path for path in tmp_path.iterdir() if path.name != ".cache"]
    items = [
        line.split(":", 1)[1].strip()
        for file in folder.glob("*.yaml")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("# - item:")
    ]
    assert items
    assert len(items) == len(set(items))
    assert [file.name for file in folder.iterdir() if file.suffix != ".yaml" and not file.name.endswith(".lock")] == []
