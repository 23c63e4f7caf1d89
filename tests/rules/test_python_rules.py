"""Rules as Python: subclasses of Rule and of ours, modules, installed packages, and rules that break."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest

from readiness_pack import Assembly, Config, InputError, evaluate
from readiness_pack.cli.rules import described
from readiness_pack.cli.selection import selected
from readiness_pack.config import rules_in_force
from readiness_pack.rules import (
    NOT_APPLICABLE,
    KmsKeyRotationEnabled,
    ParameterSpec,
    Rule,
    Verdicts,
    built_in,
    fail,
    packages,
)
from readiness_pack.rules.rule_set import RuleSet, rule_set
from readiness_pack.template import Resource
from tools import make_rule_types

QUEUE = "AWS::SQS::Queue"
APP = {"Resources": {"A": {"Type": QUEUE}, "B": {"Type": QUEUE, "Properties": {"QueueName": "long-name"}}}}


class ShortNames(Rule):
    """Names are short."""

    item = "REL-ERR-01"
    severity = "warning"
    resource_types = (QUEUE,)
    message = "{logical_id} has {length} letters, more than {limit}."
    parameter_specs: ClassVar = {"limit": ParameterSpec(5, "longest name, in characters")}
    examples = ({"pass": {"Properties": {"QueueName": "a"}}}, {"fail": {"Properties": {"QueueName": "abcdef"}}})

    def check(self, resource: Resource) -> Verdicts:
        name = resource.get("QueueName")
        if name is None:
            return NOT_APPLICABLE
        return fail("QueueName", length=len(name)) if len(name) > self["limit"] else None


def judged(rules: RuleSet, **settings: Any) -> Any:
    return evaluate(Assembly.from_template(APP), rules.classes.values(), Config(**settings), checklist=rules.checklist)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Write a module into the working directory, which is not on the path of imports."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", str(tmp_path))])
    known = set(sys.modules)

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)

    def forget() -> None:
        for name in set(sys.modules) - known:
            if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
                del sys.modules[name]

    write.forget = forget  # type: ignore[attr-defined]
    return write


@pytest.fixture(autouse=True)
def clean_modules(module: Any) -> Iterator[None]:
    packages.offers.cache_clear()
    yield
    module.forget()
    packages.offers.cache_clear()


# A class ---------------------------------------------------------------------------------------------------------------


def test_a_class_is_judged_explained_and_counted_like_a_rule_file() -> None:
    rules = rule_set([ShortNames])
    report = judged(rules)
    (finding,) = (finding for finding in report.findings if finding.rule == "ShortNames")
    assert (finding.message, finding.severity) == ("B has 9 letters, more than 5.", "warning")
    item = next(item for item in report.items if item.id == "REL-ERR-01")
    assert "ShortNames" in item.rules
    _, spec = rules.checklist.rules["ShortNames"]
    assert spec.parameter_specs == ShortNames.parameter_specs
    assert [example.verdict for example in spec.examples] == ["pass", "fail"]
    assert rules.checklist.file_of("ShortNames") is None


def test_its_frameworks_are_those_of_its_item_where_it_names_none() -> None:
    rules = rule_set([ShortNames])
    item = rules.checklist.by_id["REL-ERR-01"]
    assert rules.frameworks_of("ShortNames") == item.frameworks != {}
    name, controls = next(iter(item.frameworks.items()))
    unfiltered: dict[str, tuple[str, ...]] = {"item": (), "type": (), "peer": ()}
    assert "ShortNames" in selected(rules, {**unfiltered, "framework": (f"{name}:{controls[0]}",)}).classes
    assert described(ShortNames, rules)["frameworks"] == item.frameworks
    own = rule_set([changed(frameworks={"soc2": ["CC1.1"]})])
    assert own.frameworks_of("ShortNames") == {"soc2": ["CC1.1"]}


def test_a_check_that_returns_a_text_is_told_the_text() -> None:
    rules = rule_set([changed(check=lambda _self, _resource: "bad name")])
    assert judged(rules).errors[0].message.startswith("TypeError: check gave 'bad name', which is none of PASS")


def test_its_parameters_are_those_of_readiness_yaml_and_typed() -> None:
    rules = rule_set([ShortNames])
    assert "ShortNames" not in {finding.rule for finding in judged(rules, parameters={"limit": 9}).findings}
    with pytest.raises(InputError, match=r"parameters\.limit: a number is expected, as its default 5, not '9'"):
        judged(rules, parameters={"limit": "9"})


def test_a_variant_of_ours_is_asked_beside_it_and_an_override_instead_of_it() -> None:
    class Variant(KmsKeyRotationEnabled):
        parameter_specs: ClassVar = {"max_rotation_days": ParameterSpec(90, "days")}

    class Override(KmsKeyRotationEnabled):
        overrides = "KmsKeyRotationEnabled"
        require: ClassVar = {"Description": "present"}

    class Below(Override):
        pass

    both = rule_set([Variant]).classes
    assert both["Variant"] is Variant
    assert both["KmsKeyRotationEnabled"] is KmsKeyRotationEnabled
    rules = rule_set([Override])
    assert rules.classes["KmsKeyRotationEnabled"] is Override
    assert list(rules.classes) == list(built_in())
    assert rules.checklist.notes[0].startswith("KmsKeyRotationEnabled is overridden by ")
    assert vars(Below)["overrides"] is None
    assert Below.name == "Below"


def test_a_yaml_override_of_a_class_keeps_what_it_decides_in_python(tmp_path: Path) -> None:
    (tmp_path / "o.yaml").write_text("overrides: {ShortNames: {severity: error, parameters: {limit: 2}}}\n")
    rules = rule_set([ShortNames, tmp_path])
    (finding,) = (finding for finding in judged(rules).findings if finding.rule == "ShortNames")
    assert (finding.severity, finding.message) == ("error", "B has 9 letters, more than 2.")


def changed(**attributes: Any) -> type[Rule]:
    return type("ShortNames", (ShortNames,), {"__module__": __name__, **attributes})


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"item": "REL-ERR-1"}, "item: there is no item 'REL-ERR-1'. Did you mean 'REL-ERR-01'?"),
        ({"item": ""}, "item: there is no item ''."),
        ({"name": "short_names"}, "name: 'short_names' is not CamelCase"),
        ({"name": "KmsKeyRotationEnabled"}, "there is a rule of this name among ours already"),
        ({"severity": "fatal"}, "severity: 'fatal' is none of error, warning, info"),
        ({"resource_types": QUEUE}, f"resource_types: a tuple of resource types is expected, not '{QUEUE}'"),
        ({"resource_types": ()}, "a tuple of resource types is expected, not ()"),
        ({"resource_types": ("AWS::SQS::Queu",)}, "no resource type 'AWS::SQS::Queu'"),
        ({"message": ""}, "message: a text is expected"),
        ({"message": "{logical_id"}, "message: expected '}' before end of string"),
        ({"parameter_specs": {"limit": 5}}, "parameter_specs['limit']: ParameterSpec(default, about) is expected, not 5"),
        ({"parameter_specs": {"limit": ParameterSpec(object, "x")}}, "is not plain data"),
        ({"require": {"QueueName": {"is": 1}}}, "require.QueueName.is: 'is' is not an operator"),
        ({"fix": 5}, "fix: expected `str | null`, got `int`"),
        ({"sources": "https://example.org/"}, "sources: expected `array`, got `str`"),
        ({"peers": {"checkov": "CKV_AWS_27"}}, "peers: expected `array`, got `str` - at `$[...]`"),
        ({"frameworks": {"soc2": "CC6.1"}}, "frameworks: expected `array`, got `str`"),
        ({"core": "no"}, "core: expected `bool`, got `str`"),
        ({"check": Rule.check}, "a rule needs 'require' or a method 'check'"),
        ({"__init__": lambda _: None, "require": {"A": "present"}}, "it cannot be made: AttributeError"),
        ({"examples": ({"pass": {}, "fail": {}},)}, "examples[0]: needs exactly one of pass, fail"),
        ({"examples": ({"passes": {}},)}, "examples[0]: object contains unknown field `passes`"),
        ({"overrides": "ShortName"}, "overrides: there is no such rule."),
        ({"overrides": "KmsKeyRotationEnabled"}, "an override keeps the name KmsKeyRotationEnabled and the item SEC-ENC-03"),
    ],
)  # fmt: skip
def test_a_class_that_cannot_be_meant_is_one_line(attributes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        rule_set([changed(**attributes)])
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


# A module --------------------------------------------------------------------------------------------------------------

MODULE = """
from readiness_pack.rules import KmsKeyRotationEnabled, Rule, fail

