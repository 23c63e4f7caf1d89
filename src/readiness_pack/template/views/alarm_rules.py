"""The rule of a composite alarm: which alarms it watches, and whether it is their being in alarm that counts.

The language is that of https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html:
``ALARM("name or ARN")``, ``OK(...)``, ``INSUFFICIENT_DATA(...)``, ``TRUE``, ``FALSE``, ``AND``, ``OR``, ``NOT``,
``AT_LEAST(2, ALARM, (first, second, third))`` and brackets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from readiness_pack.template.values import Text, Value, join_text

_TOKEN = re.compile(
    r"\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^)\s]+))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE|AT_LEAST)\b|(?P<bracket>[()])|(?P<other>[^\s()]+))",
    re.IGNORECASE,
)
_HOLE = re.compile("\0(\\d+)\0")
_LISTED = re.compile(r"\"[^\"]*\"|'[^']*'|[^,\"'()\s]+")
_AT_LEAST = re.compile(
    r"\bAT_LEAST\s*\(\s*[\d.]+\s*%?\s*,\s*(?P<not>NOT\s+)?(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*,"
    rf"\s*\((?P<alarms>\s*(?:{_LISTED.pattern})(?:\s*,\s*(?:{_LISTED.pattern}))*\s*)\)\s*\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WatchedAlarm:
    """An alarm that a composite alarm watches.

    Args:
        alarm: its name or ARN, as far as it is known.
        state: the state asked for: ``ALARM``, ``OK`` or ``INSUFFICIENT_DATA``.
        negated: the rule asks that it is *not* in that state.
    """

    alarm: Value
    state: str
    negated: bool


def watched_alarms(rule: Value) -> list[WatchedAlarm]:
    """The alarms that ``AlarmRule`` names, in order.

    Args:
        rule: the resolved rule; what is not text watches nothing that can be told.

    Example:
        >>> rule = 'ALARM("errors") AND NOT (ALARM(quiet) OR OK(arn:aws:x))'
        >>> [(one.alarm, one.negated) for one in watched_alarms(rule)]
        [('errors', False), ('quiet', True), ('arn:aws:x', True)]
        >>> [(one.alarm, one.state, one.negated) for one in watched_alarms('AT_LEAST(60%, NOT OK, ("a", "b"))')]
        [('a', 'OK', True), ('b', 'OK', True)]
    """
    if isinstance(rule, str):
        return _parsed(rule, [])
    if isinstance(rule, Text):
        holes: list[Value] = []
        pieces: list[str] = []
        for part in rule.parts:
            if isinstance(part, str):
                pieces.append(part)
            else:
                pieces.append(f"\0{len(holes)}\0")
                holes.append(part)
        return _parsed("".join(pieces), holes)
    return []


def _parsed(text: str, holes: list[Value]) -> list[WatchedAlarm]:
    found: list[WatchedAlarm] = []
    negated = [False]  # one entry for each open bracket: whether what stands inside is negated
    pending = False
    for match in _TOKEN.finditer(_AT_LEAST.sub(_spelled_out, text)):
        if match["state"]:
            name = next(part for part in (match["quoted"], match["single"], match["bare"]) if part is not None)
            pieces = _HOLE.split(name)
            alarm = join_text([holes[int(piece)] if number % 2 else piece for number, piece in enumerate(pieces)])
            found.append(WatchedAlarm(alarm, match["state"].upper(), negated[-1] ^ pending))
        elif match["word"] and match["word"].upper() == "NOT":
            pending = not pending
            continue
        elif match["bracket"] == "(":
            negated.append(negated[-1] ^ pending)
        elif match["bracket"] == ")" and len(negated) > 1:
            negated.pop()
        pending = False
    return found


def _spelled_out(at_least: re.Match[str]) -> str:
    """``AT_LEAST`` as one condition for each of its alarms: which of them it takes does not matter here."""
    negation = at_least["not"] or ""
    conditions = [f"{negation}{at_least['state']}({name})" for name in _LISTED.findall(at_least["alarms"])]
    return f"({' OR '.join(conditions)})"
