"""What is fuzzed: each target takes bytes, hands them to a reader and to all rules, and raises when it finds a bug.

The property is the same everywhere: :class:`ReadinessError` may come out, with one line of text; nothing else may, and
no rule may break. These functions need no fuzzer; ``tests/hostile`` runs them on every finding that was ever made.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from readiness_pack.checklist import loading
from readiness_pack.checklist.loading import Checklist
from readiness_pack.cli.check import FORMATS
from readiness_pack.config import load as load_config
from readiness_pack.decisions import baseline
from readiness_pack.engine import evaluate
from readiness_pack.errors import ReadinessError
from readiness_pack.findings import Report
from readiness_pack.report.view import View
from readiness_pack.rules import Rule, built_in
from readiness_pack.rules.generator import make_rules
from readiness_pack.rules.rule_set import RuleSet
from readiness_pack.template import Assembly
from readiness_pack.verdicts import judge

MAX_SECONDS = 5.0
"""How much processor time one input may take; people wait 10 s at most, for input that is a thousand times larger."""

SMALL_APP: dict[str, Any] = {
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": {"Ref": "Rotate"}}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Condition": "IsProd"},
    },
    "Parameters": {"Rotate": {"Type": "String", "AllowedValues": ["true", "false"]}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
}


class Broken(AssertionError):
    """The property does not hold."""


def template(data: bytes) -> None:
    """A template as one file; the first byte chooses its ending."""
    ending = (".json", ".yaml", ".template")[data[0] % 3] if data else ".json"
    with _folder() as folder:
        (folder / f"app{ending}").write_bytes(data[1:])
        with _refusals():
            _judge(Assembly.load(folder / f"app{ending}"), data)


def tree(data: bytes) -> None:
    """Templates as JSON that is well-formed, by stack name: what the rules make of it."""
    templates = _json_object(data)
    if templates is None:
        return
    with _folder() as folder:
        for number, content in enumerate(templates.values()):
            (folder / f"s{number}.json").write_text(json.dumps(content), encoding="utf-8")
        with _refusals():
            _judge(Assembly.load(folder), data)


def cloud_assembly(data: bytes) -> None:
    """A ``cdk.out`` folder: a JSON object of file names and contents, text as it stands or data."""
    files = _json_object(data)
    if files is None:
        return
    with _folder() as folder:
        for name, content in list(files.items())[:20]:
            _write(folder, name, content)
        with _refusals():
            _judge(Assembly.load(folder), data)


def configuration(data: bytes) -> None:
    """A ``readiness.yaml``, and a small app judged by it."""
    with _folder() as folder:
        file = folder / "readiness.yaml"
        file.write_bytes(data)
        with _refusals():
            config = load_config(file)
            evaluate(Assembly.from_template(SMALL_APP, assume=config.assumptions), config=config)


def rule_files(data: bytes) -> None:
    """A folder with one rule file, its rules asked about a small app.

    A rule that names a check in Python but not the parameters that it needs breaks, as it should; words never break.
    """
    with _folder() as folder:
        (folder / "item.yaml").write_bytes(data)
        with _refusals():
            found = loading.read_files(folder, loading.contents_of(folder))
            files = {item.id: folder / name for name, item in found.items}
            checklist = Checklist(tuple(item for _, item in found.items), files)
            classes = make_rules(checklist)
            report = evaluate(Assembly.from_template(SMALL_APP), classes.values(), checklist=checklist)
            words = [made for made in classes.values() if "check" not in vars(made)]
            _no_errors(report, words, Assembly.from_template(SMALL_APP))


def baseline_file(data: bytes) -> None:
    """A baseline, read and then recorded over."""
    with _folder() as folder:
        file = folder / "baseline.json"
        file.write_bytes(data)
        with _refusals():
            known = baseline.read(file)
            if not all(isinstance(one, str) for one in known):
                raise Broken(f"a fingerprint that is no text: {known}")
            baseline.record(file, [])


TARGETS: dict[str, Callable[[bytes], None]] = {
    "template": template,
    "tree": tree,
    "cloud_assembly": cloud_assembly,
    "configuration": configuration,
    "rule_files": rule_files,
    "baseline_file": baseline_file,
}
"""Target by name."""


def run(name: str, data: bytes) -> None:
    """Hand ``data`` to a target.

    Raises:
        Exception: a bug; also that it took more than :data:`MAX_SECONDS`.
    """
    start = time.process_time()
    TARGETS[name](data)
    spent = time.process_time() - start
    if spent > MAX_SECONDS:
        raise Broken(f"took {spent:.1f} s")


@contextmanager
def _folder() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108  Linux keeps it in memory: an hour of this wears no disk
    with TemporaryDirectory(prefix="readiness-fuzz-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@contextmanager
def _refusals() -> Iterator[None]:
    """Refusing is right, in one line."""
    try:
        yield
    except ReadinessError as error:
        if not str(error).strip():
            raise Broken("an error without text") from error


def _judge(assembly: Assembly, data: bytes) -> None:
    classes = built_in()
    report = evaluate(assembly, classes.values(), keep_passes=True)
    _no_errors(report, classes.values(), assembly)
    # The rest of the chain, one format a time; SARIF and HTML document every rule, which takes longer than all else.
    names = [name for name in FORMATS if name not in ("console", "html", "sarif")]
    chosen = names[len(data) % len(names)]
    view = View(report, RuleSet(dict(classes), loading.load()), ("app",))
    written: bytes = import_module(f"readiness_pack.report.{FORMATS[chosen].module}").write(view)
    if chosen == "json":
        json.loads(written)
    written.decode()


def _no_errors(report: Report, classes: Any, assembly: Assembly) -> None:
    """Let a rule that broke break again, now with its trace."""
    by_name = {rule.name: rule for rule in classes}
    for error in report.errors:
        rule = by_name.get(error.rule or "")
        if rule is None:
            continue
        _again(rule, assembly, error.stack, error.logical_id)
        raise Broken(f"{error.rule} broke once, and not again: {error.message}")


def _again(rule: type[Rule], assembly: Assembly, stack: str | None, logical_id: str | None) -> None:
    if logical_id is None:
        judge(rule(), assembly)
    for resource in assembly.all_resources:
        if (resource.stack.name, resource.logical_id) == (stack, logical_id):
            judge(rule(), resource)


def _json_object(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _write(folder: Path, name: str, content: Any) -> None:
    """One file of a folder, if its name stays in it."""
    if not name or len(name) > 100 or name.startswith("/") or ".." in name or "\0" in name:
        return
    text = content if isinstance(content, str) else json.dumps(content)
    try:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    except (OSError, ValueError):  # no name for a file
        return
