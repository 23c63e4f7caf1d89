"""Puts a table of a run into docs/speed.md, with the machine, the versions and the day."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tools.bench.table import Row, markdown
from tools.cdk_cli import ROOT

PAGE = ROOT / "docs" / "speed.md"
BEGIN = "<!-- written by make bench -->"
END = "<!-- end of what make bench wrote -->"


def section(
    rows: Sequence[Row], *, runs: int, minutes: float, versions: Mapping[str, str], machine: str, day: date
) -> str:
    """The generated part of the page."""
    reached = [row.reached for row in rows if row.reached is not None]
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"{BEGIN}\n\n"
        f"Measured on {day.isoformat()} in {minutes:.0f} minutes on {machine}. "
        f"Medians of {runs} runs, in brackets the least and the most. "
        f"{sum(reached)} of {len(reached)} goals are reached.\n\n"
        f"{markdown(rows)}\n"
        f"Versions: {listed}.\n\n"
        f"{END}"
    )


def write(part: str, page: Path = PAGE) -> None:
    """Replace the generated part of ``page``.

    Raises:
        ValueError: the page has no place for it.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no lines {BEGIN} and {END}")
    page.write_text(before + part + after, encoding="utf-8")


def machine() -> str:
    """Processor, number of cores, memory, system and load of this machine."""
    parts = [_processor(), f"{os.cpu_count()} cores"]
    if hasattr(os, "sysconf"):
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        parts.append(f"{size / 2**30:.0f} GiB")
    parts.append(f"{platform.system()} {platform.machine()}")
    load = f", load average {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return f"{', '.join(part for part in parts if part)}{load}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor()


def versions(peers: Mapping[str, str]) -> dict[str, str]:
    """Of Python, Node, the CDK, and what we are measured against."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    ours = {
        name: importlib.metadata.version(name)
        for name in ("readiness-pack", "aws-cdk-lib", "jsii", "cdk-nag", "msgspec")
    }
    return {"Python": platform.python_version(), "Node": node.removeprefix("v"), **ours, **peers}
