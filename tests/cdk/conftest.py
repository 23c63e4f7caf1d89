"""Helpers for tests that run the real CDK CLI, which `make setup` installs."""

from __future__ import annotations

import pytest

from tools.cdk_cli import NODE_MODULES


@pytest.fixture(scope="session", autouse=True)
def cdk_is_installed() -> None:
    """Say at once what is missing, rather than fail with a missing program in every test."""
    assert (NODE_MODULES / "cdk").exists(), "the CDK CLI is not installed; run: make setup"
