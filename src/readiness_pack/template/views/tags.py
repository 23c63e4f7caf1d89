"""Tags of a resource, whatever property and shape its type gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from readiness_pack.data import Tagging, tagging
from readiness_pack.template.intrinsics import is_intrinsic, resolve
from readiness_pack.template.values import Text, Undecided, Unknown, Value
from readiness_pack.template.views.partial import once_a_world, once_an_app

if TYPE_CHECKING:
    from readiness_pack.template.resource import Resource
    from readiness_pack.template.stack import Stack


class TagView(Mapping[str, Value]):
    """The tags of one resource; values are read when asked for.

    Args:
        resource: the resource.

    ``view.get(key)`` is the value, or ``None`` where the tag is certainly absent; it raises :class:`Undecided` where
    tags that only the deployment decides may hold it. Tags of the stack count, since CloudFormation gives them to
    every resource that it creates and that can be tagged; a tag of the resource itself comes first.
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html)

    Example:
        >>> from readiness_pack.template import Assembly
        >>> app = Assembly.from_template({"Resources": {
        ...     "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [{"Key": "Owner", "Value": "shop"}]}},
        ...     "Setting": {"Type": "AWS::SSM::Parameter", "Properties": {"Tags": {"Owner": "shop"}}}}})
        >>> [tags(resource).get("Owner") for resource in app.all_resources]
        ['shop', 'shop']
        >>> "CostCenter" in tags(app.all_resources[0])
        False
    """

    __slots__ = ("resource", "shape")

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.shape: Tagging | None = tagging(resource.type)

    @property
    def taggable(self) -> bool:
        """Whether the type can be tagged in a template at all."""
        return self.shape is not None

    @property
    def path(self) -> str | None:
        """The property that holds the tags, for findings: ``Tags``, ``HostedZoneTags`` ..."""
        return None if self.shape is None else self.shape.path.split("[")[0]

    def __getitem__(self, key: str) -> Value:
        value, doubt = self._own(key)
        if value is not None:
            return value
        if doubt is not None:
            raise Undecided(doubt)
        return self._inherited()[key]

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        value, doubt = self._own(key)
        if value is not None or key in self._inherited():
            return True
        if doubt is not None:
            raise Undecided(doubt)
        return False

    def __iter__(self) -> Iterator[str]:
        found, doubt = self._all()
        yield from found
        if doubt is not None:
            raise Undecided(doubt)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def known(self) -> dict[str, Value]:
        """The tags that are certain, whatever others there may be."""
        return self._all()[0]

    # Reading -------------------------------------------------------------------------------------------------------

    def _inherited(self) -> dict[str, str]:
        """Tags of the stack and of those that it is nested in, the nearest first."""
        if self.shape is None:
            return {}
        stack = self.resource.stack
        return stack.tags if stack.parent is None else _of_stacks(stack)

    def _own(self, key: str) -> tuple[Value, str | None]:
        """The resource's own value of ``key``, and why it may have one where none is found."""
        if self.shape is None:
            return None, None
        written = self._as_written(key, self.shape)
        if written is not None:
            return written, None
        doubt: str | None = None
        for name, value, reason in self._read(self.shape):
            if name == key:
                return value, None
            if reason is not None and (not isinstance(name, Text) or name.could_be(key)):
                doubt = doubt or reason
        return None, doubt

    def _as_written(self, key: str, shape: Tagging) -> Value:
        """The value where the tag is written out, without a look at conditional neighbours."""
        if "[*]" in shape.path:
            return None
        written = once_an_app(self.resource.assembly, ("tags as written", self.resource), lambda: self._written(shape))
        return resolve(written.get(key), self.resource.stack)

    def _written(self, shape: Tagging) -> dict[str, Any]:
        raw = self.resource.raw_at(shape.path)
        if isinstance(raw, dict):
            return raw if shape.shape == "map" and not is_intrinsic(raw) else {}
        found: dict[str, Any] = {}
        for entry in raw if isinstance(raw, list) else ():
            name = entry.get("Key") if isinstance(entry, dict) else None
            if isinstance(name, str):
                found.setdefault(name, entry.get("Value"))
        return found

    def _read(self, shape: Tagging) -> list[tuple[Value, Value, str | None]]:
        key = ("tags", self.resource)
        return once_a_world(self.resource.assembly, key, lambda: list(self._entries(shape)))

    def _entries(self, shape: Tagging) -> Iterator[tuple[Value, Value, str | None]]:
        """Name and value of every tag; with a reason where the name is not known."""
        if shape.shape == "map":
            value = self.resource.get(shape.path)
            if isinstance(value, dict):
                for name, one in value.items():
                    yield name, one, None
            elif value is not None:
                yield None, None, _reason(value)
            return
        for _, entry in self.resource.each(f"{shape.path}[*]"):
            if not isinstance(entry, dict):
                yield None, None, _reason(entry)
                continue
            name = entry.get("Key")
            yield name, entry.get("Value", ""), None if isinstance(name, str) else _reason(name)

    def _all(self) -> tuple[dict[str, Value], str | None]:
        found: dict[str, Value] = {}
        doubt: str | None = None
        if self.shape is not None:
            for name, value, reason in self._read(self.shape):
                doubt = doubt or reason
                if reason is None:
                    found[name] = value
        return {**self._inherited(), **found}, doubt


def _of_stacks(stack: Stack) -> dict[str, str]:
    """The tags of a nested stack with those that it gets from the ones around it."""
    return stack.tags if stack.parent is None else {**_of_stacks(stack.parent.stack), **stack.tags}


def _reason(value: Value) -> str:
    return value.reason if isinstance(value, Unknown | Text) else f"the tag {value} is only known after deployment"


def tags(resource: Resource) -> TagView:
    """The tags of ``resource``; see :class:`TagView`."""
    return TagView(resource)
