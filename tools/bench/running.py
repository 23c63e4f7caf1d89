"""Runs what is measured, each time in a process of its own, and keeps what it took."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.cdk_cli import ROOT, environment


@dataclass(frozen=True)
class Sample:
    """One run.

    Args:
        seconds: what counts: the whole process, or the part of it that the process itself measured.
        cpu: seconds of processor time of the process and of those that it started.
        memory: peak bytes of the largest of those processes.
        printed: the standard output.
    """

    seconds: float
    cpu: float
    memory: int
    printed: bytes

    @property
    def said(self) -> dict[str, Any]:
        """The JSON object that a program of ours prints last."""
        found: dict[str, Any] = json.loads(self.printed.splitlines()[-1])
        return found


@dataclass(frozen=True)
class Case:
    """Something to run.

    Args:
        name: how the rows of the table call it.
        command: program and arguments, without a shell.
        counts: the key of the printed JSON that holds the seconds that count; the whole process where not given.
        codes: exit codes that are no failure.
        before: makes ready for one run, such as emptying a folder.
    """

    name: str
    command: tuple[str, ...]
    counts: str | None = None
    codes: tuple[int, ...] = (0,)
    before: Callable[[], object] | None = None


@dataclass
class Series:
    """All runs of one case."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def seconds(self) -> list[float]:
        """Of each run."""
        return [sample.seconds for sample in self.samples]

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)

    @property
    def memory(self) -> float:
        """Median of the peaks, in bytes."""
        return statistics.median(sample.memory for sample in self.samples)


class BenchError(Exception):
    """Something that is measured did not run as it should."""


def run(case: Case) -> Sample:
    """Run ``case`` once.

    Raises:
        BenchError: it ended with another exit code than those it may end with; the end of what it printed is told.
    """
    if case.before is not None:
        case.before()
    # Installed programs come with their bytecode; without this, each start would compile ours anew.
    env = {name: value for name, value in environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    process = subprocess.Popen(
        case.command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    printed, complaint = _both(process)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in case.codes:
        end = (complaint or printed).decode(errors="replace")[-2000:]
        raise BenchError(f"{case.name} ended with {process.returncode}:\n{end}")
    sample = Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _RSS_UNIT, printed)
    if case.counts is None:
        return sample
    return Sample(float(sample.said[case.counts]), sample.cpu, sample.memory, printed)


_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def _both(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Everything that is printed; read beside each other, so that no full pipe stops the process."""
    from threading import Thread

    if process.stdout is None or process.stderr is None:
        raise BenchError("started without pipes")
    complaint: list[bytes] = []
    reader = Thread(target=lambda stream: complaint.append(stream.read()), args=(process.stderr,))
    reader.start()
    printed = process.stdout.read()
    reader.join()
    process.stdout.close()
    process.stderr.close()
    return printed, complaint[0]


def interleaved(cases: Sequence[Case], runs: int, tell: Callable[[str], object]) -> dict[str, Series]:
    """Run each of ``cases`` ``runs`` times, in turns: what the machine does meanwhile meets all of them alike.

    Args:
        cases: what to run; every second round goes backwards.
        runs: how often.
        tell: hears what is being run.
    """
    found = {case.name: Series() for case in cases}
    for number in range(runs):
        for case in cases if number % 2 == 0 else reversed(cases):
            tell(f"{number + 1}/{runs} {case.name}")
            found[case.name].samples.append(run(case))
    return found


def python(module: str, *arguments: object) -> tuple[str, ...]:
    """The command that runs a module of ours with this interpreter."""
    return (sys.executable, "-m", module, *map(str, arguments))


def folder_of(path: Path) -> Path:
    """``path`` as a folder that is there."""
    path.mkdir(parents=True, exist_ok=True)
    return path
