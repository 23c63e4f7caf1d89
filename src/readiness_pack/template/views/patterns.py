"""IAM's patterns: ``*`` for any text and ``?`` for any character, over texts of which parts may not be known."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from readiness_pack.template.resource import Resource
from readiness_pack.template.values import Reference, Text, Undecided, Unknown, Value, is_known, join_text, quoted
from readiness_pack.template.views.naming import arn_of, arn_service, mentions, services

Part = Literal["itself", "contents", "some"]

_WHOLE: frozenset[Part] = frozenset({"itself", "contents"})
_NONE: frozenset[Part] = frozenset()

# Private characters stand for what is not known: open ones for words (a region), then for text that may be anything (a
# parameter), closed ones for names that CloudFormation makes up, which are none of the names that people write.
_OPEN, _FREE, _CLOSED = 0xE000, 0xE800, 0xF000


@lru_cache(maxsize=4096)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    start, *rest = ("".join("[^*]" if char == "?" else re.escape(char) for char in part) for part in pattern.split("*"))
    # The first place where the text between two stars fits is as good as any: no going back (atomic groups), lest a
    # pattern of many stars take for ever.
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(start + middle + (f".*{rest[-1]}" if rest else ""), flags | re.DOTALL)


def glob_covers(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether every text that ``text`` stands for matches ``pattern``; ``text`` may hold wildcards itself.

    Example:
        >>> glob_covers("arn:aws:s3:::logs-*", "arn:aws:s3:::logs-eu/*"), glob_covers("s3:Get?", "s3:Get*")
        (True, False)
    """
    return _compiled(pattern, re.IGNORECASE if ignore_case else 0).fullmatch(text) is not None


@lru_cache(maxsize=65536)
def any_covers(patterns: tuple[str, ...], action: str) -> bool:
    """:func:`covers` for several patterns that are known; the same few actions are asked of every policy.

    Example:
        >>> any_covers(("sqs:*", "s3:Get*"), "s3:GetObject")
        True
    """
    return any(glob_covers(pattern, action, ignore_case=True) for pattern in patterns)


def covers(pattern: Value, action: Value) -> bool:
    """Whether ``pattern`` covers all of ``action``, an action or a pattern of actions.

    Upper and lower case are the same
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html).

    Raises:
        Undecided: a part that is not known decides it.

    Example:
        >>> covers("s3:*", "s3:Get*"), covers("S3:getobject", "s3:GetObject"), covers("s3:Get*", "s3:PutObject")
        (True, True, False)
    """
    return _matches(pattern, action, ignore_case=True)


def resource_covers(pattern: Value, resource: Resource | Value) -> bool:
    """Whether ``pattern``, an element of ``Resource``, is about ``resource`` or parts of it.

    Args:
        pattern: an ARN pattern, as far as it is known, or a reference.
        resource: a resource of the app, or an ARN (pattern) of which all must be covered.

    Raises:
        Undecided: a name, account or region that is not known decides it.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "B": {"Type": "AWS::S3::Bucket"}, "Q": {"Type": "AWS::SQS::Queue"}}})
        >>> bucket, queue = app.all_resources
        >>> objects = Text((Reference(bucket, "Arn"), "/*"))
        >>> resource_covers(objects, bucket), resource_covers(objects, queue), resource_covers("*", queue)
        (True, False, True)
    """
    target = resource.resource if isinstance(resource, Reference) else resource
    if isinstance(target, Resource):
        return bool(covered_parts(pattern, target))
    return _matches(pattern, resource)


