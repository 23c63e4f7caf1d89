"""Reads a folder of rule files.

A file is an item, several (``items:``), further rules of an item of another file (``extends:``), or changes of rules of
other files (``overrides:``). docs/rule-format.md shows each.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from readiness_pack import reading, typed_yaml
from readiness_pack.checklist import compiled
from readiness_pack.checklist.positions import RulePlace, item_line
from readiness_pack.checklist.spec import (
    ExtensionSpec,
    FolderSpec,
    GroupSpec,
    ItemSpec,
    OverridesSpec,
    RuleSpec,
)
from readiness_pack.checklist.validating import check_change, check_rule, duplicate
from readiness_pack.errors import InputError

_VARIANTS: dict[str, type[GroupSpec | ExtensionSpec | OverridesSpec]] = {
    "items": GroupSpec,
    "extends": ExtensionSpec,
    "overrides": OverridesSpec,
}


@dataclass(frozen=True)
class Checklist:
    """Items in checklist order.

    Args:
        items: the items.
        files: item id -> the file it was read from.
        extensions: further rules of items that may be elsewhere, each with its file.
        overrides: changes of rules that may be elsewhere, each with its file.
        rule_files: rule name -> the file it was read from where that is not its item's, ``None`` for Python.
        notes: what whoever reads a report should know of where the rules come from.
    """

    items: tuple[ItemSpec, ...]
    files: dict[str, Path]
    extensions: tuple[tuple[Path, ExtensionSpec], ...] = ()
    overrides: tuple[tuple[Path, OverridesSpec], ...] = ()
    rule_files: dict[str, Path | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, ItemSpec]:
        """The items by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def rules(self) -> dict[str, tuple[ItemSpec, RuleSpec]]:
        """Rule name -> its item and specification."""
        return {rule.name: (item, rule) for item in self.items for rule in item.rules}

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Old name of a rule -> the name that it has now."""
        return {old: rule.name for item in self.items for rule in item.rules for old in rule.aliases}

    def file_of(self, rule: str) -> Path | None:
        """The file that the rule ``rule`` was read from, ``None`` for one that is written in Python."""
        if rule in self.rule_files:
            return self.rule_files[rule]
        home = self.rules.get(rule)
        return self.files.get(home[0].id) if home else None


def default_folder() -> Path:
    """The rules that ship with the package; in a checkout, the folder ``rules/`` itself."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_rules"
    return shipped if shipped.is_dir() else package.parent.parent / "rules"


def load(folder: Path | None = None) -> Checklist:
    """Read every ``*.yaml`` below ``folder`` (our own rules where not given, once a process).

    Raises:
        InputError: a file does not fit the format, or two items or rules have the same name.
    """
    return _ours() if folder is None else _folder(folder)


@cache
def _ours() -> Checklist:
    return _folder(default_folder())


def _folder(root: Path) -> Checklist:
    if not root.is_dir():
        raise InputError("there is no such folder of rules", file=root)
    contents = contents_of(root)
    if not contents:
        raise InputError("the folder holds no rule file (*.yaml)", file=root)
    found = compiled.content_of(root, contents, lambda: read_files(root, contents))
    items = sorted((item for _, item in found.items), key=lambda item: (item.checklist_line, item.id))
    return Checklist(
        tuple(items),
        {item.id: root / name for name, item in found.items},
        tuple((root / name, extension) for name, extension in found.extensions),
        tuple((root / name, overrides) for name, overrides in found.overrides),
    )


def contents_of(root: Path) -> dict[str, bytes]:
    """The rule files below ``root`` by relative path; what begins with a dot is left out."""
    return {path.relative_to(root).as_posix(): _content(path) for path in sorted(_rule_files(root))}


def _rule_files(root: Path) -> Iterator[Path]:
    """The rule files below ``root``; what might be rules and would not be asked is an error, never passed over."""
    for place, folders, names in os.walk(root, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(place) / name for name in folders):
            if path.is_symlink():
                raise InputError("is a link to a folder; rule files are not looked for behind it", file=path)
        for path in (Path(place) / name for name in names if not name.startswith(".")):
            if path.suffix == ".yaml":
                yield path
            elif path.suffix.lower() in (".yml", ".yaml"):
                raise InputError(f"ends in {path.suffix}; the name of a rule file ends in .yaml", file=path)


def _unreadable(error: OSError) -> None:
    raise InputError(f"cannot be read: {error.strerror or error}", file=error.filename) from error


def _content(path: Path) -> bytes:
    return reading.read(path, reading.MAX_WRITTEN)


def read_files(root: Path, contents: dict[str, bytes]) -> FolderSpec:
    """Read the rule files themselves, and check what can be checked without the rules of other folders."""
    found = FolderSpec()
    for name, data in contents.items():
        # Not read again: a file may have changed meanwhile, and the compiled form is kept under the key of these.
        text, shown = typed_yaml.text_of(data, shown=str(root / name)), str(root / name)
        content = typed_yaml.parse(text, ItemSpec, shown=shown, variants=_VARIANTS)
        if isinstance(content, GroupSpec):
            found.items += [(name, item) for item in content.items]
        elif isinstance(content, ExtensionSpec):
            found.extensions.append((name, content))
        elif isinstance(content, OverridesSpec):
            found.overrides.append((name, content))
        else:
            found.items.append((name, content))
    _check(root, found)
    return found


def _check(root: Path, found: FolderSpec) -> None:
    items: dict[str, Path] = {}
    for name, item in found.items:
        if item.id in items:
            raise duplicate(f"item {item.id}", items[item.id], root / name, item_line(root / name, item.id))
        items[item.id] = root / name
    rules: dict[str, Path] = {}
    homes: list[tuple[str, ItemSpec | ExtensionSpec]] = [*found.items, *found.extensions]
    for file, rule in ((root / name, rule) for name, home in homes for rule in home.rules):
        check_rule(rule, file)
        if rule.name in rules:
            raise duplicate(f"rule {rule.name}", rules[rule.name], file, RulePlace(file, rule.name).line("name"))
        rules[rule.name] = file
    changed: dict[str, Path] = {}
    for name, overrides in found.overrides:
        for rule_name, change in overrides.overrides.items():
            file = root / name
            check_change(rule_name, change, file)
            if rule_name in changed:
                what = f"an override of {rule_name}"
                raise duplicate(what, changed[rule_name], file, RulePlace(file, rule_name).line())
            changed[rule_name] = file
