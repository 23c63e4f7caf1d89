"""Errors of ours are a clear failure at both doors, never a pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs

from readiness_pack import ReadinessChecks, Rule
from readiness_pack.integrations.cdk import report_file
from readiness_pack.rules import fail
from tests.integrations.synthesis import Result, synth

KEYS = "KmsKeyRotationEnabled"


class Breaks(Rule):
    """Broken."""

    item = "REL-ERR-01"
    resource_types = ("AWS::SQS::Queue",)
    message = "never said"

    def check(self, resource: Any) -> Any:
        raise KeyError(f"no such thing in {resource.logical_id}")


class QueueHasName(Rule):
    """A rule of an organisation, in plain Python."""

    item = "REL-ERR-01"
    resource_types = ("AWS::SQS::Queue",)
    message = "{logical_id} has no name."

    def check(self, resource: Any) -> Any:
        return None if resource.get("QueueName") else fail("QueueName")


def _by_plugin(app: cdk.App, checks: ReadinessChecks) -> Result:
    cdk.Validations.of(app).add_plugins(checks)
    return synth(app)


def _by_aspect(app: cdk.App, checks: ReadinessChecks) -> Result:
    cdk.Aspects.of(app).add(checks)
    return synth(app)


Door = Callable[[cdk.App, ReadinessChecks], Result]
both_doors = pytest.mark.parametrize("door", [_by_plugin, _by_aspect])


@both_doors
def test_a_missing_configuration_fails_in_one_line(app: cdk.App, door: Door) -> None:
    cdk.Stack(app, "Empty")
    result = door(app, ReadinessChecks(config="nowhere.yaml"))

    assert result.error is not None
    (line,) = [line for line in result.error.splitlines() if "nowhere.yaml" in line]
    assert "cannot be read" in line
    assert not (result.outdir / report_file.FILE_NAME).exists()


@both_doors
def test_a_wrong_configuration_names_file_line_and_nearest_match(app: cdk.App, door: Door, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text("# ours\nfail_onn: error\n", encoding="utf-8")
    cdk.Stack(app, "Empty")
    result = door(app, ReadinessChecks())

    assert result.error is not None
    assert "readiness.yaml:2" in result.error
    assert "fail_on" in result.error


@both_doors
def test_a_folder_of_rules_that_is_not_there(app: cdk.App, door: Door) -> None:
    cdk.Stack(app, "Empty")
    result = door(app, ReadinessChecks(rules=["no-such-folder"]))

    assert result.error is not None
    assert "no-such-folder" in result.error


@both_doors
def test_an_old_report_does_not_survive_an_error(app: cdk.App, door: Door) -> None:
    cdk.Stack(app, "Empty")
    old = Path(app.outdir) / report_file.FILE_NAME
    old.write_text("{}", encoding="utf-8")
    door(app, ReadinessChecks(config="nowhere.yaml"))

    assert not old.exists()


@both_doors
def test_the_configuration_beside_cdk_out_is_found(
    app: cdk.App, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "readiness.yaml").write_text("fail_on: never\n", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    kms.Key(cdk.Stack(app, "Vault"), "Key")
    result = door(app, ReadinessChecks())

    assert result.error is None
    assert result.paths(KEYS) == ["Vault/Key/Resource"]
    assert result.annotated(KEYS, "error") == []


@both_doors
def test_an_acknowledgement_of_a_rule_that_does_not_exist(app: cdk.App, door: Door) -> None:
    stack = cdk.Stack(app, "Vault")
    acknowledgment = cdk.Acknowledgment(id="Readiness::KmsKeyRotationEnable", reason="A typing error.")
    cdk.Validations.of(stack).acknowledge(acknowledgment)
    result = door(app, ReadinessChecks())

    assert result.error is not None
    assert KEYS in result.error, "the nearest match"


def _with_queues(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop")
    for name in ("Orders", "Returns"):
        sqs.Queue(stack, name)
    kms.Key(stack, "Key")


def test_a_rule_that_breaks_fails_the_plugin_and_the_others_go_on(app: cdk.App) -> None:
    _with_queues(app)
    result = _by_plugin(app, ReadinessChecks(rules=[Breaks]))

    assert result.error is not None
    assert "FATAL Breaks broke on Shop/Orders" in result.error
    assert "(and on 1 more)" in result.error
    assert [error["rule"] for error in result.document["errors"]] == ["Breaks", "Breaks"]
    assert result.handed_over(KEYS) == ["Shop/Key/Resource"]


def test_a_rule_that_breaks_alone_fails_the_plugin(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text("fail_on: never\n", encoding="utf-8")
    _with_queues(app)
    result = _by_plugin(app, ReadinessChecks(rules=[Breaks]))

    assert result.error is not None
    assert result.document["summary"]["exit_code"] == 3


def test_nobody_can_acknowledge_that_a_rule_broke(app: cdk.App, tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text("fail_on: never\n", encoding="utf-8")
    _with_queues(app)
    cdk.Validations.of(app).add_plugins(ReadinessChecks(rules=[Breaks]))
    (report,) = synth(app).plugin_reports

    violation = next(v for v in report["violations"] if v["ruleName"] == "Readiness::ToolError")
    assert violation["severity"] == "fatal"


def test_a_rule_that_breaks_is_an_error_annotation_on_each_stack(app: cdk.App) -> None:
    _with_queues(app)
    sqs.Queue(cdk.NestedStack(cdk.Stack(app, "Other"), "Inner"), "Queue")
    result = _by_aspect(app, ReadinessChecks(rules=[Breaks]))

    assert sorted(result.annotated("ToolError")) == ["Other", "Shop"]
    assert result.annotated(KEYS) == ["Shop/Key/Resource"]


@both_doors
def test_what_nobody_foresaw_fails_in_one_line(app: cdk.App, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by\nzero")

    for module in ("plugin", "aspect"):
        monkeypatch.setattr(f"readiness_pack.integrations.cdk.{module}.evaluate", breaks)
    cdk.Stack(app, "Empty")
    result = door(app, ReadinessChecks())

    assert result.error is not None
    (line,) = [line for line in result.error.splitlines() if "ZeroDivisionError" in line]
    assert "readiness-pack itself failed: ZeroDivisionError: by zero (test_errors.py:" in line


@both_doors
def test_rules_of_an_organisation(app: cdk.App, door: Door) -> None:
    sqs.Queue(cdk.Stack(app, "Shop"), "Orders")
    result = door(app, ReadinessChecks(rules=[QueueHasName]))

    assert result.paths("QueueHasName") == ["Shop/Orders/Resource"]
    assert result.handed_over("QueueHasName") if door is _by_plugin else result.annotated("QueueHasName")


@both_doors
def test_folders_of_rules(app: cdk.App, door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "our-rules"
    folder.mkdir()
    (folder / "ORG-01.yaml").write_text(
        "id: ORG-01\nsection: Ours\ngroup: Queues\ntitle: Names\nstatement: Queues have names\n"
        "disposition: automated\nwhy: It is in the template.\n"
        "rules:\n  - name: OurQueueHasName\n    severity: error\n    resource: AWS::SQS::Queue\n"
        "    require: {QueueName: present}\n    message: '{logical_id} has no name.'\n",
        encoding="utf-8",
    )
    sqs.Queue(cdk.Stack(app, "Shop"), "Orders")
    result = door(app, ReadinessChecks(rules=[folder]))

    assert result.paths("OurQueueHasName") == ["Shop/Orders/Resource"]
    assert "ORG-01" in {item["id"] for item in result.document["items"]}


def test_what_is_no_rule_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="expected a Rule class or the path"):
        ReadinessChecks(rules=[42])  # type: ignore[list-item]


def test_importing_the_package_does_not_import_the_cdk() -> None:
    code = "import sys, readiness_pack, readiness_pack.cli, readiness_pack.engine; sys.exit('aws_cdk' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


SCRIPT = """
import sys
import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from readiness_pack import ReadinessChecks