def covered_parts(pattern: Value, resource: Resource) -> frozenset[Part]:
    """Which parts of ``resource`` an element of ``Resource`` is about.

    Returns:
        Any of ``itself`` (``${Bucket.Arn}``) and ``contents`` (all of ``${Bucket.Arn}/*``), ``some`` for only some of
        its contents, nothing where it is about something else.

    Raises:
        Undecided: as :func:`resource_covers`.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> bucket = Assembly.from_template({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}).all_resources[0]
        >>> sorted(covered_parts("*", bucket)), sorted(covered_parts(Text((Reference(bucket, "Arn"), "/*")), bucket))
        (['contents', 'itself'], ['contents'])
    """
    if isinstance(pattern, str) and pattern == "*":
        return _WHOLE
    if isinstance(pattern, Reference):
        return frozenset({"itself"}) if pattern.resource is resource else _NONE
    if isinstance(pattern, Unknown):
        if pattern.target is None:
            pattern.undecided()
        return frozenset({"itself"}) if pattern.target is resource else _NONE
    _check_text(pattern)
    own, service = arn_service(resource.type), _service_in(pattern)
    if own is not None and service is not None and service not in ("*", own):
        return _NONE
    if isinstance(pattern, Text) and pattern.references:
        return _parts_behind_reference(pattern, resource)
    return _parts_of_arn(pattern, resource)


def _service_in(pattern: Value) -> str | None:
    """The service of an ARN pattern, where it is spelled out."""
    pieces = "".join(part if isinstance(part, str) else "\0" for part in _raw_parts(pattern)).split(":")
    return pieces[2] if len(pieces) > 2 and pieces[0] == "arn" and "\0" not in pieces[2] else None


def _parts_behind_reference(pattern: Text, resource: Resource) -> frozenset[Part]:
    places = [
        number for number, part in enumerate(pattern.parts) if isinstance(part, Reference) and part.resource is resource
    ]
    if not places:
        return _NONE
    rest = pattern.parts[places[-1] + 1 :]
    if not rest:
        return frozenset({"itself"})
    if rest == ("*",):
        return _WHOLE
    return frozenset({"contents"}) if rest in (("/*",), (":*",)) else frozenset({"some"})


def _parts_of_arn(pattern: Value, resource: Resource) -> frozenset[Part]:
    if mentions(pattern, resource) and isinstance(pattern, str) and not set("*?/") & set(pattern.split(":", 5)[-1]):
        return frozenset({"itself"})
    arn = arn_of(resource)
    if isinstance(arn, Unknown):
        if isinstance(pattern, str) and not _may_be_service(pattern, resource.type):
            return _NONE
        arn.undecided()
    arn = _in_partition_of(arn, pattern)
    text, code = _encoded(arn, pattern)
    found: set[Part] = set()
    compiled = _compiled(code, 0)
    if compiled.fullmatch(text):
        found.add("itself")
    if any(compiled.fullmatch(f"{text}{separator}*") for separator in "/:"):
        found.add("contents")
    if not found and code.startswith((f"{text}/", f"{text}:")):
        found.add("some")
    if found:
        return frozenset(found)
    stack_name = resource.stack.stack_name
    named_by_stack = any(_is_stack_name(part, stack_name) for part in _raw_parts(pattern))
    if named_by_stack or any(_may_match(code, one) for one in (text, f"{text}/*", f"{text}:*")):
        doubtful = arn if not is_known(arn) else pattern
        doubtful.undecided()
    return _NONE


def _in_partition_of(arn: Value, pattern: Value) -> Value:
    """``arn`` in the partition that ``pattern`` spells out: nobody names resources of this app by another one."""
    spelled = pattern.prefix if isinstance(pattern, Text) else pattern if isinstance(pattern, str) else ""
    pieces = spelled.split(":")
    if not isinstance(arn, Text) or len(pieces) < 3 or pieces[0] != "arn" or "*" in pieces[1]:
        return arn
    parts = (pieces[1] if isinstance(part, Unknown) and part.name == "AWS::Partition" else part for part in arn.parts)
    return join_text(list(parts))


def _is_stack_name(part: Value, stack_name: str | None) -> bool:
    """Whether names that CloudFormation makes up, which begin with the name of the stack, may be meant."""
    if isinstance(part, Unknown):
        return part.name == "AWS::StackName"
    return stack_name is not None and isinstance(part, str) and f"{stack_name}-".lower() in part.lower()


def _may_be_service(pattern: str, type_: str) -> bool:
    """Whether the service of an ARN pattern may be the one of a resource type whose ARNs are not known here."""
    service = _service_in(pattern)
    families = services().get(service or "")
    return families is None or type_.split("::")[1] in families


