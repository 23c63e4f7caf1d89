"""Random templates: well-formed ones with every intrinsic, and nonsense with loops, missing references and wrong types."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

RESOURCES = ["A", "B", "C"]
PARAMETERS = ["P", "Q", "L"]
CONDITIONS = ["X", "Y", "Z"]
PSEUDO = ["AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::StackName", "AWS::NoValue", "AWS::URLSuffix"]

scalars = st.one_of(
    st.booleans(),
    st.integers(-5, 400),
    st.sampled_from(["", "a", "a,b", "a/b", "true", "30", "arn:aws:sqs:eu-west-1:111111111111:q", "q", "10.0.0.0/16"]),
)
names = st.sampled_from([*RESOURCES, *PARAMETERS, *PSEUDO, "Missing"])
texts = st.sampled_from(
    [
        "x",
        "${A}",
        "${A.Arn}-${P}",
        "${AWS::Region}",
        "${!A}",
        "${Missing}",
        "${V}",
        "{{resolve:ssm:one}}",
        "${",
        "${}",
        "${B.}",
    ]
)


def intrinsics(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Intrinsics whose arguments are mostly right."""
    lists = st.lists(inner, max_size=3)
    keys = st.sampled_from(["eu-west-1", "us-east-1", "One", "Two", "none"])
    conditions = st.sampled_from([*CONDITIONS, "Undeclared"])
    return st.one_of(
        names.map(lambda name: {"Ref": name}),
        st.tuples(st.sampled_from([*RESOURCES, "Missing"]), st.sampled_from(["Arn", "Outputs.X", "Value"])).map(
            lambda pair: {"Fn::GetAtt": list(pair)}
        ),
        texts.map(lambda text: {"Fn::Sub": text}),
        st.tuples(texts, inner).map(lambda pair: {"Fn::Sub": [pair[0], {"V": pair[1]}]}),
        st.tuples(st.sampled_from(["", "-", ","]), st.one_of(lists, inner)).map(lambda pair: {"Fn::Join": list(pair)}),
        st.tuples(conditions, inner, inner).map(lambda triple: {"Fn::If": list(triple)}),
        st.tuples(st.one_of(st.integers(-1, 3), inner), st.one_of(lists, inner)).map(lambda p: {"Fn::Select": list(p)}),
        st.tuples(st.sampled_from(["", ",", "/"]), inner).map(lambda pair: {"Fn::Split": list(pair)}),
        st.tuples(st.sampled_from(["M", "none"]), st.one_of(keys, inner), st.one_of(keys, inner)).map(
            lambda triple: {"Fn::FindInMap": list(triple)}
        ),
        st.tuples(keys, keys, inner).map(
            lambda triple: {"Fn::FindInMap": ["M", triple[0], triple[1], {"DefaultValue": triple[2]}]}
        ),
        inner.map(lambda value: {"Fn::Base64": value}),
        inner.map(lambda value: {"Fn::GetAZs": value}),
        inner.map(lambda value: {"Fn::ImportValue": value}),
        inner.map(lambda value: {"Fn::Length": value}),
        inner.map(lambda value: {"Fn::ToJsonString": value}),
        inner.map(lambda value: {"Fn::Transform": value}),
        st.tuples(inner, inner, inner).map(lambda triple: {"Fn::Cidr": list(triple)}),
        st.tuples(inner, inner).map(lambda pair: {"Fn::GetStackOutput": {"StackName": pair[0], "OutputName": pair[1]}}),
        st.tuples(st.sampled_from(["Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::Nonsense"]), inner).map(
            lambda pair: {pair[0]: pair[1]}
        ),
    )


values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        intrinsics(inner),
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["k", "Key", "Name", "Fn::If", "Statement"]), inner, max_size=3),
    ),
    max_leaves=8,
)

condition_values = st.recursive(
    st.one_of(
        st.tuples(st.one_of(names.map(lambda name: {"Ref": name}), scalars), scalars).map(
            lambda p: {"Fn::Equals": list(p)}
        ),
        st.sampled_from([*CONDITIONS, "Undeclared"]).map(lambda name: {"Condition": name}),
        scalars,
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"Fn::And": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"Fn::Or": parts}),
        inner.map(lambda part: {"Fn::Not": [part]}),
        inner.map(lambda part: {"Fn::Not": part}),
    ),
    max_leaves=4,
)

TYPES = ["AWS::SQS::Queue", "AWS::SSM::Parameter", "AWS::CloudFormation::Stack", "Custom::CrossRegionExportReader"]

resources = st.fixed_dictionaries(
    {
        "Type": st.sampled_from(TYPES),
        "Properties": st.dictionaries(st.sampled_from(["V", "Name", "Value", "W"]), values, max_size=3),
    },
    optional={
        "Condition": st.sampled_from([*CONDITIONS, "Undeclared"]),
        "DependsOn": st.one_of(names, st.lists(names, max_size=2), scalars),
        "Metadata": values,
    },
)

parameters = st.one_of(
    st.fixed_dictionaries(
        {"Type": st.sampled_from(["String", "Number", "CommaDelimitedList", "AWS::SSM::Parameter::Value<String>"])},
        optional={"Default": scalars, "AllowedValues": st.lists(scalars, max_size=3)},
    ),
    st.sampled_from([{}, {"Type": "String", "Default": [1]}, {"Type": 3, "AllowedValues": "x"}, "nonsense"]),
)

MAPPINGS = {"M": {"eu-west-1": {"One": "x", "Two": ["a", "b"]}, "us-east-1": {"One": "x", "Two": ["c"]}}}

templates = st.fixed_dictionaries(
    {
        "Resources": st.dictionaries(st.sampled_from(RESOURCES), resources, min_size=1, max_size=3),
        "Parameters": st.dictionaries(st.sampled_from(PARAMETERS), parameters, max_size=3),
        "Conditions": st.dictionaries(st.sampled_from(CONDITIONS), condition_values, max_size=3),
        "Mappings": st.just(MAPPINGS),
        "Outputs": st.dictionaries(
            st.sampled_from(["X", "Y"]),
            st.fixed_dictionaries({"Value": values}, optional={"Export": values.map(lambda value: {"Name": value})}),
            max_size=2,
        ),
    }
)

json_data = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=12,
)
