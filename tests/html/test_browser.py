"""The HTML report in Chromium: filters, search, keyboard, paper, dark mode, hostile text."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from readiness_pack.report.view import View
from tests.html import sample
from tests.html.test_page import HOSTILE

pytestmark = pytest.mark.slow

Show = Callable[..., Page]


def visible_places(tab: Page) -> list[str]:
    """The places that the filter leaves, whether their rule is open or not."""
    return [text.split()[0] for text in tab.locator(".place:not([hidden]) .path").all_text_contents()]


# Filter and search ---------------------------------------------------------------------------------------------------


def test_everything_is_shown_at_first(show: Show) -> None:
    tab = show(sample.mixed())
    expect(tab.get_by_role("status")).to_have_text("8 findings of 4 rules.")
    assert len(visible_places(tab)) == 8


@pytest.mark.parametrize(
    ("label", "choice", "places"),
    [
        ("Severity", "unknown", ["Shop/Open"]),
        ("Severity", "warning", ["Billing/Invoices", "Shop/Key", "Shop/Waived"]),
        ("Stack", "Billing", ["Billing/Invoices", "Billing/Invoices"]),
        ("State", "Waived", ["Shop/Waived"]),
        ("State", "Expired decision", ["Shop/Ended"]),
        ("State", "Fails this run", ["Billing/Invoices", "Shop/Ended", "Shop/Key"]),
        ("Section", "Operations & Support", []),
    ],
)
def test_filters(show: Show, label: str, choice: str, places: list[str]) -> None:
    tab = show(sample.mixed())
    tab.get_by_label(label, exact=True).select_option(label=choice)
    expect(tab.get_by_role("status")).to_contain_text(f"{len(places)} of 8 findings")
    assert sorted(visible_places(tab)) == places
    expect(tab.get_by_text("No finding fits this filter.")).to_be_visible(visible=not places)


def test_search_takes_all_words_wherever_they_stand(show: Show) -> None:
    tab = show(sample.mixed())
    tab.get_by_label("Search").fill("keysrotate BILLING")
    expect(tab.get_by_role("status")).to_have_text("1 of 8 findings, 1 rule.")
    assert visible_places(tab) == ["Billing/Invoices"]
    tab.get_by_label("Search").fill("by hand")  # the words of a reason
    expect(tab.get_by_role("status")).to_have_text("2 of 8 findings, 1 rule.")
    tab.get_by_role("button", name="Clear").click()
    expect(tab.get_by_role("status")).to_have_text("8 findings of 4 rules.")


def test_filters_combine(show: Show) -> None:
    tab = show(sample.mixed())
    tab.get_by_label("Severity", exact=True).select_option("error")
    tab.get_by_label("Stack", exact=True).select_option(label="Shop")
    tab.get_by_label("Search").fill("never rotates")
    expect(tab.get_by_role("status")).to_have_text("3 of 8 findings, 1 rule.")
    expect(tab.locator(".group:not([hidden]) .places")).to_have_text("3 of 4 places")


def test_an_item_shows_the_findings_of_all_its_rules(show: Show) -> None:
    tab = show(sample.one())
    tab.get_by_role("link", name="KEY-02 Key ceremony: not met").click()
    # The ceremony has no rule of its own; it relies on KeysRotate.
    tab.get_by_role("link", name="Show the findings of KEY-02").click()
    expect(tab.get_by_label("Search")).to_have_value("KEY-02")
    assert visible_places(tab) == ["Shop/Old"]


def test_two_thousand_findings_are_searched_at_once(show: Show) -> None:
    tab = show(sample.many())
    tab.get_by_label("Search").fill("key7x42")
    expect(tab.get_by_role("status")).to_have_text("2 of 2,000 findings, 2 rules.", timeout=3000)


def test_all_rules_open_and_close_at_once(show: Show) -> None:
    tab = show(sample.mixed())
    button = tab.get_by_role("button", name="Open all")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(tab.locator(".group[open]")).to_have_count(4)
    button.click()
    expect(tab.locator(".group[open]")).to_have_count(0)


def test_without_script_everything_can_be_read(show: Show) -> None:
    tab = show(sample.mixed(), java_script_enabled=False)
    expect(tab.get_by_role("search")).to_be_hidden()
    tab.locator(".group summary").first.click()
    expect(tab.get_by_text("A key that never rotates").first).to_be_visible()


# Keyboard and screen reader ------------------------------------------------------------------------------------------


def test_landmarks_and_names(show: Show) -> None:
    tab = show(sample.mixed())
    for role, name in (
        ("navigation", "Parts of this report"),
        ("search", "Filter the findings"),
        ("region", "Findings"),
        ("region", "Frameworks"),
    ):
        expect(tab.get_by_role(role, name=name, exact=True)).to_be_visible()  # type: ignore[arg-type]
    expect(tab.get_by_role("main")).to_have_count(1)
    expect(tab.get_by_role("heading", level=1)).to_have_count(1)
    expect(tab.get_by_role("banner")).to_have_count(1)


def test_every_control_can_be_reached_and_left_with_tab(show: Show) -> None:
    tab = show(sample.mixed())
    wanted = tab.evaluate(
        "[...document.querySelectorAll('a[href],button,input,select,summary,[tabindex=\"0\"]')]"
        ".filter(e => e.tabIndex >= 0 && e.checkVisibility()).length"
    )
    reached = 0
    for _ in range(wanted):
        tab.keyboard.press("Tab")
        reached += tab.evaluate("document.activeElement !== document.body && !document.activeElement.dataset.seen")
        tab.evaluate("document.activeElement.dataset.seen = 1")
    assert reached == wanted
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement === document.body || document.activeElement.matches('.skip')")


def test_the_skip_link_leads_to_the_findings(show: Show) -> None:
    tab = show(sample.mixed())
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the findings")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("#findings")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.get_by_label("Search")).to_be_focused()


def test_arrow_keys_move_inside_a_section_of_the_picture(show: Show) -> None:
    tab = show(View(sample.mixed().report, sample.RULES))
    first, second = tab.locator(".cells").first.get_by_role("link").all()
    first.focus()
    tab.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    tab.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    tab.keyboard.press("Home")
    expect(first).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("tr#item-KEY-01")).to_be_visible()
    expect(tab.locator("tr#item-KEY-01")).to_be_focused()


def test_text_has_enough_contrast(show: Show) -> None:
    """WCAG 2.2 AA asks for 4.5 : 1 of text (https://www.w3.org/TR/WCAG22/#contrast-minimum)."""
    for scheme in ("light", "dark"):
        tab = show(sample.mixed(), color_scheme=scheme)
        tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        poor = tab.evaluate(CONTRAST)
        assert poor == [], scheme


CONTRAST = """() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility() || ['SCRIPT', 'OPTION'].includes(element.tagName)) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.add(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}`);
  }
  return [...poor];
}"""


def test_dark_follows_the_system(show: Show) -> None:
    colours = {
        scheme: show(sample.one(), color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert colours == {"light": "rgb(251, 251, 250)", "dark": "rgb(21, 24, 28)"}


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_page_never_scrolls_sideways(show: Show, width: int) -> None:
    tab = show(sample.full_of("A" * 300), viewport={"width": width, "height": 800})
    tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


# Evidence ------------------------------------------------------------------------------------------------------------


def test_the_checklist_is_filtered_by_status(show: Show) -> None:
    tab = show(*sample.kept())
    tab.get_by_label("Status", exact=True).select_option(label="expiring (1)")
    expect(tab.locator("tr[data-status]:visible")).to_have_count(1)
    expect(tab.locator("tr#item-OPS-01")).to_be_visible()
    expect(tab.locator(".listed")).to_have_text("1 of 3 items.")
    tab.locator("a.cell", has_text="KEY-01").click()  # what a filter hides is shown when a link leads there
    expect(tab.locator("tr#item-KEY-01")).to_be_focused()
    expect(tab.get_by_label("Status", exact=True)).to_have_value("")


def test_recorded_text_is_read_in_light_and_dark_and_on_narrow_screens(show: Show) -> None:
    for scheme, width in (("light", 1280), ("dark", 400)):
        tab = show(*sample.kept(), color_scheme=scheme, viewport={"width": width, "height": 900})
        tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        assert tab.evaluate(CONTRAST) == [], scheme
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_recorded_text_without_end_never_scrolls_sideways(show: Show) -> None:
    tab = show(*sample.kept_full_of("A" * 300), viewport={"width": 320, "height": 800})
    tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320


def test_each_bar_lies_where_its_days_are(show: Show) -> None:
    tab = show(*sample.kept())
    tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    bars = tab.locator(".timeline .span rect:not(.t-now)")
    now = tab.locator(".timeline .t-now").first.bounding_box()
    assert now is not None
    boxes = [bars.nth(at).bounding_box() for at in range(bars.count())]
    ended = [box for at, box in enumerate(boxes) if bars.nth(at).get_attribute("class") == "t-ended"]
    assert len(boxes) == 7
    assert len(ended) == 4
    assert all(box and box["x"] + box["width"] <= now["x"] + 3 for box in ended)


def test_a_printed_page_has_the_evidence(show: Show) -> None:
    text = re.sub(r"\s+", " ", " ".join(printed(show(*sample.kept()))))
    for words in ("What ends when", "The rota of the quarter names", "Ana", "Bo signed something else", "not reached"):
        assert words in text, words


# Paper ---------------------------------------------------------------------------------------------------------------


def printed(tab: Page) -> list[str]:
    """The text of each page of the PDF."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(tab.pdf(format="A4"))).pages]


def test_a_printed_page_shows_what_is_closed_on_the_screen(show: Show) -> None:
    tab = show(sample.mixed(), color_scheme="dark")
    pages = printed(tab)
    assert len(pages) >= 2
    assert all(page.strip() for page in pages)
    text = re.sub(r"\s+", " ", " ".join(pages))
    for words in ("Not ready", "Shop/Key", "enable_key_rotation=True", "Minutes of the ceremony", "CC6.10", "OPS-1"):
        assert words in text, words
    for control in ("Open all", "Clear", "Parts of this report"):
        assert control not in text
    expect(tab.locator(".group[open]")).to_have_count(0)


def test_paper_shows_only_what_the_filter_leaves(show: Show) -> None:
    tab = show(sample.mixed())
    tab.get_by_label("Stack", exact=True).select_option(label="Billing")
    expect(tab.get_by_role("status")).to_contain_text("2 of 8")
    text = " ".join(printed(tab))
    assert "Billing/Invoices" in text
    assert "Shop/Key" not in text
    assert "2 of 8 findings" in text


# Hostile text --------------------------------------------------------------------------------------------------------


def test_hostile_text_is_shown_and_does_nothing(show: Show) -> None:
    tab = show(sample.full_of(HOSTILE))
    assert tab.evaluate("document.scripts.length") == 1
    assert tab.evaluate("document.images.length") == 0
    tab.get_by_role("button", name="Open all").click()
    expect(tab.locator(".place .path").first).to_contain_text("</script><script>alert(1)</script><img src=x")
    expect(tab.locator(".place .path").first).to_be_visible()
    tab.get_by_label("Search").fill("<script>alert(1)")
    expect(tab.get_by_role("status")).to_contain_text("3 findings")
    tab.get_by_label("Stack", exact=True).select_option(index=1)
    expect(tab.get_by_role("status")).to_contain_text("3 findings")
    assert "alert(1)" in " ".join(printed(tab))
