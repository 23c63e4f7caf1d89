"""The licences of what readiness-pack needs: are they such as may be distributed with it, and which are they?

python -m tools.licences     write docs/licences.md from what is installed here
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"

ALLOWED = {
    "0BSD": "permissive",
    "Apache-2.0": "permissive; ours",
    "BSD-2-Clause": "permissive",
    "BSD-3-Clause": "permissive",
    "BSD": "permissive; the package does not say whether it has two or three clauses",
    "ISC": "permissive",
    "MIT": "permissive",
    "MPL-2.0": "covers its own files only, which we use unchanged",
    "PSF-2.0": "permissive",
    "Unlicense": "public domain",
}
"""SPDX identifier -> why a dependency may have it. What is not here needs a decision, and fails until then."""

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zero-Clause BSD (0BSD)": "0BSD",
}
_SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD",
    "mit license": "MIT",
}
_SAYS_NOTHING = {"", "UNKNOWN", "Dual License"}


@dataclass(frozen=True)
class Licensed:
    """A package with its licence.

    Args:
        name: the package, as it calls itself.
        licence: an SPDX expression, or what the package says where that is none; empty where it says nothing.
        direct: whether readiness-pack asks for it itself.
    """

    name: str
    licence: str
    direct: bool

    @property
    def allowed(self) -> bool:
        """Whether one of the alternatives is allowed in all its parts."""
        return any(
            all(part.strip(" ()") in ALLOWED for part in re.split(r"\bAND\b", alternative))
            for alternative in re.split(r"\bOR\b", self.licence)
        )


def licence_of(package: Distribution) -> str:
    """The licence that a package states: by expression, else by its short text, else by classifiers.

    Example:
        >>> licence_of(distribution("pytest"))
        'MIT'
    """
    metadata = package.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    said = "".join(metadata.get_all("License") or ()).strip()
    said = _SPELLINGS.get(said.lower(), said)
    if said in ALLOWED and said != "BSD":
        return said
    prefix = "License :: OSI Approved :: "
    named = [line.removeprefix(prefix) for line in metadata.get_all("Classifier") or () if line.startswith(prefix)]
    if named:
        return " OR ".join(_CLASSIFIERS.get(name, name) for name in named)
    return "" if said in _SAYS_NOTHING else said.splitlines()[0][:60]


def normal(name: str) -> str:
    """The name of a package as package indexes compare it.

    Example:
        >>> normal("aws_cdk.cloud-assembly-schema")
        'aws-cdk-cloud-assembly-schema'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(root: str, find: Callable[[str], Distribution] = distribution) -> list[Licensed]:
    """What ``root`` needs to run, directly or through others, by name; its extras are not meant.

    Args:
        root: the package.
        find: gives an installed package; raises :class:`PackageNotFoundError` for what is not.

    Raises:
        PackageNotFoundError: ``root``, or what it asks for here, is not installed.
    """
    direct = {normal(name) for name in _requirements(find(root))}
    found: dict[str, Licensed] = {}
    waiting = sorted(direct)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        package = find(name)
        found[name] = Licensed(str(package.metadata["Name"]), licence_of(package), name in direct)
        waiting.extend(normal(other) for other in _requirements(package))
    return [found[name] for name in sorted(found)]


def _requirements(package: Distribution) -> Iterable[str]:
    from packaging.requirements import Requirement

    for line in package.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name


def problems(packages: Iterable[Licensed]) -> list[str]:
    """What stands against distributing ``packages``, one line each."""
    return [
        f"{package.name}: {package.licence or 'states no licence'}; ALLOWED in tools/licences.py does not have it"
        for package in packages
        if not package.allowed
    ]


def page(packages: Iterable[Licensed], allowed: Mapping[str, str] = ALLOWED) -> str:
    """The page of the documentation."""
    rows = list(packages)
    lines = [
        "# Licences",
        "",
        "readiness-pack is under the Apache License 2.0. It brings no code of others along: `pip` installs the",
        "packages below from their own authors. `NOTICE` says whose work the data tables are that ship with it.",
        "",
        "This page is generated. `make dist` judges the licences of what a release really installs, lists them with",
        "versions in the bill of materials, and fails for one that is not allowed.",
        "",
        "## Needed at run time",
        "",
        "| package | licence | asked for by |",
        "|---|---|---|",
        *(f"| {row.name} | {row.licence} | {'us' if row.direct else 'others'} |" for row in rows),
        "",
        "`aws-cdk-lib` and `jsii` bring JavaScript along, bundled by their authors, its licences in their packages.",
        "",
        "## Licences that a dependency may have",
        "",
        "| SPDX | |",
        "|---|---|",
        *(f"| {name} | {why} |" for name, why in allowed.items()),
        "",
        "What is not here needs a decision: a line in `ALLOWED` of `tools/licences.py`, or another package.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Write the page; 1 where a licence is not allowed."""
    try:
        packages = needed("readiness-pack")
    except PackageNotFoundError as error:
        print(f"not installed here: {error}; run: make setup", file=sys.stderr)
        return 1
    PAGE.write_text(page(packages), encoding="utf-8")
    found = problems(packages)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
