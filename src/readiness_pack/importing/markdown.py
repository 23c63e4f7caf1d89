"""Finds the items of a checklist in Markdown: list items, rows of tables, lines to fill in, each below its headings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from readiness_pack.errors import InputError
from readiness_pack.importing import tables
from readiness_pack.importing.bullets import Bullet, Document
from readiness_pack.importing.words import Run, Words, heading, is_blank_to_fill_in, plain, runs, words_of

MAX_DEPTH = 40
"""Lists and quotes in each other."""
MAX_ITEMS = 2_000
MAX_WORDS = 5_000
"""Characters of one item or heading."""

_BOXES = ("[ ]", "[x]", "[X]")
_LISTS = ("bullet_list", "ordered_list")


@dataclass(frozen=True)
class _Entry:
    """A list item before it is clear what it is."""

    line: int
    words: Words
    box: bool
    text: str
    details: tuple[str, ...]
    below: tuple[_Entry, ...]


@dataclass
class _Found:
    """What was found so far."""

    bullets: list[Bullet] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)


def parse(text: str, file: Path) -> Document:
    r"""The items of a checklist.

    Args:
        text: Markdown, with ``\n`` line ends.
        file: where it stands, for errors.

    Raises:
        InputError: it has no item, or goes beyond a limit.

    Example:
        >>> found = parse("# Ready?\n## Data\n- [ ] **Backups**: Made every night\n", Path("c.md"))
        >>> found.title, [(b.section, b.title, b.statement) for b in found.bullets]
        ('Ready?', [('Data', 'Backups', 'Made every night')])
    """
    reader = _Reader(text, file)
    bullets = reader.bullets()
    if not bullets:
        raise InputError("no checklist item was found: no list item, no table of items, no line to fill in", file=file)
    return Document(reader.title, tuple(bullets), tuple(sorted(reader.found.left_out)))


class _Reader:
    """Walks through one document."""

    def __init__(self, text: str, file: Path) -> None:
        self.file = file
        self.found = _Found()
        self._markdown = MarkdownIt("commonmark", {"maxNesting": 4 * MAX_DEPTH}).enable(["table", "strikethrough"])
        self._markdown.core.ruler.disable("inline")  # only what is used is looked into, each with a limit
        self._environment: dict[str, object] = {}
        tokens = self._markdown.parse(text, self._environment)
        for token in tokens:
            if token.level >= 2 * MAX_DEPTH:
                raise self._problem(f"lists are nested more than {MAX_DEPTH} levels deep", _line(token))
        self._root = SyntaxTreeNode(tokens)
        self._boxes = any(token.content[:3] in _BOXES for token in tokens if token.type == "inline")
        tops = [node for node in self._root.children if node.type == "heading" and node.tag == "h1"]
        first = next((node for node in self._root.children if node.type == "heading"), None)
        self._title = tops[0] if len(tops) == 1 and tops[0] is first else None
        self.title = self._heading(self._title) if self._title else None
        self._headings: list[tuple[int, str]] = []

    def bullets(self) -> list[Bullet]:
        """The items in the order of the file."""
        self._walk(self._root.children, ())
        if not self.found.bullets:  # no table says by its header that it is one of items: then all are
            self._headings = []
            self._tables_only(self._root.children)
        return self.found.bullets

    def _walk(self, nodes: Sequence[SyntaxTreeNode], above: tuple[str, ...]) -> None:
        for node in nodes:
            if node.type == "heading":
                self._enter(node)
            elif node.type in _LISTS:
                self._list(self._entries(node), above)
            elif node.type == "table":
                self._table(node, tables.known_columns)
            elif node.type == "paragraph":
                self._fields(node)
            elif node.type == "blockquote":
                self._walk(node.children, above)

    def _tables_only(self, nodes: Sequence[SyntaxTreeNode]) -> None:
        for node in nodes:
            if node.type == "heading":
                self._enter(node)
            elif node.type == "table":
                self.found.left_out = [line for line in self.found.left_out if line != _line(node)]
                self._table(node, tables.any_columns)

    def _enter(self, node: SyntaxTreeNode) -> None:
        if node is self._title:
            return
        level = int(node.tag[1])
        self._headings = [(above, text) for above, text in self._headings if above < level]
        self._headings.append((level, self._heading(node)))

    def _heading(self, node: SyntaxTreeNode) -> str:
        return heading(run for line in self._runs(node) for run in line)

    def _place(self, above: tuple[str, ...] = ()) -> tuple[str, str]:
        """Section and group: the first heading, and those below it."""
        path = [*(text for _, text in self._headings), *above] or [self.title or self.file.stem or "Checklist"]
        return path[0], " > ".join(path[1:]) or path[0]

    def _add(self, line: int, words: Words, above: tuple[str, ...] = (), owner: str | None = None) -> None:
        if not any(character.isalnum() for character in words.statement + words.title):
            self.found.left_out.append(line)
            return
        if len(self.found.bullets) == MAX_ITEMS:
            raise self._problem(f"has more than {MAX_ITEMS:,} items", line)
        section, group = self._place(above)
        self.found.bullets.append(Bullet(line, section, group, words.title, words.statement, words.id, owner))

    def _entries(self, node: SyntaxTreeNode) -> tuple[_Entry, ...]:
        return tuple(self._entry(item) for item in node.children if item.type == "list_item")

    def _entry(self, item: SyntaxTreeNode) -> _Entry:
        paragraphs = [node for node in item.children if node.type == "paragraph"]
        first, box = ([], False) if not paragraphs else self._without_box(paragraphs[0])
        details = tuple(plain(run for line in self._runs(node) for run in line) for node in paragraphs[1:])
        below = tuple(entry for node in item.children if node.type in _LISTS for entry in self._entries(node))
        if first and all((run.link or "").startswith("#") or not run.text.strip() for run in first):
            first = []  # a line of a table of contents
        return _Entry(_line(item), words_of(first), box, plain(first), details, below)

    def _without_box(self, paragraph: SyntaxTreeNode) -> tuple[list[Run], bool]:
        content = paragraph.children[0].content
        box = content[:3] in _BOXES and (len(content) == 3 or content[3].isspace())
        lines = self._runs(paragraph, skip=3 if box else 0)
        spaced = [run for line in lines for run in (*line, Run(" "))]
        return spaced[:-1], box

    def _list(self, entries: tuple[_Entry, ...], above: tuple[str, ...]) -> None:
        for entry in entries:
            if not entry.text and not entry.box:
                self._list(entry.below, above)
            elif self._is_heading(entry):
                self._list(entry.below, (*above, heading([Run(entry.text)])))
            elif not self._is_asked(entry):
                self.found.left_out.append(entry.line)
                self._list(entry.below, above)
            else:
                self._item(entry, above)

    def _is_heading(self, entry: _Entry) -> bool:
        """Whether a list item only names what the items below it are about."""
        if entry.box or not entry.below:
            return False
        says_something = entry.words.named and entry.words.statement != entry.words.title
        return any(below.box for below in entry.below) or not says_something

    def _is_asked(self, entry: _Entry) -> bool:
        """In a document with boxes to tick, a list without boxes is text, unless its items have bold titles."""
        return entry.box or not self._boxes or entry.words.bold

    def _item(self, entry: _Entry, above: tuple[str, ...]) -> None:
        said = [below.text for below in entry.below if not below.box and not below.below and below.text]
        self._add(entry.line, _with_details(entry.words, [*entry.details, *said]), above)
        title = entry.words.title
        for below in entry.below:
            if below.box or below.below:
                named = replace(below.words, title=f"{title}: {below.words.title}" if below.box else below.words.title)
                self._list((replace(below, words=named),), above)

    def _table(self, node: SyntaxTreeNode, choose: Callable[[list[str]], tables.Columns | None]) -> None:
        head, *bodies = node.children
        columns = choose([self._cell(cell) for cell in head.children[0].children])
        if columns is None:
            self.found.left_out.append(_line(node))
            return
        for row in (row for body in bodies for row in body.children):
            found = columns.read([self._cell_runs(cell) for cell in row.children])
            self._add(_line(row), found.words, (found.group,) if found.group else (), found.owner)

    def _cell(self, cell: SyntaxTreeNode) -> str:
        return plain(self._cell_runs(cell))

    def _cell_runs(self, cell: SyntaxTreeNode) -> list[Run]:
        return [run for line in self._runs(cell) for run in line]

    def _fields(self, paragraph: SyntaxTreeNode) -> None:
        """Lines to fill in, such as ``**Certified By**: ______``."""
        for number, line in enumerate(self._runs(paragraph)):
            head, colon, blank = plain(line).partition(":")
            if colon and line[0].strong and is_blank_to_fill_in(blank):
                self._add(_line(paragraph) + number, Words(head.strip(), plain(line), named=True))

    def _runs(self, node: SyntaxTreeNode, skip: int = 0) -> list[list[Run]]:
        """The text of a node that holds an inline one, line by line."""
        inline = next((child for child in node.children if child.type == "inline"), None)
        if inline is None or not inline.content[skip:].strip():
            return [[]]
        content = inline.content[skip:].strip()
        if len(content) > MAX_WORDS:
            raise self._problem(f"an item or heading may have {MAX_WORDS:,} characters; this has {len(content):,}",
                                _line(node))  # fmt: skip
        tokens: list[Token] = []
        self._markdown.inline.parse(content, self._markdown, self._environment, tokens)
        return runs(tokens)

    def _problem(self, text: str, line: int) -> InputError:
        return InputError(text, file=self.file, line=line)


def _with_details(words: Words, details: Sequence[str]) -> Words:
    """The statement with what stands below it in the list."""
    if not details:
        return words
    first = words.statement.rstrip(" .;:")
    return replace(words, statement="; ".join([first, *(one.rstrip(" .;") for one in details)]))


def _line(node: SyntaxTreeNode | Token) -> int:
    return node.map[0] + 1 if node.map else 1


def lines_of(numbers: Sequence[int]) -> str:
    """Line numbers in words, at most ten of them.

    Example:
        >>> lines_of([4, 5, 9])
        'lines 4, 5, 9'
    """
    shown = ", ".join(str(number) for number in numbers[:10])
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return f"line{'' if len(numbers) == 1 else 's'} {shown}{more}"
