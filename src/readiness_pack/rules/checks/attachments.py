"""What names a resource, and what may: a name that a parameter gives may be that of any resource."""

from __future__ import annotations

from readiness_pack.template import Assembly, Resource, Unknown
from readiness_pack.template.views.naming import attached
from readiness_pack.template.views.partial import Partial, once_an_app


def attached_or_may_be(resource: Resource, type_: str, path: str) -> Partial[Resource]:
    """The resources of ``type_`` whose property ``path`` names ``resource``.

    Args:
        resource: what is named.
        type_: e.g. ``AWS::Logs::MetricFilter``.
        path: the property, with ``[*]`` for lists.

    Returns:
        The resources; incomplete where another one of the type has a value that is not known.

    Example:
        >>> app = Assembly.from_template({"Parameters": {"Name": {"Type": "String"}}, "Resources": {
        ...     "Logs": {"Type": "AWS::Logs::LogGroup"},
        ...     "Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": {"LogGroupName": {"Ref": "Name"}}}}})
        >>> found = attached_or_may_be(app.of_type("AWS::Logs::LogGroup")[0], "AWS::Logs::MetricFilter", "LogGroupName")
        >>> found.known, found.reason
        ([], 'parameter Name has no default')
    """
    found = Partial(attached(resource, type_, path))
    for other in _open(resource.assembly, type_, path):
        if other.exists():
            for _, value in other.each(path):
                if isinstance(value, Unknown) and value.target is None:
                    found.lacking(value.reason)
    return found


def _open(assembly: Assembly, type_: str, path: str) -> list[Resource]:
    """The resources of ``type_`` of which a value at ``path`` is not known in some world; few, where there are any."""

    def is_open(one: Resource) -> bool:
        found = assembly.alternatives(lambda: [value for _, value in one.each(path)])
        return any(isinstance(value, Unknown) and value.target is None for _, values in found for value in values)

    return once_an_app(
        assembly, ("open", type_, path), lambda: [one for one in assembly.by_type.get(type_, ()) if is_open(one)]
    )
