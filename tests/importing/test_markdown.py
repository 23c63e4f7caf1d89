"""What is an item of a Markdown checklist, where it stands, and what it says."""

# ruff: noqa: RUF001  dashes are what is tested

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_pack.checklist import load
from readiness_pack.errors import InputError
from readiness_pack.importing import Bullet, Document, markdown, source
from tests.importing.checklists import NESTED, README, TABLE

FILE = Path("launch.md")


def read(text: str | bytes) -> Document:
    data = text.encode() if isinstance(text, str) else text
    return markdown.parse(source.from_bytes(data, FILE).text, FILE)


def said(text: str) -> list[tuple[str, str]]:
    return [(bullet.title, bullet.statement) for bullet in read(text).bullets]


def places(document: Document) -> list[tuple[str, str, str]]:
    return [(bullet.section, bullet.group, bullet.title) for bullet in document.bullets]


@pytest.fixture(params=["checklist.md", "checklist-as-received.txt"])
def ours(request: pytest.FixtureRequest, shared: Path) -> Document:
    file = shared / request.param
    return markdown.parse(source.read(file).text, file)


def test_the_checklist_gives_the_items_that_the_rules_are_for(ours: Document) -> None:
    items = load().items
    assert len(ours.bullets) == 151
    assert [(b.line, b.section, b.title, b.statement) for b in ours.bullets] == [
        (item.checklist_line, item.section, item.title, item.statement) for item in items
    ]
    # Its last section has no further headings; ours names two groups there.
    headed = [(b, item) for b, item in zip(ours.bullets, items, strict=True) if not item.id.startswith("CRT-")]
    assert [b.group for b, _ in headed] == [item.group for _, item in headed]
    assert ours.left_out == ()


def test_a_readme_gives_its_task_list() -> None:
    found = read(README)
    assert places(found) == [
        ("Go-live checklist", "Security", "No bucket is public, and public access is blocked for the …"),
        ("Go-live checklist", "Security", "TLS only"),
        ("Go-live checklist", "Security", "Secrets come from Secrets Manager, never from environment …"),
        ("Go-live checklist", "Security", "KMS keys rotate every year"),
        ("Go-live checklist", "Operations", "Every queue has a dead letter queue, and an alarm on its …"),
        ("Go-live checklist", "Operations", "Backups"),
        ("Go-live checklist", "Operations", "Someone is on call"),
        ("Go-live checklist", "Operations", "CloudWatch alarms notify a person"),
    ]
    statements = [bullet.statement for bullet in found.bullets]
    assert statements[0] == "No bucket is public, and public access is blocked for the account"
    assert statements[1] == "every listener uses TLS 1.2 or newer"
    assert statements[5] == "databases are backed up every night; kept for 35 days; restored once a quarter"
    assert found.bullets[6].id == "OPS-ONCALL"
    lines = README.splitlines()
    assert [lines[line - 1].lstrip() for line in found.left_out] == [
        "1. Clone the repository", "2. Run `make setup`", "- MIT",
    ]  # fmt: skip


def test_a_nested_list_gives_its_leaves_below_their_branches() -> None:
    found = read(NESTED)
    assert found.title == "Launch readiness"
    assert places(found) == [
        ("Reliability", "Load balancing", "Target groups have health checks"),
        ("Reliability", "Load balancing", "Services run in at least two availability zones"),
        ("Reliability", "Data", "Backups"),
        ("Reliability", "Data", "Tables have point-in-time recovery"),
        ("Cost", "Cost", "A budget sends a notification when spending is above the …"),
        ("Cost", "Cost", "Unused volumes are removed"),
        ("Observability", "Observability", "Requests are traced with X-Ray"),
        ("Observability", "Observability", "Log groups expire after a stated time"),
        ("Sign-off", "Sign-off", "Approved by"),
        ("Sign-off", "Sign-off", "Date"),
    ]
    assert found.bullets[2].statement == "Restores are tested every quarter."
    assert found.bullets[-1].statement == "Date: ____________"


def test_a_table_gives_its_rows() -> None:
    found = read(TABLE)
    assert found.bullets[:3] == (
        Bullet(13, "Platform", "Platform", "Scaling", "Services scale out with their load | without a person", "PLT-1", "Ana"),
        Bullet(14, "Platform", "Platform", "CDN", "Static content is served by CloudFront", "PLT-2"),
        Bullet(15, "Platform", "Platform", "Tracing", "Lambda functions send traces to X-Ray", "PLT-3", "Observability"),
    )  # fmt: skip
    assert places(found)[3:] == [
        ("Delivery", "Deployments", "A failed deployment rolls back by itself"),
        ("Delivery", "Deployments", "Production is deployed by a pipeline only"),
        ("Delivery", "Costs", "Cost allocation tags are on every resource"),
    ]
    assert found.left_out == (5,)  # the abbreviations


