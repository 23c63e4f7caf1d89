"""The package's tests: every example of its rules holds, and its rules and items arrive where they are asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from acme_readiness.queues import AcmeDeadLetterQueueNamed
from readiness_pack import Assembly, evaluate

READINESS = str(Path(sys.executable).with_name("readiness"))
TEMPLATE = {
    "Resources": {
        "Orders": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "shop-orders",
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Failed", "Arn"]}},
            },
        },
        "Failed": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "lost"}},
    }
}


def readiness(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line, as CI would."""
    return subprocess.run([READINESS, *arguments], capture_output=True, text=True, check=False)  # noqa: S603


def test_examples_hold() -> None:
    """What `readiness test-rules acme` says."""
    done = readiness("test-rules", "acme")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS: 3 rules" in done.stdout


def test_items_are_there() -> None:
    """The item that a record decides has no rules, and is there all the same."""
    assert "practised the handover" in readiness("explain", "ACME-TEA-01").stdout


def test_the_rule_in_python_by_itself() -> None:
    """A rule class can be asked without the rest."""
    report = evaluate(Assembly.from_template(TEMPLATE), [AcmeDeadLetterQueueNamed])
    assert [finding.message for finding in report.findings] == [
        "The dead letter queue of Orders is called lost, not shop-orders-dlq."
    ]
