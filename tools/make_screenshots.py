"""Makes docs/images/ from real runs on examples/unready_app (``python -m tools.make_screenshots``; needs Chromium)."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from readiness_pack import Assembly, evaluate
from readiness_pack.report import console as console_report
from readiness_pack.report import html
from readiness_pack.report.view import View
from tools import browser
from tools.cdk_cli import ROOT, synth

FOLDER = ROOT / "docs" / "images"
COLUMNS = 100
HEAD, TAIL = 27, 16  # lines of the console report: what to do first, and the checklist with the verdict
SIZE = {"width": 1120, "height": 860}


def main() -> int:
    """Write the pictures."""
    program = browser.program()
    if program is None:
        print("there is no Chromium on PATH; `make test` as root installs one")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        view = judged(Path(folder))
        (FOLDER / "console.svg").write_text(terminal(view), encoding="utf-8")
        page = Path(folder) / "report.html"
        page.write_bytes(html.write(view))
        (FOLDER / "html.png").write_bytes(photographed(page, program))
    return 0


def judged(folder: Path) -> View:
    """The report on the example, synthesized into ``folder`` with the lines of its Python."""
    output = folder / "cdk.out"
    done = synth(ROOT / "examples" / "unready_app", output=output, extra={"JSII_HOST_STACK_TRACES": "1"})
    if not (output / "manifest.json").is_file():
        raise SystemExit(f"cdk synth wrote nothing:\n{done.stdout}")
    return View(evaluate(Assembly.load(output)), paths=("cdk.out",))


def terminal(view: View) -> str:
    """Beginning and end of the console report as SVG, without the web font that rich would ask another host for."""
    whole = io.StringIO()
    console = Console(record=True, file=whole, width=COLUMNS, force_terminal=True, color_system="truecolor")
    console_report.render(view, console)
    text = console.export_text(clear=False, styles=True).splitlines()
    short = Console(record=True, file=io.StringIO(), width=COLUMNS, force_terminal=True, color_system="truecolor")
    for line in [*text[:HEAD], "", "  ⋮", "", *text[-TAIL:]]:
        short.print(Text.from_ansi(line))
    return short.export_svg(title="readiness check cdk.out", code_format=_SVG)


# rich's own frame loads Fira Code from the web; a site that loads nothing names fonts that machines have.
_SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
 font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def photographed(page: Path, program: str) -> bytes:
    """The first screen of the HTML report."""
    with browser.chromium(program) as chromium:
        tab = chromium.new_page(viewport={"width": SIZE["width"], "height": SIZE["height"]}, color_scheme="light")
        tab.goto(page.as_uri())
        return tab.screenshot()


if __name__ == "__main__":
    sys.exit(main())
