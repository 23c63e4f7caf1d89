"""Work done meanwhile by a copy of this process, so that a large app is judged by several processors.

A copy has everything that was read so far, so nothing has to be sent to it, rules of a user's own included; only what
it found comes back. It is a help and never a condition: where there is none, or where it fails or takes too long, the
one who asked does the work himself.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress

MOST = 4
"""How many processes share the work at most; what each has to work out for itself outweighs further ones."""

_DONE = b"\0done"
"""Ends what a copy hands over; without it the copy ended in the middle of a sentence."""


def processes(items: int, each: int) -> int:
    """How many processes shall share ``items``, of which each has to have ``each`` to be worth it.

    One on systems that cannot copy a process safely, in a process that is one of several already, and under a debugger
    or a coverage tool, which would not see what the others do.

    Example:
        >>> processes(10, 400)
        1
    """
    if sys.platform != "linux" or multiprocessing.parent_process() is not None or sys.gettrace() is not None:
        return 1
    return max(1, min(items // each, len(os.sched_getaffinity(0)), MOST))


class Apart:
    """``work``, under way in a copy of this process.

    Args:
        work: what to do; gives what it found as bytes. What else it changes is changed in the copy alone.

    Raises:
        OSError: the system has no process to give.
    """

    def __init__(self, work: Callable[[], bytes]) -> None:
        self._out, into = os.pipe()
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()  # or the copy would print it a second time
        try:
            self._pid = _copy()
        except OSError:
            os.close(self._out)
            os.close(into)
            raise
        if self._pid == 0:
            _work_and_end(work, into)
        os.close(into)

    def result(self, patience: float) -> bytes | None:
        """What the work gave; ``None`` where it failed, or is not done after ``patience`` seconds."""
        data = _all_of(self._out, time.monotonic() + patience)
        self.end()
        return data.removesuffix(_DONE) if data and data.endswith(_DONE) else None

    def end(self) -> None:
        """Be done with it, whether or not it is."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            with suppress(ChildProcessError):  # a handler of the user's was quicker
                os.waitpid(self._pid, 0)
            os.close(self._out)
            self._pid = 0


def _copy() -> int:
    with warnings.catch_warnings():
        # Since 3.12 Python warns that another thread may hold a lock at this moment, which nobody would open in the
        # copy. What the copy calls takes none of ours, and nobody waits for it without end.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _work_and_end(work: Callable[[], bytes], into: int) -> None:
    """In the copy: do the work, hand it over, and end without what this process does at its own end."""
    code = 1
    try:
        data = work()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        with os.fdopen(into, "wb") as file:
            file.write(data + _DONE)
        code = 0
    finally:
        os._exit(code)


def _all_of(descriptor: int, deadline: float) -> bytes | None:
    """Everything that is written to the pipe, ``None`` where its end does not come until ``deadline``."""
    parts: list[bytes] = []
    poll = select.poll()  # not select(), which knows the first 1,024 descriptors only
    poll.register(descriptor)
    while True:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            return None
        part = os.read(descriptor, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
