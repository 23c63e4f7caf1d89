"""One app of a stated size, synthesized once; prints what it took. Run in a process of its own: jsii starts cold."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ssm as ssm
from constructs import IConstruct

from tools.bench.parts import CarefulService, CarelessService, Shared

TAGS = {
    "Owner": "bench",
    "Environment": "prod",
    "Project": "bench",
    "CostCenter": "1",
    "DataClassification": "internal",
    "Backup": "yes",
}

PACKS = (
    "AwsSolutionsChecks",
    "HIPAASecurityChecks",
    "NIST80053R4Checks",
    "NIST80053R5Checks",
    "PCIDSS321Checks",
    "ServerlessChecks",
)


def build(resources: int, stacks: int, kind: str, outdir: str) -> cdk.App:
    """An app of ``stacks`` stacks that have exactly ``resources`` resources together."""
    app = cdk.App(
        outdir=outdir,
        analytics_reporting=False,
        context={"@aws-cdk/core:stackResourceLimit": 0, "@aws-cdk/core:target-partitions": ["aws"]},
    )
    if kind != "dirty":
        for name, value in TAGS.items():
            cdk.Tags.of(app).add(name, value)
    each, left = divmod(resources, stacks)
    for number in range(stacks):
        stack = cdk.Stack(
            app,
            f"Bench{number}",
            env=cdk.Environment(account="111111111111", region="eu-west-1"),
            termination_protection=True,
        )
        _fill(stack, each + (number < left), kind)
    return app


def _fill(stack: cdk.Stack, wanted: int, kind: str) -> None:
    add: Callable[[str], object]
    if kind == "some":  # as clean, but for a few services that nobody looked after
        network = ec2.CfnVPC(stack, "Network", cidr_block="10.0.0.0/16")
        CarelessService(stack, "Careless", network)
    if kind != "dirty":
        shared = Shared(stack)
        add = lambda name: CarefulService(stack, name, shared)  # noqa: E731
    else:
        network = ec2.CfnVPC(stack, "Network", cidr_block="10.0.0.0/16")
        add = lambda name: CarelessService(stack, name, network)  # noqa: E731
    number, before = 0, _count(stack)
    size = 0
    while before + size <= wanted:
        add(f"Service{number}")
        number += 1
        if not size:
            size = _count(stack) - before
        before += size
    for padding in range(wanted - before):
        ssm.CfnParameter(stack, f"Setting{padding}", type="String", value="x")


def _count(stack: cdk.Stack) -> int:
    return sum(cdk.CfnResource.is_cfn_resource(child) for child in stack.node.find_all())


@jsii.implements(cdk.IAspect)
class Idle:
    """Visits and does nothing: what jsii itself costs an Aspect written in Python."""

    def visit(self, node: IConstruct) -> None:
        """Look at nothing."""


def _add(door: str, app: cdk.App) -> None:
    if door == "none":
        return
    if door == "idle-aspect":
        cdk.Aspects.of(app).add(Idle())
    elif door in ("plugin", "aspect", "annotations"):
        from readiness_pack import ReadinessChecks

        checks = ReadinessChecks()
        if door == "plugin":
            cdk.Validations.of(app).add_plugins(checks)
        elif door == "aspect":
            cdk.Aspects.of(app).add(checks)
        else:
            checks.annotate(app)
    else:
        import cdk_nag

        names = PACKS if door == "nag6" else PACKS[:1]
        cdk.Validations.of(app).add_plugins(*(getattr(cdk_nag, name)(app) for name in names))


def main() -> None:
    """Build, synthesize, print seconds and peak memory as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--resources", type=int, required=True)
    parser.add_argument("--stacks", type=int, default=1)
    parser.add_argument("--kind", choices=["clean", "some", "dirty"], default="clean")
    parser.add_argument("--door", default="none")
    parser.add_argument("--out", help="the cdk.out folder; a temporary one where not given")
    options = parser.parse_args()
    if options.out:
        print(json.dumps(measure(options, options.out)))
        return
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as outdir:
        print(json.dumps(measure(options, outdir)))


def measure(options: argparse.Namespace, outdir: str) -> dict[str, float | bool | int | None]:
    """Build and synthesize; what it took, and what was found."""
    started = time.perf_counter()
    app = build(options.resources, options.stacks, options.kind, outdir)
    _add(options.door, app)
    built = time.perf_counter()
    failed = False
    try:
        app.synth()
    except RuntimeError:
        failed = True  # what a plugin that found something does
    done = time.perf_counter()
    return {
        "build": built - started,
        "synth": done - built,
        "failed": failed,
        "findings": _found(Path(outdir)),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }


def _found(outdir: Path) -> int | None:
    """How many findings our report has, if there is one."""
    report = outdir / "readiness-report.json"
    return len(json.loads(report.read_bytes())["findings"]) if report.exists() else None


if __name__ == "__main__":
    main()
