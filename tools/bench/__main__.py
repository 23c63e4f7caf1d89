"""``make bench``: measures this tool and its peers on this machine, prints the table, writes it into docs/speed.md.

Example:
    python -m tools.bench --quick --only starting --only judging
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tools.bench import page, peers
from tools.bench.plan import FULL, QUICK, SECTIONS, Plan
from tools.bench.running import BenchError
from tools.bench.table import Row, text


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write. Returns 0, or 1 where something did not run."""
    options = _options(arguments)
    sizes = QUICK if options.quick else FULL
    sections = options.only or list(SECTIONS)
    machine, started = page.machine(), time.perf_counter()
    rows: list[Row] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as folder:
        plan = Plan(sizes, Path(folder), _tell)
        for name in sections:
            try:
                rows += SECTIONS[name](plan)
            except BenchError as error:
                _tell(f"{name} stopped: {error}")
                failed = True
    if rows:
        print(text(rows))
    minutes = (time.perf_counter() - started) / 60
    found = peers.versions() if "cli" in sections else {}
    if not (failed or options.quick or options.only):
        part = page.section(
            rows,
            runs=sizes.runs,
            minutes=minutes,
            versions=page.versions(found),
            machine=machine,
            day=date.today(),
        )
        page.write(part)
        print(f"\nWritten to {page.PAGE}")
    return int(failed)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description="Measure speed and memory.")
    parser.add_argument("--quick", action="store_true", help="two runs of smaller things; docs/speed.md stays as it is")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(SECTIONS),
        help="a part; may be given again; docs/speed.md stays as it is",
    )
    return parser.parse_args(arguments)


def _tell(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
