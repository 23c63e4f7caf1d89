"""``AWS::Serverless::StateMachine``."""

from __future__ import annotations

from typing import Any

from readiness_pack.template.markers import unknown
from readiness_pack.template.sam_events import machine_events
from readiness_pack.template.sam_parts import (
    Macro,
    Translation,
    arn,
    is_intrinsic,
    location,
    managed_policy,
    ref,
    role,
    tags,
    taken,
)


def translate_state_machine(macro: Macro, translation: Translation) -> None:
    """The state machine, its role, version and alias, and what starts it."""
    properties = macro.properties
    made: dict[str, Any] = {
        **_definition(properties),
        **taken(
            properties,
            Logging="LoggingConfiguration",
            Name="StateMachineName",
            Type="StateMachineType",
            Tracing="TracingConfiguration",
        ),
        "RoleArn": properties.get("Role", arn(f"{macro.logical_id}Role")),
        "Tags": tags(properties, "stateMachine:createdBy"),
    }
    translation.base(macro, "AWS::StepFunctions::StateMachine", made)
    if "Role" not in properties:
        tracing = properties.get("Tracing")
        managed = (
            [managed_policy("AWSXrayWriteOnlyAccess")] if isinstance(tracing, dict) and tracing.get("Enabled") else []
        )
        made_role = role(macro, "states.amazonaws.com", managed, (), "stateMachine:createdBy")
        translation.add(macro, f"{macro.logical_id}Role", "AWS::IAM::Role", made_role)
    _publish(macro, translation)
    machine_events(macro, translation)


def _definition(properties: dict[str, Any]) -> dict[str, Any]:
    found = taken(properties, "DefinitionSubstitutions")
    definition = properties.get("Definition")
    if isinstance(definition, dict):
        return {**found, "DefinitionString": {"Fn::ToJsonString": definition}}
    uri = properties.get("DefinitionUri")
    place = location(uri, "Bucket", "Key", "Version")
    if isinstance(uri, str) and not uri.startswith("s3://"):
        return {**found, "DefinitionString": unknown(f"{uri} is uploaded when the template is packaged")}
    return {**found, "DefinitionS3Location": place}


def _publish(macro: Macro, translation: Translation) -> None:
    """Version and alias of a state machine that publishes one. Events start the machine all the same."""
    name = macro.properties.get("AutoPublishAlias")
    if name is None:
        return
    version = f"{macro.logical_id}Version"
    translation.add(
        macro,
        version,
        "AWS::StepFunctions::StateMachineVersion",
        {
            "StateMachineArn": ref(macro.logical_id),
            "StateMachineRevisionId": {"Fn::GetAtt": [macro.logical_id, "StateMachineRevisionId"]},
        },
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
    )
    preference = macro.properties.get("DeploymentPreference", {"Type": "ALL_AT_ONCE"})
    if isinstance(preference, dict) and not is_intrinsic(preference):
        preference = {**preference, "StateMachineVersionArn": ref(version)}
    alias = f"{macro.logical_id}Alias{name}" if isinstance(name, str) else f"{macro.logical_id}Alias"
    made = {"Name": name, "DeploymentPreference": preference}
    translation.add(macro, alias, "AWS::StepFunctions::StateMachineAlias", made)
    translation.renamed[f"{macro.logical_id}.Alias"] = alias
    translation.renamed[f"{macro.logical_id}.Version"] = version
