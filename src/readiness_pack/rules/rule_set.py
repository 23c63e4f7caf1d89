"""The rules of a run: ours, those of further folders, and classes written in Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from readiness_pack.checklist import Checklist, load
from readiness_pack.errors import InputError
from readiness_pack.rules.generator import built_in, make_rules
from readiness_pack.rules.rule import Rule


@dataclass(frozen=True)
class RuleSet:
    """Rule classes by name, and the items they belong to."""

    classes: dict[str, type[Rule]]
    checklist: Checklist


def rule_set(folders: Iterable[Path], classes: Iterable[type[Rule]] = ()) -> RuleSet:
    """Our rules together with those of ``folders`` and ``classes``.

    Args:
        folders: folders of rule files.
        classes: rules written in Python.

    Raises:
        InputError: a folder cannot be read, or repeats the name of an item or rule.
    """
    found, checklist = dict(built_in()), load()
    for folder in folders:
        more = load(folder.resolve())
        for item in more.items:
            if item.id in checklist.by_id:
                where = checklist.files[item.id]
                raise InputError(f"item {item.id} is in {where} already", file=more.files[item.id], line=1)
        for name, made in make_rules(more).items():
            if name in found:
                raise InputError(f"rule {name} is one of ours already", file=more.files[made.item])
            found[name] = made
        checklist = replace(checklist, items=(*checklist.items, *more.items), files={**checklist.files, **more.files})
    for made in classes:
        if found.get(made.name, made) is not made:
            raise InputError(f"{made.__module__}.{made.__qualname__}: a rule is called {made.name} already")
        found[made.name] = made
    return RuleSet(found, checklist)
