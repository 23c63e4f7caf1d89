"""`readiness check` writes the page, whichever way it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from readiness_pack.cli.main import cli
from readiness_pack.report.text import count
from tests.html import sample
from tests.html.test_page import Parsed


@pytest.mark.parametrize("option", [["--format", "html", "--output"], ["--report"]])
def test_the_page_of_a_template(option: list[str], tmp_path: Path) -> None:
    template, page = tmp_path / "shop.template.json", tmp_path / "readiness.html"
    template.write_text(json.dumps(sample.keys(Key={})), encoding="utf-8")
    code = cli.main(["check", str(template), *option, str(page)], standalone_mode=False)
    parsed = Parsed(page.read_text(encoding="utf-8"))
    assert code == 1
    assert f"Production readiness of {template}" in parsed.text
    assert "KmsKeyRotationEnabled" in parsed.text
    assert sum(attributes.get("class", "").startswith("cell ") for attributes in parsed.all("a")) == 151  # type: ignore[union-attr]
    assert count(151, "item") in parsed.text