app = cdk.App(outdir=sys.argv[2])
kms.Key(cdk.Stack(app, "Vault"), "Key")
if sys.argv[1] == "plugin":
    cdk.Validations.of(app).add_plugins(ReadinessChecks())
else:
    cdk.Aspects.of(app).add(ReadinessChecks())
app.synth()
"""


@pytest.mark.slow
@pytest.mark.parametrize(("door", "fails"), [("plugin", True), ("aspect", False)])
def test_python_alone(tmp_path: Path, door: str, fails: bool) -> None:
    script = tmp_path / "app.py"
    script.write_text(SCRIPT, encoding="utf-8")
    # CDK behaves differently under pytest.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["JSII_HOST_STACK_TRACES"] = "1"
    done = subprocess.run(
        [sys.executable, str(script), door, str(tmp_path / "cdk.out")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode != 0) is fails, done.stderr
    assert (f"Readiness::{KEYS}" in done.stderr) is fails
    findings = json.loads((tmp_path / "cdk.out" / report_file.FILE_NAME).read_bytes())["findings"]
    (finding,) = [finding for finding in findings if finding["rule"] == KEYS]
    line = SCRIPT.splitlines().index('kms.Key(cdk.Stack(app, "Vault"), "Key")') + 1
    assert finding["location"] == {"file": "app.py", "line": line}
