"""The Report as one HTML file for the release meeting: no network, no external script, prints to a clean PDF.

Everything that comes from a template, a rule file or a decision is text: Jinja escapes it, `clean_lines` shows what
would otherwise hide (control characters, marks that reorder text), and the page's own Content-Security-Policy admits
exactly the one script and the one style sheet that ship with it.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from readiness_pack.report.html_page import Kept, Link, item_anchor, page
from readiness_pack.report.text import clean_lines, count
from readiness_pack.report.view import View

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def write(view: View, *, generated: datetime | None = None, kept: Kept | None = None, answers: bool = False) -> bytes:
    """The page of a report.

    Args:
        view: what was found.
        generated: the time that the page shows, now where not given; its day decides which decisions have ended.
        kept: records, sign-offs and levels, where these were looked for.
        answers: whether the page answers if the system is ready, as ``readiness report`` does.

    Returns:
        UTF-8 HTML.

    Example:
        >>> from readiness_pack import Assembly, evaluate
        >>> report = evaluate(Assembly.from_template({"Resources": {"<i>": {"Type": "AWS::KMS::Key"}}}))
        >>> html = write(View(report))
        >>> b"&lt;i&gt;" in html, b"<i>" in html
        (True, False)
    """
    style, script = template_text("report.css"), template_text("report.js")
    text = (
        environment()
        .get_template("report.html.j2")
        .render(
            page=page(view, generated or datetime.now(UTC), kept, answers=answers),
            style=style,
            script=script,
            policy=policy(style, script),
        )
    )
    return text.encode("utf-8")


def environment() -> Environment:
    """How templates are read and filled in: everything is escaped and made visible."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = lambda value: f"{value:,}"
    made.filters["count"] = count
    made.filters["anchor"] = item_anchor
    made.filters["is_web"] = lambda url: url.startswith(("https://", "http://"))
    made.filters["host"] = lambda url: Link(url).label
    return made


def _visible(value: Any) -> Any:
    """What every expression of the template passes: text with its line breaks, and nothing in it that hides."""
    if isinstance(value, str) and not hasattr(value, "__html__"):  # what has it is markup that we wrote
        return "\n".join(clean_lines(value))
    return value


def template_text(name: str) -> str:
    """A file of the templates as it is."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def policy(style: str, script: str | None = None) -> str:
    """What a page may do: use this style sheet and run this script, nothing else."""
    scripts = f"script-src {_hash(script)}; " if script is not None else ""
    return f"default-src 'none'; {scripts}style-src {_hash(style)}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
