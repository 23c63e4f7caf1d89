"""docs/fixes.md says of each fix that has to be named what the table says."""

from __future__ import annotations

import re
from pathlib import Path

from readiness_pack.integrations.fixes import FIXES


def test_what_is_agreed_to(root: Path) -> None:
    text = (root / "docs" / "fixes.md").read_text("utf-8").partition("## Fixes that you name")[2]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))
    assert rows == {fix.rule: fix.consent for fix in reversed(FIXES) if fix.consent}
