"""Short texts are not searched for secrets: no pattern finds one in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_pack import redaction
from readiness_pack.redaction import HIDDEN, redacted

# What the patterns begin with, and what they consist of.
PIECES = st.sampled_from(
    ["AKIA", "eyJ", "ghp_", "glpat-", "xoxb-", "sk_live_", "npm_", "pwd", "token", "-----BEGIN ", "/"]
)
WORDS = st.lists(PIECES | st.text("aZ09+/_-. \"'", max_size=6), max_size=5).map("".join)


@given(WORDS.map(lambda text: text[: redaction._SHORTEST - 1]))
def test_nothing_is_found_in_what_is_not_searched(text: str) -> None:
    searched = redaction._KEY_BLOCK.sub(HIDDEN, text)
    for pattern in (redaction._URL_PASSWORD, redaction._ASSIGNED, redaction._RUN, *(p for _, p in redaction.SHAPES)):
        searched = pattern.sub(HIDDEN, searched)

    assert searched == text == redacted(text)


@pytest.mark.parametrize("text", ["pwd=x", "pwd: x", "a://b:c@d", "xoxb-0123456789"])
def test_the_shortest_secrets_are_found(text: str) -> None:
    assert redacted(text) != text
