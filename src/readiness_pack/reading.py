"""Reading a file that somebody gave: whole and within a limit, or refused in one sentence. docs/limits.md states them.

A path may be anything: a pipe that nobody writes to, a device without end, a folder, a file that is gone by the time
it is opened. Only regular files are read, and never more of them than the limit.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from readiness_pack.errors import InputError

MAX_TEMPLATE = 10 << 20
"""Bytes of a template. CloudFormation accepts 1 MB
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html); a template on its way to
being divided may be larger for a while."""

MAX_WRITTEN = 1 << 20
"""Bytes of a file that people write: readiness.yaml, a rule file."""

MAX_RECORDED = 50 << 20
"""Bytes of a file that programs write: a manifest of ``cdk.out`` and what it names, a baseline, a report."""

MAX_REPORT = 256 << 20
"""Bytes of a report of ours that is read again: it has every finding of an app, of which there may be very many."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read(path: Path, limit: int, *, shown: str | os.PathLike[str] | None = None) -> bytes:
    """The bytes of ``path``.

    Args:
        path: the file; links are followed.
        limit: how many bytes it may have.
        shown: how errors name it, ``path`` where not given.

    Raises:
        InputError: there is no such file, it is a folder, pipe or device, may not be read, or is larger.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     read(Path(folder), 10, shown="templates")
        Traceback (most recent call last):
        readiness_pack.errors.InputError: templates: cannot be read: it is a folder, not a file
    """
    shown = shown or path
    try:
        # Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            size, data = _content(handle, limit, shown)
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=shown) from error
    except ValueError as error:  # a NUL in the path
        raise InputError(f"cannot be read: {error}", file=shown) from error
    if max(size, len(data)) > limit:
        raise InputError(f"is larger than {limit >> 20} MB", file=shown)
    return data


def _content(handle: int, limit: int, shown: str | os.PathLike[str]) -> tuple[int, bytes]:
    """The size of an open file and its bytes, one more than ``limit`` at most and none where the size says enough."""
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(about.st_mode)), "something else")
        raise InputError(f"cannot be read: it is {kind}, not a file", file=shown)
    if about.st_size > limit:
        return about.st_size, b""
    with open(handle, "rb", closefd=False) as file:
        return about.st_size, file.read(limit + 1)