def _check_text(value: Value) -> None:
    if not isinstance(value, str | Text | Reference):
        raise Undecided(f"{quoted(value)} stands where a text belongs")


def _matches(pattern: Value, text: Value, *, ignore_case: bool = False) -> bool:
    """Whether ``pattern`` covers ``text`` whatever the holes of both turn out to be."""
    for value in (pattern, text):
        if isinstance(value, Unknown):
            value.undecided()
        _check_text(value)
    if isinstance(pattern, str) and isinstance(text, str):
        return glob_covers(pattern, text, ignore_case=ignore_case)
    text_code, pattern_code = _encoded(text, pattern)
    if _compiled(pattern_code, re.IGNORECASE if ignore_case else 0).fullmatch(text_code):
        return True
    if _may_match(pattern_code, text_code, ignore_case=ignore_case):
        doubtful = text if not is_known(text) else pattern
        doubtful.undecided()
    return False


# Holes -------------------------------------------------------------------------------------------------------------


def _encoded(*values: Value) -> list[str]:
    """The values as texts in which one private character stands for each distinct hole."""
    codes: dict[object, str] = {}
    found = []
    for value in values:
        written = []
        for part in _parts(value):
            if isinstance(part, str):
                written.append(part)
            else:
                if len(codes) >= _FREE - _OPEN:
                    raise Undecided("a text has too many parts that are not known")
                first = _CLOSED if isinstance(part, Reference) else _OPEN if part.kind == "pseudo" else _FREE
                written.append(codes.setdefault(_identity(part), chr(first + len(codes))))
        found.append("".join(written))
    return found


def _raw_parts(value: Value) -> tuple[Value, ...]:
    return value.parts if isinstance(value, Text) else (value,)


def _parts(value: Value) -> tuple[Value, ...]:
    return _raw_parts(join_text([_expanded(part) for part in _raw_parts(value)]))


def _expanded(part: Value) -> Value:
    """A reference to an ARN spelled out as far as it is known, so that it can be compared part by part."""
    if isinstance(part, Reference) and part.attribute is not None and part.attribute.endswith("Arn"):
        arn = arn_of(part.resource)
        return part if isinstance(arn, Unknown) else arn
    return part


def _identity(hole: Value) -> object:
    if isinstance(hole, Reference):
        return ("reference", id(hole.resource), hole.attribute)
    # The same name in two templates is taken to be the same value.
    return ("hole", hole.kind, hole.name) if hole.name is not None else ("hole", id(hole))


_MOST_COMPARED = 1_000_000
"""Pairs of characters. ARNs have some hundred; what is longer may match, for all anybody wants to know."""


def _may_match(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether some filling of the open holes makes ``text`` match: both are patterns that may have a text in common."""
    if len(pattern) * len(text) > _MOST_COMPARED:
        return True
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        left, right = waiting.pop()
        if left == len(pattern) and right == len(text):
            return True
        here = pattern[left] if left < len(pattern) else ""
        there = text[right] if right < len(text) else ""
        steps = []
        if _repeats(here):
            steps.append((left + 1, right))
        if _repeats(there):
            steps.append((left, right + 1))
        if here and there and _in_common(here, there):
            steps.append((left if _repeats(here) else left + 1, right if _repeats(there) else right + 1))
        for step in steps:
            if step not in seen:
                seen.add(step)
                waiting.append(step)
    return False


def _repeats(char: str) -> bool:
    """Whether a character of a pattern stands for any number of characters."""
    return char == "*" or _OPEN <= ord(char or "\0") < _CLOSED


def _in_common(here: str, there: str) -> bool:
    """Whether one character can be what both stand for."""
    if here == there or "*" in (here, there):
        return True
    if "?" in (here, there):
        return True
    for one, other in ((here, there), (there, here)):
        if _OPEN <= ord(one) < _FREE:  # a word: partition, region, account ...
            return other not in ":/"
        if _FREE <= ord(one) < _CLOSED:
            return True
    return False
