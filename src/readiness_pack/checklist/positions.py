"""Where something stands in a rule file. Looked up only for an error, so that reading keeps no positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readiness_pack import reading, typed_yaml
from readiness_pack.errors import InputError

Step = str | int


@dataclass(frozen=True)
class RulePlace:
    """A rule in a file, or what a file says of a rule of another file.

    Args:
        file: the rule file.
        name: the rule.
    """

    file: Path
    name: str

    def line(self, *steps: Step) -> int | None:
        """The line of the value at ``steps`` of the rule, or of what is there above it."""
        text = text_of(self.file)
        return typed_yaml.line_of(text, *_rule_steps(_data(text), self.name), *steps)

    def line_at(self, where: str) -> int | None:
        """The line of what a problem of the rule language is about: it begins with a path, ``require.Name: ...``."""
        text = text_of(self.file)
        data = _data(text)
        steps = _rule_steps(data, self.name)
        for step in steps:
            data = data[step]
        return typed_yaml.line_of(text, *steps, *_spelled_steps(data, where))

    def error(self, problem: str, *steps: Step) -> InputError:
        """An error about the value at ``steps``."""
        return InputError(f"rule {self.name}: {problem}", file=self.file, line=self.line(*steps))

    def error_at(self, problem: str) -> InputError:
        """An error whose text begins with the path of what it is about."""
        return InputError(f"rule {self.name}: {problem}", file=self.file, line=self.line_at(problem))


def item_line(file: Path, item: str, *steps: Step) -> int | None:
    """The line of the value at ``steps`` (the id where not given) of the last item in ``file`` with the id ``item``."""
    text = text_of(file)
    found = [place for place, data in _items(_data(text)) if data.get("id") == item]
    return typed_yaml.line_of(text, *found[-1], *(steps or ("id",))) if found else None


def text_of(file: Path) -> str:
    """The text of a rule file, which has been read before."""
    return reading.read(file, reading.MAX_WRITTEN).decode("utf-8-sig", "replace")


def _data(text: str) -> Any:
    return typed_yaml.parse(text, dict[str, Any], shown="")


def _items(data: dict[str, Any]) -> Iterator[tuple[tuple[Step, ...], dict[str, Any]]]:
    if "items" not in data:
        yield (), data
    for number, item in enumerate(data.get("items", ())):
        yield ("items", number), item


def _rule_steps(data: dict[str, Any], name: str) -> tuple[Step, ...]:
    """The steps to a rule, the last of that name: where a name is given twice, the second is at fault."""
    if name in data.get("overrides", ()):
        return "overrides", name
    found: tuple[Step, ...] = ()
    for steps, item in _items(data):
        for number, rule in enumerate(item.get("rules", ())):
            if rule.get("name") == name:
                found = (*steps, "rules", number)
    return found


def _spelled_steps(data: Any, where: str) -> Iterator[Step]:
    """The steps that ``where`` begins with, as far as they are there; keys may hold dots and brackets."""
    while True:
        step: Step | None = None
        if isinstance(data, list) and where.startswith("["):
            number = where[1:].partition("]")[0]
            step = int(number) if number.isdecimal() and int(number) < len(data) else None
            length = len(number) + 2
        elif isinstance(data, dict):
            keys = [key for key in data if where.startswith(key) and where[len(key) : len(key) + 1] in _ENDS]
            step = max(keys, key=len, default=None)
            length = len(step or "")
        if step is None:
            return
        yield step
        data, where = data[step], where[length:].removeprefix(".")


_ENDS = ("", ".", "[", ":")
