"""The HTML report as it is written: what it says, and that nothing in it acts."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from readiness_pack.catalogue import FRAMEWORKS
from readiness_pack.checklist import load
from readiness_pack.findings import Status
from readiness_pack.report.frameworks import NOTE, coverage
from readiness_pack.report.html import template_text
from readiness_pack.report.html_page import STATUSES
from readiness_pack.report.view import View
from tests.html import sample
from tests.html.sample import page_of

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><style>*{display:none}</style>"
    "<!-- ]]> {{ 7*7 }} {% raw %} &lt; \x00\x07\x1b[31m\u202egnp.exe \u200b\r\n\t é 漢 \U0001f600"
)
"""Everything that a browser, a template engine or a terminal might act on."""


class Parsed(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def body(page: str) -> str:
    return re.sub(r"<(style|script)>.*?</\1>|<meta http-equiv[^>]*>|<symbol.*?</symbol>", "", page, flags=re.DOTALL)


def test_one_finding(snapshot: SnapshotAssertion) -> None:
    assert body(page_of(sample.one())) == snapshot


def test_nothing_found(snapshot: SnapshotAssertion) -> None:
    assert Parsed(body(page_of(sample.ready()))).text == snapshot


def test_decisions_and_open_answers(snapshot: SnapshotAssertion) -> None:
    assert Parsed(body(page_of(sample.mixed()))).text == snapshot


def test_two_thousand_findings_are_all_there() -> None:
    page = page_of(sample.many())
    assert page.count('<li class="place"') == 2000
    assert len(page) < 2_000_000


def test_the_verdict_agrees_with_the_exit_code() -> None:
    for shown, word in ((sample.ready(), "Pass"), (sample.one(), "Not ready"), (sample.full_of("x"), "Broken")):
        assert f'v-{shown.report.exit_code}">{word}</h1>' in page_of(shown)


# Evidence ----------------------------------------------------------------------------------------------------------


def test_what_was_recorded(snapshot: SnapshotAssertion) -> None:
    assert Parsed(body(sample.page_with(*sample.kept()))).text == snapshot


def test_a_page_of_findings_shows_the_evidence_under_its_own_verdict() -> None:
    shown, what = sample.kept(sample.ready())
    of_report, of_check = (sample.page_with(shown, what, answers=answers) for answers in (True, False))
    assert f'v-{what.readiness.exit_code}">Not ready</h1>' in of_report
    assert 'v-0">Pass</h1>' in of_check
    for page in (of_report, of_check):
        assert "The rota of the quarter names two people" in Parsed(page).text


def test_every_status_has_a_word_an_icon_and_a_colour() -> None:
    style = template_text("report.css")
    for status in get_args(Status):
        assert status in STATUSES
        name = status.replace(" ", "-")
        assert f".s-{name}" in style
        assert f'id="i-{name}"' in page_of(sample.one())
    assert len(STATUSES) == len(get_args(Status))


def test_links_of_records_lead_to_the_web_or_nowhere() -> None:
    parsed = Parsed(sample.page_with(*sample.kept()))
    hrefs = [str(attributes["href"]) for attributes in parsed.all("a")]
    assert "https://wiki.shop.test/rota" in hrefs
    assert all(href.startswith(("#", "https://", "http://")) for href in hrefs)
    assert "file:///etc/passwd" in parsed.text


def test_the_picture_of_time_is_also_a_table() -> None:
    page = sample.page_with(*sample.kept())
    shown = sample.kept()[1].timeline.ends
    assert {end.kind for end in shown} == {"record", "tool report", "waiver", "fact", "sign-off", "certificate"}
    parsed = Parsed(page)
    for end in shown:
        assert f"{end.end}" in parsed.text
    assert all(attributes.get("aria-hidden") == "true" for attributes in parsed.all("svg"))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([HOSTILE, *HOSTILE.split("<")]) | st.text(st.characters(exclude_categories=()), max_size=40))
def test_text_that_was_recorded_stays_text(text: str) -> None:
    plain, hostile = (Parsed(sample.page_with(*sample.kept_full_of(one))) for one in ("x", text))
    for tag in ("script", "style", "img", "meta", "form", "button", "input"):
        assert len(hostile.all(tag)) == len(plain.all(tag)), tag
    assert {tag for tag, _ in hostile.elements} <= {tag for tag, _ in plain.elements}
    names = {name for _, attributes in plain.elements for name in attributes}
    assert {name for _, attributes in hostile.elements for name in attributes} <= names | {"open"}
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", hostile.text) is None


# Verdict -----------------------------------------------------------------------------------------------------------


def test_a_pass_does_not_claim_that_everything_is_met() -> None:
    assert "No finding fails this run. 2 items of the checklist are not ready yet." in page_of(sample.ready())


# Safe --------------------------------------------------------------------------------------------------------------


def test_the_policy_admits_only_the_script_and_the_style_of_the_page() -> None:
    page = page_of(sample.mixed())
    policy = next(a["content"] for a in Parsed(page).all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed[f"{tag}-src"] == f"'sha256-{digest}'"


def test_nothing_is_loaded_and_nothing_is_inline() -> None:
    parsed = Parsed(page_of(sample.mixed()))
    names = {name for _, attributes in parsed.elements for name in attributes}
    assert not names & {"src", "srcset", "style", "data", "background", "poster", "action"}
    assert not {name for name in names if name.startswith("on")}
    assert not {tag for tag, _ in parsed.elements} & {"link", "img", "iframe", "object", "embed", "base"}


def test_only_addresses_of_the_web_become_links() -> None:
    parsed = Parsed(page_of(sample.one()))
    hrefs = [str(attributes["href"]) for attributes in parsed.all("a") + parsed.all("use")]
    assert "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html" in hrefs
    assert all(href.startswith(("#", "https://")) for href in hrefs)


@given(st.sampled_from([HOSTILE, *HOSTILE.split("<")]) | st.text(st.characters(exclude_categories=()), max_size=40))
def test_text_from_outside_stays_text(text: str) -> None:
    plain, hostile = Parsed(page_of(sample.full_of("x"))), Parsed(page_of(sample.full_of(text)))
    # Optional parts depend on whether a text is empty; elements that act do not depend on the text at all.
    for tag in ("script", "style", "img", "meta", "svg", "form", "button", "input"):
        assert len(hostile.all(tag)) == len(plain.all(tag)), tag
    assert {tag for tag, _ in hostile.elements} <= {tag for tag, _ in plain.elements}
    names = {name for _, attributes in plain.elements for name in attributes}
    assert {name for _, attributes in hostile.elements for name in attributes} <= names | {"open"}


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_no_character_hides(text: str) -> None:
    page = page_of(sample.full_of(text))
    page.encode("utf-8")
    found = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", page)
    assert found is None, found


def test_hostile_text_is_readable() -> None:
    text = Parsed(page_of(sample.full_of(HOSTILE))).text
    # once for each place that a person reads, and with its control characters visible
    assert text.count("</script><script>alert(1)</script><img src=x onerror=alert(2)>") > 20
    assert "\\x00\\x07\\x1b[31m\\u202egnp.exe" in text
    assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|49", text)


# Accessible --------------------------------------------------------------------------------------------------------


def test_ids_are_unique_and_links_inside_the_page_lead_somewhere() -> None:
    pages = [page_of(sample.mixed()), page_of(View(sample.mixed().report)), sample.page_with(*sample.kept())]
    for parsed in map(Parsed, pages):
        ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        for _, attributes in parsed.elements:
            for name in ("href", "aria-labelledby"):
                target = attributes.get(name) or ""
                if target and (name != "href" or target.startswith("#")):
                    assert target.removeprefix("#") in ids, target


def test_the_state_of_an_item_is_a_word_and_not_only_a_colour() -> None:
    text = Parsed(page_of(sample.one())).text
    assert "KEY-01 Key rotation: not met" in text
    assert "OPS-01 On call: record missing" in text


def test_tables_name_their_columns_and_regions() -> None:
    parsed = Parsed(page_of(sample.mixed()) + sample.page_with(*sample.kept()))
    assert all(attributes.get("scope") in ("col", "row") for attributes in parsed.all("th"))
    for _, attributes in parsed.elements:
        if attributes.get("role") == "region":
            assert attributes.get("aria-label")
            assert attributes.get("tabindex") == "0"


# Frameworks --------------------------------------------------------------------------------------------------------


def test_controls_take_the_worst_state_of_what_supports_them() -> None:
    shown = sample.one()
    soc2, gdpr, house = coverage(shown.report, sample.CHECKLIST)
    assert {control.id: control.state for control in soc2.controls} == {
        "CC1.4": "record",
        "CC6.1": "fail",
        "CC6.10": "fail",
        "CC9.9": "record",
    }
    # KeysRotate names its own frameworks, so only KeysWait has those of the item
    assert [(rule.name, rule.passed) for control in gdpr.controls for rule in control.rules] == [("KeysWait", 2)]
    assert [control.state for control in gdpr.controls] == ["pass"]
    assert (house.name, [control.id for control in house.controls]) == ("house_rules", ["H1", "H2", "H10"])


def test_a_control_with_an_open_answer_is_undecided() -> None:
    template = sample.keys(Key={**sample.READY, "EnableKeyRotation": {"Ref": "Rotates"}})
    template["Parameters"] = {"Rotates": {"Type": "String"}}
    soc2 = coverage(sample.view({"Shop": template}).report, sample.CHECKLIST)[0]
    assert next(control.state for control in soc2.controls if control.id == "CC6.10") == "unknown"


def test_an_app_without_such_resources_has_nothing_to_judge() -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    gdpr = coverage(sample.view({"Shop": template}).report, sample.CHECKLIST)[1]
    assert [control.state for control in gdpr.controls] == ["none"]
    assert gdpr.counts == {"fail": 0, "unknown": 0, "record": 0, "waived": 0, "pass": 0, "none": 1}


def test_coverage_is_said_not_to_be_certification() -> None:
    assert NOTE.startswith("Coverage is not certification.")
    assert NOTE in Parsed(page_of(sample.ready())).text


def test_all_frameworks_of_our_checklist_are_shown() -> None:
    names = {framework.name for framework in coverage(sample.ready().report, load())}
    assert names == set(FRAMEWORKS.values())
