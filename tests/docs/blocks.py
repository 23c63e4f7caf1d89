"""The code blocks of README and docs, with where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

# The catalogue is generated, and the examples in it are those that tests/rules executes.
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?<=\n\n)((?: {4}\S[^\n]*\n| {4,}[^\n]*\n)+)")


@dataclass(frozen=True)
class Block:
    """One code block.

    Args:
        page: the file.
        line: where it begins.
        language: what its fence says; ``""`` for indented ones.
        text: its content without indentation.
    """

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """All code blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return sorted([*_fenced(page, text), *_indented(page, text)], key=lambda block: block.line)


def of_language(*languages: str) -> list[Block]:
    """The blocks of all pages in one of ``languages``."""
    return [block for page in PAGES for block in blocks(page) if block.language in languages]


def _fenced(page: Path, text: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        yield Block(page, text.count("\n", 0, found.start()) + 2, found[2], found[3])


def _indented(page: Path, text: str) -> Iterator[Block]:
    # Blank out what is fenced, so that code inside it is not taken for an indented block; admonitions are text.
    rest = _FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)
    for found in _INDENTED.finditer(rest):
        before = rest[: found.start()].rstrip("\n").rpartition("\n")[2]
        if not before.startswith(("!!!", "- ", "???")):
            content = re.sub(r"^ {4}", "", found[1], flags=re.MULTILINE)
            yield Block(page, rest.count("\n", 0, found.start()) + 1, "", content)
