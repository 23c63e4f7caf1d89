"""Tells what somebody filled in from what still stands for it: TBD, <name>, ops@company.com, +1-XXX-XXX-XXXX."""

from __future__ import annotations

import re

from readiness_pack.rules.placeholders import DOMAINS, is_fictional_number

_DOMAINS = "|".join(re.escape(domain) for domain in DOMAINS)
_SIGNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[Xx]{3,}\b"), "is to be filled in"),
    # <name>, <what was done>; not p95 <200 ms: a figure follows.
    (re.compile(r"<[A-Za-z][^<>]*>"), "is to be filled in"),
    (re.compile(r"\{\{.*?\}\}|\$\{\w+\}"), "is to be filled in"),
    (re.compile(r"_{3,}|\.{4,}"), "is to be filled in"),
    (re.compile(r"\b(?:TBD|TBA|TBC|tbd|tba|tbc|FIXME|YYYY-MM-DD|CHANGEME|REPLACE_?ME)\b"), "is to be filled in"),
    (re.compile(r"\b(?i:change[-_ ]me|replace[-_ ]me|fill[-_ ]me[-_ ]in|lorem ipsum)\b"), "is to be filled in"),
    (re.compile(r"^\W*(?i:todo|fixme)\b|\bTODO:"), "is to be done"),
    (re.compile(r"\bT\.B\.[DAC]\b|\[(?i:fill in|insert|your|todo|describe|enter)[^\[\]]*\]"), "is to be filled in"),
    (re.compile(r"\b(?i:your [\w ]{1,30} (?:goes )?here)\b"), "is to be filled in"),
    (re.compile(r"\b(?i:to be (?:determined|defined|decided|confirmed|announced|filled in|done|named))\b"), "is open"),
    (
        re.compile(
            r"^\W*(?i:n/?a|none|nothing|nobody|unknown|tests?|foo|bar|done|ok(?:ay)?|yes|pending|open|in progress"
            r"|planned|not (?:yet )?(?:done|started|available|known)|placeholder|your (?:name|team)|name|owner"
            r"|(?:john|jane) doe)?\W*$"
        ),
        "says nothing",
    ),
    (re.compile(rf"(?<![\w.-])(?:[\w-]+\.)*(?:{_DOMAINS})(?![\w-]|\.\w)", re.IGNORECASE), "is a placeholder"),
    (
        re.compile(r"(?:@|://)(?:[\w-]+\.)*your-?(?:company|domain|org|organi[sz]ation)\.\w+", re.IGNORECASE),
        "is a placeholder",
    ),
    # RFC 2606 and RFC 6761 keep these top-level domains for documentation and tests.
    (re.compile(r"(?:@|://)[\w.-]*\.(?:example|invalid|test)(?![\w-])", re.IGNORECASE), "is a placeholder"),
)
_NUMBER = re.compile(r"\+?[\d(][\d\s().-]{8,}\d")


def placeholder(text: str) -> str | None:
    """What of ``text`` stands for something that is to be filled in, as the end of a sentence; else ``None``.

    Example:
        >>> placeholder("Call +1-XXX-XXX-XXXX"), placeholder("Reached at ops@orders-shop.io within 4 minutes")
        ("'XXX' is to be filled in", None)
        >>> placeholder("p95 <200 ms and availability >99.9%")
        >>> placeholder("ops@company.com")
        "'company.com' is a placeholder"
    """
    for sign, means in _SIGNS:
        found = sign.search(text)
        if found is not None:
            return f"'{found[0].strip()}' {means}"
    number = next((one[0] for one in _NUMBER.finditer(text) if is_fictional_number(one[0])), None)
    return None if number is None else f"'{number}' is a number that is reserved for fiction"
