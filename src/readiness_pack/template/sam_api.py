"""SAM's APIs: ``AWS::Serverless::Api``, ``AWS::Serverless::HttpApi`` and those that events imply.

The routes of an API are written into its OpenAPI document. That document is said here only where no authorizer, CORS or
resource policy changes it; else ``Body`` is unknown, and the stage with its logs and limits is known all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from readiness_pack.template.markers import unknown
from readiness_pack.template.sam_parts import Macro, Translation, is_intrinsic, location, ref, tags, taken

REST, HTTP = "ServerlessRestApi", "ServerlessHttpApi"

_WRITTEN_BY_SAM = ("Auth", "Cors", "CorsConfiguration", "GatewayResponses", "Models", "RouteSettings")


@dataclass(frozen=True, slots=True)
class _Route:
    """An event that invokes ``macro`` through an API."""

    macro: Macro
    event_id: str
    api: str
    event: dict[str, Any]
    is_http: bool

    @property
    def path(self) -> str:
        path = self.event.get("Path", "$default" if self.is_http else "/")
        return path if isinstance(path, str) else "*"

    @property
    def method(self) -> str:
        method = self.event.get("Method", "x-amazon-apigateway-any-method")
        spelled = method.lower() if isinstance(method, str) else "any"
        return "x-amazon-apigateway-any-method" if spelled in ("any", "*") else spelled


def translate_api(macro: Macro, translation: Translation) -> None:
    """A REST API, its deployment and stage, and its domain name."""
    properties = macro.properties
    made = {
        **taken(
            properties,
            *("ApiKeySourceType", "BinaryMediaTypes", "Description", "DisableExecuteApiEndpoint", "FailOnWarnings"),
            *("MinimumCompressionSize", "Mode", "Name", "SecurityPolicy", "EndpointAccessMode"),
        ),
        **_definition(properties, "BodyS3Location"),
    }
    endpoint = properties.get("EndpointConfiguration")
    if endpoint is not None:
        made["EndpointConfiguration"] = _endpoint(endpoint)
    auth = properties.get("Auth")
    if isinstance(auth, dict) and "ResourcePolicy" in auth:
        made["Policy"] = unknown("SAM writes the policy of the API from Auth.ResourcePolicy")
    if "Tags" in properties and properties.get("PropagateTags") is True:
        made["Tags"] = tags(properties, None)
    translation.base(macro, "AWS::ApiGateway::RestApi", made)
    api = macro.logical_id
    # Without OpenApiVersion SAM's deployment also makes a stage called Stage, with no settings at all.
    extra = {} if "OpenApiVersion" in properties else {"StageName": "Stage"}
    deployed = {"RestApiId": ref(api), **extra}
    deployment = translation.add(macro, f"{api}Deployment", "AWS::ApiGateway::Deployment", deployed)
    name = properties.get("StageName")
    stage = {
        "RestApiId": ref(api),
        "DeploymentId": ref(deployment),
        "StageName": name,
        **taken(
            properties,
            *("AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "CanarySetting", "MethodSettings"),
            *("TracingEnabled", "Variables"),
        ),
    }
    if "Tags" in properties:
        stage["Tags"] = tags(properties, None)
    stage_id = translation.add(macro, f"{api}{_suffix(name)}Stage", "AWS::ApiGateway::Stage", stage)
    translation.renamed |= {f"{api}.Stage": stage_id, f"{api}.Deployment": deployment}
    _domain(macro, stage_id, translation, is_http=False)
    if isinstance(auth, dict) and "UsagePlan" in auth:
        translation.cannot_say(macro, "Auth.UsagePlan", "only SAM says which usage plan and key it makes")


def translate_http_api(macro: Macro, translation: Translation) -> None:
    """An HTTP API, its stage, and its domain name."""
    properties = macro.properties
    made = {
        **taken(properties, "Description", "DisableExecuteApiEndpoint", "FailOnWarnings", "Name"),
        **_definition(properties, "BodyS3Location"),
    }
    translation.base(macro, "AWS::ApiGatewayV2::Api", made)
    api = macro.logical_id
    name = properties.get("StageName", "$default")
    stage = {
        "ApiId": ref(api),
        "StageName": name,
        "AutoDeploy": True,
        **taken(properties, "AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"),
    }
    stage["Tags"] = _http_tags(macro)
    suffix = "ApiGatewayDefault" if name == "$default" else _suffix(name)
    stage_id = translation.add(macro, f"{api}{suffix}Stage", "AWS::ApiGatewayV2::Stage", stage)
    translation.renamed[f"{api}.Stage"] = stage_id
    _domain(macro, stage_id, translation, is_http=True)


def _http_tags(macro: Macro) -> dict[str, Any]:
    given = macro.properties.get("Tags")
    return {**(given if isinstance(given, dict) else {}), "httpapi:createdBy": "SAM"}


def _suffix(stage_name: Any) -> str:
    """What SAM puts of a stage's name into the logical id of the stage."""
    return stage_name if isinstance(stage_name, str) and stage_name.isalnum() else ""


