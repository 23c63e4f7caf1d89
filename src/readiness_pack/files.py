"""Writing files whole or not at all, and changing one that others may change at the same time."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from readiness_pack.errors import InputError


def write(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Replace ``path`` by ``data`` in one step: a reader sees the old file or the new one, never a part.

    ``data`` may come in parts. A link stays a link: what it leads to is replaced. A device or pipe, such as
    ``/dev/stdout``, is written to.

    Raises:
        InputError: the folder cannot be written to, or the disk is full; an old file stays as it was.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write(Path(folder) / "report.txt", b"ready")
        ...     [(file.name, file.read_bytes()) for file in Path(folder).iterdir()]
        [('report.txt', b'ready')]
    """
    parts = (data,) if isinstance(data, bytes) else data
    target = _resolved(path)
    try:
        about = path.stat() if path.exists() else None
        if about is not None and not stat.S_ISREG(about.st_mode):
            with path.open("wb") as file:  # not `target`: /dev/stdout may lead to a pipe that has no name
                file.writelines(parts)
            return
        _replace(target, parts, None if about is None else about.st_mode & 0o777)
    except BrokenPipeError:
        raise  # the reader of /dev/stdout went away; nothing of ours failed
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", file=path) from error


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(f"cannot be written: {reason}", file=path) from error


def _replace(target: Path, parts: Iterable[bytes], mode: int | None) -> None:
    # Not the tempfile module: its files are for their owner alone, and the rights of a new file are the umask's to say.
    temporary = target.with_name(f".{target.name[:100]}.{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123  a handle
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:  # also when the user interrupts it
        temporary.unlink(missing_ok=True)
        raise


WAIT = 60.0
"""Seconds to wait for another run that holds a lock; reading, changing and writing a file takes far less."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` while reading, changing and writing it, so that two runs lose nothing.

    Raises:
        InputError: the lock cannot be had: the folder is read-only, or another run holds it for :data:`WAIT` seconds.
    """
    from filelock import FileLock, Timeout  # few commands lock anything

    target = _resolved(path)
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    try:
        lock.acquire(timeout=WAIT)
    except Timeout as error:
        raise InputError(f"another run has been changing it for {WAIT:.0f} s", file=path) from error
    except OSError as error:
        raise InputError(f"cannot be locked: {error.strerror or error}", file=path) from error
    try:
        yield
    finally:
        lock.release()
