"""What is around a run: streams that are closed or full, no home, no working directory, another locale, zone and year."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest

from readiness_pack.evidence import signoffs
from tests.faults.support import TEAMS, Cli, signed

RUN = [sys.executable, "-c", "from readiness_pack.cli import main; main()"]


def shell(script: str, here: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """``script`` in a shell where ``R`` is our command."""
    text = f'R() {{ "{RUN[0]}" -c "{RUN[2]}" "$@"; }}\n{script}'
    kept = {**os.environ, "COLUMNS": "100", **environment}
    return subprocess.run(
        ["bash", "-c", text], cwd=here, env=kept, capture_output=True, text=True, timeout=240, check=False
    )


def alone(
    arguments: tuple[str, ...], here: Path, environment: dict[str, str | None]
) -> subprocess.CompletedProcess[bytes]:
    """``readiness ARGUMENTS`` with some variables of the environment changed, or taken out."""
    kept = {name: value for name, value in {**os.environ, "COLUMNS": "100", **environment}.items() if value is not None}
    return subprocess.run([*RUN, *arguments], cwd=here, env=kept, capture_output=True, timeout=240, check=False)


# Streams -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_streams_that_are_closed_or_full(here: Path) -> None:
    """The exit code is the verdict, whether anybody reads the report or not; what cannot be written is no finding."""
    (here / "readiness.yaml").unlink()  # so that there are findings
    done = shell(
        """
        R check app >&- 2>/dev/null; echo closed $?
        R check app --format json >&- 2>&-; echo both $?
        R check missing.json 2>&- ; echo err $?
        R check missing.json 2>/dev/full ; echo err-full $?
        R check app >/dev/full 2>one; echo full $? $(wc -l <one)
        R check app --format json >/dev/full 2>one; echo json-full $? $(wc -l <one)
        R rules >/dev/full 2>one; echo rules-full $? $(wc -l <one); cat one
        """,
        here,
    )
    assert done.stdout.splitlines() == [
        "closed 1",
        "both 1",
        "err 2",
        "err-full 2",
        "full 3 1",
        "json-full 3 1",
        "rules-full 3 1",
        "readiness: the output, or a file, cannot be read or written: No space left on device",
    ]
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("rules", "--format", "json"), ("rules",), ("check", "app", "--format", "html")])
def test_a_reader_that_goes_away_gets_no_green_verdict(here: Path, arguments: tuple[str, ...]) -> None:
    """As ``set -o pipefail`` sees it: 141, like every program that SIGPIPE ends, and nothing on stderr."""
    process = subprocess.Popen([*RUN, *arguments], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), err) == (141, b"")


@pytest.mark.slow
def test_a_working_directory_that_is_gone(here: Path) -> None:
    done = shell(
        f"""
        mkdir gone; cd gone; rmdir ../gone
        R check ../app; echo $?
        R check {here}/app; echo $?
        R --version >/dev/null; echo $?
        """,
        here,
    )
    assert done.stdout == "2\n2\n0\n"
    assert done.stderr.count("readiness: the working directory does not exist any more\n") == 2
    assert "Traceback" not in done.stderr


# Environment ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_locale_and_the_home_change_nothing(here: Path) -> None:
    """What is judged, and every byte of the report, is the same; the terminal of C shows what it cannot otherwise."""
    (here / "readiness.yaml").write_text(
        "waivers: [{rule: KmsKeyRotationEnabled, reason: 'der Schlüssel wird jährlich ersetzt, von Hand 鍵'}]\n",
        encoding="utf-8",
    )
    outputs = []
    environments: tuple[dict[str, str | None], ...] = (
        {"LC_ALL": "C.UTF-8", "HOME": str(here)},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "HOME": None},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "xx", "HOME": "/nonexistent", "XDG_CACHE_HOME": None},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "HOME": ""},
    )
    for environment in environments:
        report = alone(("check", "app", "--format", "json"), here, environment)
        shown = alone(("check", "app", "--verbose"), here, environment)
        assert (report.stderr, shown.stderr) == (b"", b"")
        outputs.append((report.stdout, report.returncode, shown.returncode))
        assert b"KmsKeyRotationEnabled" in shown.stdout
    assert len(set(outputs)) == 1
    assert sorted(path.name for path in here.iterdir() if path.name.startswith(("~", ".c"))) in ([], [".cache"])


# Zones and years -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_people_in_zones_a_day_apart_sign_and_certify_together(here: Path) -> None:
    """Sign-offs are in UTC; whoever is a day ahead or behind makes nobody's signature one of the future."""
    zones = ["Etc/GMT+12", "Etc/GMT-14", "UTC", "Asia/Kathmandu", "America/St_Johns"]
    for team, zone in zip(TEAMS, zones, strict=True):
        done = shell(f"R sign app --team {team} --by 'Person of {team}'", here, TZ=zone)
        assert done.returncode == 0, done.stderr
    found = signoffs.read(here / "evidence").signoffs
    now = datetime.datetime.now(datetime.UTC)
    assert all(one.at.utcoffset() == datetime.timedelta(0) and abs(now - one.at).total_seconds() < 600 for one in found)
    for zone in ("Etc/GMT+12", "Etc/GMT-14"):
        assert shell("R certify app --by 'Cai Berg'", here, TZ=zone).returncode == 0
        for other in ("Etc/GMT+12", "Etc/GMT-14"):
            done = shell("R verify evidence app", here, TZ=other)
            assert (done.returncode, done.stdout.startswith("VALID: ")) == (0, True), done.stdout


@pytest.mark.parametrize("day", ["0001-01-01", "1970-01-01", "2000-02-29", "2038-01-20", "9000-12-31", "9999-12-31"])
def test_the_clock_of_another_year(here: Path, cli: Cli, day: str) -> None:
    """A record of the future stops reading, one of the past has ended; a certificate does not hold on such a day."""
    signed(cli)
    assert cli("certify", "app", "--by", "Cai Berg").code == 0
    code, out, err = cli("verify", "evidence", "app", "--date", day)
    assert (code, out.startswith("VALID")) in ((1, False), (2, False)), out
    assert "Traceback" not in err
    code, out, err = cli("report", "app", "--date", day)
    assert code in (1, 2)
    assert err.count("\n") == (1 if code == 2 else 0)


def test_a_sign_off_is_not_made_ahead(here: Path, cli: Cli) -> None:
    tomorrow = datetime.date.today() + datetime.timedelta(2)
    code, _, err = cli("sign", "app", "--team", "qa", "--by", "Eli Roth", "--date", str(tomorrow))
    assert (code, "still to come" in err) == (2, True)
    assert not (here / "evidence" / "signoffs").exists()


def test_a_signature_of_a_clock_that_was_ahead_does_not_count_yet(here: Path, cli: Cli) -> None:
    signed(cli)
    before = datetime.date.today() - datetime.timedelta(3)
    code, out, _ = cli("certify", "app", "--by", "Cai Berg", "--date", str(before))
    assert (code, out.count("which is still to come")) == (1, 5), out
