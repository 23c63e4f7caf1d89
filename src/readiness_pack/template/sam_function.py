"""``AWS::Serverless::Function``.

Property by property as in
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""

from __future__ import annotations

from typing import Any

from readiness_pack.template.markers import unknown
from readiness_pack.template.sam_events import POLLED_POLICIES, function_events
from readiness_pack.template.sam_parts import (
    Macro,
    Translation,
    allow,
    arn,
    is_intrinsic,
    location,
    managed_policy,
    ref,
    role,
    tags,
    taken,
)

# What Lambda's resource has under the same name.
_SAME = (
    *("Architectures", "CodeSigningConfigArn", "Description", "DurableConfig", "Environment", "EphemeralStorage"),
    *("FileSystemConfigs", "FunctionName", "FunctionScalingConfig", "Handler", "ImageConfig", "KmsKeyArn", "Layers"),
    *("LoggingConfig", "MemorySize", "PackageType", "PublishToLatestPublished", "RecursiveLoop"),
    *("ReservedConcurrentExecutions", "Runtime", "RuntimeManagementConfig", "SnapStart", "TenancyConfig", "Timeout"),
    "VpcConfig",
)

_CREATED_BY = "lambda:createdBy"


def translate_function(macro: Macro, translation: Translation) -> None:
    """The function, its role, version, alias, URL, destinations and deployment group, and what invokes it."""
    properties = macro.properties
    made = {**taken(properties, *_SAME), "Code": _code(properties), "Tags": tags(properties, _CREATED_BY)}
    made["Role"] = properties.get("Role", arn(f"{macro.logical_id}Role"))
    dead_letters = properties.get("DeadLetterQueue")
    if isinstance(dead_letters, dict):
        made["DeadLetterConfig"] = dead_letters if is_intrinsic(dead_letters) else taken(dead_letters, "TargetArn")
    tracing = properties.get("Tracing")
    if tracing is not None and tracing != "Disabled":
        made["TracingConfig"] = {"Mode": tracing}
    if "CapacityProviderConfig" in properties:
        made["CapacityProviderConfig"] = unknown("SAM writes CapacityProviderConfig")
    translation.base(macro, "AWS::Lambda::Function", made)
    alias = _alias(macro, translation)
    target = ref(alias) if alias else ref(macro.logical_id)
    inline = [*_dead_letter_policy(dead_letters), *_invoke_config(macro, alias, translation)]
    inline += function_events(macro, target, translation)
    _url(macro, target, translation)
    if "Role" not in properties:
        made_role = role(macro, "lambda.amazonaws.com", _managed(macro), inline, _CREATED_BY)
        translation.add(macro, f"{macro.logical_id}Role", "AWS::IAM::Role", made_role)


def _code(properties: dict[str, Any]) -> dict[str, Any]:
    if "InlineCode" in properties:
        return {"ZipFile": properties["InlineCode"]}
    if "ImageUri" in properties:
        return {"ImageUri": properties["ImageUri"]}
    if properties.get("PackageType") == "Image":
        return unknown("the image is built when the template is packaged")
    return location(properties.get("CodeUri"), "S3Bucket", "S3Key", "S3ObjectVersion")


def _managed(macro: Macro) -> list[Any]:
    """The managed policies that SAM attaches for what the function uses."""
    names = ["AWSLambdaBasicExecutionRole"]
    tracing = macro.properties.get("Tracing")
    if tracing is not None and tracing != "Disabled":
        names.append("AWSXrayWriteOnlyAccess")
    if macro.properties.get("VpcConfig"):
        names.append("AWSLambdaVPCAccessExecutionRole")
    for kind, event in macro.events.values():
        polled = "SQS" if kind == "SNS" and event.get("SqsSubscription") else kind
        if policy := POLLED_POLICIES.get(polled):
            names.append(policy)
    return [managed_policy(name) for name in dict.fromkeys(names)]


def _dead_letter_policy(dead_letters: Any) -> list[Any]:
    if not isinstance(dead_letters, dict) or dead_letters.get("Type") not in ("SQS", "SNS"):
        return []
    action = "sqs:SendMessage" if dead_letters["Type"] == "SQS" else "sns:Publish"
    return [allow("DeadLetterQueuePolicy", action, dead_letters.get("TargetArn"))]


def _alias(macro: Macro, translation: Translation) -> str | None:
    """Version and alias of a function that publishes one; the alias's logical id."""
    properties = macro.properties
    name = properties.get("AutoPublishAlias")
    if name is None:
        return None
    function = macro.logical_id
    version, alias = f"{function}Version", f"{function}Alias{name}" if isinstance(name, str) else f"{function}Alias"
    made = {"FunctionName": ref(function), **taken(properties, VersionDescription="Description")}
    policy = properties.get("VersionDeletionPolicy", "Retain")
    translation.add(
        macro, version, "AWS::Lambda::Version", made, **({"DeletionPolicy": policy} if isinstance(policy, str) else {})
    )
    translation.add(
        macro,
        alias,
        "AWS::Lambda::Alias",
        {
            "Name": name,
            "FunctionName": ref(function),
            "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
            **taken(properties, "ProvisionedConcurrencyConfig"),
        },
        **_deployment(macro, translation),
    )
    translation.renamed[f"{function}.Alias"] = alias
    translation.renamed[f"{function}.Version"] = version
    return alias


