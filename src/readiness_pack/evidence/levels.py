"""Levels of readiness: named sets of items, each with what is missing for it. ``levels:`` replaces ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from readiness_pack.config import Config, LevelSpec
from readiness_pack.evidence.gates import all_of
from readiness_pack.typed_yaml import nearest

LEVELS: dict[str, LevelSpec] = {
    "bronze": LevelSpec(
        [
            *("SEC-ENC-*", "SEC-IAM-01", "SEC-IAM-03", "SEC-NET-*", "SEC-GOV-05"),
            *("MON-MET-02", "MON-LOG-01", "MON-LOG-04"),
            *("REL-HAV-01", "REL-HAV-02", "REL-DRC-01", "REL-ERR-01", "REL-ERR-04"),
            *("CST-MON-01", "OPS-DEP-01", "OPS-DEP-04", "OPS-CFG-02", "OPS-DOC-02", "TST-AUT-01"),
            *("SUC-TEC-04", "SUP-TIR-01", "SUP-CON-*"),
        ],
        "no data is lost or open to others, failures are noticed, and somebody can be reached",
    ),
    "silver": LevelSpec(
        [
            *("SEC-*", "MON-MET-*", "MON-LOG-*", "MON-DSH-02", "MON-DSH-04"),
            *("PRF-ASG-01", "PRF-ASG-05", "PRF-LDT-01", "PRF-LDT-02", "REL-*"),
            *("CST-RES-04", "CST-MON-01", "CST-MON-02", "OPS-DEP-*", "OPS-CFG-*", "OPS-DOC-01", "OPS-DOC-02"),
            *("TST-*", "DEP-PRE-*", "DEP-RUN-*", "SUC-TEC-*", "SUP-*"),
        ],
        "it is tested, recovers as rehearsed, reaches its service levels, and is deployed by a plan",
    ),
    "gold": LevelSpec(["*"], "everything that the checklist asks, signed by all teams"),
}
"""The levels that ship, lowest first."""


class LevelResult(msgspec.Struct, frozen=True):
    """Where the system stands with a level.

    Args:
        name: of the level.
        about: what it stands for.
        reached: whether all its items, and those of the levels before it, are ready.
        asked: how many items it asks, those of the levels before it included.
        missing: ids of those that are not ready.
    """

    name: str
    about: str
    reached: bool
    asked: int
    missing: list[str]


def levels_of(config: Config, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Level -> ids of the items that it asks, those of the levels before it included.

    Args:
        config: the settings, which may have levels of their own.
        ids: ids of all items in checklist order.

    Raises:
        InputError: a level asks for an item that does not exist, or for none.

    Example:
        >>> own = Config(levels={"start": LevelSpec(["SEC-ENC-*"]), "all": LevelSpec(["*"])})
        >>> levels_of(own, ["SEC-ENC-01", "OPS-DOC-01", "CRT-REC-01"])
        {'start': ('SEC-ENC-01',), 'all': ('SEC-ENC-01', 'OPS-DOC-01')}
    """
    if config.levels:
        _check(config, ids)
    found: dict[str, tuple[str, ...]] = {}
    globs: list[str] = []
    for name, spec in (config.levels or LEVELS).items():
        globs += spec.items
        found[name] = tuple(id_ for id_ in all_of(ids) if any(fnmatchcase(id_, glob) for glob in globs))
        if not found[name]:
            text = f"levels.{name}.items: certifying fills in {', '.join(globs)}; a level needs other items"
            raise config.problem(text, "levels", name, "items")
    return found


def _check(config: Config, ids: Sequence[str]) -> None:
    for name, spec in config.levels.items():
        if not spec.items:
            raise config.problem(f"levels.{name}.items: a level needs at least one item", "levels", name, "items")
        for number, glob in enumerate(spec.items):
            if not any(fnmatchcase(id_, glob) for id_ in ids):
                said = "no item matches" if any(sign in glob for sign in "*?[") else "there is no item"
                text = f"levels.{name}.items[{number}]: {said} '{glob}'.{nearest(glob, set(ids))}"
                raise config.problem(text, "levels", name, "items", number)


def level_results(config: Config, ids: Sequence[str], ready: Mapping[str, bool]) -> list[LevelResult]:
    """Where the system stands with each level.

    Args:
        config: the settings.
        ids: ids of all items in checklist order.
        ready: item id -> whether it is ready.
    """
    specs = config.levels or LEVELS
    results = []
    for name, asked in levels_of(config, ids).items():
        missing = [id_ for id_ in asked if not ready[id_]]
        results.append(LevelResult(name, specs[name].about, not missing, len(asked), missing))
    return results
