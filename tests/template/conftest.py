"""Folders of real CDK output, made once a session."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from readiness_pack.template import Assembly
from tests.template import apps

Write = Callable[[str, str | dict[str, Any]], Path]


@pytest.fixture(scope="session")
def shop_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``cdk.out`` of :func:`apps.shop`, with the lines of the user's code."""
    out = tmp_path_factory.mktemp("shop") / "cdk.out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JSII_HOST_STACK_TRACES", "1")
        apps.shop(out)
    # CDK writes one where a plugin ran or its own validation did, which tests/conftest.py turns off.
    (out / "validation-report.json").write_text('{"pluginReports": []}', encoding="utf-8")
    return out


@pytest.fixture(scope="session")
def shop(shop_out: Path) -> Assembly:
    return Assembly.load(shop_out)


@pytest.fixture(scope="session")
def helpers_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``cdk.out`` of :func:`apps.helpers`."""
    out = tmp_path_factory.mktemp("helpers") / "cdk.out"
    apps.helpers(out)
    return out


@pytest.fixture(scope="session")
def example_out(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``cdk.out`` of ``examples/unready_app`` without its checks."""
    out = tmp_path_factory.mktemp("example") / "cdk.out"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root / "examples" / "unready_app"))
        app = cdk.App(outdir=str(out), analytics_reporting=False)
        runpy.run_path(str(root / "examples" / "unready_app" / "app.py"))["build"](app)
        app.synth()
        for name in [name for name in sys.modules if name.split(".")[0] == "orders"]:
            del sys.modules[name]  # the other example has a package of the same name
    return out


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file into the test's folder, a dict as JSON; gives its path."""

    def write(name: str, content: str | dict[str, Any]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write
