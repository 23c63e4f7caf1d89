"""The fixes: one entry a rule and what it sets. Criteria, and why other rules have none, are in docs/fixes.md.

Every property can be changed without replacing the resource (tests/fixes compares with CloudFormation's schemas).
What costs money of note, or changes something for clients or for those who deploy, carries ``consent`` and is applied
only where the rule is named.
"""

from __future__ import annotations

from readiness_pack.integrations.fixes.consented import CONSENTED
from readiness_pack.integrations.fixes.model import Fix
from readiness_pack.integrations.fixes.safe import SAFE

FIXES: tuple[Fix, ...] = (*SAFE, *CONSENTED)

__all__ = ["CONSENTED", "FIXES", "SAFE"]
