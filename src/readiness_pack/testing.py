"""For unit tests of CDK apps: ``assert_ready``. docs/testing.md shows how; the fixture ``readiness`` comes with pytest.

Example:
    >>> from readiness_pack.testing import assert_ready
    >>> assert_ready({"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}, rules="KmsKeyRotationEnabled")
    Traceback (most recent call last):
    ...
    AssertionError: the template is not ready: 1 rule at 1 place
    ...
"""

from readiness_pack.integrations.assertions import ReadinessWarning, assert_ready

__all__ = ["ReadinessWarning", "assert_ready"]
"""The public names."""
