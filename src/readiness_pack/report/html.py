"""The Report as one HTML file for the release meeting: no network, no external script, prints to a clean PDF.

Everything that comes from a template, a rule file or a decision is text: Jinja escapes it, `visible` shows what would
otherwise hide (control characters, marks that reorder text), and the page's own Content-Security-Policy admits exactly
the one script and the one style sheet that ship with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from readiness_pack.checklist import Checklist, load
from readiness_pack.findings import Report
from readiness_pack.report.html_page import STATUSES, page

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(
    report: Report,
    checklist: Checklist | None = None,
    *,
    subject: str | None = None,
    generated: datetime | None = None,
) -> bytes:
    """Write the page.

    Args:
        report: what was found.
        checklist: the items and rules it was judged by, ours where not given.
        subject: what was judged, for the heading.
        generated: the time that the page shows, now where not given; its day decides which decisions have ended.

    Returns:
        UTF-8 HTML.

    Example:
        >>> from readiness_pack import Assembly, evaluate
        >>> html = render(evaluate(Assembly.from_template({"Resources": {"<b>": {"Type": "AWS::KMS::Key"}}})))
        >>> b"&lt;b&gt;" in html, b"<b>" in html
        (True, False)
    """
    style = _read("report.css")
    script = _read("report.js")
    text = (
        _environment()
        .get_template("report.html.j2")
        .render(
            page=page(report, checklist or load(), generated or datetime.now(UTC), subject),
            style=Markup(style),  # noqa: S704 - both files are ours
            script=Markup(script),  # noqa: S704
            policy=_policy(style, script),
            statuses=STATUSES,
        )
    )
    return text.encode("utf-8")


def visible(value: Any) -> Any:
    """``value`` with every character shown that a browser would hide, reorder by or refuse.

    Control characters become their pictures, marks that reorder text become their code points, lone surrogates become
    the replacement character. Line breaks and tabs stay.

    Example:
        >>> visible("a\\x00b\\u202ec")
        'a␀b⟨U+202E⟩c'
    """
    if isinstance(value, str) and not isinstance(value, Markup):
        return _HIDDEN.sub(_shown, value)
    return value


# C0 and C1 controls without tab and line feed; zero-width characters and marks of direction (they can make one name
# look like another); line and paragraph separators; surrogates, which UTF-8 cannot encode; noncharacters.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"⟨U+{code:04X}⟩"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    return environment


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """What the page may do: run this script and use this style sheet, nothing else."""
    return f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
