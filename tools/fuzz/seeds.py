# ruff: noqa: E501  long lines: tables of values read better
"""Good input that damaged input is made from: the examples of all rules, the rule files, configurations, a ``cdk.out``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from readiness_pack.checklist import load
from readiness_pack.checklist.loading import default_folder
from readiness_pack.example_runs import templates_of

CONFIGURATION = """\
profile: strict
profiles: {prod: certified, dev: standard}
environments: {dev: ['Dev/*'], prod: ['Prod/*']}
custom_profiles: {ours: {base: strict, severity: {'SEC-*': error}, fail_on: warning}}
parameters: {max_rotation_days: 365}
assume: {parameters: {Rotate: 'true'}, conditions: {IsProd: true}}
severity: {KmsKeyRotationEnabled: warning, 'OPS-*': 'off'}
waivers:
  - {rule: KmsKeyRotationEnabled, resource: 'Key*', reason: replaced in May by another, owner: a, ticket: T-1, expires: 2030-01-01}
locked: [SEC-ENC-03]
facts: {organization_trail: {value: true, owner: security, date: 2020-01-01, until: 2090-01-01, note: see there}}
fail_on: warning
on_unknown: fail
on_cdk_managed: fail
show: all
reason_length: 5
"""

TAGGED = """\
AWSTemplateFormatVersion: 2010-09-09
Parameters: {Env: {Type: String, AllowedValues: [dev, prod], Default: dev}}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Mappings: {Map: {eu-west-1: {Key: a}}}
Resources:
  Key: {Type: AWS::KMS::Key, Condition: IsProd, Properties: {EnableKeyRotation: !If [IsProd, true, false]}}
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: Key
    Properties:
      KmsMasterKeyId: !GetAtt Key.Arn
      QueueName: !Sub "q-${Env}"
      RedrivePolicy: {maxReceiveCount: 3, deadLetterTargetArn: !Join [':', [arn, !Ref AWS::Partition]]}
  Policy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Queue], PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 'sqs:*'}]}}}
Outputs: {Arn: {Value: !GetAtt [Queue, Arn], Export: {Name: !Select [0, !Split [',', 'a,b']]}}}
"""

QUEUE: dict[str, Any] = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}}}

ASSEMBLY: dict[str, Any] = {
    "manifest.json": {
        "version": "36.0.0",
        "artifacts": {
            "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
            "Shop.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Shop.assets.json"}},
            "Shop": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://111111111111/eu-west-1",
                "displayName": "Shop",
                "properties": {"templateFile": "Shop.template.json", "terminationProtection": True},
                "additionalMetadataFile": "Shop.metadata.json",
                "metadata": {"/Shop/Queue": [{"type": "aws:cdk:logicalId", "data": "Queue", "trace": ["(/a/b.py:1)"]}]},
            },
            "assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}},
        },
    },
    "tree.json": {"version": "tree-0.1", "tree": {"id": "App", "path": "", "children": {}}},
    "Shop.assets.json": {
        "version": "36.0.0",
        "files": {
            "abc": {
                "source": {"path": "Nested.template.json", "packaging": "file"},
                "destinations": {"a": {"bucketName": "b", "objectKey": "abc.json"}},
            }
        },
    },
    "Shop.metadata.json": {
        "/Shop/Queue": [
            {"type": "aws:cdk:acknowledged-rules", "data": {"Readiness::KmsKeyRotationEnabled": "we know this"}},
            {
                "type": "readiness:waiver",
                "data": {"rule": "SqsQueueHasDeadLetterQueue", "reason": "nothing is lost here"},
            },
        ]
    },
    "Shop.template.json": {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}, "Metadata": {"aws:cdk:path": "Shop/Queue/Resource"}},
            "Nested": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": {"Fn::Sub": "https://s3/${AWS::AccountId}/abc.json"},
                    "Parameters": {"A": "b"},
                },
                "Metadata": {"aws:cdk:path": "Shop/Nested.NestedStack/Nested.NestedStackResource"},
            },
        }
    },
    "Nested.template.json": {
        **QUEUE,
        "Parameters": {"A": {"Type": "String"}},
        "Outputs": {"X": {"Value": {"Ref": "Queue"}}},
    },
    "assembly-Prod/manifest.json": {
        "version": "36.0.0",
        "artifacts": {"S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}}},
    },
    "assembly-Prod/S.template.json": QUEUE,
    "readiness-report.json": {
        "recorded": {"acknowledgements": [["", {"Readiness::X": "for all of it"}]], "waivers": []}
    },
    "validation-report.json": {"version": "1.0", "pluginReports": [{"summary": {"status": "failure"}}]},
    "AwsSolutions-Shop-NagReport.csv": "Rule ID,Resource ID,Compliance,Exception Reason,Rule Level,Rule Info\n",
}


def trees() -> list[dict[str, Any]]:
    """The templates of every example of every rule, by stack name."""
    return [dict(templates_of(spec, example)) for _, spec in load().rules.values() for example in spec.examples]


def seeds(target: str) -> Iterator[bytes]:
    """Good input for a target of :mod:`tools.fuzz.targets`."""
    if target == "tree":
        yield from (json.dumps(tree).encode() for tree in trees()[::6])
    elif target == "template":
        yield b"\1" + TAGGED.encode()
        for tree in trees()[::20]:
            for template in tree.values():
                yield b"\0" + json.dumps(template).encode()
                yield b"\1" + yaml.safe_dump(template).encode()
    elif target == "cloud_assembly":
        yield json.dumps(ASSEMBLY).encode()
        for tree in trees()[::40]:
            template = next(iter(tree.values()))
            yield json.dumps({**ASSEMBLY, "Nested.template.json": template}).encode()
    elif target == "configuration":
        yield CONFIGURATION.encode()
        yield from (f"{line}\n".encode() for line in CONFIGURATION.splitlines() if not line.startswith(" "))
    elif target == "rule_files":
        yield from (
            file.read_bytes() for file in sorted(default_folder().rglob("*.yaml")) if file.stat().st_size < 20_000
        )
    elif target == "baseline_file":
        yield b'{"findings": [{"rule": "KmsKeyRotationEnabled", "place": "Shop/Key", "fingerprint": "abc"}], "schema_version": 1}'
        yield b'{"findings": []}'
