"""The app, synthesized and judged once: as `cdk init` leaves it, and bound to an account and region."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.false_alarms.judged import Judged, judge
from tests.false_alarms.l2_app import PRODUCTION


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Judged:
    """The app whose stacks can be deployed anywhere."""
    return judge(tmp_path_factory.mktemp("anywhere"), root)


@pytest.fixture(scope="session")
def judged_in_production(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Judged:
    """The same app, all of whose stacks know their account and region."""
    return judge(tmp_path_factory.mktemp("production"), root, PRODUCTION)
