"""Text of templates made harmless: what a terminal, a browser or a spreadsheet would act on becomes visible instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

# Control characters (terminals obey them), marks that reorder or hide text (https://trojansource.codes), line and
# paragraph separators, half surrogates and the code points that XML does not allow.
_UNSAFE = (
    "\x00-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f"
)
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+ *")
_UNSAFE_CHARACTER = re.compile(f"[{_UNSAFE}]")


def clean(text: str) -> str:
    r"""``text`` in one line without characters that anything acts on; these show as an escape such as ``\x1b``.

    Example:
        >>> clean("a\x1b[31mb\nc")
        'a\\x1b[31mb c'
    """
    return _UNSAFE_CHARACTER.sub(_visible, _SPACES.sub(" ", text))


def clean_lines(text: str) -> list[str]:
    r"""``text`` line by line, each clean; indentation stays.

    Example:
        >>> clean_lines("a(\n    b)\n")
        ['a(', '    b)']
    """
    return [clean(line.replace("\t", "    ")) for line in re.split(r"\r\n|[\n\r]", text.strip("\r\n"))]


def shortened(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters, cut at a space where there is one.

    Example:
        >>> shortened("Nobody learns of messages", 16)
        'Nobody learns …'
    """
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return f"{head if space and len(head) > limit // 2 else cut}{' …' if space and len(head) > limit // 2 else '…'}"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun.

    Example:
        >>> count(1, "place"), count(2, "place")
        ('1 place', '2 places')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def json_bytes(document: Any) -> bytes:
    """Indented JSON in UTF-8 in which every character that a terminal could act on is escaped; the values stay."""
    return (_json(document) + "\n").encode()


def json_parts(document: Mapping[str, Any]) -> Iterator[bytes]:
    """What :func:`json_bytes` gives, in parts; lists among the values of ``document`` are written piece by piece.

    Example:
        >>> document = {"findings": [1, {"a": []}], "notes": [], "version": "1"}
        >>> b"".join(json_parts(document)) == json_bytes(document)
        True
    """
    before = "{\n "
    for key, value in document.items():
        yield f"{before}{_json(key)}: ".encode()
        if isinstance(value, Sequence) and not isinstance(value, str) and value:
            yield from _list_in_parts(value)
        else:
            yield _json(value).replace("\n", "\n ").encode()
        before = ",\n "
    yield b"\n}\n" if document else b"{}\n"


def _list_in_parts(values: Sequence[Any]) -> Iterator[bytes]:
    """A list one level below the top: its brackets stand one space in, its elements two."""
    left, before = iter(values), "["
    while part := list(islice(left, _PART)):
        inner = _json(part).removeprefix("[").removesuffix("\n]")
        yield (before + inner.replace("\n", "\n ")).encode()
        before = ","
    yield b"\n ]"


_PART = 500  # elements at a time


def _json(document: Any) -> str:
    try:
        data = msgspec.json.encode(document)
    except UnicodeEncodeError:  # half a surrogate pair is no character: nothing could read the file
        data = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(document)))
    return _UNSAFE_IN_JSON.sub(_escaped, msgspec.json.format(data, indent=1).decode())


_UNSAFE_IN_JSON = re.compile(f"[{_UNSAFE.removeprefix(chr(0) + '-' + chr(31))}]")  # those below space are escaped


def _visible(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(inner) for key, inner in value.items()}
    return [_without_surrogates(inner) for inner in value] if isinstance(value, list) else value
