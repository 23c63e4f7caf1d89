"""Reads the file of a checklist as text: its encoding, and characters that an earlier program damaged."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

import yaml

from readiness_pack import reading
from readiness_pack.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Source:
    """The text of a checklist.

    Args:
        text: with line feeds alone at line ends, and as many lines as the file has.
        repaired: 1-based lines in which damaged characters were put right.
        lost: 1-based lines with characters that were lost before the file was written.
    """

    text: str
    repaired: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()


def read(path: Path, encoding: str | None = None) -> Source:
    """Read the checklist ``path``.

    Args:
        path: the file.
        encoding: its encoding; where not given, what its byte order mark says, else UTF-8.

    Raises:
        InputError: it cannot be read, is too large, or is not text in that encoding.
    """
    return from_bytes(reading.read(path, reading.MAX_WRITTEN), path, encoding)


def from_bytes(data: bytes, path: Path, encoding: str | None = None) -> Source:
    """The text in ``data``; see :func:`read`.

    Example:
        >>> from_bytes("- GrÃ¼ÃŸe".encode(), Path("a.md")).text
        '- Grüße'
    """
    if not data.strip():
        raise InputError("the file is empty", file=path)
    text = _decoded(data, path, encoding).replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("is not text: it holds a zero byte", file=path, line=line)
    if not text.strip():
        raise InputError("the file is empty", file=path)
    return _repaired(without_front_matter(text))


def _decoded(data: bytes, path: Path, encoding: str | None) -> str:
    if encoding is None:
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except LookupError as error:
        raise InputError(f"there is no encoding '{encoding}'", file=path) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-8" if encoding == "utf-8" else encoding
        problem = f"is not {name} text; name its encoding, such as --encoding windows-1252 or --encoding utf-16"
        raise InputError(problem, file=path, line=line) from error


def without_front_matter(text: str) -> str:
    r"""``text`` with blank lines in place of its YAML front matter, so that line numbers stay.

    Example:
        >>> without_front_matter("---\ntitle: Ready\n---\n- [ ] One\n")
        '\n\n\n- [ ] One\n'
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return text
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        return text
    try:
        content = yaml.load("\n".join(lines[1:end]), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return text
    # A line above and below a passage of Markdown looks the same, but is no mapping.
    return "\n".join([""] * (end + 1) + lines[end + 1 :]) if isinstance(content, dict) else text


def _repaired(text: str) -> Source:
    """Puts right what was UTF-8, was read as something else, and written as UTF-8 again (``â€“`` for a dash).

    A line is changed only where ftfy finds the way back, which it does not guess; where bytes were lost on the way
    (U+FFFD), nobody can say what stood there, and the line stays as it is.
    """
    if text.isascii():
        return Source(text)
    from ftfy import TextFixerConfig, fix_encoding  # takes 60 ms, and most checklists are whole

    careful = TextFixerConfig(unescape_html=False, replace_lossy_sequences=False, fix_c1_controls=False)
    lines, repaired, lost = text.split("\n"), [], []
    for at, line in enumerate(lines):
        if "\ufffd" in line:
            lost.append(at + 1)
        elif not line.isascii():
            lines[at] = fix_encoding(line, careful)
            if lines[at] != line:
                repaired.append(at + 1)
    return Source("\n".join(lines), tuple(repaired), tuple(lost))
