"""The catalogue says what the rules say."""

from __future__ import annotations

from tools import make_catalogue


def test_the_catalogue_is_current() -> None:
    assert make_catalogue.stale() == [], "run: make docs"
