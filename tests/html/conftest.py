"""Chromium for the tests of the HTML report."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import tools.browser
from readiness_pack.report.html_page import Kept
from readiness_pack.report.view import View
from tests.html.sample import page_of, page_with


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the machine; CI has one, or fails."""
    program = tools.browser.program()
    if program is None:
        missing = "there is no Chromium on PATH; as root, `make test` installs it where apt-get can"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with tools.browser.chromium(program) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a report in a tab; afterwards nothing may have been complained about, asked for or loaded."""
    complaints: list[str] = []
    requests: list[str] = []
    contexts = []

    def show(shown: View, kept: Kept | None = None, **settings: object) -> Page:
        file = tmp_path / "report.html"
        file.write_text(page_with(shown, kept) if kept else page_of(shown), encoding="utf-8")
        context = browser.new_context(**settings)  # type: ignore[arg-type]  # settings of Playwright, by name
        context.set_default_timeout(10_000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("dialog", lambda dialog: complaints.append(dialog.message))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(file.as_uri())
        return tab

    yield show
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.partition("#")[0] for url in requests} <= {(tmp_path / "report.html").as_uri()}
