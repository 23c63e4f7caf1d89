"""The site builds without a warning, asks no other host for anything, and its pictures are small."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from readiness_pack.checklist import load
from tests.conftest import ROOT
from tools.cdk_cli import run


class Loaded(HTMLParser):
    """What a page loads by itself: everything with an address except links to follow."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "link" and found.get("rel") in ("canonical", "next", "prev", "alternate"):
            return
        if tag != "a":
            self.addresses += [value for name, value in attrs if name in ("src", "href", "srcset", "data") and value]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = run(["mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)], cwd=ROOT)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.mark.slow
def test_every_page_is_there(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert (site / page.relative_to(ROOT / "docs").with_suffix(".html")).is_file()
    assert all((site / "catalogue" / f"{item.id}.html").is_file() for item in load().items)
    assert (site / "schemas" / "check.schema.json").is_file()


@pytest.mark.slow
def test_no_other_host_is_asked(site: Path) -> None:
    pages = [
        site / "index.html",
        site / "ci.html",
        site / "catalogue" / "index.html",
        site / "catalogue" / "SEC-ENC-03.html",
    ]
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert loaded.addresses
        assert [url for url in loaded.addresses if "//" in url.removeprefix("data:")] == [], page.name
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert "url(http" not in text
        assert "@import" not in text
    for picture in site.rglob("images/*.svg"):
        assert "http" not in picture.read_text(encoding="utf-8").replace("http://www.w3.org/", "")


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert len(pictures) >= 2
    assert sum(picture.stat().st_size for picture in pictures) < 300_000
