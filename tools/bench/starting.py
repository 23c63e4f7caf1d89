"""What starting costs: an import, or ``readiness --version``; prints seconds and what was loaded as JSON."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import time

CDK = ("aws_cdk", "jsii", "constructs", "cdk_nag")


def imported(name: str, *, after: str | None = None) -> dict[str, object]:
    """Import the module ``name`` (after another one), or a name in it written ``module:name``."""
    if after:
        importlib.import_module(after)
    before = set(sys.modules)
    started = time.perf_counter()
    module, _, attribute = name.partition(":")
    found = importlib.import_module(module)
    if attribute:
        getattr(found, attribute)
    return _told(time.perf_counter() - started, before)


def version() -> dict[str, object]:
    """Ask the command line for its version, in this process."""
    before = set(sys.modules)
    started = time.perf_counter()
    from readiness_pack.cli import main

    sys.argv = ["readiness", "--version"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main()
    return _told(time.perf_counter() - started, before)


def _told(seconds: float, before: set[str]) -> dict[str, object]:
    new = set(sys.modules) - before
    packages = sorted({name.partition(".")[0] for name in new} - set(sys.stdlib_module_names))
    return {
        "seconds": seconds,
        "modules": len(new),
        "packages": [name for name in packages if not name.startswith("_")],
        "cdk": sorted(name for name in CDK if name in new),
    }


def main() -> None:
    """``version``, or ``MODULE`` or ``MODULE:NAME`` and what is imported before it."""
    what, *rest = sys.argv[1:]
    print(json.dumps(version() if what == "version" else imported(what, after=rest[0] if rest else None)))


if __name__ == "__main__":
    main()
