"""Reads a stack while the app is still being put together: the template as it would be now, escape hatches included.

Property overrides cannot be read from a resource in Python, only seen in the template. Writing a stack costs a few
calls into JavaScript and time by its size, so within one ``Mixins.of(...).apply(...)`` each stack is written once.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any, cast

from aws_cdk import BootstraplessSynthesizer, CfnResource, ISynthesisSession, Stack
from aws_cdk.cx_api import CloudAssemblyBuilder

from readiness_pack.engine import evaluate
from readiness_pack.errors import ReadinessError
from readiness_pack.integrations.cdk.live import Session
from readiness_pack.rules import built_in
from readiness_pack.template import Assembly

Resources = dict[str, dict[str, Any]]


@dataclass
class Reading:
    """A stack as its template would be now.

    Args:
        template: the template.
    """

    template: dict[str, Any]
    _failing: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def resources(self) -> Resources:
        """The resources by logical id."""
        found: Resources = self.template.get("Resources") or {}
        return found

    @cached_property
    def known(self) -> frozenset[str]:
        """What ``Ref`` may name in the stack."""
        return frozenset([*self.resources, *(self.template.get("Parameters") or {})])

    @cached_property
    def assembly(self) -> Assembly:
        """The stack for rules to judge."""
        return Assembly.from_template(self.template)

    @cached_property
    def managed(self) -> frozenset[str]:
        """What CDK makes by itself, such as the functions behind custom resources: nobody asked for changes there."""
        return frozenset(one.logical_id for one in self.assembly.all_resources if one.managed_by_cdk)

    def fails(self, rule: str, logical_id: str) -> bool:
        """Whether the resource fails ``rule``."""
        if rule not in self._failing:
            found = evaluate(self.assembly, [built_in()[rule]]).findings
            self._failing[rule] = frozenset(one.logical_id or "" for one in found if one.verdict == "fail")
        return logical_id in self._failing[rule]


class Readings:
    """The resources of stacks, read again with every call of ``apply`` or ``with_``."""

    def __init__(self) -> None:
        self._call: FrameType | None = None
        # With the stack, so that its id is not given to another one meanwhile.
        self._known: dict[int, tuple[Stack, Reading]] = {}

    def of(self, stack: Stack) -> Reading:
        """``stack`` as it is now.

        Raises:
            ReadinessError: CDK cannot write the stack yet.
        """
        call = _applying()
        if call is None or call is not self._call:
            self._known.clear()
            self._call = call
        if id(stack) not in self._known:
            self._known[id(stack)] = (stack, read(stack))
        return self._known[id(stack)][1]


def read(stack: Stack) -> Reading:
    """Read ``stack``.

    Raises:
        ReadinessError: CDK cannot write the stack yet.
    """
    with tempfile.TemporaryDirectory(prefix="readiness-") as folder:
        session = cast("ISynthesisSession", Session(CloudAssemblyBuilder(folder), folder))
        synthesizer = BootstraplessSynthesizer()  # the stack's own would register the template as an asset
        synthesizer.bind(stack)
        try:
            synthesizer._synthesize_template(session)
        except Exception as error:
            said = " ".join(str(error).split("\n")[0].split())
            raise ReadinessError(
                f"ReadinessFixes cannot read stack {stack.node.path}; apply it when the app is complete: {said}"
            ) from error
        return Reading(json.loads((Path(folder) / stack.template_file).read_text(encoding="utf-8")))


def own_properties(resource: CfnResource, stack: Stack) -> dict[str, Any]:
    """The properties that the construct itself has, without property overrides, as the template writes them."""
    held = stack.resolve(resource._cfn_properties)
    rendered: Any = stack.resolve(resource._render_properties(held)) if held else {}
    return rendered if isinstance(rendered, dict) else {}


def _applying() -> FrameType | None:
    """The call of ``Mixins.of(...).apply`` or ``construct.with_`` that we are in; nothing of the user's runs in it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if frame.f_code.co_name in ("apply", "with_") and module.split(".")[0] in ("aws_cdk", "constructs"):
            return frame
        frame = frame.f_back
    return None
