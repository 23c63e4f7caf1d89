"""Checks on configuration that is rolled out by AWS AppConfig, and on documentation that is published with an API."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readiness_pack.rules.checks.credentials import problem_with
from readiness_pack.rules.checks.elements import judged
from readiness_pack.rules.outcome import NOT_APPLICABLE, PASS, Outcome, fail
from readiness_pack.rules.rule import Rule, Verdicts
from readiness_pack.template import Resource, Text, Undecided, Unknown, Value
from readiness_pack.template.views.documents import json_document
from readiness_pack.template.views.naming import attached, named_resource

# Secrets -------------------------------------------------------------------------------------------------------------

_VERSION = "AWS::AppConfig::HostedConfigurationVersion"
# A line of YAML, of a properties or an ini file: the name and its value.
_LINE = re.compile(r"""^\s*-?\s*["']?([A-Za-z_][\w.-]*)["']?\s*[:=]\s*(\S.*?)\s*$""")


def secrets_by_reference(rule: Rule, resource: Resource) -> Verdicts:
    """No configuration that AppConfig keeps holds a credential, least of all without a key of one's own."""
    if resource.type == _VERSION:
        return judged(_entries(resource), lambda entry: _entry(rule, resource, *entry)) or PASS
    location = resource.get("LocationUri")
    if isinstance(location, Unknown):
        location.undecided()
    if location != "hosted":
        return NOT_APPLICABLE
    versions = attached(resource, _VERSION, "ConfigurationProfileId")
    if resource.get("KmsKeyIdentifier") is not None:
        return PASS

    def judge(version: Resource) -> Outcome | None:
        found = judged(_entries(version), lambda entry: _entry(rule, version, *entry))
        if not found:
            return None
        if found[0].verdict == "unknown":
            raise Undecided(found[0].reason or "its content is not known")
        reason = f"hosts the secrets of {version.logical_id} without a key of your own (KmsKeyIdentifier is not set)"
        return fail("KmsKeyIdentifier", detail=version.logical_id, reason=reason)

    return judged(versions, judge) or (PASS if versions else NOT_APPLICABLE)


def _entry(rule: Rule, version: Resource, name: str, value: Value) -> Outcome | None:
    problem = problem_with(rule, version, name, value)
    if problem is None:
        return None
    return fail("Content", detail=name or problem, reason=f"{problem} ({name})" if name else problem)


def _entries(version: Resource) -> Iterator[tuple[str, Value]]:
    """Name and value of everything in a configuration: of JSON its leaves, of other text its lines."""
    content = version.get("Content")
    if isinstance(content, Unknown):
        content.undecided()
    document = json_document(content)
    if not isinstance(document, Unknown):
        yield from _leaves("", document)
        return
    parts = content.parts if isinstance(content, Text) else (content,)
    before = ""
    for part in parts:
        if not isinstance(part, str):
            opened = re.search(r"([A-Za-z_][\w.-]*)[\"']?\s*[:=]\s*[\"']?$", before)
            yield opened[1] if opened is not None else "", part
            continue
        for line in part.splitlines():
            match = _LINE.match(line)
            yield (match[1], match[2].strip("\"'")) if match is not None else ("", line.strip())
        before = part


def _leaves(name: str, value: Value) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(key, part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(name, part)
    else:
        yield name, value


# Documentation -------------------------------------------------------------------------------------------------------

_DOCUMENTATION = "AWS::ApiGateway::DocumentationVersion"


def documentation_published(rule: Rule, stage: Resource) -> Verdicts:
    """A stage of a REST API publishes a version of its documentation that exists."""
    if rule.facts.get("api_documentation"):
        return NOT_APPLICABLE
    path = "DocumentationVersion"
    version = stage.get(path)
    if version is None:
        return fail(path, reason="publishes no documentation (DocumentationVersion is not set)")
    api = named_resource(stage.assembly, stage.get("RestApiId"))
    if stage.assembly.target(version) is not None or api is None:
        return PASS
    declared = [one.get("DocumentationVersion") for one in attached(api, _DOCUMENTATION, "RestApiId")]
    if not declared or any(bool(version == one) for one in declared):
        return PASS  # an import of the API may have made it
    return fail(
        path, detail="version", reason=f"publishes version {version} of a documentation that has no such version"
    )
