"""What readers leave in a template where its value cannot be said: an intrinsic of our own, with the reason.

``{"Fn::ReadinessUnknown": reason}`` as a value is that :class:`~readiness_pack.template.values.Unknown`. Beside other
keys of a map it says that further keys may exist: those that are written are known, those that are absent are not.
"""

from __future__ import annotations

from typing import Any

UNKNOWN = "Fn::ReadinessUnknown"
"""The key. CloudFormation has no such function, so no template can mean something else by it."""


def unknown(reason: str) -> dict[str, Any]:
    """A value that is unknown for ``reason``.

    Example:
        >>> unknown("Properties.Enabled is given twice")
        {'Fn::ReadinessUnknown': 'Properties.Enabled is given twice'}
    """
    return {UNKNOWN: reason}


def is_unknown(value: Any) -> bool:
    """Whether ``value`` is such a marker, or a map that may have further keys."""
    return isinstance(value, dict) and UNKNOWN in value
