"""The compiled form of rule files: decoding it takes a fiftieth of the time that YAML takes.

It is keyed by the content of the files, so it is never stale. The wheel carries the one of our own rules
(hatch_build.py); for a checkout, and for folders of an organisation, it is kept in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from readiness_pack import __version__, reading
from readiness_pack.checklist.spec import FolderSpec
from readiness_pack.errors import InputError

FILE_NAME = "compiled.msgpack"
"""Beside the rule files of an installed package."""

_OURS = Path(__file__).resolve().parent.parent / "_rules"


_WORTH = 20_000  # bytes; less is read in 10 ms, and would only push out what takes long
_KEPT = 20  # a run reads several folders: ours in a checkout, an organisation's, the project's


class Compiled(msgspec.Struct):
    """What a folder holds, with the key of the files that it was read from, and a checksum of itself.

    A byte that a disk or a copy spoiled would otherwise be a rule that says something else than its file.
    """

    key: str
    checksum: int
    content: msgspec.Raw


def key_of(contents: Mapping[str, bytes]) -> str:
    """The key of rule files: their names and contents, and the format that this version reads."""
    digest = hashlib.sha256(__version__.encode())
    for name, data in contents.items():
        digest.update(f"\0{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def content_of(folder: Path, contents: Mapping[str, bytes], read: Callable[[], FolderSpec]) -> FolderSpec:
    """What is in ``contents``, from a compiled form where there is one.

    Args:
        folder: where the files are.
        contents: relative path -> content.
        read: reads the files themselves.
    """
    key = key_of(contents)
    if folder == _OURS:  # elsewhere, such a file could say something else than the rules beside it that people read
        found = _decoded(folder / FILE_NAME, key)
        if found is not None:
            return found
    cache = _cache_folder()
    cached = cache / f"{key}.msgpack" if cache else None
    found = _decoded(cached, key) if cached else None
    if found is not None:
        return found
    content = read()
    if cached and sum(map(len, contents.values())) > _WORTH:
        _keep(cached, encoded(key, content))
    return content


def encoded(key: str, content: FolderSpec) -> bytes:
    """The compiled form as bytes; the same for the same files."""
    data = msgspec.msgpack.encode(content)
    return msgspec.msgpack.encode(Compiled(key, zlib.crc32(data), msgspec.Raw(data)))


def _decoded(file: Path, key: str) -> FolderSpec | None:
    try:
        found = msgspec.msgpack.decode(reading.read(file, reading.MAX_RECORDED), type=Compiled)
        if found.key != key or zlib.crc32(found.content) != found.checksum:
            return None
        return msgspec.msgpack.decode(found.content, type=FolderSpec)
    except (InputError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _cache_folder() -> Path | None:
    """The cache folder of the user; ``None`` for one without a home, rather than a folder called ``~`` right here."""
    from platformdirs import user_cache_path  # only where no compiled form ships

    try:
        folder = user_cache_path("readiness-pack", appauthor=False)
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None


def _keep(file: Path, data: bytes) -> None:
    from readiness_pack import files

    with suppress(OSError, InputError):  # a cache that cannot be written costs time, nothing else
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = sorted(file.parent.glob("*.msgpack"), key=lambda old: old.stat().st_mtime)
        for old in kept[:-_KEPT]:
            old.unlink(missing_ok=True)
        files.write(file, data)
