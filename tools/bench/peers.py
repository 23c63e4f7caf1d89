"""The tools beside which we are measured on a template, installed from PyPI into a folder of their own."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from tools.bench.running import BenchError
from tools.cdk_cli import ROOT

FOLDER = ROOT / "build" / "bench-peers"
PACKAGES = ("checkov", "cfn-lint", "cloudformation-validate")


def installed(tell: Callable[[str], object], folder: Path = FOLDER) -> dict[str, str]:
    """Install the peers where that was not done yet.

    Args:
        tell: hears what is done.
        folder: the virtual environment.

    Returns:
        Their versions by name.

    Raises:
        BenchError: pip could not.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        tell(f"a virtual environment in {folder}")
        venv.create(folder, with_pip=True)
    found = versions(folder)
    if missing := [name for name in PACKAGES if name not in found]:
        tell(f"installing {', '.join(missing)}, from PyPI")
        command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq", "install", *missing]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"pip could not install {', '.join(missing)}:\n{done.stderr[-2000:]}")
        found = versions(folder)
    return found


def versions(folder: Path = FOLDER) -> dict[str, str]:
    """Which of :data:`PACKAGES` are installed in ``folder``."""
    python = folder / "bin" / "python"
    done = subprocess.run([str(python), "-c", _VERSIONS, *PACKAGES], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def program(name: str, *arguments: object, folder: Path = FOLDER) -> tuple[str, ...]:
    """The command that starts a peer."""
    return (str(folder / "bin" / name), *map(str, arguments))


def validate(template: Path, folder: Path = FOLDER) -> tuple[str, ...]:
    """cloudformation-validate on a template; it has no command of its own, so a process that calls it."""
    return (str(folder / "bin" / "python"), "-c", _VALIDATE, str(template))


_VERSIONS = """
import importlib.metadata, sys
for name in sys.argv[1:]:
    try:
        print(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        pass
"""

_VALIDATE = """
import sys
from cloudformation_validate import CompositeEngine, TemplateContent
with open(sys.argv[1], encoding="utf-8") as file:
    print(len(str(CompositeEngine().validate_template(TemplateContent(file.read())))))
"""


if __name__ == "__main__":
    print(installed(lambda text: print(text, file=sys.stderr)))
