"""How a command ends when something goes wrong around it: one line and an exit code, never a traceback.

An exit code says "findings" (1) only where there are some: whatever nobody foresaw ends with 3.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path

CLOSED = 141
"""Exit code where the reader of the output went away before it had all: 128 and the number of SIGPIPE, as in a shell.

Not 0: in ``readiness check cdk.out | head`` the verdict of the run would be lost (``set -o pipefail``).
"""


def prepare_streams() -> None:
    """Make the standard streams safe to write to, whatever the locale is, and also where somebody closed them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # `>&-`: nobody wants to read it, and the verdict is the exit code
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  for the whole run
        elif isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character shows its escape
            stream.reconfigure(errors="backslashreplace")


def silence(stream: object) -> None:
    """Send what ``stream`` still holds nowhere: the interpreter flushes it at the end, and would complain again."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[attr-defined]
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):  # a stream of a test, or one that is closed
        return


def unforeseen(error: BaseException) -> str:
    """What is said of an error that is nobody's finding: what it is and where, in one line."""
    from readiness_pack import redaction

    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, OSError) and error.strerror:
        file = error.filename if isinstance(error.filename, str) else "the output, or a file,"
        return f"{file} cannot be read or written: {error.strerror}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"readiness-pack itself failed: {redaction.of_error(error)}{where}"


def without_folder() -> bool:
    """Whether the working directory is gone, so that no relative path means anything."""
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return True
    return False
