"""Reports name files as seen from the working directory, which is an empty folder outside of any repository here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def sarif_problems() -> Callable[[Any], list[str]]:
    """What is wrong with a document by the schema of the standard."""
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft4Validator(schema)

    def problems(document: Any) -> list[str]:
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]

    return problems
