"""``python -m tools.fuzz --minutes 60 --folder DIR``: fuzzes every target in turn and prints what was found.

Needs atheris (``pip install atheris``, Linux and macOS). What is found is to be fixed and kept: copy the input to
``tests/hostile/cases/TARGET/``, where the tests run it for ever.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

SHARES = {"tree": 9, "template": 4, "cloud_assembly": 3, "configuration": 2, "rule_files": 2, "baseline_file": 1}
"""How the time is divided: most bugs are where most code is."""

ROUND = 20 * 60
"""Seconds in which every target has its turn once: a run that is cut short has then looked at all of them."""


def main() -> int:
    """Fuzz; returns 1 where something was found."""
    parser = argparse.ArgumentParser(prog="tools.fuzz", description="Coverage-guided fuzzing of every reader.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"), help="corpus, findings and log")
    parser.add_argument("--only", choices=SHARES, action="append", help="these targets alone")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + given.minutes * 60
    shares = {name: share for name, share in SHARES.items() if not given.only or name in given.only}
    totals = dict.fromkeys(shares, (0, 0))
    with (given.folder / "log.txt").open("a", encoding="utf-8") as log:
        while (left := end - time.monotonic()) > 1:
            for name, share in shares.items():
                seconds = max(1, int(min(ROUND, left) * share / sum(shares.values())))
                runs, spent = _slice(name, given.folder, seconds, log)
                totals[name] = (totals[name][0] + runs, totals[name][1] + spent)
                print(f"{name:16}{totals[name][0]:>12,} inputs {totals[name][1]:>6,} s", flush=True)
    return _summary(totals, given.folder)


def _slice(name: str, folder: Path, seconds: int, log: object) -> tuple[int, int]:
    """Inputs and seconds of one turn; a process that hung or grew too large is started again."""
    runs, begun = 0, time.monotonic()
    while (left := seconds - (time.monotonic() - begun)) > 1:
        command = [sys.executable, "-m", "tools.fuzz.one", name, str(folder), str(int(left))]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        print(done.stdout, done.stderr, file=log, flush=True)  # type: ignore[call-overload]
        runs += sum(map(int, re.findall(r"number_of_executed_units: *(\d+)", done.stderr)))
        if "number_of_executed_units" not in done.stderr and "ERROR: libFuzzer" not in done.stderr:
            print(f"{name} did not run:\n{done.stderr[-2000:]}", flush=True)
            break
    return runs, int(time.monotonic() - begun)


def _summary(totals: dict[str, tuple[int, int]], folder: Path) -> int:
    findings = sorted(file for file in (folder / "findings").rglob("*") if file.is_file() and file.suffix != ".txt")
    seconds = sum(spent for _, spent in totals.values())
    print(
        f"{sum(runs for runs, _ in totals.values()):,} inputs in {seconds / 60:.1f} minutes, {len(findings)} findings"
    )
    for file in findings:
        print(f"  {file}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
