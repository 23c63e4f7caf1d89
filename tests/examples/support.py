"""Example apps as data: synthesized once a test run, then broken in one place and judged again."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from filelock import FileLock

from readiness_pack import Assembly, Config, Finding, Report, evaluate
from readiness_pack.config import load as load_config
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"

# The facts and waivers of the examples are judged on this day, so that a test run of next year finds the same.
TODAY = date(2026, 3, 2)

Data = dict[str, Any]


def synthesize(name: str, package: str, outdir: Path) -> None:
    """Build ``examples/<name>`` in this process, by its package's ``system.build``, into ``outdir``.

    Raises:
        RuntimeError: CDK's own validation objects to a template.
    """
    folder = EXAMPLES / name
    context = json.loads((folder / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = cdk.App(outdir=str(outdir), context=context, analytics_reporting=False)
    sys.path.insert(0, str(folder))
    try:
        importlib.import_module(f"{package}.system").build(app)
    finally:
        sys.path.remove(str(folder))
    app.synth()


def synthesized_once(name: str, package: str, shared: Path) -> Path:
    """The cdk.out of an example in ``shared``, the folder that all workers of a test run see."""
    done, outdir = shared / f"{name}.done", shared / name
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            synthesize(name, package, outdir)
            done.touch()
    return outdir


class Draft:
    """The templates of an app while a test changes them; resources are named by construct path, without /Resource."""

    def __init__(self, templates: dict[str, Data], homes: dict[str, tuple[str, str]]) -> None:
        self.templates = templates
        self.homes = homes

    def resource(self, path: str) -> Data:
        """The resource at a construct path."""
        stack, logical_id = self.homes[path]
        found: Data = self.templates[stack]["Resources"][logical_id]
        return found

    def put(self, path: str, steps: str, value: Any) -> None:
        """Change the property at ``steps`` (``A.0.B``), which must be there."""
        parent, last = self._parent(path, steps)
        assert parent[last] != value
        parent[last] = value

    def add(self, path: str, steps: str, value: Any) -> None:
        """Set a property that is not there yet."""
        parent, last = self._parent(path, steps)
        assert last not in parent
        parent[last] = value

    def drop(self, path: str, *properties: str) -> None:
        """Delete properties, which must be there."""
        for steps in properties:
            parent, last = self._parent(path, steps)
            del parent[last]

    def drop_resource(self, *paths: str) -> None:
        """Delete whole resources, and what makes others wait for them."""
        for path in paths:
            stack, logical_id = self.homes[path]
            resources = self.templates[stack]["Resources"]
            del resources[logical_id]
            for other in resources.values():
                waits = other.get("DependsOn")
                if isinstance(waits, list) and logical_id in waits:
                    waits.remove(logical_id)
                elif waits == logical_id:
                    del other["DependsOn"]

    def drop_elements(self, path: str, steps: str, chosen: Callable[[Data], bool]) -> None:
        """Delete the elements of a list that are ``chosen``; there must be one."""
        parent, last = self._parent(path, steps)
        kept = [element for element in parent[last] if not chosen(element)]
        assert len(kept) < len(parent[last])
        parent[last] = kept

    def drop_statements(self, path: str, chosen: Callable[[Data], bool], policy: str = "PolicyDocument") -> None:
        """Delete the statements of a policy that are ``chosen``."""
        self.drop_elements(path, f"{policy}.Statement", chosen)

    def reword(self, path: str, old: str, new: str) -> None:
        """Replace ``old``, which must be there, in the text of the properties (a state machine's definition, for one)."""
        resource = self.resource(path)
        before = resource["Properties"]
        resource["Properties"] = _reworded(before, old, new)
        assert resource["Properties"] != before

    def _parent(self, path: str, steps: str) -> tuple[Any, Any]:
        parent: Any = self.resource(path)["Properties"]
        *inner, last = (int(step) if step.isdecimal() else step for step in steps.split("."))
        for step in inner:
            parent = parent[step]
        return parent, last


def _reworded(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, dict):
        return {key: _reworded(inner, old, new) for key, inner in value.items()}
    return [_reworded(inner, old, new) for inner in value] if isinstance(value, list) else value


def with_sid(sid: str) -> Callable[[Data], bool]:
    """Chooses the statement of that Sid."""
    return lambda statement: statement.get("Sid") == sid


def for_service(service: str) -> Callable[[Data], bool]:
    """Chooses the statements for a service."""
    return lambda statement: (
        isinstance(statement["Principal"], dict) and statement["Principal"].get("Service") == service
    )


class Example:
    """An example app: its synthesized folder, its readiness.yaml, and its report."""

    def __init__(self, name: str, cdk_out: Path) -> None:
        self.name = name
        self.cdk_out = cdk_out
        self.config: Config = load_config(EXAMPLES / name / "readiness.yaml")

    def judge(self, cdk_out: Path) -> Report:
        """What the rules find in a folder."""
        return evaluate(Assembly.load(cdk_out), config=self.config, today=TODAY)

    @cached_property
    def report(self) -> Report:
        """What the rules find in the app as it stands."""
        return self.judge(self.cdk_out)

    @cached_property
    def homes(self) -> dict[str, tuple[str, str]]:
        """Construct path -> stack and logical id."""
        return {
            str(resource.construct_path).removesuffix("/Resource"): (resource.stack.name, resource.logical_id)
            for resource in Assembly.load(self.cdk_out).all_resources
        }

    def broken(self, edit: Callable[[Draft], None], folder: Path) -> Report:
        """What the rules find after ``edit``, in a copy of the app in ``folder``."""
        copy = folder / "cdk.out"
        shutil.copytree(self.cdk_out, copy)
        files = {file.name.split(".")[0]: file for file in copy.glob("*.template.json")}
        draft = Draft({stack: json.loads(file.read_bytes()) for stack, file in files.items()}, self.homes)
        edit(draft)
        for stack, file in files.items():
            file.write_text(json.dumps(draft.templates[stack]), encoding="utf-8")
        return self.judge(copy)

    def change(self, edit: Callable[[Draft], None], folder: Path) -> Change:
        """What ``edit`` makes appear and disappear."""
        before, after = found(self.report), found(self.broken(edit, folder))
        return Change(appeared=sorted((after - before).elements()), gone=sorted((before - after).elements()))


@dataclass(frozen=True)
class Change:
    """The difference between two reports, each finding as ``Rule @ construct path``."""

    appeared: list[str]
    gone: list[str]


@dataclass(frozen=True)
class Case:
    """One thing broken.

    Args:
        name: what was broken.
        edit: how.
        appear: the findings that it must cause, all of them.
    """

    name: str
    edit: Callable[[Draft], None]
    appear: tuple[str, ...]


def by_name(case: Case) -> str:
    """The id of a case."""
    return case.name


def found(report: Report) -> Counter[str]:
    """All findings of a report, decided ones as well; an answer that cannot be decided says so."""
    assert report.errors == []
    return Counter(_line(finding) for finding in report.findings)


def _line(finding: Finding) -> str:
    place = (finding.construct_path or finding.stack or "the app").removesuffix("/Resource")
    return f"{finding.rule} @ {place}" + ("" if finding.verdict == "fail" else " cannot be decided")


def open_findings(report: Report) -> list[str]:
    """What somebody has to do something about, with the message: neither decided nor of a helper of CDK's."""
    return [
        f"{_line(finding)}: {finding.message}"
        for finding in report.findings
        if finding.decision.counts and not finding.managed_by_cdk
    ]
