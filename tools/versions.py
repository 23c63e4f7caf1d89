"""`make versions`: the tests on other Pythons, and with the oldest versions of what readiness-pack needs.

python -m tools.versions                       everything that can be had here; what cannot is said
python -m tools.versions oldest                the versions at the lower bounds of pyproject.toml
python -m tools.versions newest --python 3.13  today's versions on that Python
python -m tools.versions oldest -- -k plugin   only these tests

Each combination gets an environment of its own below build/versions, which is made anew where pyproject.toml has
changed. The exit code is 0 where all tests of all combinations passed, else 1. A Python that is not on the machine is
named and not counted, unless it alone was asked for.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tools.environments import CommandError, Environment, run

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "versions"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The versions that pyproject.toml promises to run on."""

TESTS = ("tests/integrations", "tests/cdk", "tests/cli", "tests/report", "tests/template", "tests/decisions")
"""What hangs on the versions of others: the doors, the command line, reports and readers."""

TEST_TOOLS = (
    *("pytest", "pytest-xdist", "hypothesis", "syrupy", "jsonschema"),
    *("aws-sam-translator", "cloudformation-validate"),
)
# Old versions of others warn of what their own newer ones do otherwise; that is not ours to mend.
_TOLERANCE: dict[str, list[str]] = {"oldest": ["-W", "default"], "newest": []}


@dataclass(frozen=True)
class Combination:
    """One environment: which Python, and which versions of the dependencies.

    Args:
        python: its version, such as ``3.12``.
        age: ``oldest`` or ``newest``.
    """

    python: str
    age: str

    def __str__(self) -> str:
        return f"{self.age} on Python {self.python}"


def project() -> dict[str, Any]:
    """``[project]`` of pyproject.toml."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def oldest(requirements: Iterable[str]) -> list[str]:
    """The lowest version that each of ``requirements`` allows, as pins.

    Raises:
        ValueError: a requirement has no lower bound, so that nobody knows with what it works.

    Example:
        >>> oldest(["click>=8.1", "jsii>=1.139,<2"])
        ['click==8.1', 'jsii==1.139']
    """
    pins = []
    for text in requirements:
        requirement = Requirement(text)
        lowest = [one.version for one in requirement.specifier if one.operator in (">=", "==", "~=")]
        if len(lowest) != 1:
            raise ValueError(f"{text}: one lower bound is expected")
        pins.append(f"{requirement.name}=={lowest[0]}")
    return pins


def interpreter(version: str) -> str | None:
    """The Python ``version`` on this machine: the one that runs this, one on the path, one that pyenv keeps."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [str(path / "bin" / "python") for path in sorted(kept.glob(f"{version}.*"), reverse=True)]
    for candidate in [*candidates, shutil.which(f"python{version}")]:
        if candidate is not None and _says(candidate, version):
            return candidate
    return None


def _says(program: str, version: str) -> bool:
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        return run([program, "-c", code], cwd=ROOT).strip() == version
    except (CommandError, OSError):
        return False


def environment(combination: Combination, python: str) -> Environment:
    """The environment of ``combination``, from build/versions where pyproject.toml has not changed since it was made.

    Raises:
        CommandError: its packages cannot be installed, or do not fit together.
    """
    folder = FOLDER / f"{combination.age}-{combination.python}"
    stamp = folder / ".made-of"
    wanted = "\n".join([(ROOT / "pyproject.toml").read_text("utf-8"), python, *TEST_TOOLS])
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return Environment(folder, python, keep=True)
    made = Environment(folder, python)
    said = project()
    tools = [text for text in said["optional-dependencies"]["dev"] if Requirement(text).name in TEST_TOOLS]
    dependencies = oldest(said["dependencies"]) if combination.age == "oldest" else said["dependencies"]
    made.install("--editable", ROOT, *dependencies, *tools)
    made.check()
    stamp.write_text(wanted, encoding="utf-8")
    return made


def passed(made: Environment, arguments: Sequence[str]) -> tuple[bool, str]:
    """Whether the tests pass in an environment, and pytest's last line, or all it said where they do not."""
    command = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
    path = os.pathsep.join([str(ROOT / "node_modules" / ".bin"), os.environ.get("PATH", os.defpath)])
    try:
        said = made.run(*command, cwd=ROOT, extra={"PATH": os.pathsep.join([str(made.scripts), path])})
    except CommandError as error:
        return False, str(error)
    return True, last_line(said)


def last_line(said: str) -> str:
    r"""The count of pytest in what it printed.

    Example:
        >>> last_line("....\n4 passed in 0.1s\n!! a warning of another program\n")
        '4 passed in 0.1s'
    """
    counts = re.findall(r"^.*\b\d+ passed.*$", said, re.MULTILINE)
    return counts[-1].strip("= ") if counts else "no test was executed"


def main() -> int:
    """Run the tests; give the exit code."""
    parser = argparse.ArgumentParser(
        prog="tools.versions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("age", nargs="?", choices=["oldest", "newest"], help="only these versions (default: both)")
    parser.add_argument(
        "--python", choices=PYTHONS, help="only this one (default: all; the oldest versions on the first)"
    )
    place = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options, rest = parser.parse_args(sys.argv[1:place]), sys.argv[place + 1 :]
    failed = ran = 0
    for combination in combinations(options.age, options.python):
        python = interpreter(combination.python)
        if python is None:
            print(f"NOT RUN  {combination}: there is no Python {combination.python} on this machine", flush=True)
            failed += options.python is not None
            continue
        try:
            made = environment(combination, python)
            holds, said = passed(made, [*_TOLERANCE[combination.age], *(rest or TESTS)])
        except CommandError as error:
            holds, said = False, str(error)
        print(f"{'passed ' if holds else 'FAILED '}  {combination}: {said}", flush=True)
        ran += 1
        failed += not holds
    return 1 if failed or not ran else 0


def combinations(age: str | None, python: str | None) -> list[Combination]:
    """What is asked for: the oldest versions on the first Python, the newest ones on all."""
    chosen = [Combination(PYTHONS[0], "oldest"), *(Combination(version, "newest") for version in PYTHONS)]
    if python is not None:
        return [Combination(python, one) for one in ("oldest", "newest") if age in (None, one)]
    return [one for one in chosen if age in (None, one.age)]


if __name__ == "__main__":
    sys.exit(main())
