"""Brings `expected/` up to date: `python -m tests.false_alarms.update`.

Reasons that were given stay with the findings that are still there. What is new stands in a group of its own, with its
messages as comments and an empty `why`: look at the template, decide whether the finding is true, and write down why.
If it is not, the rule has a bug. The tests fail as long as a reason is empty.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.false_alarms.expectations import FOLDER, Place, Reason, place_of, read, section_of, sections, write

if TYPE_CHECKING:
    from tests.false_alarms.judged import Judged

ROOT = Path(__file__).resolve().parents[2]


def update(judged: Judged, folder: Path = FOLDER) -> int:
    """Rewrite the files in ``folder``; the number of places without a reason."""
    found: dict[str, Counter[Place]] = defaultdict(Counter)
    messages: dict[Place, list[str]] = defaultdict(list)
    for finding in judged.findings:
        found[section_of(finding.item)][place_of(finding)] += 1
        messages[place_of(finding)].append(finding.message)
    open_places = 0
    for section in sorted({*found, *sections(folder)}):
        reasons = merged(found[section], read(section, folder))
        write(section, reasons, messages, folder)
        open_places += sum(len(reason.places) for reason in reasons if not reason.why)
    return open_places


def merged(found: Counter[Place], known: list[Reason]) -> list[Reason]:
    """``found`` under the reasons that are known; what has none yet comes last, by rule and verdict."""
    reasons: list[Reason] = []
    left = Counter(found)
    for reason in known:
        if not reason.why:
            continue
        # Two things where there was one, or one where there were two, is news: somebody looks again.
        still = Counter({place: times for place, times in reason.places.items() if left[place] == times})
        left -= still
        reasons.append(Reason(reason.why, still))
    new: dict[tuple[str, str], Counter[Place]] = defaultdict(Counter)
    for place, times in left.items():
        new[place.rule, place.verdict][place] = times
    return [*reasons, *(Reason("", places) for places in new.values())]


def main() -> int:
    """Synthesize, judge, write."""
    os.environ["CDK_VALIDATION"] = "false"  # as in tests/conftest.py, and read when aws_cdk is imported
    from tests.false_alarms.judged import judge

    with tempfile.TemporaryDirectory() as folder:
        judged = judge(Path(folder) / "cdk.out", ROOT)
    for error in judged.report.errors:
        sys.stderr.write(f"{error.rule} broke on {error.logical_id}: {error.message}\n")
    open_places = update(judged)
    if open_places:
        sys.stderr.write(f"{open_places} places wait for a reason; search {FOLDER} for: why: ''\n")
    return 1 if open_places or judged.report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
