"""Reads a folder of rule files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from readiness_pack import typed_yaml
from readiness_pack.checklist import compiled
from readiness_pack.checklist.spec import ItemSpec, RuleSpec
from readiness_pack.errors import InputError

_NAME = re.compile(r"[A-Z][A-Za-z0-9]+")
_WORDS = {"unless", "require", "check"}


@dataclass(frozen=True)
class Checklist:
    """Items in checklist order.

    Args:
        items: the items.
        files: item id -> the file it was read from.
    """

    items: tuple[ItemSpec, ...]
    files: dict[str, Path]

    @cached_property
    def by_id(self) -> dict[str, ItemSpec]:
        """The items by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def rules(self) -> dict[str, tuple[ItemSpec, RuleSpec]]:
        """Rule name -> its item and specification."""
        return {rule.name: (item, rule) for item in self.items for rule in item.rules}


def default_folder() -> Path:
    """The rules that ship with the package; in a checkout, the folder ``rules/`` itself."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_rules"
    return shipped if shipped.is_dir() else package.parent.parent / "rules"


@cache
def load(folder: Path | None = None) -> Checklist:
    """Read every ``*.yaml`` below ``folder`` (our own rules where not given).

    Raises:
        InputError: a file does not fit the format, or two items or rules have the same name.
    """
    root = folder or default_folder()
    if not root.is_dir():
        raise InputError("there is no such folder of rules", file=root)
    contents = contents_of(root)
    if not contents:
        raise InputError("the folder holds no rule file (*.yaml)", file=root)
    read = compiled.items_of(root, contents, lambda: read_files(root, contents))
    items = sorted((item for _, item in read), key=lambda item: (item.checklist_line, item.id))
    return Checklist(tuple(items), {item.id: root / name for name, item in read})


def contents_of(root: Path) -> dict[str, bytes]:
    """The rule files below ``root`` by relative path; what begins with a dot is left out."""
    paths = sorted(path.relative_to(root) for path in root.rglob("*.yaml"))
    return {p.as_posix(): _content(root / p) for p in paths if not any(part.startswith(".") for part in p.parts)}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=path) from error


def read_files(root: Path, contents: dict[str, bytes]) -> compiled.Items:
    """Read the rule files themselves, and check what one file alone cannot show."""
    items: compiled.Items = []
    files: dict[str, Path] = {}
    names: dict[str, Path] = {}
    for name in contents:
        path = root / name
        item = typed_yaml.read(path, ItemSpec)
        if item.id in files:
            raise InputError(f"id: item {item.id} is in {files[item.id]} already", file=path, line=1)
        files[item.id] = path
        for number, rule in enumerate(item.rules):
            _check_rule(rule, number, path)
            if rule.name in names:
                raise _error(
                    path,
                    f"rules[{number}].name: rule {rule.name} is in {names[rule.name]} already",
                    "rules",
                    number,
                    "name",
                )
            names[rule.name] = path
        items.append((name, item))
    return items


def _check_rule(rule: RuleSpec, number: int, path: Path) -> None:
    where = f"rules[{number}]"
    if not _NAME.fullmatch(rule.name):
        raise _error(path, f"{where}.name: '{rule.name}' is not CamelCase", "rules", number, "name")
    if rule.require is None and rule.check is None:
        raise _error(path, f"{where}: a rule needs 'require' or 'check'", "rules", number)
    for index, example in enumerate(rule.examples):
        verdicts = [name for name in ("pass", "fail", "unknown", "not_applicable") if example.given(name) is not None]
        if len(verdicts) != 1:
            said = "one of pass, fail, unknown, not_applicable"
            raise _error(path, f"{where}.examples[{index}]: needs exactly {said}", "rules", number, "examples", index)


def _error(path: Path, problem: str, *steps: str | int) -> InputError:
    return InputError(problem, file=path, line=typed_yaml.line_of(path.read_text(encoding="utf-8-sig"), *steps))
