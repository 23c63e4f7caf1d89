"""Tags by which the owner of a resource says that a control is not meant for it."""

from __future__ import annotations

from collections.abc import Callable

from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, unknown
from readiness_pack.rules.rule import Verdicts
from readiness_pack.template import Resource, Undecided
from readiness_pack.template.views.tags import tags


def tagged(resource: Resource, tag: str) -> bool:
    """Whether ``resource`` has ``tag``, written ``key=value``, or ``key`` alone for any value.

    Raises:
        Undecided: tags that only the deployment decides may hold it.

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {
        ...     "Tags": [{"Key": "ha", "Value": "none"}]}}}})
        >>> tagged(app.all_resources[0], "ha=none"), tagged(app.all_resources[0], "ha=full")
        (True, False)
    """
    key, _, wanted = tag.partition("=")
    value = tags(resource).get(key)
    return value is not None and (not wanted or bool(value == wanted))


def unless_tagged(resource: Resource, tag: str, judge: Callable[[], Verdicts]) -> Verdicts:
    """What ``judge`` says, unless ``resource`` has ``tag``: then the control is not meant for it.

    Where the tag cannot be decided, only a failure hangs on it.
    """
    try:
        if tagged(resource, tag):
            return NOT_APPLICABLE
    except Undecided as doubt:
        said = judge() or PASS
        outcomes = [said] if isinstance(said, Outcome) else list(said)
        if any(outcome.verdict == "fail" for outcome in outcomes):
            return unknown(doubt.reason)
        return outcomes
    return judge()
