"""The facts that rules read are those that are documented."""

from __future__ import annotations

import re
from pathlib import Path

from readiness_pack.rules import checks
from readiness_pack.rules.checks.audit import _SERVICES
from readiness_pack.rules.facts import KNOWN_FACTS


def test_known_facts_are_those_that_checks_read(root: Path) -> None:
    folder = Path(checks.__path__[0])
    read = {
        name for file in folder.glob("*.py") for name in re.findall(r'facts\.get\("(\w+)"', file.read_text("utf-8"))
    }
    assert read | set(_SERVICES) == set(KNOWN_FACTS)
    documented = (root / "docs" / "configuration.md").read_text("utf-8")
    assert all(f"`{name}`" in documented for name in KNOWN_FACTS)
