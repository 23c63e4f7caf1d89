"""What the digest takes notice of, what it does not, and how it names what changed."""

from __future__ import annotations

import copy
import datetime
import json
import random
import time
from dataclasses import replace as with_fields
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from readiness_pack import Assembly
from readiness_pack.checklist import load
from readiness_pack.config import Config, FactSpec, ProfileSpec, WaiverSpec
from readiness_pack.config import load as load_config
from readiness_pack.evidence.changes import first
from readiness_pack.evidence.digest import Digest, changes, digest, keep, kept
from readiness_pack.evidence.records import Evidence, FileRef, Record
from readiness_pack.evidence.tools import ToolResult
from readiness_pack.rules import Rule
from readiness_pack.rules.rule_set import RuleSet, rule_set

Data = dict[str, Any]
DAY = datetime.date(2026, 3, 2)
RULES = rule_set([])
NOTHING = Evidence()

ORDERS: Data = {
    "Description": "Orders",
    "Parameters": {"Env": {"Type": "String", "Default": "prod"}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
    "Resources": {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 30, "Tags": [{"Key": "team", "Value": "orders"}]},
            "DependsOn": ["Key", "Topic"],
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}},
    },
    "Outputs": {"QueueUrl": {"Value": {"Ref": "Queue"}}},
}
PAY: Data = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"PendingWindowInDays": 7}}}}

RECORD = Record(
    item="REL-DRC-04", owner="Operations", date=DAY, statement="Restored.", valid_until=datetime.date(2026, 8, 1)
)
FACT = FactSpec(True, "Security", DAY, datetime.date(2027, 3, 2))
REPORT = ToolResult(
    item="TST-AUT-01", tool="pytest", kind="junit", owner="QA", date=DAY, statement="812 tests passed.", value=None,
    unit=None, met=True, file="build/junit.xml", sha256="ab" * 32,
)  # fmt: skip


def of(
    templates: dict[str, Data] | None = None,
    *,
    rules: RuleSet = RULES,
    config: Config | None = None,
    evidence: Evidence = NOTHING,
) -> Digest:
    assembly = Assembly.from_templates(copy.deepcopy(templates or {"Orders": ORDERS, "Pay": PAY}))
    return digest(assembly, rules, config or Config(), evidence)


def edited(*steps: str | int, value: Any) -> dict[str, Data]:
    """The templates with another value at ``steps`` (stack first)."""
    templates: Any = copy.deepcopy({"Orders": ORDERS, "Pay": PAY})
    parent = templates
    for step in steps[:-1]:
        parent = parent[step]
    if value is None:
        del parent[steps[-1]]
    else:
        parent[steps[-1]] = value
    return templates  # type: ignore[no-any-return]


