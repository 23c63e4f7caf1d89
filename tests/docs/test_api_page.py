"""The page about the public API names what `__all__` of the public modules names, each with an example that runs."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
MODULES = dict(re.findall(r"^## (readiness_pack\S*)$\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_the_public_modules_are_those_of_the_page() -> None:
    assert {"readiness_pack", "readiness_pack.rules", "readiness_pack.template"} <= MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_the_page_lists_what_is_public(module: str) -> None:
    listed = [name.replace("\\", "") for name in re.findall(r"^### (\S+)$", MODULES[module], re.MULTILINE)]
    assert sorted(listed) == sorted(set(listed))
    assert sorted(listed) == sorted(import_module(module).__all__)


@pytest.mark.parametrize("module", MODULES)
def test_each_name_has_an_example_that_imports_it(module: str) -> None:
    entries = re.split(r"^### ", MODULES[module], flags=re.MULTILINE)[1:]
    for entry in entries:
        name = entry.split("\n", 1)[0].replace("\\", "")
        code = re.search(
            r"^```python\n(.*?)^```$", entry, re.MULTILINE | re.DOTALL
        )  # tests/docs/test_blocks.py runs it
        assert code is not None, name
        assert re.search(rf"^from {re.escape(module)} import .*\b{name}\b", code[1], re.MULTILINE), name


@pytest.mark.parametrize("module", MODULES)
def test_public_names_say_what_they_are(module: str) -> None:
    found = import_module(module)
    things = {name: getattr(found, name) for name in found.__all__}
    assert [name for name, thing in things.items() if callable(thing) and not thing.__doc__] == []
