"""What a user names to have rules asked: a folder of rule files, a module, an installed package, a class."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from readiness_pack.errors import InputError
from readiness_pack.rules.packages import Offer, offers
from readiness_pack.rules.rule import Rule
from readiness_pack.typed_yaml import nearest

RuleSource = type[Rule] | ModuleType | str | os.PathLike[str]
"""A rule class, a module with rule classes, or the name of a module, an installed package or a folder of rule files."""


@dataclass(frozen=True)
class Source:
    """Where rules come from, found and imported.

    Args:
        shown: how messages name it.
        folders: folders of rule files.
        classes: rules written in Python.
        offer: the entry point of an installed package that it is.
        named: whether the user named it; only then it may override rules.
    """

    shown: str
    folders: tuple[Path, ...] = ()
    classes: tuple[type[Rule], ...] = ()
    offer: Offer | None = None
    named: bool = True


class UnknownSource(InputError):
    """Nothing is called so: no folder, no installed package, no module."""


def resolve(source: RuleSource, base: Path | None = None) -> Source:
    """Find what ``source`` names.

    Args:
        source: a class or a module itself; or a text: the path of a folder, the name of an entry point of an installed
            package, or the name of a module. A folder that is there comes first, then a package, then a module.
        base: the folder that relative paths start from, the working directory where not given.

    Raises:
        UnknownSource: nothing is called so.
        InputError: what is called so cannot be imported, or holds no rule.
        TypeError: ``source`` is none of these.
    """
    if isinstance(source, type | ModuleType):
        return _collected(source, getattr(source, "__name__", ""))
    if not isinstance(source, str):
        return Source(str(os.fspath(source)), folders=((base or Path()) / Path(source).expanduser(),))
    if not source:
        raise _unknown(source)
    folder = (base or Path()) / Path(source).expanduser()
    if folder.is_dir() or _is_path(source):
        return Source(source, folders=(folder,))
    offered = [offer for offer in offers() if offer.name == source]
    if len(offered) > 1:
        raise InputError(f"several packages offer rules as '{source}': {', '.join(map(str, offered))}")
    if offered:
        return of_offer(offered[0], named=True)
    if not all(part.isidentifier() for part in source.split(".")):
        raise _unknown(source)
    return _collected(_module(source), source)


def installed() -> list[Source]:
    """The rules of every installed package that offers some; imported, but not named by the user.

    Raises:
        InputError: a package cannot be imported, or offers no rules.
    """
    return [of_offer(offer, named=False) for offer in offers()]


def of_offer(offer: Offer, *, named: bool) -> Source:
    """The rules of an installed package.

    Raises:
        InputError: it cannot be imported, or offers no rules.
    """
    with _explained(f"the rules of {offer}"):
        thing = offer.load()
        return _collected(thing, f"the rules of {offer}", offer, named=named)


def _is_path(text: str) -> bool:
    return text.startswith((".", "~")) or any(sign in text for sign in {"/", os.sep})


def _unknown(source: str) -> UnknownSource:
    known = {offer.name for offer in offers()}
    text = f"there is no such folder of rules, installed package or module: '{source}'."
    return UnknownSource(text + nearest(source, known))


def _collected(thing: Any, shown: str, offer: Offer | None = None, *, named: bool = True) -> Source:
    folders: list[Path] = []
    classes: list[type[Rule]] = []
    for found in _flat(thing, shown):
        if isinstance(found, Path):
            folders.append(found)
        else:
            classes.append(found)
    if not folders and not classes:
        raise InputError(f"{shown}: holds no subclass of Rule")
    return Source(shown, tuple(folders), tuple(classes), offer, named)


def _flat(thing: Any, shown: str) -> Iterator[Path | type[Rule]]:
    """The folders and classes in a module, class, path, function that gives any of these, or list of them."""
    if isinstance(thing, type) and issubclass(thing, Rule):
        yield thing
    elif isinstance(thing, ModuleType):
        yield from _rules_of(thing)
    elif isinstance(thing, str | os.PathLike):
        folder = Path(thing)
        if not folder.is_absolute():
            raise InputError(f"{shown}: the folder '{folder}' is not absolute; start from Path(__file__).parent")
        yield folder
    elif isinstance(thing, Iterable) and not isinstance(thing, type):
        for one in thing:
            yield from _flat(one, shown)
    elif callable(thing) and not isinstance(thing, type):
        yield from _flat(thing(), shown)
    else:
        raise InputError(f"{shown}: a module, Rule class, folder or function is expected, not {thing!r}")


def _rules_of(module: ModuleType) -> list[type[Rule]]:
    """The rules of a module: what ``__all__`` names, else the public classes that it defines itself."""
    listed = getattr(module, "__all__", None)
    names = list(vars(module)) if listed is None else listed
    found = [getattr(module, name) for name in names]
    rules = [one for one in found if isinstance(one, type) and issubclass(one, Rule) and one is not Rule]
    own = [rule for rule in rules if rule.__module__ == module.__name__ and not rule.__name__.startswith("_")]
    return list(dict.fromkeys(own if listed is None else rules))


def _module(name: str) -> ModuleType:
    """Import a module as ``python -m`` would: installed, or below the working directory."""
    with _explained(f"module {name}"), importable_from_here():
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
                raise _unknown(name) from error
            raise


@contextmanager
def importable_from_here() -> Iterator[None]:
    """Let modules be imported from the working directory, too: the ``readiness`` command does not have it on its path.

    Never from the folder of a readiness.yaml: whoever judges what others sent must not run their code by that.
    """
    here = str(Path.cwd())
    if here in sys.path or "" in sys.path:
        yield
        return
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.remove(here)


@contextmanager
def _explained(shown: str) -> Iterator[None]:
    """Whatever an import raises as one line with the place in the imported file."""
    try:
        yield
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        problem = f"{type(error).__name__}: {error}".strip(": ").splitlines()[0]
        file, line = _place(error)
        raise InputError(f"{shown} cannot be imported: {problem}", file=file, line=line) from error


def _place(error: BaseException) -> tuple[str | None, int | None]:
    if isinstance(error, SyntaxError):
        return error.filename, error.lineno
    ours = str(Path(__file__).parent.parent)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(("<", ours)) and Path(frame.filename).name != "metadata"
    ]
    frames = [frame for frame in frames if f"{os.sep}importlib{os.sep}" not in frame.filename]
    return (frames[-1].filename, frames[-1].lineno) if frames else (None, None)


def place_of(rule: type[Rule]) -> tuple[str | None, int | None]:
    """The file and line that define a class, where there are any."""
    try:
        return inspect.getsourcefile(rule), inspect.getsourcelines(rule)[1]
    except (OSError, TypeError):
        return None, None
