"""What looks like a secret is in no report and no log, though the finding about it is."""

from __future__ import annotations

import copy
import json
from importlib import import_module
from io import StringIO
from itertools import cycle
from typing import Any

import msgspec
import pytest
from rich.console import Console

from readiness_pack import Assembly, evaluate
from readiness_pack.checklist import load
from readiness_pack.cli.check import FORMATS
from readiness_pack.config import Config
from readiness_pack.example_runs import templates_of
from readiness_pack.findings import Report
from readiness_pack.redaction import of_error, redacted, redacted_value
from readiness_pack.report.console import render
from readiness_pack.report.view import View
from readiness_pack.rules import Rule, built_in
from readiness_pack.rules.rule_set import RuleSet
from tools.fuzz.mutate import Path, paths, value_at

# What would do harm if it were printed: the part of each value that nobody may read.
SECRETS: dict[str, str] = {
    "AKIA" + "Q3EGRZP7XK5WNT2M": "Q3EGRZP7XK5WNT2M",
    "postgres://shop:hunter2-Zq8@db.shop.test:5432/orders": "hunter2-Zq8",
    "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8": "a1B2c3D4e5",
    "-----BEGIN RSA "
    + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEAsecretsecret\n-----END RSA PRIVATE KEY-----": "MIIEpAIBAAKCAQEA",
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJzZWNyZXQifQ.c2lnbmF0dXJlLXNlY3JldA": "c2lnbmF0dXJl",
    "xoxb-" + "123456789012-abcdefSECRET": "abcdefSECRET",
    "export DB_PASSWORD=hunter2-Zq8; run": "hunter2-Zq8",
    '{"password": "hunter2-Zq8", "user": "shop"}': "hunter2-Zq8",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXq3vLkKY": "K7MDENG",
    "Server=db;User Id=shop;Password=hunter2-Zq8;": "hunter2-Zq8",
    "glpat-" + "aB3dE6gH9jK2mN5pQ8sT": "aB3dE6gH9jK2",
}
HARM = tuple(SECRETS.values())


def leaks(text: str) -> list[str]:
    return [harm for harm in HARM if harm in text]


def strings(templates: Any) -> list[Path]:
    """Where text stands in properties; not types, nor what intrinsics refer to, which is no value."""
    return [
        path
        for path in paths(templates)
        if isinstance(value_at(templates, path), str)
        and "Properties" in path
        and path[-1] not in ("Type", "Ref")
        and path[-2] not in ("Fn::GetAtt", "Fn::If", "Fn::FindInMap")
    ]


def planted(templates: Any, places: list[Path], secrets: Any) -> Any:
    found = copy.deepcopy(templates)
    for path in places:
        value_at(found, path[:-1])[path[-1]] = next(secrets)
    return found


def failing() -> list[tuple[type[Rule], dict[str, Any], Config]]:
    classes = built_in()
    return [
        (classes[name], templates_of(spec, example), msgspec.convert({"parameters": example.parameters}, Config))
        for name, (_, spec) in load().rules.items()
        for example in spec.examples
        if example.verdict in ("fail", "unknown")
    ]


def written(report: Report) -> dict[str, str]:
    """The report in every format, and on a terminal."""
    view = View(report, RuleSet(dict(built_in()), load()), ("app",))
    found = {
        name: import_module(f"readiness_pack.report.{format_.module}").write(view).decode()
        for name, format_ in FORMATS.items()
        if name != "console"
    }
    terminal = StringIO()
    render(view, Console(file=terminal, width=300, color_system=None), verbose=True)
    return {**found, "console": terminal.getvalue()}


def test_one_secret_in_each_property_of_every_failing_example() -> None:
    found, judged = [], 0
    secrets = cycle(SECRETS)
    for rule, templates, config in failing():
        for path in strings(templates):
            report = evaluate(Assembly.from_templates(planted(templates, [path], secrets)), [rule], config)
            judged += len(report.findings)
            text = msgspec.json.encode([report.findings, report.errors, report.notes]).decode()
            found += [(rule.name, path, leak) for leak in leaks(text)]
    assert found == []
    assert judged > 3000


def test_secrets_in_all_properties_at_once_in_every_format() -> None:
    secrets = cycle(SECRETS)
    apps: dict[str, Any] = {}
    for number, (_, templates, _) in enumerate(failing()[::6]):
        for name, template in planted(templates, strings(templates), secrets).items():
            apps[f"{name}{number}"] = template
    report = evaluate(Assembly.from_templates(apps), keep_passes=True)
    assert report.errors == []
    assert len(report.findings) > 2000
    assert {name: leaks(text) for name, text in written(report).items() if leaks(text)} == {}