def shuffled(value: Any, order: random.Random) -> Any:
    """The same data with its keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(inner, order) for inner in value] if isinstance(value, list) else value


# What does not matter ------------------------------------------------------------------------------------------------


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_keys_and_stacks_does_not_matter(order: random.Random) -> None:
    assert of(shuffled({"Orders": ORDERS, "Pay": PAY}, order)) == of()


@given(st.permutations([RECORD, replace(RECORD, item="REL-DRC-03"), replace(RECORD, fact="guardduty", item=None)]))
@settings(max_examples=10, deadline=None)
def test_the_order_of_records_and_their_files_does_not_matter(records: list[Record]) -> None:
    here = Evidence(tuple(replace(record, file=f"{number}.yaml", line=number) for number, record in enumerate(records)))
    there = Evidence(tuple(sorted(records, key=lambda record: record.name)))

    assert of(evidence=here) == of(evidence=there)


def test_the_order_of_waivers_does_not_matter() -> None:
    waivers = [WaiverSpec("Sqs*", "Known and accepted"), WaiverSpec("Kms*", "Known and accepted", "Key")]

    assert of(config=Config(waivers=waivers)) == of(config=Config(waivers=waivers[::-1]))


def test_comments_and_formatting_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    (tmp_path / "yaml").mkdir()
    (tmp_path / "json" / "Orders.json").write_text(json.dumps(ORDERS, indent=7), encoding="utf-8")
    text = yaml.safe_dump(ORDERS, sort_keys=False).replace("Fn::Equals:", "Fn::Equals:  # of the account")
    (tmp_path / "yaml" / "Orders.yaml").write_text(f"# Orders\n{text}", encoding="utf-8")

    found = [digest(Assembly.load(tmp_path / name), RULES, Config(), NOTHING) for name in ("json", "yaml")]

    assert found[0] == found[1]


def test_comments_and_the_place_of_settings_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("profile: strict\nfail_on: warning\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("# Ours.\nfail_on:   warning # at once\nprofile: 'strict'\n", encoding="utf-8")

    assert of(config=load_config(tmp_path / "a.yaml")) == of(config=load_config(tmp_path / "b.yaml"))


@pytest.mark.parametrize("waits", [["Topic", "Key"], ["Key", "Topic", "Key"]])
def test_what_a_resource_waits_for_has_no_order(waits: list[str]) -> None:
    assert of(edited("Orders", "Resources", "Queue", "DependsOn", value=waits)) == of()


def test_numbers_are_compared_by_value() -> None:
    assert of(edited("Orders", "Resources", "Queue", "Properties", "VisibilityTimeout", value=30.0)) == of()


@pytest.mark.parametrize("name", ["aws:cdk:path", "aws:asset:path", "aws:asset:property"])
def test_what_only_the_cli_writes_does_not_matter(name: str) -> None:
    assert of(edited("Orders", "Resources", "Topic", "Metadata", value={name: "Orders/Topic/Resource"})) == of()


def test_usage_statistics_do_not_matter() -> None:
    templates = copy.deepcopy({"Orders": ORDERS, "Pay": PAY})
    templates["Orders"]["Resources"]["CDKMetadata"] = {
        "Type": "AWS::CDK::Metadata",
        "Condition": "CDKMetadataAvailable",
        "Properties": {"Analytics": "v2:deflate64:H4s"},
    }
    templates["Orders"]["Conditions"]["CDKMetadataAvailable"] = {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}

    assert of(templates) == of()


def test_recorded_facts_count_the_same_merged_into_the_settings_or_not() -> None:
    recorded = replace(RECORD, item=None, fact="guardduty", value=True)
    evidence = Evidence((recorded,))
    merged = Config(facts={**evidence.facts})

    assert of(config=merged, evidence=evidence) == of(evidence=evidence)


def test_where_a_tool_report_lies_does_not_matter() -> None:
    elsewhere = msgspec.structs.replace(REPORT, file="C:\\ci\\junit.xml")

    assert of(evidence=Evidence(reports=(REPORT,))) == of(evidence=Evidence(reports=(elsewhere,)))


def test_a_setting_that_says_the_default_does_not_matter() -> None:
    assert of(config=Config(profile="standard", fail_on=None)) == of()


# What does matter, and how it is named -------------------------------------------------------------------------------

TEMPLATE_CHANGES: list[tuple[dict[str, Data], str]] = [
    (
        edited("Orders", "Resources", "Queue", "Properties", "VisibilityTimeout", value=31),
        "stack Orders changed: resource Queue",
    ),
    (
        edited("Orders", "Resources", "Queue", "Properties", "Tags", 0, "Value", value="x"),
        "stack Orders changed: resource Queue",
    ),
    (edited("Orders", "Resources", "Queue", "DependsOn", value="Key"), "stack Orders changed: resource Queue"),
    (
        edited("Orders", "Resources", "Topic", "Metadata", value={"cdk_nag": {}}),
        "stack Orders changed: resource Topic",
    ),
    (edited("Orders", "Resources", "Topic", value=None), "stack Orders changed: resource Topic is gone"),
    (
        edited("Orders", "Resources", "Dlq", value={"Type": "AWS::SQS::Queue"}),
        "stack Orders changed: resource Dlq is new",
    ),
    (edited("Orders", "Parameters", "Env", "Default", value="dev"), "stack Orders changed: parameter Env"),
    (edited("Orders", "Outputs", "QueueUrl", "Value", value="x"), "stack Orders changed: output QueueUrl"),
    (
        edited("Orders", "Conditions", "IsProd", value={"Fn::Equals": ["a", "b"]}),
        "stack Orders changed: condition IsProd",
    ),
    (
        edited("Orders", "Description", value="Orders 2"),
        "stack Orders changed: its description, environment or tags",
    ),
    (edited("Pay", value=None), "stack Pay is gone"),
    (edited("Ship", value=PAY), "stack Ship is new"),
]


@pytest.mark.parametrize(
    ("templates", "sentence"), TEMPLATE_CHANGES, ids=[sentence for _, sentence in TEMPLATE_CHANGES]
)
def test_a_change_of_a_template_is_named(templates: dict[str, Data], sentence: str) -> None:
    before, now = of(), of(templates)

    assert changes(before, now) == [sentence]
    assert before.value != now.value
    assert before.assembly != now.assembly
    assert (before.rules, before.decisions, before.evidence) == (now.rules, now.decisions, now.evidence)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_other_value_anywhere_in_a_resource_matters(data: st.DataObject) -> None:
    resource = data.draw(st.sampled_from(["Queue", "Key"]))
    properties = ORDERS["Resources"][resource]["Properties"]
    name = data.draw(st.sampled_from(sorted(properties)))
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    )
    value = data.draw(
        values.filter(lambda value: value is not None and json.dumps(value) != json.dumps(properties[name]))
    )
    if isinstance(value, bool) != isinstance(properties[name], bool) or value != properties[name]:
        now = of(edited("Orders", "Resources", resource, "Properties", name, value=value))
        assert changes(of(), now) == [f"stack Orders changed: resource {resource}"]


def test_the_environment_of_a_stack_matters() -> None:
    before, now = (Assembly.from_templates({"Orders": copy.deepcopy(ORDERS)}) for _ in range(2))
    now.stacks[0].account = "111111111111"

    found = changes(*(digest(one, RULES, Config(), NOTHING) for one in (before, now)))

    assert found == ["stack Orders changed: its description, environment or tags"]


def test_what_a_transform_leaves_out_matters() -> None:
    """The template as it was written counts, also the parts that our translation of SAM has no use for."""

    def orders(timeout: str) -> dict[str, Data]:
        function = {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Handler": "a.b", "Runtime": "python3.13", "CodeUri": "s3://b/k", "NotKnownToUs": timeout},
        }
        return {"Orders": {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Place": function}}}

    assert changes(of(orders("1")), of(orders("2"))) == ["stack Orders changed: resource Place"]


def rules_with(**attributes: Any) -> RuleSet:
    """Our rules with other attributes of one."""
    made = RULES.classes["KmsKeyRotationEnabled"]
    return RuleSet(
        {**RULES.classes, made.name: type(made.name, (made,), {"name": made.name, **attributes})}, RULES.checklist
    )


SEVERITY = "info"


@pytest.mark.parametrize(
    "attributes",
    [{"severity": SEVERITY}, {"require": {"EnableKeyRotation": "yes"}}, {"unless": None}, {"parameter_specs": {}}],
    ids=lambda attributes: next(iter(attributes)),
)
def test_the_logic_of_a_rule_matters(attributes: Data) -> None:
    made = RULES.classes["KmsKeyRotationEnabled"]
    if "parameter_specs" in attributes:
        made = next(rule for rule in RULES.classes.values() if rule.parameter_specs)
    changed = type(made.name, (made,), {"name": made.name, "__module__": made.__module__, **attributes})
    now = of(rules=RuleSet({**RULES.classes, made.name: changed}, RULES.checklist))

    assert changes(of(), now) == [f"rule {made.name} changed"]


@pytest.mark.parametrize("attributes", [{"message": "Other words."}, {"fix": None}, {"why": "Because."}])
def test_the_words_of_a_rule_do_not_matter(attributes: Data) -> None:
    made = RULES.classes["KmsKeyRotationEnabled"]
    changed = type(made.name, (made,), {"name": made.name, "__module__": made.__module__, **attributes})

    assert of(rules=RuleSet({**RULES.classes, made.name: changed}, RULES.checklist)) == of()


def test_a_rule_in_python_is_its_code_without_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    sources = {
        "rules_a": "def check(rule, resource):\n    return None\n",
        "rules_b": '"""Checks of ours."""\n\n\ndef check(rule,\n          resource):  # asks nothing\n    """Say nothing."""\n    return None\n',
        "rules_c": "def check(rule, resource):\n    return False\n",
    }
    found = {}
    for name, source in sources.items():
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        made: type[Rule] = type("QueuesAreOurs", (Rule,), {"item": "SEC-ENC-03", "__module__": name})
        __import__(name)
        found[name] = of(rules=RuleSet({**RULES.classes, made.name: made}, RULES.checklist))

    assert changes(of(), found["rules_a"]) == ["rule QueuesAreOurs is new"]
    assert found["rules_a"] == found["rules_b"]
    assert changes(found["rules_a"], found["rules_c"]) == ["rule QueuesAreOurs changed"]


def test_how_long_a_record_counts_matters() -> None:
    items = [
        replace(item, evidence=replace(item.evidence, valid_days=1))
        if item.id == "REL-DRC-04" and item.evidence is not None
        else item
        for item in load().items
    ]
    now = of(rules=RuleSet(RULES.classes, with_fields(RULES.checklist, items=tuple(items))))

    assert changes(of(), now) == ["item REL-DRC-04 changed"]


def test_another_version_is_said_first_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    before = of()
    monkeypatch.setattr("readiness_pack.evidence.parts.__version__", "99.0")

    assert changes(before, of())[0].startswith("readiness-pack is 99.0 now, it was ")


WAIVER = WaiverSpec("Sqs*", "Known and accepted", owner="Ana")


@pytest.mark.parametrize(
    ("before", "now", "sentence"),
    [
        ({}, {"profile": "strict"}, "setting profile is new"),
        ({"profile": "strict"}, {"profile": "certified"}, "setting profile changed"),
        ({}, {"severity": {"Sqs*": "off"}}, "setting severity is new"),
        ({}, {"parameters": {"min_receive": 3}}, "setting parameters is new"),
        ({}, {"custom_profiles": {"ours": ProfileSpec()}}, "setting custom_profiles is new"),
        ({}, {"waivers": [WAIVER]}, "waiver Sqs* on * is new"),
        (
            {"waivers": [WAIVER]},
            {"waivers": [replace(WAIVER, expires=DAY)]},
            "waiver Sqs* on * changed",
        ),
        ({"waivers": [WAIVER]}, {}, "waiver Sqs* on * is gone"),
        ({}, {"facts": {"guardduty": FACT}}, "fact guardduty is new"),
        ({"facts": {"guardduty": FACT}}, {"facts": {"guardduty": replace(FACT, value=False)}}, "fact guardduty changed"),
    ],
)  # fmt: skip
def test_a_change_of_the_settings_is_named(before: Data, now: Data, sentence: str) -> None:
    assert changes(of(config=Config(**before)), of(config=Config(**now))) == [sentence]


def test_acknowledgements_and_waivers_in_code_are_named() -> None:
    app = Assembly.from_templates({"Orders": copy.deepcopy(ORDERS)})
    before = digest(app, RULES, Config(), NOTHING)
    app.acknowledgements.append(("Orders/Queue", {"Readiness::SqsQueueHasDeadLetterQueue": "It may lose messages"}))
    app.acknowledgements.append(("Orders", {"AwsSolutions-SQS4": "Inside", "CloudFormation-Validate::W3045": "Ours"}))
    app.waivers.append(("", {"rule": "Kms*", "reason": "By hand"}))

    assert changes(before, digest(app, RULES, Config(), NOTHING)) == [
        "waiver Kms* in code on the app is new",
        "acknowledgements AwsSolutions-SQS4 on Orders, Readiness::SqsQueueHasDeadLetterQueue on Orders/Queue are new",
    ]


def test_the_content_of_the_baseline_matters(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    entry = '{"rule": "A", "place": "b", "fingerprint": "%s"}'
    found = []
    for fingerprint in ("1", "2"):
        file.write_text(f'{{"schema_version": 1, "findings": [{entry % fingerprint}]}}', encoding="utf-8")
        found.append(of(config=Config(baseline=str(file))))

    assert changes(*found) == ["baseline changed"]


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        ((), "record REL-DRC-04 of 2026-03-02 is gone"),
        ((replace(RECORD, statement="Restored it all."),), "record REL-DRC-04 of 2026-03-02 changed"),
        ((replace(RECORD, problem="restore.pdf changed since"),), "record REL-DRC-04 of 2026-03-02 changed"),
        ((replace(RECORD, files=[FileRef("a.pdf", "0" * 64)]),), "record REL-DRC-04 of 2026-03-02 changed"),
        ((RECORD, replace(RECORD, value=3)), "record REL-DRC-04 of 2026-03-02 changed"),
        (
            (replace(RECORD, date=datetime.date(2026, 9, 1)),),
            "record REL-DRC-04 of 2026-03-02 was replaced by that of 2026-09-01",
        ),
    ],
)
def test_a_change_of_a_record_is_named(now: tuple[Record, ...], sentence: str) -> None:
    assert changes(of(evidence=Evidence((RECORD,))), of(evidence=Evidence(now))) == [sentence]


def test_the_content_of_a_tool_report_matters() -> None:
    now = Evidence(reports=(msgspec.structs.replace(REPORT, sha256="cd" * 32),))

    assert changes(of(evidence=Evidence(reports=(REPORT,))), of(evidence=now)) == [
        "report junit.xml for TST-AUT-01 changed"
    ]


# Sentences -----------------------------------------------------------------------------------------------------------


def test_the_same_has_no_changes() -> None:
    assert changes(of(), of()) == []


def test_a_long_list_is_counted() -> None:
    templates = copy.deepcopy({"Orders": ORDERS, "Pay": PAY})
    for number in range(10):
        templates["Orders"]["Resources"][f"T{number}"] = {"Type": "AWS::SNS::Topic"}

    (sentence,) = changes(of(), of(templates))

    assert sentence == (
        "stack Orders changed: resource T0 is new, resource T1 is new, resource T2 is new, resource T3 is new and 6 more"
    )


def test_the_first_changes_say_how_many_more_there_are() -> None:
    assert first([f"rule R{number} changed" for number in range(9)], 3) == [
        "rule R0 changed",
        "rule R1 changed",
        "and 7 further changes",
    ]


def test_a_stack_whose_name_has_a_comma() -> None:
    before, now = of({"a, b": ORDERS}), of({"a, b": PAY})

    (sentence,) = changes(before, now)

    assert sentence.startswith("stack a, b changed: its description, environment or tags, condition IsProd is gone")


# Kept ----------------------------------------------------------------------------------------------------------------


def test_what_a_digest_was_made_of_is_kept(tmp_path: Path) -> None:
    path = keep(tmp_path / "evidence", of())

    assert path.name == f"{of().value.removeprefix('sha256:')}.json"
    assert kept(tmp_path / "evidence", of().value) == of()
    assert keep(tmp_path / "evidence", of()) == path


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("resource Queue", "resource Queues"),
        lambda text: text[: len(text) // 2],
        lambda _: "[]",
        lambda text: text.replace('"parts":{', '"parts":{"note by me":"sha256:00",', 1),
        lambda text: text.replace('"parts": {', '"parts": {"note by me": "sha256:00",', 1),
    ],
)  # fmt: skip
def test_a_kept_digest_that_was_edited_is_none(tmp_path: Path, edit: Any) -> None:
    path = keep(tmp_path, of())
    text = path.read_text(encoding="utf-8")
    path.write_text(edit(text), encoding="utf-8")

    if edit(text) != text:
        assert kept(tmp_path, of().value) is None


@pytest.mark.parametrize("value", ["", "sha256:", "sha256:../../readiness", "sha256:" + "g" * 64])
def test_a_digest_that_is_none_is_looked_for_nowhere(tmp_path: Path, value: str) -> None:
    assert kept(tmp_path, value) is None


def test_hostile_names_are_no_obstacle(tmp_path: Path) -> None:
    name = "x\ud800\n, resource y"
    templates = {name: {"Resources": {"Q\x1b[31m": {"Type": "AWS::SQS::Queue"}, "a" * 3000: {"Type": "A::B::C"}}}}

    keep(tmp_path, of(templates))

    assert kept(tmp_path, of(templates).value) == of(templates)


def test_a_large_app_takes_well_under_a_second() -> None:
    properties = {"RedrivePolicy": {"maxReceiveCount": 3}, "Tags": [{"Key": str(n), "Value": "v"} for n in range(8)]}
    queue = {"Type": "AWS::SQS::Queue", "Properties": properties}
    app = Assembly.from_templates(
        {f"S{stack}": {"Resources": {f"Q{number}": queue for number in range(495)}} for stack in range(8)}
    )

    start = time.process_time()
    found = digest(app, RULES, Config(), NOTHING)

    assert time.process_time() - start < 1
    assert sum("resource" in name for name in found.parts) == 3960
