"""`make dist`: builds a release into dist/, tries it as a user would have it, and says what it rests on.

Each step either holds or ends the release with exit code 1 and the reason:

1. wheel and sdist are built twice, from this checkout and from a copy of it elsewhere; both give the same bytes.
2. Their metadata are as package indexes want them, and the version is the one of the changelog.
3. Each is installed in an empty environment, and the demo runs from there: the CDK CLI on both apps, then
   `readiness check` on what it left.
4. What was installed is listed in a bill of materials (CycloneDX), and every licence in it is allowed.
5. pip-audit knows no vulnerability in it but those of `EXPLAINED`. It has to say so of every package: where the
   service that it asks cannot be reached or knows nothing, the exit code is 1, unless `--no-audit` takes that upon you.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from importlib.metadata import Distribution, PackageNotFoundError, distributions
from pathlib import Path
from typing import Any

from tools import licences
from tools.environments import CommandError, Environment

ROOT = Path(__file__).resolve().parent.parent
NAME = "readiness-pack"
MODULE = "readiness_pack"

TOOLS = ("build>=1.2", "cyclonedx-bom>=7,<8", "pip-audit>=2.9", "twine>=6.1")
"""What a release needs beside the build backend; none of it is needed to use or to change the package."""

EXPLAINED: dict[str, str] = {}
"""Vulnerability id -> why it does not concern us, and until when that is to be looked at again."""

_LEFT_OUT = (
    ".venv",
    "node_modules",
    ".git",
    "build",
    "dist",
    "site",
    "cdk.out",
    ".*_cache",
    ".hypothesis",
    "__pycache__",
)
_VERSION = re.compile(r"^## (?P<version>\d+\.\d+\.\d+\S*) \((?P<date>\d{4}-\d\d-\d\d|unreleased)\)$", re.MULTILINE)


class ReleaseError(Exception):
    """Something does not hold of the release; the text is for whoever makes it."""


def main() -> int:
    """Make the release; give the exit code."""
    parser = argparse.ArgumentParser(prog="tools.dist", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder of the release (default: dist)")
    parser.add_argument("--no-audit", action="store_true", help="release without asking for known vulnerabilities")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="readiness-dist-") as scratch:
        try:
            release(options.output.resolve(), Path(scratch).resolve(), audited=not options.no_audit)
        except (ReleaseError, CommandError) as error:
            print(f"NOT RELEASABLE: {error}", file=sys.stderr)
            return 1
    return 0


def release(output: Path, scratch: Path, *, audited: bool) -> None:
    """Make the release in ``output``.

    Args:
        output: the folder; it is written when all holds but the audit, so that nothing broken lies there.
        scratch: an empty folder for what is only needed meanwhile.
        audited: whether to ask for known vulnerabilities.

    Raises:
        ReleaseError: something does not hold.
        CommandError: a program that should succeed did not.
    """
    version = stated_version(ROOT)
    say(f"{NAME} {version}")
    tools = Environment(scratch / "tools")
    tools.install(*tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"], *TOOLS)

    sdist, wheel = built_twice(tools, scratch)
    say(f"the same bytes twice: {sdist.name}, {wheel.name}")
    tools.run("twine", "check", "--strict", sdist, wheel, cwd=scratch)
    checked_names(sdist, wheel, version)
    say("the metadata are as package indexes want them")

    source = unpacked(sdist, scratch / "source")
    for artefact in (sdist, wheel):
        used = installed(artefact, scratch / f"from-{artefact.suffix[1:]}", version)
        demo(used, source)
        say(f"installed in an empty environment, the demo runs: {artefact.name}")

    bill = wheel.with_name(f"{MODULE}-{version}.cdx.json")
    bill_of_materials(tools, used, bill)
    packages = licences.needed(NAME, lambda name: _find(used.packages, name))
    if found := licences.problems(packages):
        raise ReleaseError("licences:\n" + "\n".join(found))
    say(f"bill of materials: {bill.name}; the licences of {len(packages)} packages are allowed")

    published(output, [sdist, wheel, bill])
    say(f"written to {output}")
    if not audited:
        say("NOT AUDITED: --no-audit was given; nobody was asked for known vulnerabilities")
        return
    audit(tools, used, [package.name for package in packages])
    say(
        f"pip-audit knows no vulnerability in {len(packages)} packages" + (", but the explained ones" * bool(EXPLAINED))
    )


def stated_version(root: Path) -> str:
    """The version of the package, which has to be the newest one of the changelog.

    Raises:
        ReleaseError: they differ.
    """
    code = (root / "src" / MODULE / "__init__.py").read_text("utf-8")
    version = re.search(r'^__version__ = "(.+)"$', code, re.MULTILINE)
    newest = _VERSION.search((root / "CHANGELOG.md").read_text("utf-8"))
    if version is None or newest is None or version[1] != newest["version"]:
        said = newest["version"] if newest else "none"
        raise ReleaseError(f"__version__ is {version[1] if version else 'missing'}, CHANGELOG.md begins with {said}")
    return version[1]


def epoch(root: Path, environment: Mapping[str, str] = os.environ) -> str | None:
    """The moment that files of the release carry: SOURCE_DATE_EPOCH, else the day in the changelog (UTC, in seconds).

    ``None`` before the day is set: hatchling then takes one of its own, always the same.
    """
    given = environment.get("SOURCE_DATE_EPOCH")
    newest = _VERSION.search((root / "CHANGELOG.md").read_text("utf-8"))
    if given or newest is None or newest["date"] == "unreleased":
        return given or None
    day = date.fromisoformat(newest["date"])
    return str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))


def built_twice(tools: Environment, scratch: Path) -> tuple[Path, Path]:
    """Sdist and wheel, built here and in a copy elsewhere, in another zone and with other permissions of files.

    Raises:
        ReleaseError: the two differ.
    """
    copy = scratch / "elsewhere" / "another name"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    for path in copy.rglob("*"):
        os.utime(path, (86_400, 86_400))
    moment = epoch(ROOT)
    variables = {"SOURCE_DATE_EPOCH": moment} if moment else {}
    first = build(tools, ROOT, scratch / "first", {**variables, "TZ": "UTC"})
    # `--sdist --wheel` makes the wheel from the tree; without them it is made from the sdist. Both have to be the same.
    second = build(tools, copy, scratch / "second", {**variables, "TZ": "Asia/Tokyo"}, "--sdist", "--wheel")
    if first.keys() != second.keys():
        raise ReleaseError(f"two builds gave different files: {sorted(first)} and {sorted(second)}")
    for name, file in first.items():
        if file.read_bytes() != second[name].read_bytes():
            raise ReleaseError(f"two builds of {name} differ: {', '.join(differences(file, second[name])[:10])}")
    (sdist,) = (file for name, file in first.items() if name.endswith(".tar.gz"))
    (wheel,) = (file for name, file in first.items() if name.endswith(".whl"))
    return sdist, wheel


def build(
    tools: Environment, source: Path, output: Path, variables: Mapping[str, str], *arguments: str
) -> dict[str, Path]:
    """What `python -m build` makes of ``source``, by file name."""
    command: list[str | Path] = ["python", "-m", "build", "--no-isolation", "--outdir", output, *arguments, source]
    tools.run(*command, cwd=source, extra=variables)
    return {file.name: file for file in sorted(output.iterdir())}


def differences(first: Path, second: Path) -> list[str]:
    """The names in which two archives differ, or that their order or their headers do."""
    one, other = dict(_members(first)), dict(_members(second))
    named = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return named or ["order, dates or permissions of what is in them"]


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        import zipfile

        with zipfile.ZipFile(archive) as opened:
            yield from ((name, opened.read(name)) for name in opened.namelist())
        return
    with tarfile.open(archive) as packed:
        for member in packed:
            content = packed.extractfile(member)
            yield member.name, content.read() if content else b""


def checked_names(sdist: Path, wheel: Path, version: str) -> None:
    """See that what is in both says the same name and version, and that the licence and the notices travel along.

    Raises:
        ReleaseError: something is missing or says otherwise.
    """
    for archive in (sdist, wheel):
        inside = dict(_members(archive))
        place = f"{MODULE}-{version}/PKG-INFO" if archive is sdist else f"{MODULE}-{version}.dist-info/METADATA"
        metadata = inside.get(place, b"").decode("utf-8").splitlines()
        missing = {f"Name: {NAME}", f"Version: {version}", "License-Expression: Apache-2.0"} - set(metadata)
        names = {Path(name).name for name in inside}
        missing |= {name for name in ("LICENSE", "NOTICE", "py.typed") if name not in names}
        if missing:
            raise ReleaseError(f"{archive.name} misses {', '.join(sorted(missing))}")


def unpacked(sdist: Path, folder: Path) -> Path:
    """The folder that the sdist holds, with the CDK CLI of this checkout beside its examples."""
    with tarfile.open(sdist) as packed:
        packed.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    (source / "node_modules").symlink_to(ROOT / "node_modules")
    return source


def installed(artefact: Path, folder: Path, version: str) -> Environment:
    """An environment that was empty before ``artefact`` was installed.

    Raises:
        ReleaseError: what was installed is not the artefact.
    """
    environment = Environment(folder)
    environment.install(artefact)
    if artefact.suffix == ".whl":
        # Once more by name: else the path of the file stands in the records of pip, and in the bill of materials.
        again = ("--force-reinstall", "--no-deps", "--no-index", "--only-binary", NAME, "--find-links", artefact.parent)
        environment.install(*again, f"{NAME}=={version}")
    environment.check()
    code = f"import {MODULE}; print({MODULE}.__file__)"
    place = Path(environment.run("python", "-c", code, cwd=folder).strip())
    if not place.is_relative_to(environment.packages):
        raise ReleaseError(f"{artefact.name} was installed, but {place} is imported")
    said = environment.run("readiness", "--version", cwd=folder).strip()
    if version not in said:
        raise ReleaseError(f"{artefact.name} says that it is {said}")
    return environment


def demo(used: Environment, source: Path) -> None:
    """Run the demo of the unpacked sdist with the package of ``used``, then `readiness check` on what it left.

    Raises:
        CommandError: one of them did not end as it should.
    """
    # tools.demo finds `python` beside the interpreter that runs it, and so does the `app` of each cdk.json.
    used.run("python", "-m", "tools.demo", cwd=source)
    for app, code in (("unready_app", 1), ("ready_app", 0)):
        folder = source / "examples" / app
        used.run("readiness", "check", "cdk.out", cwd=folder, codes=(code,))


def bill_of_materials(tools: Environment, used: Environment, output: Path) -> None:
    """Write what is in ``used`` as CycloneDX JSON, which the tool checks against the schema of that format.

    Raises:
        ReleaseError: it names this machine, or does not hold what is installed.
    """
    arguments = ("--pyproject", ROOT / "pyproject.toml", "--mc-type", "library", "--output-reproducible", "--validate")
    form = ("--spec-version", "1.6", "--output-format", "JSON", "--output-file", output)
    tools.run("cyclonedx-py", "environment", *arguments, *form, used.python, cwd=used.folder)
    text = output.read_text("utf-8")
    named = {licences.normal(part["name"]) for part in json.loads(text)["components"]}
    missing = {licences.normal(found.metadata["Name"]) for found in distributions(path=[str(used.packages)])}
    missing -= {*named, NAME}
    if missing:
        raise ReleaseError(f"the bill of materials misses {', '.join(sorted(missing))}")
    if "file://" in text:
        raise ReleaseError("the bill of materials names files of this machine")


def audit(tools: Environment, used: Environment, packages: list[str]) -> None:
    """Ask pip-audit for known vulnerabilities of what is installed.

    Raises:
        ReleaseError: there are some, or it could not be told of every package whether there are.
    """
    ignored = [argument for name in EXPLAINED for argument in ("--ignore-vuln", name)]
    command = ("pip-audit", "--path", used.packages, "--format", "json", "--progress-spinner", "off", "--timeout", "15")
    answer = used.folder / "audit.json"
    try:
        said = tools.run(*command, "--output", answer, *ignored, cwd=used.folder, codes=(0, 1))
    except CommandError as error:
        raise ReleaseError(f"pip-audit could not tell whether there are known vulnerabilities: {error}") from error
    if not answer.exists():
        raise ReleaseError(f"pip-audit could not tell whether there are known vulnerabilities: {said.strip()[-300:]}")
    judged_audit(json.loads(answer.read_text("utf-8")), packages)


def judged_audit(answer: Mapping[str, Any], packages: list[str]) -> None:
    """See that pip-audit looked at every package and found nothing; it ends with 0 also where its service knows none.

    Args:
        answer: what pip-audit printed as JSON.
        packages: what it had to look at.

    Raises:
        ReleaseError: a package has a known vulnerability, or was not looked at.

    Example:
        >>> judged_audit({"dependencies": [{"name": "six", "version": "1.17.0", "vulns": []}]}, ["six"])
    """
    looked = {licences.normal(part["name"]): part for part in answer["dependencies"] if "skip_reason" not in part}
    found = [
        f"{part['name']} {part['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version'}"
        for part in looked.values()
        for hole in part["vulns"]
    ]
    if found:
        raise ReleaseError("known vulnerabilities:\n" + "\n".join(found))
    unseen = [name for name in packages if licences.normal(name) not in looked]
    if unseen:
        raise ReleaseError(
            f"NOT AUDITED: pip-audit was told nothing about {len(unseen)} of {len(packages)} packages "
            f"({', '.join(unseen[:3])}, ...). Ask again where its service is reached, or release with --no-audit."
        )


def published(output: Path, files: list[Path]) -> None:
    """Put ``files`` into the folder ``output`` with their SHA-256 sums; an older release there goes, nothing else."""
    output.mkdir(parents=True, exist_ok=True)
    for old in [*output.glob(f"{MODULE}-*"), *output.glob("SHA256SUMS")]:
        old.unlink()
    sums = []
    for file in files:
        shutil.copy(file, output / file.name)
        sums.append(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n")
    (output / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _find(packages: Path, name: str) -> Distribution:
    for found in distributions(path=[str(packages)]):
        if licences.normal(found.metadata["Name"]) == licences.normal(name):
            return found
    raise PackageNotFoundError(name)


def say(text: str) -> None:
    """Print a line at once."""
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
