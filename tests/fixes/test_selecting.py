"""Which fixes are applied, by the names that are given."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.errors import InputError
from readiness_pack.integrations.fixes import FIXES, selected
from readiness_pack.rules import built_in

ITEMS = {name: rule.item for name, rule in built_in().items()}
CONSENTED = {fix.rule for fix in FIXES if fix.consent}
SAFE = {fix.rule for fix in FIXES} - CONSENTED


def rules(**arguments: Any) -> set[str]:
    return {fix.rule for fix in selected(ITEMS, **arguments)}


def test_all_that_are_safe() -> None:
    assert rules() == SAFE


def test_only() -> None:
    assert rules(only=["KmsKeyRotationEnabled"]) == {"KmsKeyRotationEnabled"}
    assert rules(only=["Readiness::KmsKeyRotationEnabled"]) == {"KmsKeyRotationEnabled"}
    assert rules(only=["kmskeyrotationenabled"]) == {"KmsKeyRotationEnabled"}
    assert rules(only=["SEC-ENC-03"]) == {"KmsKeyRotationEnabled", "KmsKeyDeletionGuarded"}
    assert rules(only=["Kms*"]) == {"KmsKeyRotationEnabled", "KmsKeyDeletionGuarded"}
    assert rules(only=[]) == set()


def test_consent_is_given_by_the_rules_own_name() -> None:
    assert rules(only=["S3VersioningEnabled"]) == {"S3VersioningEnabled"}
    assert rules(only=["S3*"]) & CONSENTED == set()
    assert rules(only=["REL-DRC-01"]) & CONSENTED == set()
    assert rules(also=["S3VersioningEnabled"]) == SAFE | {"S3VersioningEnabled"}
    assert rules(also=["s3versioningenabled"]) == SAFE | {"S3VersioningEnabled"}
    assert rules(also=["S3VersioningEnabled", "S3V*"]) == SAFE | {"S3VersioningEnabled"}
    assert rules(only=["KmsKeyRotationEnabled"], also=["S3*"]) - CONSENTED == rules(
        only=["S3*", "KmsKeyRotationEnabled"]
    )


def test_without() -> None:
    assert rules(without=["KmsKeyRotationEnabled"]) == SAFE - {"KmsKeyRotationEnabled"}
    assert rules(without=["*"]) == set()
    assert rules(without=["StackTerminationProtection"]) == SAFE  # nothing would have been done anyway
    assert rules(also=["S3VersioningEnabled"], without=["S3VersioningEnabled"]) == SAFE


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"only": ["KmsKeyRotation"]}, r"only: there is no rule or item 'KmsKeyRotation'\. Did you mean 'KmsKeyRot"),
        ({"also": ["SEC-ENC-99"]}, r"also: there is no rule or item 'SEC-ENC-99'\. Did you mean 'SEC-ENC-0"),
        ({"without": [""]}, r"without: there is no rule or item ''"),
        ({"also": ["S3V*"]}, "also: 'S3V\\*' has no effect: what somebody .* rule by rule: S3VersioningEnabled$"),
        ({"only": ["S3V*"]}, "only: 'S3V\\*' has no effect"),
        ({"also": ["S3*"]}, "also: 'S3\\*' has no effect: .*: S3BucketKeyEnabledForKms, S3LifecycleConfigured, S3Ver"),
        ({"only": ["OnCallRotationDeclared"]}, "only: 'OnCallRotationDeclared' has no fix: people arrange it"),
    ],
)
def test_names_that_mean_nothing(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        rules(**arguments)