def _deployment(macro: Macro, translation: Translation) -> dict[str, Any]:
    """The CodeDeploy resources of a gradual deployment, and the alias's ``UpdatePolicy``."""
    preference = macro.properties.get("DeploymentPreference")
    if not isinstance(preference, dict) or preference.get("Enabled") is False or is_intrinsic(preference):
        return {}
    application = "ServerlessDeploymentApplication"
    group = f"{macro.logical_id}DeploymentGroup"
    whole = Macro(macro.logical_id, macro.type, {}, macro.properties)  # SAM puts these under no condition
    translation.add(whole, application, "AWS::CodeDeploy::Application", {"ComputePlatform": "Lambda"})
    service_role = preference.get("Role")
    if service_role is None:
        made_role = {
            "AssumeRolePolicyDocument": _codedeploy_trust(),
            "ManagedPolicyArns": [managed_policy("AWSCodeDeployRoleForLambda")],
        }
        service_role = arn(translation.add(whole, "CodeDeployServiceRole", "AWS::IAM::Role", made_role))
    made: dict[str, Any] = {
        "ApplicationName": ref(application),
        "AutoRollbackConfiguration": {
            "Enabled": True,
            "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
        "DeploymentConfigName": {
            "Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": preference.get("Type")}]
        },
        "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
        "ServiceRoleArn": service_role,
        **taken(preference, "TriggerConfigurations"),
    }
    alarms = preference.get("Alarms")
    if isinstance(alarms, list):
        made["AlarmConfiguration"] = {"Enabled": True, "Alarms": [{"Name": alarm} for alarm in alarms]}
    elif alarms is not None:
        made["AlarmConfiguration"] = {"Enabled": True, "Alarms": unknown("Alarms is not a list")}
    translation.add(whole, group, "AWS::CodeDeploy::DeploymentGroup", made)
    update: dict[str, Any] = {"ApplicationName": ref(application), "DeploymentGroupName": ref(group)}
    hooks = preference.get("Hooks")
    if isinstance(hooks, dict):
        update |= taken(hooks, PreTraffic="BeforeAllowTrafficHook", PostTraffic="AfterAllowTrafficHook")
    return {"UpdatePolicy": {"CodeDeployLambdaAliasUpdate": update}}


def _codedeploy_trust() -> dict[str, Any]:
    principal = {"Service": ["codedeploy.amazonaws.com"]}
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


_SEND = {
    "SQS": "sqs:SendMessage",
    "SNS": "sns:Publish",
    "Lambda": "lambda:InvokeFunction",
    "EventBridge": "events:PutEvents",
}


def _invoke_config(macro: Macro, alias: str | None, translation: Translation) -> list[Any]:
    """The settings for asynchronous invocations; gives the policies that their destinations need."""
    config = macro.properties.get("EventInvokeConfig")
    if not isinstance(config, dict) or is_intrinsic(config):
        return []
    name = f"{macro.logical_id}EventInvokeConfig"
    made: dict[str, Any] = {
        "FunctionName": ref(macro.logical_id),
        "Qualifier": macro.properties["AutoPublishAlias"] if alias else "$LATEST",
        **taken(config, "MaximumEventAgeInSeconds", "MaximumRetryAttempts"),
    }
    given: list[Any] = []
    destinations = config.get("DestinationConfig")
    if isinstance(destinations, dict):
        made["DestinationConfig"] = {}
        for outcome, destination in destinations.items():
            if not isinstance(destination, dict):
                made["DestinationConfig"][outcome] = unknown(f"{outcome} is not a map")
                continue
            kind, place = destination.get("Type"), destination.get("Destination")
            if place is None and kind in ("SQS", "SNS"):
                made_type, suffix = ("AWS::SQS::Queue", "Queue") if kind == "SQS" else ("AWS::SNS::Topic", "Topic")
                created = translation.add(macro, f"{name}{outcome}{suffix}", made_type, {})
                place = arn(created) if kind == "SQS" else ref(created)
            made["DestinationConfig"][outcome] = {"Destination": place}
            if isinstance(kind, str) and kind in _SEND:
                given.append(allow(f"{name}{outcome}{kind}Policy", _SEND[kind], place))
    more = {"DependsOn": [alias]} if alias else {}
    translation.add(macro, name, "AWS::Lambda::EventInvokeConfig", made, **more)
    return given


def _url(macro: Macro, target: dict[str, Any], translation: Translation) -> None:
    config = macro.properties.get("FunctionUrlConfig")
    if not isinstance(config, dict):
        return
    name = f"{macro.logical_id}Url"
    if is_intrinsic(config):
        translation.cannot_say(macro, "FunctionUrlConfig", "FunctionUrlConfig is not a map")
        return
    made = {"TargetFunctionArn": target, **taken(config, "AuthType", "Cors", "InvokeMode")}
    translation.add(macro, name, "AWS::Lambda::Url", made)
    if config.get("AuthType") != "NONE":
        return
    anyone = {"FunctionName": target, "Principal": "*"}
    public = {"Action": "lambda:InvokeFunctionUrl", **anyone, "FunctionUrlAuthType": "NONE"}
    translation.add(macro, f"{name}PublicPermissions", "AWS::Lambda::Permission", public)
    invoked = {"Action": "lambda:InvokeFunction", **anyone, "InvokedViaFunctionUrl": True}
    translation.add(macro, f"{macro.logical_id}URLInvokeAllowPublicAccess", "AWS::Lambda::Permission", invoked)
