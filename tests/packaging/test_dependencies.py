"""What the package imports is what it asks to be installed."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path


def imported(folder: Path) -> set[str]:
    """The top-level names that the modules below ``folder`` import."""
    found: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.split(".")[0])
    return found - {"readiness_pack"} - sys.stdlib_module_names


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_import_is_a_declared_dependency(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {normal(re.split(r"[<>=!~;\[ ]", requirement)[0]) for requirement in project["dependencies"]}
    homes = packages_distributions()
    needed = {name: {normal(home) for home in homes.get(name, ())} for name in imported(root / "src")}

    assert {"aws_cdk", "msgspec", "yaml"} <= needed.keys()
    del needed["pytest"]  # loads the plugin that imports it
    assert {name for name, distributions in needed.items() if not distributions & declared} == set()