class Base(Rule):
    item = "REL-ERR-01"
    resource_types = ("AWS::SQS::Queue",)
    message = "{logical_id} is bad."

    def check(self, resource):
        return fail()

class _Hidden(Base):
    pass
"""


def test_a_module_below_the_working_directory_gives_its_public_rules(module: Any) -> None:
    module("house_checks", MODULE)
    rules = rule_set(["house_checks"])
    assert set(rules.classes) - set(built_in()) == {"Base"}
    assert str(Path.cwd()) not in sys.path
    assert sorted(f.logical_id for f in judged(rules).findings if f.rule == "Base") == ["A", "B"]


def test_a_module_says_by_all_what_its_rules_are(module: Any) -> None:
    module("listed_checks", f"{MODULE}\nclass Used(Base):\n    pass\n__all__ = ['Used']\n")
    assert set(rule_set(["listed_checks"]).classes) - set(built_in()) == {"Used"}


def test_rules_of_the_settings_may_be_modules(module: Any) -> None:
    module("set_checks", MODULE)
    assert "Base" in rules_in_force(Config(rules=["set_checks"])).classes


def test_a_folder_comes_before_a_module_of_that_name(module: Any, tmp_path: Path) -> None:
    module("both", MODULE)
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "o.yaml").write_text("overrides: {KmsKeyRotationEnabled: {severity: info}}\n")
    assert "Base" not in rule_set(["both"]).classes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "broken_checks: holds no subclass of Rule"),
        ("\nraise KeyError('x')\n", "broken_checks.py:2: module broken_checks cannot be imported: KeyError: 'x'"),
        ("def f(:\n", "broken_checks.py:1: module broken_checks cannot be imported: SyntaxError"),
        (
            "import not_there_at_all\n",
            "broken_checks.py:1: module broken_checks cannot be imported: ModuleNotFoundError",
        ),
        ("import sys\nsys.exit(0)\n", "broken_checks.py:2: module broken_checks cannot be imported: SystemExit: 0"),
        (
            "from readiness_pack.rules import KmsKeyRotationEnable\n",
            "broken_checks.py:1: module broken_checks cannot be imported: ",
        ),
    ],
)
def test_a_module_that_cannot_be_used_is_one_line(module: Any, text: str, said: str) -> None:
    module("broken_checks", text)
    with pytest.raises(InputError) as raised:
        rule_set(["broken_checks"])
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["not_there_at_all", "not_there.at_all", "no such thing", "json.nothing", "é-x", ""])
def test_what_is_nothing_is_said_to_be_nothing(name: str) -> None:
    with pytest.raises(InputError, match="there is no such folder of rules, installed package or module"):
        rule_set([name])


def test_a_check_of_a_rule_file_may_be_a_function_of_a_module(module: Any, tmp_path: Path) -> None:
    module("word_checks", "from readiness_pack.rules import fail\ndef bad(rule, queue):\n    return fail(x=1)\n")
    (tmp_path / "r").mkdir()
    rule = "{name: FoundBad, severity: error, resource: AWS::SQS::Queue, check: word_checks.bad, message: '{x}'}"
    (tmp_path / "r" / "r.yaml").write_text(f"extends: REL-ERR-01\nrules: [{rule}]\n")
    report = judged(rule_set(["r"]))
    assert [f.message for f in report.findings if f.rule == "FoundBad"] == ["1", "1"]


# An installed package ------------------------------------------------------------------------------------------------------


@pytest.fixture
def install(tmp_path: Path, module: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a package on the path as pip would: its module, and its metadata with an entry point."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])

    def write(name: str, text: str, value: str | None = None, distribution: str = "acme-rules") -> None:
        (site / f"{name}.py").write_text(text, encoding="utf-8")
        info = site / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[readiness_pack.rules]\nacme = {value or name}\n")
        packages.offers.cache_clear()

    return write


OVERRIDE = """
from readiness_pack.rules import KmsKeyRotationEnabled

