"""Writing files whole or not at all, and changing one that others may change at the same time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from readiness_pack.errors import InputError


def write(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` in one step: a reader sees the old file or the new one, never a part.

    Raises:
        InputError: the folder cannot be written to, or the disk is full; an old file stays as it was.
    """
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)  # noqa: PTH101
        os.replace(temporary, path)  # noqa: PTH105
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror or error}", file=path) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` while reading, changing and writing it, so that two runs lose nothing."""
    from filelock import FileLock  # few commands lock anything

    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        with lock:
            yield
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"cannot be locked: {error.strerror or error}", file=path) from error
