"""Runs a command line of ours under limits and says what it took."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SECONDS, MEGABYTES = 10, 512
"""What any input may take: issue 11, docs/limits.md."""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str
    seconds: float
    megabytes: float


def _limited(address_space: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    os.setpgrp()


def run(*arguments: str, cwd: Path, megabytes: int = MEGABYTES) -> Outcome:
    """``readiness ARGUMENTS``; processor time, and the memory that it may have at most."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cwd / ".cache"), "COLUMNS": "200"}
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", "from readiness_pack.cli import main; main()", *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: _limited(megabytes << 20),
    )
    try:
        out, err = process.communicate(timeout=SECONDS * 6)  # the wall clock of a busy machine says little
    finally:
        process.kill()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert time.monotonic() - start < SECONDS * 6
    return Outcome(process.returncode, out.decode(), err.decode(), seconds, megabytes)


def assert_refused(outcome: Outcome, *said: str) -> None:
    """One clear line on stderr, nothing on stdout, exit code 2, in time."""
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome
    assert "Traceback" not in outcome.err
    assert all(one in outcome.err for one in said), outcome.err
    assert outcome.seconds < SECONDS
