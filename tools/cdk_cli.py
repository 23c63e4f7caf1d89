"""The CDK CLI that `make setup` installs, started without the noise of other tools; the demo and the tests use it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "node_modules" / ".bin"

# Each answers a message that a user of the demo can do nothing about.
QUIET = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "true",
    # CDK judges templates by rules of its own as well; here only those of readiness-pack are to speak.
    "CDK_VALIDATION": "false",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "true",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "true",
}


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which `cdk`, `node` and `python` are the ones of this checkout.

    Args:
        extra: variables to add or to replace.
    """
    own = [str(NODE_MODULES), str(Path(sys.executable).parent)]
    path = os.pathsep.join([*own, os.environ.get("PATH", os.defpath)])
    return {**os.environ, **QUIET, "PATH": path, **(extra or {})}


def run(
    command: Sequence[str], *, cwd: Path, extra: Mapping[str, str] | None = None, capture: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run ``command`` in ``cwd`` and wait for it, whatever its exit code.

    Args:
        command: program and arguments; `cdk` and `python` are found in this checkout.
        cwd: the folder to run it in.
        extra: variables to add to the environment.
        capture: keep what it prints, standard error included in standard output, rather than show it.
    """
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment(extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.STDOUT if capture else None,
        text=True,
        encoding="utf-8",
        check=False,
    )


def synth(
    app: Path, *arguments: str, output: Path, extra: Mapping[str, str] | None = None, capture: bool = True
) -> subprocess.CompletedProcess[str]:
    """`cdk synth` on the app in folder ``app``, into folder ``output``."""
    command = ["cdk", "synth", "--no-notices", "--quiet", "--output", str(output), *arguments]
    return run(command, cwd=app, extra=extra, capture=capture)
