"""``python -m tools.soak --minutes 60``: `check` for an hour in one process over ever different apps, memory watched.

A server, an editor or a test suite keeps one process for long. What is kept of an app after its report was written
would show here as growth: the table has the resident memory of every minute; the exit code is 1 where it climbs, or
where a rule broke.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from readiness_pack.cli.check import FORMATS
from readiness_pack.cli.run import Run
from readiness_pack.errors import ReadinessError
from readiness_pack.report.view import View
from tools.fuzz.seeds import trees

ALLOWED_GROWTH = 0.05
"""How much more memory the last quarter of the run may use than its second quarter; the first one warms up."""


def main() -> int:
    """Run; returns 1 where memory grew or a rule broke."""
    parser = argparse.ArgumentParser(prog="tools.soak", description="Checks apps in one process, memory watched.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, parts = random.Random(given.seed), _parts()  # noqa: S311  no secret
    begun = time.monotonic()
    sample_every = min(60.0, given.minutes * 60 / 12)
    samples: list[float] = []
    broken: set[str] = set()
    apps = findings = 0
    print(f"{'minute':>8} {'apps':>10} {'findings':>12} {'resident MB':>12}")
    while (spent := time.monotonic() - begun) < given.minutes * 60:
        findings += _check_one(chance, parts, broken)
        apps += 1
        if spent >= sample_every * (len(samples) + 1):
            gc.collect()
            samples.append(_resident_mb())
            print(f"{spent / 60:>8.1f} {apps:>10,} {findings:>12,} {samples[-1]:>12.1f}", flush=True)
    print(*sorted(broken), sep="\n", end="\n" if broken else "")
    return 1 if broken else _verdict(samples)


def _check_one(chance: random.Random, parts: list[dict[str, Any]], broken: set[str]) -> int:
    """Judge an app as `readiness check` does, and write it in every format; now and then input that is refused."""
    with TemporaryDirectory(prefix="readiness-soak-") as name:
        folder = Path(name)
        for number in range(chance.randint(1, 4)):
            (folder / f"stack{number}.json").write_text(json.dumps(_template(chance, parts)), encoding="utf-8")
        if chance.random() < 0.05:
            (folder / "broken.yaml").write_text("Resources: {A: *b}", encoding="utf-8")
        run = Run(keep_passes=True)
        try:
            report = run.judge_all((str(folder),))
        except ReadinessError:
            return 0
        broken.update(f"{error.rule} broke: {error.message}" for error in report.errors)
        view = View(report, run.all_rules((str(folder),)), (str(folder),))
        for format_ in chance.sample(sorted(FORMATS), 2):
            if format_ != "console":
                import_module(f"readiness_pack.report.{FORMATS[format_].module}").write(view)
        return len(report.findings)


def _parts() -> list[dict[str, Any]]:
    """The resources in the examples of all rules."""
    return [
        entry
        for tree in trees()
        for template in tree.values()
        for entry in template.get("Resources", {}).values()
        if isinstance(entry, dict) and isinstance(entry.get("Type"), str)
    ]


def _template(chance: random.Random, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """A template that no other iteration has: names are new each time, so that whatever is kept by name grows."""
    mark = f"{chance.getrandbits(48):x}"
    return {
        "Resources": {f"R{number}x{mark}": part for number, part in enumerate(chance.sample(parts, 40))},
        "Outputs": {"Mark": {"Value": mark, "Export": {"Name": f"export-{mark}"}}},
    }


def _resident_mb() -> float:
    """Resident memory of this process, in megabytes (of 2**20 bytes)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _verdict(samples: list[float]) -> int:
    if len(samples) < 8:
        print("too short to tell")
        return 0
    quarter = len(samples) // 4
    early, late = (statistics.mean(part) for part in (samples[quarter : 2 * quarter], samples[-quarter:]))
    grew = late > early * (1 + ALLOWED_GROWTH)
    print(f"second quarter {early:.1f} MB, last quarter {late:.1f} MB: {'it grows' if grew else 'no growth'}")
    return 1 if grew else 0


if __name__ == "__main__":
    sys.exit(main())
