"""The rules of a run: ours, and those of packages, folders and modules that a user names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from msgspec.structs import replace as replaced

from readiness_pack import typed_yaml
from readiness_pack.checklist import Checklist, Frameworks, ItemSpec, RuleChange, RulePlace, RuleSpec, load
from readiness_pack.checklist.positions import item_line, text_of
from readiness_pack.errors import InputError
from readiness_pack.rules.generator import built_in, make_rule
from readiness_pack.rules.overriding import changed_spec
from readiness_pack.rules.rule import Rule
from readiness_pack.rules.sources import RuleSource, Source, installed, resolve
from readiness_pack.rules.written import error_about, spec_of
from readiness_pack.typed_yaml import nearest


@dataclass(frozen=True)
class RuleSet:
    """Rule classes by name, and the items they belong to."""

    classes: dict[str, type[Rule]]
    checklist: Checklist

    def frameworks_of(self, rule: str) -> Frameworks:
        """The controls that the rule of this name is for; a class in Python that names none has those of its item."""
        item, spec = self.checklist.rules[rule]
        return item.frameworks_of(spec)


def rule_set(sources: Iterable[RuleSource | Source] = (), *, packages: bool = False) -> RuleSet:
    """Our rules together with those of ``sources``.

    Args:
        sources: further rules, in this order; a later one may override rules of an earlier one, where it says so.
        packages: whether installed packages are asked for rules, too; they may add, and override only where
            ``sources`` names them.

    Raises:
        InputError: a source cannot be read, repeats the name of an item or rule, or refers to one that is not there.

    Example:
        >>> from readiness_pack.rules.rule_set import rule_set
        >>> "KmsKeyRotationEnabled" in rule_set().classes
        True
    """
    given = [source if isinstance(source, Source) else resolve(source) for source in sources]
    if packages:
        named = {source.offer for source in given}
        given = [source for source in installed() if source.offer not in named] + given
    collection = _Collection()
    for number, source in enumerate(given):
        if source.offer is None or all(source.offer != one.offer for one in given[:number]):
            collection.add(source)  # a package that is named twice is one
    return collection.done()


def united(sets: Sequence[RuleSet]) -> RuleSet:
    """One rule set of several, as apps with settings of their own have them; of two rules of one name the last stands.

    Example:
        >>> from readiness_pack.rules.rule_set import rule_set, united
        >>> united([rule_set(), rule_set()]) == rule_set()
        True
    """
    items: dict[str, ItemSpec] = {}
    for item in (item for one in sets for item in one.checklist.items):
        known = items.get(item.id, item)
        rules = {rule.name: rule for rule in [*known.rules, *item.rules]}
        reuses = list(dict.fromkeys([*known.reuses, *item.reuses]))
        items[item.id] = replaced(item, rules=list(rules.values()), reuses=reuses)
    checklist = Checklist(
        tuple(items.values()),
        {id_: file for one in sets for id_, file in one.checklist.files.items()},
        rule_files={name: file for one in sets for name, file in one.checklist.rule_files.items()},
        notes=tuple(dict.fromkeys(note for one in sets for note in one.checklist.notes)),
    )
    classes = {name: made for one in sets for name, made in one.classes.items()}
    return RuleSet({name: classes[name] for name in checklist.rules}, checklist)


class _Collection:
    """A rule set that grows."""

    def __init__(self) -> None:
        checklist = load()
        self._classes = dict(built_in())
        self._items = dict(checklist.by_id)
        self._files = dict(checklist.files)
        self._rule_files: dict[str, Path | None] = {}
        self._homes = {name: item.id for name, (item, _) in checklist.rules.items()}
        self._aliases = dict(checklist.aliases)
        self._python: set[str] = set()
        self._folders: set[Path] = set()
        self._notes: list[str] = []

    def add(self, source: Source) -> None:
        """Add the rules of ``source``: items first, so that everything else finds them."""
        before = (len(self._items), len(self._homes))
        for folder in source.folders:
            self._add_folder(folder.resolve(), source)
        for made in source.classes:
            self._add_class(made, source)
        if source.offer:
            items, rules = len(self._items) - before[0], len(self._homes) - before[1]
            self._notes.append(f"{source.offer.package} adds {_counted(rules, 'rule')} and {_counted(items, 'item')}")

    def done(self) -> RuleSet:
        """The rule set; our own checklist itself where nothing was added to it."""
        ours = load()
        if self._items == ours.by_id and not self._notes:
            return RuleSet(self._classes, ours)
        for item in self._items.values():
            if item.id not in ours.by_id:
                self._check_reuses(item)
        checklist = Checklist(
            tuple(self._items.values()), self._files, rule_files=self._rule_files, notes=tuple(self._notes)
        )
        return RuleSet({name: self._classes[name] for name in checklist.rules}, checklist)

    def _add_folder(self, folder: Path, source: Source) -> None:
        if folder in self._folders:
            return
        self._folders.add(folder)
        more = load(folder)
        for item in more.items:
            self._add_item(item, more.files[item.id])
        for file, extension in more.extensions:
            if extension.extends not in self._items:
                near = nearest(extension.extends, set(self._items))
                line = typed_yaml.line_of(text_of(file), "extends")
                raise InputError(f"extends: there is no item '{extension.extends}'.{near}", file=file, line=line)
            for spec in extension.rules:
                self._add_rule(extension.extends, spec, file)
        for file, overrides in more.overrides:
            for name, change in overrides.overrides.items():
                self._override(file, name, change, source)

    def _add_item(self, item: ItemSpec, file: Path) -> None:
        if item.id in self._items:
            known = self._files[item.id]
            text = f"item {item.id} is in {known} already; to add rules to it, write 'extends: {item.id}'"
            raise InputError(text, file=file, line=item_line(file, item.id))
        self._items[item.id] = replaced(item, rules=[])
        self._files[item.id] = file
        for spec in item.rules:
            self._add_rule(item.id, spec, file)

    def _add_rule(self, item: str, spec: RuleSpec, file: Path) -> None:
        self._check_new(spec.name, RulePlace(file, spec.name).error, "name")
        self._put(item, spec, make_rule(self._items[item], spec, file=file), file)

    def _add_class(self, made: type[Rule], source: Source) -> None:
        if self._classes.get(made.name) is made:
            return
        spec = spec_of(made, self._items)
        if made.overrides is None:
            self._check_new(made.name, partial(error_about, made))
        else:
            self._check_overridden(made.overrides, source, partial(error_about, made))
            if (made.name, made.item) != (made.overrides, self._homes[made.overrides]):
                home = self._homes[made.overrides]
                raise error_about(made, f"an override keeps the name {made.overrides} and the item {home}")
            self._notes.append(f"{made.name} is overridden by {made.__module__}.{made.__qualname__}")
        self._python.add(made.name)
        self._put(made.item, spec, made, None)

    def _override(self, file: Path, name: str, change: RuleChange, source: Source) -> None:
        place = RulePlace(file, name)
        self._check_overridden(name, source, place.error)
        item = self._items[self._homes[name]]
        old = next(spec for spec in item.rules if spec.name == name)
        if old.core is None:
            old = replaced(old, core=self._classes[name].core)
        # What a class decides in Python stays, unless the override says that there is no check any more.
        base = self._classes[name] if name in self._python and change.check is not None else Rule
        spec = changed_spec(old, change, file, python=base is not Rule)
        self._notes.append(f"{name} is overridden by {_shown(file)} ({', '.join(change.given)})")
        made = make_rule(item, spec, file=file, base=base)
        made._one_severity = "severity" in change.given or self._classes[name]._one_severity
        self._put(item.id, spec, made, file)

    def _put(self, item: str, spec: RuleSpec, made: type[Rule], file: Path | None) -> None:
        """File a rule under its item, in the place of the one that has its name."""
        rules = [spec if rule.name == spec.name else rule for rule in self._items[item].rules]
        if spec.name not in self._homes:
            rules.append(spec)
        self._items[item] = replaced(self._items[item], rules=rules)
        for alias in spec.aliases:
            if alias in self._homes or self._aliases.get(alias, spec.name) != spec.name:
                text = f"rule {spec.name}: aliases: another rule has or had the name {alias}"
                raise RulePlace(file, spec.name).error(text, "aliases") if file else error_about(made, text)
            self._aliases[alias] = spec.name
        self._homes[spec.name] = item
        self._rule_files[spec.name] = file
        self._classes[spec.name] = made

    def _check_new(self, name: str, error: Callable[..., InputError], *steps: str) -> None:
        if name in self._aliases:
            raise error(f"{name} is an old name of {self._aliases[name]} and goes on to stand for it", *steps)
        if name in self._homes:
            where = self._origin(name)
            raise error(f"there is a rule of this name {where} already; to change that one, override it", *steps)

    def _check_overridden(self, name: str, source: Source, error: Callable[..., InputError]) -> None:
        if name in self._aliases:
            raise error(f"overrides: {name} is called {self._aliases[name]} now")
        if name not in self._homes:
            raise error(f"overrides: there is no such rule.{nearest(name, set(self._homes))}")
        if source.offer and not source.named:
            text = f"overrides: a package may do so only where readiness.yaml names it: rules: [{source.offer.name}]"
            raise error(text)

    def _check_reuses(self, item: ItemSpec) -> None:
        for number, name in enumerate(item.reuses):
            if name in self._aliases:
                text = f"item {item.id}: reuses[{number}]: {name} is called {self._aliases[name]} now"
                raise InputError(text, file=self._files[item.id], line=item_line(self._files[item.id], item.id))
            if name not in self._homes:
                file = self._files[item.id]
                text = f"item {item.id}: reuses[{number}]: there is no rule '{name}'.{nearest(name, set(self._homes))}"
                raise InputError(text, file=file, line=item_line(file, item.id, "reuses", number))

    def _origin(self, name: str) -> str:
        if name not in self._rule_files:
            return "among ours"
        file, made = self._rule_files[name], self._classes[name]
        return f"in {file}" if file else f"in {made.__module__}"


def _shown(file: Path) -> str:
    """The file as seen from the working directory: reports are read on other machines, too."""
    here = Path.cwd()
    return (file.relative_to(here) if file.is_relative_to(here) else file).as_posix()


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
