"""One folder for each app; one app that shows everything, synthesized once by each door."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest

from readiness_pack import ReadinessChecks
from tests.integrations.apps import add_everything
from tests.integrations.synthesis import Result, new_app, synth


@pytest.fixture
def app(tmp_path: Path) -> cdk.App:
    """An empty App."""
    return new_app(tmp_path / "cdk.out")


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A readiness.yaml of the checkout, or a CDK CLI around the tests, must not change them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CDK_OUTDIR", raising=False)


@pytest.fixture(scope="session")
def by_plugin(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The app that shows everything, judged by the plugin."""
    folder = tmp_path_factory.mktemp("plugin")
    app = new_app(folder / "cdk.out")
    add_everything(app, folder)
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
    return synth(app)


@pytest.fixture(scope="session")
def by_aspect(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The same app, judged by Aspects on the App and on its Stages."""
    folder = tmp_path_factory.mktemp("aspect")
    app = new_app(folder / "cdk.out")
    for scope in (app, *add_everything(app, folder)):
        cdk.Aspects.of(scope).add(ReadinessChecks())
    return synth(app)


@pytest.fixture(scope="session")
def by_annotate(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The same app, annotated without an Aspect."""
    folder = tmp_path_factory.mktemp("annotate")
    app = new_app(folder / "cdk.out")
    add_everything(app, folder)
    ReadinessChecks().annotate(app)
    return synth(app)
