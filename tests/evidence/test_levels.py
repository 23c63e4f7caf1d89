"""Levels: named sets of items, each with what is missing for it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from readiness_pack import InputError
from readiness_pack.config import Config, LevelSpec
from readiness_pack.evidence.gates import all_of
from readiness_pack.evidence.levels import LEVELS, level_results, levels_of
from tests.evidence.building import CHECKLIST, Project

IDS = [item.id for item in CHECKLIST.items]


def test_each_level_asks_what_the_one_before_asks_and_the_last_asks_all() -> None:
    bronze, silver, gold = levels_of(Config(), IDS).values()
    assert set(bronze) < set(silver) < set(gold) == set(all_of(IDS))


@pytest.mark.parametrize("name", LEVELS)
def test_every_glob_of_our_levels_matches(name: str) -> None:
    assert LEVELS[name].about
    assert [glob for glob in LEVELS[name].items if not any(fnmatchcase(id_, glob) for id_ in IDS)] == []


def test_what_is_missing_for_the_next_level_is_told() -> None:
    config = Config(levels={"start": LevelSpec(["SEC-ENC-*"], "keys"), "more": LevelSpec(["SEC-IAM-01", "SEC-ENC-01"])})
    ready = dict.fromkeys(IDS, True)
    assert [level.reached for level in level_results(config, IDS, ready)] == [True, True]
    start, more = level_results(config, IDS, {**ready, "SEC-IAM-01": False})
    assert (start.reached, start.about, start.asked, start.missing) == (True, "keys", 5, [])
    assert (more.reached, more.asked, more.missing) == (False, 6, ["SEC-IAM-01"])
    # A level is not reached without those before it, whatever its own items are.
    start, more = level_results(config, IDS, {**ready, "SEC-ENC-02": False})
    assert (start.reached, more.reached, more.missing) == (False, False, ["SEC-ENC-02"])


@pytest.mark.parametrize(
    ("level", "said"),
    [
        ({"items": ["SEC-ENC-9"]}, "readiness.yaml:4: levels.start.items[0]: there is no item 'SEC-ENC-9'. Did you mean 'SEC-ENC-"),
        ({"items": ["ZZZ-*"]}, "readiness.yaml:4: levels.start.items[0]: no item matches 'ZZZ-*'."),
        ({"items": []}, "readiness.yaml:3: levels.start.items: a level needs at least one item"),
        ({"items": ["CRT-REC-*"]}, "readiness.yaml:4: levels.start.items: certifying fills in CRT-REC-*; a level needs other items"),
    ],
)  # fmt: skip
def test_a_level_that_asks_for_nothing_is_refused(project: Project, level: dict[str, Any], said: str) -> None:
    project.set(levels={"start": level})
    with pytest.raises(InputError) as caught:
        levels_of(project.config, IDS)
    assert said in str(caught.value)


def test_an_unknown_key_of_a_level_is_refused(project: Project) -> None:
    project.set(levels={"start": {"item": ["SEC-*"]}})
    with pytest.raises(InputError, match=r"levels\.start\.item: there is no such key\. Did you mean 'items'\?"):
        _ = project.config
