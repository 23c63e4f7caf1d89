"""Reads what a unit test hands over: an App, a Stage, a Stack or a Template, with one synthesis for all of them."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

from aws_cdk import App, Stack, Stage
from aws_cdk.assertions import Template

from readiness_pack.integrations.cdk.tree import Tree, add_records
from readiness_pack.integrations.subjects import Subject, of_template
from readiness_pack.template import Assembly
from readiness_pack.template import Stack as Judged

_KEPT = 4
"""How many synthesized apps are remembered."""

_READ: OrderedDict[tuple[str, int, int], Assembly] = OrderedDict()
_WHAT = "expected an App, a Stage, a Stack, an assertions.Template or a template as a dict"


def read(thing: Any) -> Subject:
    """What of an app is judged for ``thing``.

    CDK itself keeps the result of a synthesis, and refuses to make another one of a tree that changed since. So several
    questions about one app, and ``Template.from_stack`` beside them, cost one synthesis.

    Raises:
        TypeError: it is none of these.
        RuntimeError: CDK cannot synthesize it.
    """
    if isinstance(thing, Template):
        return of_template({"Resources": {}, **thing.to_json()})  # CDK writes no empty section
    if isinstance(thing, Stage):
        assembly = _assembly(thing)
        return Subject(assembly, thing.node.path or "the app", None, isinstance(thing, App))
    if isinstance(thing, Stack):
        stage = Stage.of(thing)
        if stage is None:
            raise TypeError(f"{_WHAT}; the stack {thing.node.path} is in no App")
        path = thing.node.path
        assembly = _assembly(stage)
        chosen = frozenset(id(stack) for stack in assembly.stacks if _is_in(stack, path))
        return Subject(assembly, path, chosen, whole_app=False)
    raise TypeError(f"{_WHAT}, not {type(thing).__name__}")


def _is_in(stack: Judged, path: str) -> bool:
    """Whether ``stack`` is the one at ``path``, or nested in it."""
    while stack.name != path and stack.parent is not None:
        stack = stack.parent.stack
    return stack.name == path


def _assembly(stage: Stage) -> Assembly:
    folder = _synthesized(stage)
    status = (folder / "manifest.json").stat()
    key = (str(folder), status.st_mtime_ns, status.st_ino)
    found = _READ.pop(key, None)
    if found is None:
        found = Assembly.load(folder)
        add_records(found, Tree(stage.node.root))
    _READ[key] = found
    if len(_READ) > _KEPT:
        _READ.popitem(last=False)
    return found


def _synthesized(stage: Stage) -> Path:
    folder = Path(stage.outdir)
    before = _written(folder)
    try:
        return Path(stage.synth().directory)
    except RuntimeError as error:
        # A plugin of the app (ours, perhaps) objects only after CDK has written everything.
        if "ValidationFailed" in str(error) and _written(folder) not in (None, before):
            return folder
        raise


def _written(folder: Path) -> tuple[int, int] | None:
    with contextlib.suppress(OSError):
        status = (folder / "manifest.json").stat()
        return status.st_mtime_ns, status.st_ino
    return None
