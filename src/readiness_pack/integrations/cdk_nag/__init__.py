"""cdk-nag in the same gate: its packs run on the construct tree, and what they find becomes part of the report."""

from readiness_pack.integrations.cdk_nag.packs import PackSource, known_as, run

__all__ = ["PackSource", "known_as", "run"]
