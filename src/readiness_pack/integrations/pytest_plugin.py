"""The pytest plugin: the fixture ``readiness``. Loaded with pytest, so it imports nothing before a test asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from readiness_pack.findings import Report


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting ``readiness_config`` in pytest's own configuration."""
    parser.addini("readiness_config", "settings that the fixture `readiness` judges by, relative to pytest's rootdir")


@pytest.fixture
def readiness(pytestconfig: pytest.Config) -> Callable[..., Report]:
    """``assert_ready`` with the settings that pytest's configuration names.

    Example:
        def test_the_shop_is_ready(readiness):
            readiness(Shop(App(), "Shop"), ignore=["S3ServerAccessLogging"])
    """
    from readiness_pack.integrations.assertions import assert_ready

    configured: str = pytestconfig.getini("readiness_config")

    def check(subject: Any, **options: Any) -> Report:
        __tracebackhide__ = True
        if configured:
            options.setdefault("config", pytestconfig.rootpath / configured)
        return assert_ready(subject, **options)

    return check