DATABASE = {
    "Type": "AWS::RDS::DBInstance",
    "Properties": {"MasterUserPassword": "hunter2-Zq8", "Port": "hunter2-Zq8", "EngineVersion": "hunter2-Zq8"},
}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {"Environment": {"Variables": {"DB_PASSWORD": "hunter2-Zq8", "KEY": "AKIAQ3EGRZP7XK5WNT2M"}}},
}
INSTANCE = {
    "Type": "AWS::EC2::Instance",
    "Properties": {"UserData": {"Fn::Base64": "#!/bin/sh\nexport API_TOKEN=hunter2-Zq8\nmysql -phunter2-Zq8\n"}},
}


def test_the_finding_is_there_though_the_secret_is_not() -> None:
    template = {"Resources": {"Db": DATABASE, "Function": FUNCTION, "Instance": INSTANCE}}
    report = evaluate(Assembly.from_template(template))
    by_place = {(finding.logical_id, finding.rule) for finding in report.findings if finding.verdict == "fail"}
    assert {
        logical_id for logical_id, rule in by_place if "ecret" in rule or "redential" in rule or "Plain" in rule
    } == {*("Db", "Function", "Instance")}
    said = [f.message for f in report.findings if f.logical_id == "Function" and "DB_PASSWORD" in f.message]
    assert said, "the name of the variable is told"
    assert leaks(json.dumps(written(report))) == []


class Shows(Rule):
    """Quotes what it is given, as a rule of an organisation may."""

    item = "SEC-SEC-01"
    resource_types = ("AWS::RDS::DBInstance",)
    message = "{logical_id} has {value}."
    require = {"MasterUserPassword": {"matches": "^nothing$"}}


class Raises(Rule):
    """Breaks over what it is given."""

    item = "SEC-SEC-01"
    resource_types = ("AWS::RDS::DBInstance",)
    message = "no"

    def check(self, resource: Any) -> None:
        int(resource.get("MasterUserPassword"))


def test_a_rule_of_somebody_else_that_quotes_the_password() -> None:
    report = evaluate(Assembly.from_template({"Resources": {"Db": DATABASE}}), [Shows])
    assert [finding.message for finding in report.findings] == ["Db has ***."]


def test_a_rule_that_breaks_over_a_secret_does_not_tell_it() -> None:
    report = evaluate(Assembly.from_template({"Resources": {"Db": DATABASE}}), [Raises])
    (error,) = report.errors
    assert error.message.startswith("ValueError: invalid literal for int() with base 10: '...'")
    assert leaks(json.dumps(written(report))) == []


def test_values_of_parameters_that_are_secret() -> None:
    template = {
        "Parameters": {
            "DbPassword": {
                "Type": "String",
                "NoEcho": True,
                "Default": "true",
                "AllowedValues": ["true", "hunter2-Zq8"],
            }
        },
        "Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": {"Ref": "DbPassword"}}}},
    }
    report = evaluate(Assembly.from_template(template))
    assert any("DbPassword" in finding.message for finding in report.findings)
    assert leaks(json.dumps(written(report))) == []


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop-AbCdEf",
        "secretsmanager:GetSecretValue is allowed on *",
        "{{resolve:secretsmanager:shop:SecretString:password}} is read at deployment",
        "its parameter MasterUserPassword is written in the template",
        "ManageMasterUserPassword is false",
        "MinimumPasswordLength is 6",
        "s3:// bucket, https://shop.test/a?b=c and mysql://db.test:3306/orders",
        "OrdersDeadLetterQueueAlarmTopicSubscription9F3A2B1C",
        "ShopStackCustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F",
        "sha256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    ],
)
def test_words_about_secrets_stay(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("around", ["{}", "Engine is {}, not mysql", "['{}']", "a: {}\nb", "x{{{}}}"])
def test_what_looks_like_a_secret_goes(text: str, around: str) -> None:
    assert leaks(redacted(around.format(text))) == []


def test_names_tell_secrets() -> None:
    assert redacted_value("abc", "Users[0].Password") == "***"
    assert redacted_value("abc", "AuthParameters.OAuthParameters.ClientParameters.ClientSecret") == "***"
    assert redacted_value("abc", "Passwords[0]") == "***"
    assert redacted_value("AES256", "SecretArn") == "AES256"
    assert redacted_value("abc", None) == "abc"


def test_errors_keep_what_stands_in_the_code() -> None:
    def raised(error: Exception) -> str:
        try:
            if error.args[0] == "Principals":
                raise error
            raise error
        except Exception as caught:
            return of_error(caught)

    assert raised(KeyError("".join(["Princi", "pals"]))) == "KeyError: 'Principals'"
    assert raised(KeyError("".join(["a", "b"]))) == "KeyError: '...'"
    assert (
        raised(AttributeError("'int' object has no attribute 'x'"))
        == "AttributeError: 'int' object has no attribute 'x'"
    )
    assert raised(ValueError("bad 'a\\'b' and \"c\"")) == "ValueError: bad '...' and '...'"