def _definition(properties: dict[str, Any], s3_location: str) -> dict[str, Any]:
    if "DefinitionBody" in properties:
        if any(name in properties for name in _WRITTEN_BY_SAM):
            return {"Body": unknown("SAM writes Auth and Cors into the definition of the API")}
        return {"Body": properties["DefinitionBody"]}
    if "DefinitionUri" in properties:
        uri = properties["DefinitionUri"]
        if isinstance(uri, str) and not uri.startswith("s3://"):
            return {"Body": unknown(f"{uri} is uploaded when the template is packaged")}
        return {s3_location: location(uri, "Bucket", "Key", "Version")}
    return {}


def _endpoint(endpoint: Any) -> Any:
    if isinstance(endpoint, str) or is_intrinsic(endpoint):
        return {"Types": [endpoint]}
    if not isinstance(endpoint, dict):
        return unknown("EndpointConfiguration is not a map")
    types = {"Types": [endpoint["Type"]]} if "Type" in endpoint else {}
    return {**types, **taken(endpoint, "IpAddressType", VPCEndpointIds="VpcEndpointIds")}


def _domain(macro: Macro, stage_id: str, translation: Translation, *, is_http: bool) -> None:
    domain = macro.properties.get("Domain")
    if not isinstance(domain, dict):
        return
    if is_intrinsic(domain):
        translation.cannot_say(macro, "Domain", "Domain is not a map")
        return
    kind = domain.get("EndpointConfiguration", "REGIONAL")
    certificate, policy = domain.get("CertificateArn"), taken(domain, "SecurityPolicy")
    if is_http:
        configuration = {
            "CertificateArn": certificate,
            "EndpointType": kind,
            **policy,
            **taken(domain, "OwnershipVerificationCertificateArn"),
        }
        made = {"DomainName": domain.get("DomainName"), "DomainNameConfigurations": [configuration]}
        made["Tags"] = _http_tags(macro)
        type_ = "AWS::ApiGatewayV2::DomainName"
    else:
        name = "CertificateArn" if kind == "EDGE" else "RegionalCertificateArn"
        made = {
            "DomainName": domain.get("DomainName"),
            name: certificate,
            "EndpointConfiguration": {"Types": [kind]},
            **policy,
        }
        type_ = "AWS::ApiGateway::DomainName"
    if "MutualTlsAuthentication" in domain:
        made["MutualTlsAuthentication"] = domain["MutualTlsAuthentication"]
    name_id = translation.add(macro, f"{macro.logical_id}DomainName", type_, made)
    if is_http:
        mapping = {"ApiId": ref(macro.logical_id), "DomainName": ref(name_id), "Stage": ref(stage_id)}
        translation.add(macro, f"{macro.logical_id}ApiMapping", "AWS::ApiGatewayV2::ApiMapping", mapping)
    else:
        mapping = {"RestApiId": ref(macro.logical_id), "DomainName": ref(name_id), "Stage": ref(stage_id)}
        translation.add(macro, f"{macro.logical_id}BasePathMapping", "AWS::ApiGateway::BasePathMapping", mapping)
    if "Route53" in domain:
        translation.cannot_say(macro, "Domain.Route53", "only SAM says which records it makes")


def translate_implicit_apis(macros: list[Macro], globals_: dict[str, Any], translation: Translation) -> None:
    """The APIs that events imply, the routes of all APIs, and the permissions to invoke what is behind them."""
    routes = [route for macro in macros for route in _routes(macro, translation)]
    for api, is_http in ((REST, False), (HTTP, True)):
        own = [route for route in routes if route.api == api]
        if own and api not in translation.resources:
            _implicit(api, is_http, own, globals_, translation)
    for api in dict.fromkeys((*(macro.logical_id for macro in macros), *(route.api for route in routes))):
        _write_routes(api, [route for route in routes if route.api == api], macros, translation)
    for route in routes:
        if route.macro.type == "AWS::Serverless::Function":
            _allow(route, translation)


def _routes(macro: Macro, translation: Translation) -> list[_Route]:
    found = []
    for name, (kind, event) in macro.events.items():
        if kind not in ("Api", "HttpApi"):
            continue
        is_http = kind == "HttpApi"
        given = event.get("ApiId" if is_http else "RestApiId", ref(HTTP if is_http else REST))
        api = given.get("Ref") if isinstance(given, dict) else given
        if isinstance(api, str):
            found.append(_Route(macro, f"{macro.logical_id}{name}", api, event, is_http))
        else:
            translation.cannot_say(macro, f"Events.{name}", "the API of the event is not in this template")
    return found


