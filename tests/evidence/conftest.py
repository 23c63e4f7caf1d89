"""What tests of evidence share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evidence.building import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)
