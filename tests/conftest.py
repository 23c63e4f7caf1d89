"""What all tests share: where the checkout is, the specification beside it, and how Hypothesis behaves."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# jsii starts `node` from PATH; `make setup` may have put the only suitable one into the virtual environment.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

# CDK judges templates by rules of its own as well; in tests, only those of readiness-pack are to speak. The variable, and not
# the argument of App, since the oldest supported CDK has neither that argument nor those rules.
os.environ["CDK_VALIDATION"] = "false"

# The same examples on every run, and no deadline: two workers share two cores with Node.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The specification beside the checkout, where there is one."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"the specification is not beside this checkout: no {folder}")
    return folder