def _implicit(
    api: str, is_http: bool, routes: list[_Route], globals_: dict[str, Any], translation: Translation
) -> None:
    common = globals_.get("HttpApi" if is_http else "Api")
    properties = dict(common) if isinstance(common, dict) else {}
    if not is_http:
        properties["StageName"] = "Prod"  # Globals cannot name the stage of an implicit API
    kind = "AWS::Serverless::HttpApi" if is_http else "AWS::Serverless::Api"
    conditions = list(dict.fromkeys(route.macro.condition for route in routes))
    raw: dict[str, Any] = {}
    if None not in conditions:  # the API exists as soon as one of its functions does
        raw["Condition"] = conditions[0] if len(conditions) == 1 else f"{api}Condition"
        if len(conditions) > 1:
            declared = translation.template.get("Conditions")
            either = {"Fn::Or": [{"Condition": condition} for condition in conditions]}
            translation.template["Conditions"] = {
                **(declared if isinstance(declared, dict) else {}),
                f"{api}Condition": either,
            }
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):  # one that retains is enough
        given = [route.macro.raw[attribute] for route in routes if attribute in route.macro.raw]
        if given:
            raw[attribute] = "Retain" if "Retain" in given else given[0]
    macro = Macro(api, kind, raw, properties)
    (translate_http_api if is_http else translate_api)(macro, translation)
    for made in [made for made, origin in translation.origins.items() if origin == api]:
        translation.origins[made] = routes[0].macro.logical_id


def _write_routes(api: str, routes: list[_Route], macros: list[Macro], translation: Translation) -> None:
    raw = translation.resources.get(api)
    if not isinstance(raw, dict) or raw.get("Type") not in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
        return
    properties = raw["Properties"]
    owner = next((macro for macro in macros if macro.logical_id == api), None)
    decorated = owner is not None and any(name in owner.properties for name in _WRITTEN_BY_SAM)
    if "Body" in properties or "BodyS3Location" in properties:
        return
    if not decorated and not routes:
        return
    if decorated or any("Auth" in route.event for route in routes) or any(route.macro.condition for route in routes):
        properties["Body"] = unknown("SAM writes the definition of the API from its events and authorizers")
        return
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method] = _integration(route)
    version = {"openapi": "3.0.1"} if routes[0].is_http else {"swagger": "2.0"}
    properties["Body"] = {**version, "info": {"version": "1.0", "title": ref("AWS::StackName")}, "paths": paths}


def _integration(route: _Route) -> dict[str, Any]:
    if route.macro.type != "AWS::Serverless::Function":
        return unknown("SAM writes the integration with a state machine")
    invoked = _invoked(route.macro)
    path = f"lambda:path/2015-03-31/functions/${{{invoked}}}/invocations"
    uri = {"Fn::Sub": f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:{path}"}
    integration = {"httpMethod": "POST", "type": "aws_proxy", "uri": uri}
    if route.is_http:
        integration["payloadFormatVersion"] = route.event.get("PayloadFormatVersion", "2.0")
    return {"x-amazon-apigateway-integration": integration, "responses": {}}


def _invoked(macro: Macro) -> str:
    """The logical id behind the integration: the function's alias where it publishes one."""
    name = macro.properties.get("AutoPublishAlias")
    if isinstance(name, str):
        return f"{macro.logical_id}Alias{name}"
    return f"{macro.logical_id}.Arn" if name is None else f"{macro.logical_id}Alias"


def _allow(route: _Route, translation: Translation) -> None:
    macro = route.macro
    invoked = _invoked(macro)
    method = "*" if route.method.startswith("x-") else route.method.upper()
    path = "" if route.path == "$default" else route.path if route.path.startswith("/") else f"/{route.path}"
    where = f"${{AWS::Region}}:${{AWS::AccountId}}:${{ApiId}}/*/{method}{path}"
    source = {"Fn::Sub": [f"arn:${{AWS::Partition}}:execute-api:{where}", {"ApiId": ref(route.api)}]}
    made = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": ref(invoked.removesuffix(".Arn")),
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": source,
    }
    suffix = "" if route.is_http else _stage_suffix(route.api, translation)
    translation.add(macro, f"{route.event_id}Permission{suffix}", "AWS::Lambda::Permission", made)


def _stage_suffix(api: str, translation: Translation) -> str:
    """SAM ends the permission of a REST API with the name of its stage."""
    if api == REST:
        return "Prod"
    stage = translation.resources.get(translation.renamed.get(f"{api}.Stage", ""))
    if isinstance(stage, dict):
        return _suffix(stage["Properties"].get("StageName")) or "Stage"
    return "Stage"
