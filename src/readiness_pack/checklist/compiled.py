"""The compiled form of rule files: decoding it takes a fiftieth of the time that YAML takes.

It is keyed by the content of the files, so it is never stale. The wheel carries the one of our own rules
(hatch_build.py); for a checkout, and for folders of an organisation, it is kept in the user's cache folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from readiness_pack import __version__
from readiness_pack.checklist.spec import ItemSpec

FILE_NAME = "compiled.msgpack"
"""Beside the rule files of an installed package."""

Items = list[tuple[str, ItemSpec]]
"""Relative path of a rule file, and the item in it."""


class Compiled(msgspec.Struct):
    """The items of a folder, with the key of the files that they were read from."""

    key: str
    items: Items


def key_of(contents: Mapping[str, bytes]) -> str:
    """The key of rule files: their names and contents, and the format that this version reads."""
    digest = hashlib.sha256(__version__.encode())
    for name, data in contents.items():
        digest.update(f"\0{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def items_of(folder: Path, contents: Mapping[str, bytes], read: Callable[[], Items]) -> Items:
    """The items in ``contents``, from a compiled form where there is one.

    Args:
        folder: where the files are.
        contents: relative path -> content.
        read: reads the files themselves.
    """
    key = key_of(contents)
    shipped = folder / FILE_NAME
    found = _decoded(shipped, key)
    if found is not None:
        return found
    cached = _cache_folder() / f"{key}.msgpack"
    found = _decoded(cached, key)
    if found is not None:
        return found
    items = read()
    _keep(cached, encoded(key, items))
    return items


def encoded(key: str, items: Items) -> bytes:
    """The compiled form as bytes; the same for the same files."""
    return msgspec.msgpack.encode(Compiled(key, items))


def _decoded(file: Path, key: str) -> Items | None:
    try:
        found = msgspec.msgpack.decode(file.read_bytes(), type=Compiled)
    except (OSError, msgspec.MsgspecError):
        return None
    return found.items if found.key == key else None


def _cache_folder() -> Path:
    from platformdirs import user_cache_path  # only where no compiled form ships

    return user_cache_path("readiness-pack", appauthor=False)


def _keep(file: Path, data: bytes) -> None:
    from readiness_pack import files
    from readiness_pack.errors import InputError

    with suppress(OSError, InputError):  # a cache that cannot be written costs time, nothing else
        file.parent.mkdir(parents=True, exist_ok=True)
        for old in file.parent.glob("*.msgpack"):
            old.unlink(missing_ok=True)
        files.write(file, data)
