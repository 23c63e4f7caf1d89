"""Writes docs/catalogue/ from rules/ (``python -m tools.make_catalogue``; ``--check`` says whether it is current)."""

from __future__ import annotations

import sys
from pathlib import Path

from readiness_pack.catalogue import pages
from readiness_pack.checklist import load

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "catalogue"


def stale() -> list[str]:
    """Names of the pages that are missing, differ from what rules/ gives, or have no item any more."""
    wanted = pages(load())
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write() -> None:
    """Make the folder what rules/ gives."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages(load())
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def main() -> int:
    """Write the pages, or check them."""
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    found = stale()
    if found:
        print(f"docs/catalogue is not current ({', '.join(found[:5])} ...); run: make docs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