class Weaker(KmsKeyRotationEnabled):
    overrides = "KmsKeyRotationEnabled"
    severity = "info"
"""


def test_an_installed_package_adds_rules_and_the_report_says_so(install: Any) -> None:
    install("acme_one", MODULE)
    rules = rules_in_force(Config())
    assert "Base" in rules.classes
    assert judged(rules).notes == ["acme-rules 1.2 adds 1 rule and 0 items"]
    assert "Base" not in rules_in_force(Config(packages="named")).classes
    assert "Base" in rules_in_force(Config(packages="named", rules=["acme"])).classes
    assert "Base" in rules_in_force(Config(packages="named"), ["acme"]).classes
    for named in (["acme"], ["acme", "acme"]):
        assert judged(rules_in_force(Config(rules=named))).notes == ["acme-rules 1.2 adds 1 rule and 0 items"]
    assert "Base" not in rule_set().classes, "the library asks nobody by itself"


def test_a_package_overrides_only_where_it_is_named(install: Any) -> None:
    install("acme_two", OVERRIDE)
    with pytest.raises(InputError, match=r"only where readiness\.yaml names it: rules: \[acme\]"):
        rules_in_force(Config())
    made = rules_in_force(Config(rules=["acme"])).classes["KmsKeyRotationEnabled"]
    assert made.severity == "info"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("acme_three:rules", {"Base", "FromFile"}),
        ("acme_three:Base", {"Base"}),
        ("acme_three:FOLDER", {"FromFile"}),
        ("acme_three:both", {"Base", "FromFile"}),
    ],
)
def test_an_entry_point_is_a_class_folder_function_or_list(
    install: Any, tmp_path: Path, value: str, names: set[str]
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    rule = "{name: FromFile, severity: error, resource: AWS::SQS::Queue, require: {A: present}, message: M.}"
    (folder / "r.yaml").write_text(f"extends: REL-ERR-01\nrules: [{rule}]\n")
    more = f"\nFOLDER = {str(folder)!r}\nboth = (FOLDER, Base)\ndef rules():\n    return [FOLDER, Base]\n"
    install("acme_three", MODULE + more, value)
    assert set(rules_in_force(Config()).classes) - set(built_in()) == names


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("x = 1\n", "acme_four", "holds no subclass of Rule"),
        ("x = 1\n", "acme_four:x", "a module, Rule class, folder or function is expected, not 1"),
        ("x = 'rules'\n", "acme_four:x", "the folder 'rules' is not absolute"),
        ("x = 1\n", "acme_four:y", "cannot be imported: AttributeError"),
        ("\n1/0\n", "acme_four", "acme_four.py:2: the rules of acme-rules 1.2 (entry point acme = acme_four) cannot be imported: ZeroDivisionError"),
        ("def x():\n    return 1/0\n", "acme_four:x", "acme_four.py:2: the rules of acme-rules 1.2"),
    ],
)  # fmt: skip
def test_a_package_that_cannot_be_used_is_one_line_that_names_it(
    install: Any, text: str, value: str, said: str
) -> None:
    install("acme_four", text, value)
    with pytest.raises(InputError) as raised:
        rules_in_force(Config())
    assert said in str(raised.value)
    assert "acme-rules 1.2" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_two_packages_of_one_name_are_told_apart(install: Any) -> None:
    install("acme_five", MODULE)
    install("acme_six", MODULE.replace("Base", "Other"), distribution="evil-rules")
    assert {"Base", "Other"} <= rules_in_force(Config()).classes.keys()
    with pytest.raises(InputError, match=r"several packages offer rules as 'acme': acme-rules 1\.2 .* evil-rules 1\.2"):
        rules_in_force(Config(rules=["acme"]))


def test_a_name_that_is_nearly_a_package_is_told_the_package(install: Any) -> None:
    install("acme_seven", MODULE)
    with pytest.raises(InputError, match="Did you mean 'acme'"):
        rule_set(["acmee"])


# Rules that break --------------------------------------------------------------------------------------------------------


class Raises(Rule):
    """Breaks on A."""

    item = "REL-ERR-01"
    resource_types = (QUEUE,)
    message = "{logical_id} is bad."

    def check(self, resource: Resource) -> Verdicts:
        if resource.logical_id == "A":
            raise KeyError("nothing here")
        return fail()


def breaking(answer: Callable[[Any], Any]) -> type[Rule]:
    def check(_: Rule, resource: Resource) -> Any:
        return answer(resource)

    return type("Breaks", (Raises,), {"check": check, "__module__": __name__})


def _endless(resource: Any) -> Any:
    return _endless(resource)


def test_a_rule_that_raises_is_named_with_the_resource_and_the_line_and_the_others_go_on() -> None:
    report = judged(rule_set([Raises, ShortNames]))
    (error,) = report.errors
    assert (error.rule, error.stack, error.logical_id) == ("Raises", "Template", "A")
    assert error.message.startswith("KeyError: ")
    assert "test_python_rules.py:" in error.message
    assert report.exit_code == 3
    assert {(f.rule, f.logical_id) for f in report.findings if f.rule in ("Raises", "ShortNames")} == {
        ("Raises", "B"),
        ("ShortNames", "B"),
    }


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (breaking(lambda _: sys.exit(0)), "SystemExit: 0"),
        (breaking(lambda _: "bad"), ", which is none of PASS"),
        (breaking(lambda _: True), "TypeError: check gave True, which is none of PASS"),
        (breaking(lambda _: [fail(), 3]), "TypeError: check gave 3, which is none of PASS"),
        (breaking(lambda _: fail(severity="fatal")), "ValueError: the severity "),  # type: ignore[arg-type]
        (breaking(lambda _: fail(message="{value.x}")), "AttributeError"),
        (breaking(lambda _: fail(message="{")), "ValueError"),
        (breaking(_endless), "RecursionError"),
        (breaking(lambda _: (1 / 0 for _ in "x")), "ZeroDivisionError"),
        (breaking(lambda _: fail(detail=5)), "TypeError"),  # type: ignore[arg-type]
    ],
)
def test_whatever_a_rule_does_is_a_tool_error(rule: type[Rule], said: str) -> None:
    report = judged(rule_set([rule]))
    assert {error.rule for error in report.errors} == {"Breaks"}
    assert all(said in error.message for error in report.errors), report.errors
    assert len(report.errors) == 2
    assert report.exit_code == 3
    assert report.tallies["KmsKeyRotationEnabled"]


def test_a_rule_that_cannot_be_made_with_the_parameters_is_a_tool_error_too() -> None:
    class Picky(ShortNames):
        def __init__(self, parameters: Any = None, facts: Any = None, today: date | None = None) -> None:
            super().__init__(parameters, facts, today)
            if self["limit"] > 5:
                raise ValueError("too long")

    report = judged(rule_set([Picky]), parameters={"limit": 6})
    (error,) = report.errors
    assert (error.rule, error.logical_id) == ("Picky", None)
    assert error.message.startswith("ValueError: too long (")
    assert report.exit_code == 3


# What editors and type checkers see ----------------------------------------------------------------------------------------


def test_the_types_of_our_rules_are_current() -> None:
    assert make_rule_types.is_current(), "run: python -m tools.make_rule_types"
