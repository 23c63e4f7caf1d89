"""The words of a heading, a list item or a table cell: what is its title, and what it states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

TITLE_LENGTH = 60
"""Characters of a title that is made from the words of an item without one."""

_SYMBOLS = {"So", "Sk", "Cf", "Mn", "Me", "Cs", "Co", "Cn"}
_NUMBERING = re.compile(r"(?:\d+(?:\.\d+)*[.)]|\d+(?:\.\d+)+)\s+")
_SHORT_CODE = re.compile(r":[a-z0-9_+-]+:")  # an emoji as GitHub writes it, :lock:
_BLANK = re.compile(r"[_.…\s]*(?:_{3,}|\.{4,}|…)[_.…\s]*")
_ID = re.compile(r"\s*\{#([A-Za-z][\w.-]{0,39})\}$")
_DASHES = "\u2013\u2014"
_SEPARATOR = re.compile(rf"\s*:(?=\s|$)\s*|\s+[-{_DASHES}|]\s+|^\s*[{_DASHES}|]\s*")


@dataclass(frozen=True)
class Run:
    """Text in one style.

    Args:
        text: without markup.
        strong: whether it is bold.
        link: where it links to.
    """

    text: str
    strong: bool = False
    link: str | None = None


@dataclass(frozen=True)
class Words:
    """What an item says.

    Args:
        title: its name.
        statement: what it asks for.
        named: whether the author gave the title, in bold letters or before a colon or dash.
        bold: whether it is in bold letters.
        id: the id that the author gave, as ``{#SEC-1}`` at the end.
    """

    title: str
    statement: str
    named: bool = False
    bold: bool = False
    id: str | None = None


def runs(tokens: Iterable[Token]) -> list[list[Run]]:
    """The text of an inline token's children, line by line; HTML, comments and what is struck out are left out."""
    lines: list[list[Run]] = [[]]
    strong, struck, links = 0, 0, [""]
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            strong += token.nesting
        elif token.type in ("s_open", "s_close"):
            struck += token.nesting
        elif struck:
            continue
        elif token.type == "link_open":
            links.append(str(token.attrs.get("href", "")))
        elif token.type == "link_close":
            links.pop()
        elif token.type in ("softbreak", "hardbreak"):
            lines.append([])
        elif token.type == "html_inline":
            if token.content.lower().startswith("<br"):
                lines[-1].append(Run(" "))
        elif token.content:  # text, code, the description of an image
            lines[-1].append(Run(token.content, strong > 0, links[-1] or None))
    return lines


def plain(words: Iterable[Run]) -> str:
    """The text in one line."""
    return " ".join("".join(run.text for run in words).split())


def heading(words: Iterable[Run]) -> str:
    """The words of a heading, without the symbols around them and without its number.

    Example:
        >>> heading([Run("🔒 1. Security Checklist:")])
        'Security Checklist'
    """
    text = plain(words)
    bare = without_symbols(_SHORT_CODE.sub(" ", text)).rstrip(":").strip()
    numbering = _NUMBERING.match(bare)
    bare = without_symbols(bare[numbering.end() :]) if numbering else bare
    return " ".join(bare.split()) or text


def without_symbols(text: str) -> str:
    """``text`` without emoji and bullets at either end."""
    start, end = 0, len(text)
    while start < end and _is_ornament(text[start]):
        start += 1
    while end > start and _is_ornament(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_ornament(character: str) -> bool:
    return character.isspace() or character in "•·▪◦‣" or unicodedata.category(character) in _SYMBOLS


def words_of(parts: Sequence[Run]) -> Words:
    """Title and statement of an item.

    A title is what stands in bold letters before a colon or a dash, or alone; else the few words before a colon or a
    dash; else the beginning of the statement.

    Example:
        >>> words_of([Run("Key Management", strong=True), Run(": Keys rotate")]).title
        'Key Management'
        >>> words_of([Run("All logs are kept for a year.")])
        Words(title='All logs are kept for a year', statement='All logs are kept for a year.', named=False, \
bold=False, id=None)
    """
    trimmed = _without_ornament(parts)
    whole = plain(trimmed)
    found = _ID.search(whole)
    if found:
        whole = whole[: found.start()]
    given = found[1].upper() if found else None
    lead = _lead(trimmed)
    if lead and whole.startswith(lead):
        words = _after_bold(lead, whole[len(lead) :])
        if words:
            return Words(*words, named=True, bold=True, id=given)
    head, tail = _split(whole)
    if head and tail and len(head) <= TITLE_LENGTH and len(head.split()) <= 6 and "." not in head:
        return Words(head, _filled(head, tail), named=True, id=given)
    return Words(shortened(whole), whole, id=given)


def is_blank_to_fill_in(text: str) -> bool:
    """Whether ``text`` is a line to write on: underscores or dots.

    Example:
        >>> is_blank_to_fill_in("____________"), is_blank_to_fill_in("a_b")
        (True, False)
    """
    return _BLANK.fullmatch(text) is not None


def shortened(text: str) -> str:
    """The beginning of ``text``, as a title."""
    bare = text.rstrip(" .;,:")
    if len(bare) <= TITLE_LENGTH:
        return bare or text
    cut, space, _ = bare[: TITLE_LENGTH - 1].rpartition(" ")
    return f"{cut if space else bare[: TITLE_LENGTH - 1]} …"


def _without_ornament(parts: Sequence[Run]) -> list[Run]:
    left = list(parts)
    while left:
        text = left[0].text
        bare = text[len(text) - len(_left_bare(text)) :]
        if bare:
            return [Run(bare, left[0].strong, left[0].link), *left[1:]]
        left.pop(0)
    return list(parts)


def _left_bare(text: str) -> str:
    start = 0
    while start < len(text) and _is_ornament(text[start]):
        start += 1
    return text[start:]


def _lead(parts: Sequence[Run]) -> str:
    """The bold words at the beginning."""
    count = next((at for at, run in enumerate(parts) if not run.strong), len(parts))
    return plain(parts[:count])


def _after_bold(lead: str, rest: str) -> tuple[str, str] | None:
    title = lead.rstrip(" :").removesuffix(" -").rstrip(f" {_DASHES}")
    if not title:
        return None
    if not rest.strip():
        return title.rstrip("."), title
    if lead[-1] in f":{_DASHES}" or lead.endswith(" -"):
        return title, _filled(title, rest.strip())
    if lead.endswith(".") and rest[0].isspace():
        return title.rstrip("."), rest.strip()
    separator = _SEPARATOR.match(rest)
    if separator is None:
        return None  # bold words of a sentence, no title
    return title, _filled(title, rest[separator.end() :].strip())


def _split(text: str) -> tuple[str, str]:
    separator = _SEPARATOR.search(text)
    return (text[: separator.start()], text[separator.end() :]) if separator else ("", text)


def _filled(title: str, statement: str) -> str:
    """A statement that is only a line to write on says nothing without the title before it."""
    if not statement:
        return title
    return f"{title}: {statement}" if is_blank_to_fill_in(statement) else statement
