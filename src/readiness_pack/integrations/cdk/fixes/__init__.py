"""``ReadinessFixes``: a CDK mixin that sets what is safe to set, so that rules pass."""

from readiness_pack.integrations.cdk.fixes.mixin import ReadinessFixes

__all__ = ["ReadinessFixes"]
