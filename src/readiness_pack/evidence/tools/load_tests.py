"""What load tests share: which item of the checklist one stands for, and how its figures are told.

A load test can be a baseline, a stress, an endurance, a spike or a volume test, or compare with an earlier one. The
file does not say, unless somebody gave it or its scenarios a telling name; guessing would turn one test into another.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from readiness_pack.evidence.tools.outcome import Figure, Outcome, counted, percent, plain

ITEMS = {
    "PRF-LDT-01": ("baseline", {"baseline"}),
    "PRF-LDT-02": ("stress", {"stress", "breakpoint"}),
    "PRF-LDT-03": ("endurance", {"endurance", "soak"}),
    "PRF-LDT-04": ("spike", {"spike"}),
    "PRF-LDT-05": ("volume", {"volume"}),
    "TST-AUT-04": ("regression", {"regression"}),
}
"""Item -> what its test is called, and the words in a name that say so."""

ASKS = "it does not say which kind of load test it is; write `item:`, one of " + ", ".join(
    f"{item} ({name})" for item, (name, _) in ITEMS.items()
)


@dataclass(frozen=True)
class Run:
    """A load test.

    Args:
        tool: what made it.
        names: where its purpose may be said: file name, scenarios, script.
        requests: how many requests or iterations there were.
        p95: the 95th percentile of response times in milliseconds.
        failed: the share of requests that failed.
        seconds: how long it took.
        kept: limits that were kept.
        crossed: limits that were not, as the tool spells them.
        date: of when it is.
    """

    tool: str
    names: tuple[str, ...]
    requests: int
    p95: float | None = None
    failed: float | None = None
    seconds: float | None = None
    kept: int = 0
    crossed: tuple[str, ...] = ()
    date: datetime.date | None = None

    def outcome(self) -> Outcome:
        """What it says."""
        items = kinds(self.names)
        # Requests that all failed may have failed fast: no figure of response times.
        told = self.p95 is not None and self.failed != 1
        return Outcome(
            tool=self.tool,
            statement=f"{', '.join(self._parts())}. {self._limits()}",
            items=items if len(items) == 1 else (),
            passed=self._passed(),
            date=self.date,
            figures=(Figure("api_p95_latency", self.p95 or 0.0, "milliseconds"),) if told else (),
            asks=ASKS,
        )

    def _parts(self) -> list[str]:
        parts = [counted(self.requests, "request")]
        if self.seconds:
            parts.append(f"{datetime.timedelta(seconds=round(self.seconds))} long")
        if self.p95 is not None:
            parts.append(f"p95 {self.p95:.5g} ms")
        if self.failed is not None:
            parts.append(f"{percent(self.failed)} failed")
        return parts

    def _limits(self) -> str:
        if self.crossed:
            shown = ", ".join(plain(name) for name in self.crossed[:3])
            more = f" and {len(self.crossed) - 3} more" if len(self.crossed) > 3 else ""
            total = counted(self.kept + len(self.crossed), "threshold")
            return f"{len(self.crossed)} of {total} crossed: {shown}{more}."
        if self.kept:
            return "Its threshold was kept." if self.kept == 1 else f"All {self.kept} thresholds were kept."
        return "It sets no threshold."

    def _passed(self) -> bool | None:
        if self.crossed or self.failed == 1:
            return False
        return True if self.kept else None


def kinds(names: Iterable[str]) -> tuple[str, ...]:
    """The items whose kind of test the names speak of.

    Example:
        >>> kinds(["k6-stress.json"]), kinds(["load.json"]), kinds(["spike-after-stress.json"])
        (('PRF-LDT-02',), (), ('PRF-LDT-02', 'PRF-LDT-04'))
    """
    words = {word for name in names for word in re.findall(r"[a-z]+", name.lower())}
    return tuple(item for item, (_, telling) in ITEMS.items() if telling & words)
