"""What stands where something real is to be filled in: reserved domains and numbers, words such as TBD."""

from __future__ import annotations

import re

DOMAINS = ("company.com", "example.com", "example.net", "example.org")
"""Domains that stand for one's own, with all below them: the checklist's, and those of RFC 2606."""

# North American numbers that nobody is given: 555-0100 to 555-0199 in every area code (https://nanpa.com).
_FICTIONAL = re.compile(r"\+1\d{3}55501\d\d")


def is_fictional_number(text: str) -> bool:
    """Whether ``text`` is a telephone number that is reserved for fiction.

    Example:
        >>> is_fictional_number("+1 (206) 555-0134"), is_fictional_number("+1 206 555 2345")
        (True, False)
    """
    return _FICTIONAL.fullmatch(re.sub(r"[^\d+]", "", text)) is not None
