"""Whatever text a template holds, each rendering stays what it is: parseable, and harmless to terminals and browsers."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from importlib import import_module
from io import StringIO
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from readiness_pack.cli.check import FORMATS
from readiness_pack.findings import Decision, Location, Pass, ToolError
from readiness_pack.report.console import render
from readiness_pack.report.markdown import LIMIT
from readiness_pack.report.view import View
from tests.report import building

ATTACKS = [
    "\x1b[2J\x1b]0;title\x07", "\x9b31m", "a\r\n::error::injected", "=cmd|' /C calc'!A0", "\t=1+1", "@SUM(1)", "\uff1d1",
    "<script>alert(1)</script>", "]]>", "<!--", "-->", "</details>", "`code` ``` ````", "| a | b |", "[x](javascript:1)",
    "![x](http://evil)", "@everyone", "#12", "GH-1", "http://evil.example", "www.evil.example", "\u202egnp.exe", "\u2028",
    "\ud800", "\ufffe\uffff", "{0} %s %25", "$(id)", "\\", '"', "'", "**b** _i_ ~~s~~ $m$", "- x", "1. x", "\x00", "\u200b",
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(max_size=30),
    st.lists(st.sampled_from(ATTACKS), max_size=4).map(" ".join),
)


def hostile(texts: list[str]) -> View:
    a, b, c, d = texts
    findings = [
        building.finding(
            0, message=a, construct_path=b, logical_id=c, fix=d, location=Location(b or "x", 3), property_path=a
        ),
        building.finding(1, message=b, construct_path=None, stack=c, logical_id=d, severity="error"),
        building.finding(2, message=c, verdict="unknown", location=None),
        building.finding(3, message=d, counts=False, decision=Decision("waived", a, b, c, d, a)),
        building.finding(4, message=a, counts=False, decision=Decision("expired", d, c, b, a)),
        building.finding(5, rule="NoSuchRule", message=d, severity="info"),
    ]
    return building.view(
        findings,
        notes=[a, b],
        errors=[ToolError(c, d, a, b)],
        passes=[Pass("KeysRotate", a, b, c)],
        unused_decisions=[{"rule": a, "resource": b}],
    )


FOUR = st.lists(TEXTS, min_size=4, max_size=4)


def for_each_attack(test: Any) -> Any:
    for attack in ATTACKS:
        test = example([attack] * 4)(test)
    return given(FOUR)(test)


def unsafe(text: str, but: str = "\n") -> set[str]:
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Zl", "Zp") and c not in but} - SOFT


SOFT = {"\xad", "\u0600", "\u0601", "\u0602", "\u0603", "\u0604", "\u0605", "\u06dd", "\u070f", "\u0890", "\u0891", "\u08e2",
        *map(chr, range(0x110BD, 0x110CE)), *map(chr, range(0x13430, 0x13440)), *map(chr, range(0x1BCA0, 0x1BCA4)),
        *map(chr, range(0x1D173, 0x1D17B))}  # fmt: skip
"""Format characters that are part of writing (Arabic, Egyptian, music); they move nothing else."""


def written(view: View, format_: str) -> str:
    data: bytes = import_module(f"readiness_pack.report.{FORMATS[format_].module}").write(view)
    return data.decode()


@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "html"])
@for_each_attack
def test_no_control_characters(format_: str, texts: list[str]) -> None:
    assert unsafe(written(hostile(texts), format_), "\r\n" if format_ == "csv" else "\n") == set()


@for_each_attack
def test_the_terminal(texts: list[str]) -> None:
    for width, verbose in ((40, True), (80, False)):
        text = StringIO()
        render(hostile(texts), Console(file=text, width=width, color_system=None), verbose=verbose)
        assert unsafe(text.getvalue()) == set()
        assert text.getvalue().splitlines()[-1].startswith("BROKEN: 1 tool error; ")


@for_each_attack
def test_json_keeps_what_it_shows(texts: list[str]) -> None:
    text = written(hostile(texts), "json")
    document = json.loads(text)
    assert msgspec.json.decode(text) == document
    assert document["findings"][0]["message"] == texts[0].encode("utf-8", "replace").decode()


@for_each_attack
def test_sarif(sarif_problems: Callable[[Any], list[str]], texts: list[str]) -> None:
    document = json.loads(written(hostile(texts), "sarif"))
    assert sarif_problems(document) == []
    for result in document["runs"][0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~:/%-]+", uri)
    assert "](" not in "".join(result["message"]["text"] for result in document["runs"][0]["results"])


@for_each_attack
def test_junit(texts: list[str]) -> None:
    cases = list(ET.fromstring(written(hostile(texts), "junit")).iter("testcase"))
    assert len(cases) == 6 + 1 + 1  # findings, a pass, a tool error
    assert all(case.get("name") and case.get("classname") for case in cases)


@for_each_attack
def test_csv_has_no_formulas(texts: list[str]) -> None:
    heading, *rows = csv.reader(StringIO(written(hostile(texts), "csv"), newline=""))
    assert len(rows) == 6 + 1 + 1  # findings, a pass, a tool error
    assert {len(row) for row in rows} == {len(heading)}
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)] == []


@for_each_attack
def test_github_commands(texts: list[str]) -> None:
    *commands, _left_out = written(hostile(texts), "github").splitlines()
    parsed = [re.fullmatch(r"::(error|warning|notice) ((?:[a-z]+=[^:,]*,?)+)::(.*)", line) for line in commands]
    assert len(commands) == 6
    assert all(parsed)
    assert all(re.fullmatch(r"(?:[^%]|%25|%0A|%0D)*", found[3]) for found in parsed if found)


ALLOWED_HTML = re.compile(r"<!-- readiness-pack -->|</?details>|</?summary>|<br>|</?sub>")


@for_each_attack
def test_markdown_shows_text_as_text(texts: list[str]) -> None:
    text = written(hostile(texts), "markdown")
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    flat = [inner for token in tokens for inner in (token, *(token.children or ()))]
    assert {token.type for token in flat} & {"link_open", "image", "em_open", "s_open"} == set()
    html = "".join(token.content for token in flat if token.type in ("html_inline", "html_block"))
    rest = ALLOWED_HTML.sub("", html)
    assert "<" not in re.sub(r"</?summary>[^<]*", "", rest)
    assert html.count("<details>") == html.count("</details>") > 0
    for row in re.findall(r"^\| (?=\d).*$", text, re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", row)) == 5, row
    spans = re.sub(r"`[^`\n]*`", "", re.sub(r"^(`{3,})python\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL))
    assert re.search(r"@\w|(?<!&)#\d|\bhttps?:|\bwww\.", spans) is None
    assert len(text.encode()) <= LIMIT
