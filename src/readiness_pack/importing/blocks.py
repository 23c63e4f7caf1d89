"""The text of one item in a file of several, changed where the checklist changed and nowhere else.

People edit these files: they add rules, owners, comments. So an item is not written anew from its data; the values that
the checklist decides are replaced in its text, and the rest stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from readiness_pack import typed_yaml
from readiness_pack.errors import InputError
from readiness_pack.importing.proposals import Proposal

_PROPOSED = re.compile(r"^\s*# proposed [01]\.\d\d ")
_WIDE = 1_000_000


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: lists are indented, and nothing is an alias of anything."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)


def split(text: str) -> tuple[str, list[str]] | None:
    r"""What stands before the first item of ``items:``, and each item's text with its dash in the first column.

    ``None`` where the list is not written with one dash an item, or lines do not stand below each other.

    Example:
        >>> split("# Ours\nitems:\n  - id: A-1\n    title: A\n  - id: A-2\n")
        ('# Ours\nitems:\n', ['- id: A-1\n  title: A\n', '- id: A-2\n'])
    """
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if not isinstance(root, yaml.MappingNode) or len(root.value) != 1:
        return None
    node = root.value[0][1]
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        return None
    lines, column = text.split("\n"), node.start_mark.column
    starts: list[int] = []
    for item in node.value:
        start = item.start_mark.line
        if item.flow_style or lines[start][column : column + 1] != "-" or lines[start][:column].strip():
            return None
        first = (starts[-1] if starts else root.value[0][0].start_mark.line) + 1
        starts.append(_with_comments(lines, start, column, first))
    cut = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    blocks = [_dedented(block, column) for block in cut]
    if any(block is None for block in blocks):
        return None
    head = "\n".join(lines[: starts[0]])
    return head + "\n", [block for block in blocks if block is not None]


def items_of(text: str) -> list[dict[str, Any]]:
    """The items of a file as plain data."""
    return typed_yaml.parse(text, dict[str, list[dict[str, Any]]], shown="items")["items"]


def is_group(text: str) -> bool:
    """Whether a rule file holds several items."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    return isinstance(root, yaml.MappingNode) and any(key.value == "items" for key, _ in root.value)


def updated(block: str, wanted: Mapping[str, Any], proposals: Iterable[Proposal] = ()) -> str:
    """``block`` with the values ``wanted``, and with comments on what is proposed for the item.

    Args:
        block: the text of one item.
        wanted: key -> value; a key that is not there is added, and one that gets ``None`` is taken away.
        proposals: what to say in comments, in place of what they said before.
    """
    old: dict[str, Any] = _load(block)[0]
    goal = {key: value for key, value in {**old, **wanted}.items() if value is not None}
    comments = [_comment(proposal) for proposal in proposals]
    try:
        lines = [line for line in block.rstrip().split("\n") if not _PROPOSED.match(line)]
        new = _with_values("\n".join(lines) + "\n", old, wanted)
        new += "".join(f"  {line}\n" for line in comments)
        if _load(new)[0] == goal:
            return new
    except (InputError, yaml.YAMLError, IndexError):
        pass
    return written(goal, comments=comments)  # written in a way that we do not know: nothing is lost but the comments


def written(item: Mapping[str, Any], proposals: Iterable[Proposal] = (), comments: Iterable[str] = ()) -> str:
    r"""The text of an item that is new.

    Example:
        >>> written({"id": "A-1", "reuses": ["KmsKeyRotationEnabled"]})
        '- id: A-1\n  reuses:\n    - KmsKeyRotationEnabled\n'
    """
    lines = _dump(dict(item), 118).splitlines() + list(comments) + [_comment(proposal) for proposal in proposals]
    return "".join(f"{'- ' if number == 0 else '  ' if line else ''}{line}\n" for number, line in enumerate(lines))


def joined(head: str, blocks: Iterable[str]) -> str:
    """A file of items."""
    lines = [line for block in blocks for line in block.rstrip("\n").split("\n")]
    return head + "".join(f"  {line}\n" if line else "\n" for line in lines)


def keys(block: str) -> set[str]:
    """The keys that the item gives."""
    return set(_load(block)[0])


def _load(block: str) -> list[dict[str, Any]]:
    return typed_yaml.parse(block, list[dict[str, Any]], shown="item")


def _dump(data: Any, width: int, *, flow: bool = False) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width, default_flow_style=flow)


def _comment(proposal: Proposal) -> str:
    what = f"item {proposal.name}" if proposal.kind == "item" else f"rule {proposal.name} of {proposal.item}"
    return f"# proposed {proposal.score:.2f} {what} {proposal.title}"


def _with_values(text: str, old: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    node = root.value[0] if root is not None else None
    if not isinstance(node, yaml.MappingNode):
        raise IndexError("no item")
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    edits: list[tuple[int, int, str]] = []
    for key, value in node.value:
        if key.value in wanted and old.get(key.value) != wanted[key.value]:
            start = starts[value.start_mark.line] + value.start_mark.column
            end = starts[value.end_mark.line] + value.end_mark.column
            if isinstance(value, yaml.ScalarNode):
                new = _dump({"k": wanted[key.value]}, _WIDE)[3:].rstrip("\n")
                new += "\n" if text[start:end].endswith("\n") else ""
            else:  # what follows a list or map in the text up to the next key is not a part of it
                end = start + len(text[start:end].rstrip())
                new = _dump(wanted[key.value], _WIDE, flow=True).rstrip("\n")
            if wanted[key.value] is None:
                start, new = starts[key.start_mark.line], ""
                end = text.index("\n", end - 1) + 1
            edits.append((start, end, new))
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    missing = {key: value for key, value in wanted.items() if key not in old and value is not None}
    if missing:
        added = "".join(" " * node.start_mark.column + line + "\n" for line in _dump(missing, _WIDE).splitlines())
        text = text.rstrip("\n") + "\n" + added
    return text


def _with_comments(lines: list[str], start: int, column: int, first: int) -> int:
    """Comments directly above an item belong to it."""
    while start > first and lines[start - 1].lstrip().startswith("#") and _indent(lines[start - 1]) == column:
        start -= 1
    return start


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dedented(lines: list[str], column: int) -> str | None:
    found: list[str] = []
    for line in lines:
        if line.strip() and _indent(line) < column:
            if not line.lstrip().startswith("#"):
                return None
            line = " " * column + line.lstrip()
        found.append(line[column:] if line.strip() else "")
    return "\n".join(found).rstrip("\n") + "\n"
