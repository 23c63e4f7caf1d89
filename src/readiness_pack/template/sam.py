"""AWS SAM: the CloudFormation resources that ``Transform: AWS::Serverless-2016-10-31`` makes.

Logical ids are those that SAM documents,
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
A hash of the code at their end (versions, deployments, layers, domain names) is left out: only SAM knows it, and no
template can name it. What SAM would make and cannot be said becomes unknown, a property or a resource, never absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from readiness_pack.template.markers import unknown
from readiness_pack.template.sam_api import translate_api, translate_http_api, translate_implicit_apis
from readiness_pack.template.sam_function import translate_function
from readiness_pack.template.sam_machine import translate_state_machine
from readiness_pack.template.sam_parts import Macro, Translation, is_intrinsic, location, ref, tags, taken

TRANSFORM = "AWS::Serverless-2016-10-31"

_PREFIX = "AWS::Serverless::"
_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+\.[A-Za-z]+)\}")


def translate(template: dict[str, Any]) -> Translation:
    """``template`` with SAM's resources replaced.

    Example:
        >>> function = {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "a.b", "InlineCode": "pass"}}
        >>> list(translate({"Resources": {"Orders": function}}).template["Resources"])
        ['Orders', 'OrdersRole']
    """
    globals_ = template.get("Globals")
    sections = {name: section for name, section in template.items() if name not in ("Globals", "Transform")}
    written = template["Resources"]
    translation = Translation({**sections, "Resources": {}})
    macros: list[Macro] = []
    for logical_id, raw in written.items():
        type_ = raw.get("Type") if isinstance(raw, dict) else None
        if not isinstance(type_, str) or not type_.startswith(_PREFIX):
            translation.resources[logical_id] = raw
            continue
        macro = _macro(logical_id, type_, raw, globals_ if isinstance(globals_, dict) else {})
        translator = _TRANSLATORS.get(type_)
        if translator is None:
            translation.untranslated.append((logical_id, type_, f"only SAM says which resources {type_} makes"))
            continue
        macros.append(macro)
        translator(macro, translation)
    translate_implicit_apis(macros, globals_ if isinstance(globals_, dict) else {}, translation)
    _change_what_is_written(translation)
    if translation.renamed:
        translation.template = _with_references(translation.template, translation.renamed)
    return translation


def _macro(logical_id: str, type_: str, raw: dict[str, Any], globals_: dict[str, Any]) -> Macro:
    properties = raw.get("Properties")
    common = globals_.get(type_.removeprefix(_PREFIX))
    own = properties if isinstance(properties, dict) else {}
    return Macro(logical_id, type_, raw, merged(common, own) if isinstance(common, dict) else own)


def merged(common: Any, own: Any) -> Any:
    """``own`` with what ``Globals`` says: maps are merged, lists joined, the global part first; else ``own`` counts.

    Source: sam-specification-template-anatomy-globals.html in AWS SAM's developer guide.

    Example:
        >>> merged({"Timeout": 3, "Layers": ["a"]}, {"Timeout": 9, "Layers": ["b"]})
        {'Timeout': 9, 'Layers': ['a', 'b']}
    """
    if isinstance(common, dict) and isinstance(own, dict) and not is_intrinsic(common) and not is_intrinsic(own):
        return {**common, **{key: merged(common[key], part) if key in common else part for key, part in own.items()}}
    if isinstance(common, list) and isinstance(own, list):
        return [*common, *own]
    return own


def _change_what_is_written(translation: Translation) -> None:
    """Buckets and user pools of the template get the notifications and triggers that events ask for."""
    for bucket, permission, configurations in translation.notifications:
        raw = translation.resources.get(bucket)
        if isinstance(raw, dict) and raw.get("Type") == "AWS::S3::Bucket":
            depends = raw.get("DependsOn", [])
            depends = [*depends, permission] if isinstance(depends, list) else [depends, permission]
            more = {"NotificationConfiguration": {"LambdaConfigurations": configurations}}
            properties = merged(raw.get("Properties") or {}, more)
            translation.resources[bucket] = {**raw, "DependsOn": depends, "Properties": properties}
    for pool, triggers in translation.triggers:
        raw = translation.resources.get(pool)
        if isinstance(raw, dict) and raw.get("Type") == "AWS::Cognito::UserPool":
            properties = merged(raw.get("Properties") or {}, {"LambdaConfig": triggers})
            translation.resources[pool] = {**raw, "Properties": properties}


def _table(macro: Macro, translation: Translation) -> None:
    properties = macro.properties
    key = properties.get("PrimaryKey", {"Name": "id", "Type": "String"})
    if isinstance(key, dict) and not is_intrinsic(key):
        name, kind = key.get("Name"), key.get("Type")
        letter = {"String": "S", "Number": "N", "Binary": "B"}.get(kind, kind) if isinstance(kind, str) else kind
        attributes: Any = [{"AttributeName": name, "AttributeType": letter}]
        schema: Any = [{"AttributeName": name, "KeyType": "HASH"}]
    else:
        attributes = schema = unknown("PrimaryKey is not a map")
    made = {
        "AttributeDefinitions": attributes,
        "KeySchema": schema,
        **taken(
            properties, "TableName", "SSESpecification", "PointInTimeRecoverySpecification", "ProvisionedThroughput"
        ),
    }
    if "ProvisionedThroughput" not in properties:
        made["BillingMode"] = "PAY_PER_REQUEST"
    if "Tags" in properties:
        made["Tags"] = tags(properties, None)
    translation.base(macro, "AWS::DynamoDB::Table", made)


def _layer(macro: Macro, translation: Translation) -> None:
    properties = macro.properties
    made = {
        "LayerName": macro.logical_id,
        "Content": location(properties.get("ContentUri"), "S3Bucket", "S3Key", "S3ObjectVersion"),
        **taken(properties, "LayerName", "CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo"),
    }
    retention = properties.get("RetentionPolicy", "Retain")
    more = {"DeletionPolicy": retention} if isinstance(retention, str) else {}
    translation.base(macro, "AWS::Lambda::LayerVersion", made, **more)


def _application(macro: Macro, translation: Translation) -> None:
    properties = macro.properties
    place = properties.get("Location")
    if not isinstance(place, str):
        place = unknown("the application comes from the Serverless Application Repository")
    made = {"TemplateURL": place, **taken(properties, "Parameters", "NotificationARNs", "TimeoutInMinutes")}
    made["Tags"] = tags(properties, "lambda:createdBy")
    translation.base(macro, "AWS::CloudFormation::Stack", made)


def _with_references(value: Any, renamed: dict[str, str]) -> Any:
    """``value`` with references such as ``Function.Alias`` pointing to the resource that SAM makes."""
    if isinstance(value, list):
        return [_with_references(part, renamed) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref" and isinstance(argument, str) and argument in renamed:
            return ref(renamed[argument])
        if name == "Fn::GetAtt" and isinstance(argument, list) and len(argument) == 2:
            head, _, tail = f"{argument[0]}.{argument[1]}".partition(".")
            attribute, _, rest = tail.partition(".")
            target = renamed.get(f"{head}.{attribute}")
            if target is not None:
                return {"Fn::GetAtt": [target, rest]} if rest else ref(target)
        if name == "Fn::Sub":
            return {name: _in_sub(argument, renamed)}
    return {key: _with_references(part, renamed) for key, part in value.items()}


def _in_sub(argument: Any, renamed: dict[str, str]) -> Any:
    if isinstance(argument, str):
        return _REFERENCE.sub(lambda match: f"${{{renamed.get(match[1], match[1])}}}", argument)
    if isinstance(argument, list) and argument:
        return [_in_sub(argument[0], renamed), *(_with_references(part, renamed) for part in argument[1:])]
    return _with_references(argument, renamed)


_TRANSLATORS: dict[str, Callable[[Macro, Translation], None]] = {
    "AWS::Serverless::Function": translate_function,
    "AWS::Serverless::Api": translate_api,
    "AWS::Serverless::HttpApi": translate_http_api,
    "AWS::Serverless::StateMachine": translate_state_machine,
    "AWS::Serverless::SimpleTable": _table,
    "AWS::Serverless::LayerVersion": _layer,
    "AWS::Serverless::Application": _application,
}
