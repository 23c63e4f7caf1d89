"""Writes src/readiness_pack/rules/generated.pyi, by which type checkers and editors know the classes of our rules.

``python -m tools.make_rule_types`` writes it, ``--check`` says whether it is current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from readiness_pack.checklist import load

FILE = Path(__file__).resolve().parent.parent / "src" / "readiness_pack" / "rules" / "generated.pyi"


def text() -> str:
    """What the file holds: a class a rule."""
    lines = ["# Made by tools/make_rule_types.py from rules/; do not edit.", ""]
    lines += ["from readiness_pack.rules.rule import Rule", ""]
    lines += [f"class {name}(Rule): ..." for name in sorted(load().rules)]
    return "\n".join(lines) + "\n"


def is_current() -> bool:
    """Whether the file is what rules/ gives."""
    return FILE.is_file() and FILE.read_text(encoding="utf-8") == text()


def main() -> int:
    """Write the file, or check it."""
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text(), encoding="utf-8")
        return 0
    if is_current():
        return 0
    print(f"{FILE.name} is not current; run: python -m tools.make_rule_types")
    return 1


if __name__ == "__main__":
    sys.exit(main())