@pytest.mark.parametrize(
    ("line", "title", "statement"),
    [
        ("- [x] **Title**: words", "Title", "words"),
        ("- [ ] **Title:** words", "Title", "words"),
        ("* [X] __Title__ - words", "Title", "words"),
        ("+ **Title** — words", "Title", "words"),
        ("- **Title** – words", "Title", "words"),
        ("1. **T**: s", "T", "s"),
        ("2) **Title.** words", "Title", "words"),
        ("- **Title**", "Title", "Title"),
        ("- [ ] **Title**:", "Title", "Title"),
        ("- **Never** store secrets", "Never store secrets", "Never store secrets"),
        ("- Title: words", "Title", "words"),
        ("- Title - words", "Title", "words"),
        ("- well-known words", "well-known words", "well-known words"),
        ("- at 10:30 each day", "at 10:30 each day", "at 10:30 each day"),
        ("- https://example.com answers", "https://example.com answers", "https://example.com answers"),
        ("- ✅ **Title**: words", "Title", "words"),
        ("- **[Title](https://example.com)**: *some* `code` and <b>words</b>", "Title", "some code and words"),
        ("- **API**: <200ms (95th) &amp; >90% of 2 * 3", "API", "<200ms (95th) & >90% of 2 * 3"),
        ("- **Title**: words <!-- a comment -->", "Title", "words"),
        ("- **Title**: ~~old~~ new", "Title", "new"),
        ("- **Team**: ops@example.com", "Team", "ops@example.com"),
        ("- **Signed**: ________", "Signed", "Signed: ________"),
        ("- **Title**: one\n  two", "Title", "one two"),
        ("- [ ] **Title**: one\n\n  More of it.", "Title", "one; More of it"),
        ("**Certified By**: ____________", "Certified By", "Certified By: ____________"),
        ("> - [ ] quoted", "quoted", "quoted"),
    ],
)
def test_title_and_statement(line: str, title: str, statement: str) -> None:
    assert said(f"{line}\n") == [(title, statement)]


def test_a_long_statement_gives_a_title_that_ends_at_a_word() -> None:
    ((title, statement),) = said(f"- {'word ' * 30}")
    assert title == f"{'word ' * 11}…"
    assert statement == ("word " * 30).strip()


def test_a_box_below_a_box_is_an_item_that_says_where_it_belongs() -> None:
    assert said("- [ ] Backups\n  - [ ] made\n  - [x] tested\n") == [
        ("Backups", "Backups"), ("Backups: made", "made"), ("Backups: tested", "tested"),
    ]  # fmt: skip


def test_headings_lose_symbols_numbers_and_short_codes() -> None:
    text = "# 🔒 T\n## 1. Security :lock:\n### 1.2 ✅ Data & Keys ✅\n- [ ] a\n## C++ (new)\n- [ ] b\n## 🎯\n- [ ] c\n"
    assert [place[:2] for place in places(read(text))] == [
        ("Security", "Data & Keys"), ("C++ (new)", "C++ (new)"), ("🎯", "🎯"),
    ]  # fmt: skip


def test_deeper_headings_and_several_top_headings() -> None:
    assert places(read("# A\n## B\n### C\n- x\n# D\n- y\n")) == [("A", "B > C", "x"), ("D", "D", "y")]
    assert places(read("- x\n")) == [("launch", "launch", "x")]


def test_a_table_of_anything_counts_where_nothing_else_is_an_item() -> None:
    assert said("| Thing | Means |\n|---|---|\n| Scaling | It grows |\n| | |\n") == [("Scaling", "It grows")]


def test_words_inside_code_comments_and_html_are_no_items() -> None:
    text = (
        "<!--\n- [ ] a\n-->\n~~~\n- [ ] b\n~~~\n\n    - [ ] c\n\n<ul><li>d</li></ul>\n\n- [ ] e\n- [ ]\n- [ ] ~~f~~\n"
    )
    found = read(text)
    assert [bullet.title for bullet in found.bullets] == ["e"]
    assert found.left_out == (13, 14)


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff", "---\na: 1\n---\n"])
def test_an_empty_file_is_said_to_be_empty(text: str) -> None:
    with pytest.raises(InputError, match=r"launch\.md: (the file is empty|no checklist item)"):
        read(text)


@pytest.mark.parametrize(
    "text", ["Just words.\n", "# Only\n## Headings\n", "- [Part](#part)\n", "```\n- a\n```\n", "---\n"]
)
def test_a_text_without_items_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="no checklist item was found"):
        read(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("".join(f"{'  ' * depth}- a\n" for depth in range(500)), "nested more than 40 levels deep"),
        (">" * 10_000 + " - a\n", "nested more than 40 levels deep"),
        ("- " * 10_000 + "a\n", "nested more than 40 levels deep"),
        ("- [ ] a\n" * 2_001, "launch.md:2001: has more than 2,000 items"),
        (f"- {'[' * 5_001}\n", "launch.md:1: an item or heading may have 5,000 characters; this has 5,001"),
        ("- a\n" * 270_000, "is larger than 1 MB"),
    ],
    ids=["lists", "quotes", "one line", "items", "characters", "bytes"],
)
def test_limits_are_refused_in_a_line(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "launch.md"
    file.write_text(text)
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        markdown.parse(source.read(file).text, Path("launch.md"))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("piece", ["[", "![](", "*a_ ", "`", "<a ", "**a ", "~~", "](", "&amp;", "\\"])
def test_markup_that_never_ends_takes_no_time(piece: str) -> None:
    start = time.monotonic()
    text = (piece * 5_000)[:4_990]
    found = read(f"- x {text}\n")
    assert len(found.bullets) == 1
    assert time.monotonic() - start < 10


@pytest.mark.fuzz
@given(
    st.lists(
        st.sampled_from(
            [
                "- ",
                "[ ] ",
                "**",
                "a",
                "\n",
                "  ",
                "# ",
                "| ",
                "|-|-|\n",
                "> ",
                "1. ",
                "___",
                ": ",
                "`",
                "<!--",
                "~~",
                "[x](#y)",
                "\t",
            ]
        ),
        max_size=60,
    )
)
def test_any_text_gives_items_or_an_error(pieces: list[str]) -> None:
    try:
        found = read("".join(pieces))
    except InputError:
        return
    for bullet in found.bullets:
        assert all((bullet.title.strip(), bullet.statement.strip(), bullet.section, bullet.group))
        assert "\n" not in bullet.title + bullet.statement + bullet.group
        assert 1 <= bullet.line <= "".join(pieces).count("\n") + 1
