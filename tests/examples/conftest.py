"""One folder of synthesized examples for the whole test run."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def examples_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The same folder for every worker; whoever needs an example first synthesizes it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "examples"
    folder.mkdir(exist_ok=True)
    return folder
