"""Values that look like secrets, made unreadable: a report says that there is one and where, never what it is.

Reports travel: to the logs of a pipeline, to a ticket, to a code scanning service. Everything that a finding quotes
of a template passes through here; what a credential looks like is stated once, for the rules that look for them, too.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections import Counter
from itertools import pairwise

HIDDEN = "***"
"""What stands in place of a secret."""

# Prefixes and forms that issuers give their credentials so that they can be found, for instance
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids (AKIA, ASIA) and
# https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an AWS access key", re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    ("a JSON web token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+")),
    ("a GitHub token", re.compile(r"\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_\w{40,})")),
    ("a GitLab token", re.compile(r"\bglpat-[\w-]{20}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[\w-]{10,}")),
    ("a Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a Google API key", re.compile(r"\bAIza[\w-]{35}\b")),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@$\"'{}]+:[^\s/@$\"'{}]+@")),
)
"""What credentials look like: what it is, and a pattern that finds it in text."""

MIN_ENTROPY = 3.5
"""Bits a character of a random token has at least, where no rule parameter says otherwise."""

_KEY_BLOCK = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL)
_URL_PASSWORD = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,30}://[^\s:/@]*):[^\s@]*@")
# `DB_PASSWORD=x`, `password: x`, `"token": "x"`; not the colons of ARNs and actions, which no space follows.
_NAME = r"(?:pass(?:word|wd|phrase)|pwd|secret|token|credential|(?:api|access|private|auth|account)[_-]?key)"
_ASSIGNED = re.compile(
    rf"""(?ix)([\w.-]*{_NAME}[\w.-]* ["']? \s* (?:=>?|:(?=[\s"'])) \s*)
    (?:"(?:[^"\\]|\\.)*"? | '(?:[^'\\]|\\.)*'? | [^\s,;&]+)"""
)
_RUN = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,200}={0,2}(?![A-Za-z0-9+/])")
_WORD = re.compile(r"[A-Z][a-z]{2,}")
_RANDOM = re.compile(r"[A-Za-z0-9+/]{24,200}={0,2}")
_SECRET_NAME = re.compile(rf"(?i){_NAME}s?(?:value|string)?$")

_SHORTEST = 15
"""Characters of the shortest text that one of the patterns finds, those that need a sign of their own apart."""


def redacted(text: str) -> str:
    """``text`` with everything that looks like a credential replaced by :data:`HIDDEN`.

    Example:
        >>> redacted("Engine is postgres://shop:hunter2@db.test/orders, not mysql")
        'Engine is postgres://shop:***@db.test/orders, not mysql'
        >>> redacted("UserData has export DB_PASSWORD=hunter2; echo done")
        'UserData has export DB_PASSWORD=***; echo done'
    """
    if len(text) < _SHORTEST and "=" not in text and ":" not in text:
        return text
    text = _KEY_BLOCK.sub(HIDDEN, text)
    text = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text)
    for _, pattern in SHAPES[:-1]:  # the last one is the password in a URL, of which the address stays
        text = pattern.sub(HIDDEN, text)
    text = _ASSIGNED.sub(rf"\1{HIDDEN}", text)
    return _RUN.sub(lambda run: HIDDEN if is_random(run.group(), MIN_ENTROPY) else run.group(), text)


def redacted_value(text: str, path: str | None) -> str:
    """As :func:`redacted`; whole where the name of the property or parameter at ``path`` says that it is a secret.

    Example:
        >>> redacted_value("hunter2", "Properties.MasterUserPassword"), redacted_value("hunter2", "EngineVersion")
        ('***', 'hunter2')
        >>> redacted_value("false", "ManageMasterUserPassword")
        'false'
    """
    if path and _SECRET_NAME.search(re.sub(r"\[\d*\]", "", path)) and text not in ("true", "false", "not set"):
        return HIDDEN
    return redacted(text)


LONGEST = 500
"""Characters that a message quotes of a template at most."""


def shortened(text: str) -> str:
    """``text`` in at most :data:`LONGEST` characters.

    Example:
        >>> len(shortened("x" * 100_000))
        500
    """
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def of_error(error: BaseException) -> str:
    """What can be told of an exception without telling the values it speaks of: its type, and its text.

    What the text quotes stays only where it stands in the code that raised, too: then it is no value of a template.

    Example:
        >>> value = "hunter" + str(2)
        >>> try:
        ...     {"port": 1}[value]
        ... except KeyError as error:
        ...     of_error(error)
        "KeyError: '...'"
    """
    text = str(error)
    if not isinstance(error, AttributeError | TypeError | NameError | ImportError):  # these name code, not data
        words = _words_of_code(error)
        text = _QUOTED.sub(lambda found: found[0] if found[0][1:-1] in words else "'...'", text)
    return f"{type(error).__name__}: {shortened(redacted(text))}"


_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


def _words_of_code(error: BaseException) -> frozenset[str]:
    found: set[str] = set()
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.update(code.co_names, (word for word in code.co_consts if isinstance(word, str)))
        trace = trace.tb_next
    return frozenset(found)


def is_random(text: str, min_entropy: float) -> bool:
    """Whether all of ``text`` looks drawn at random: upper and lower case and digits, often changing.

    Names in camel case consist of words, hashes have one case, base64 of readable text is no token, and DER (``MII``)
    that is secret comes as a private key.

    Args:
        text: known text.
        min_entropy: how many bits a character has at least.

    Example:
        >>> is_random("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 3.5), is_random("OrdersDeadLetterQueueForShop", 3.5)
        (True, False)
    """
    if not _RANDOM.fullmatch(text) or text.startswith("MII") or _is_encoded_text(text):
        return False
    kinds = ["u" if char.isupper() else "l" if char.islower() else "d" for char in text]
    changes = sum(one != other for one, other in pairwise(kinds))
    words = sum(len(word) for word in _WORD.findall(text))
    mixed = {"u", "l", "d"} <= set(kinds) and changes >= 0.4 * len(kinds) and words < len(text) / 2
    return mixed and _entropy(text) >= min_entropy


def _entropy(text: str) -> float:
    """Shannon's entropy, in bits a character."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def _is_encoded_text(text: str) -> bool:
    try:
        return b64decode(text, validate=True).decode().isprintable()
    except ValueError:  # no base64, or no text
        return False
