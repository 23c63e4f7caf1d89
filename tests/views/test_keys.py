"""KMS keys behind properties."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_pack.template import Assembly, Undecided
from readiness_pack.template.views import key_paths, key_use, key_users
from tests.views.building import PROD, app, att, get, in_each_world, ref, when


def keyed(value: Any, **sections: Any) -> Assembly:
    return app(
        {
            "Key": ("AWS::KMS::Key", {}),
            "Alias": ("AWS::KMS::Alias", {"AliasName": "alias/orders", "TargetKeyId": ref("Key")}),
            "Topic": ("AWS::SNS::Topic", {"KmsMasterKeyId": value}),
        },
        **sections,
    )


@pytest.mark.parametrize(
    "value",
    [
        ref("Key"),
        att("Key"),
        ref("Alias"),
        "alias/orders",
        "arn:aws:kms:eu-west-1:111111111111:alias/orders",
        {"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}"},
    ],
)
def test_keys_of_the_app(value: Any) -> None:
    assembly = keyed(value)
    use = key_use(get(assembly, "Topic"), "KmsMasterKeyId")
    assert use is not None
    assert (use.owner, use.key) == ("app", get(assembly, "Key"))
    assert key_users(get(assembly, "Key")) == [get(assembly, "Topic")]


@pytest.mark.parametrize(
    ("value", "owner"),
    [
        ("alias/aws/sns", "aws"),
        ("arn:aws:kms:eu-west-1:111111111111:alias/aws/sns", "aws"),
        ({"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/sns"}, "aws"),
        ("arn:aws:kms:eu-west-1:111111111111:key/0123", "outside"),
        ("alias/theirs", "outside"),
        ({"Fn::Sub": "arn:aws:kms:${AWS::Region}:222222222222:key/0123"}, "outside"),
    ],
)
def test_other_keys(value: Any, owner: str) -> None:
    use = key_use(get(keyed(value), "Topic"), "KmsMasterKeyId")
    assert use is not None
    assert (use.owner, use.key) == (owner, None)


def test_no_key() -> None:
    assert key_use(get(keyed(ref("AWS::NoValue")), "Topic"), "KmsMasterKeyId") is None


def test_an_unknown_key() -> None:
    with pytest.raises(Undecided, match="parameter K"):
        key_use(get(keyed(ref("K"), Parameters={"K": {"Type": "String"}}), "Topic"), "KmsMasterKeyId")


def test_a_conditional_key() -> None:
    assembly = keyed(when("IsProd", ref("Key"), "alias/aws/sns"), **PROD)
    topic = get(assembly, "Topic")
    owners = in_each_world(assembly, lambda: getattr(key_use(topic, "KmsMasterKeyId"), "owner", None))
    assert owners == {"True": "app", "False": "aws"}


def test_key_paths() -> None:
    assert key_paths(get(keyed(None), "Topic")) == ("KmsMasterKeyId",)
