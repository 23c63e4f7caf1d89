"""JUnit XML, as pytest, Maven, Gradle, Jest and most other test runners write it."""

from __future__ import annotations

import re

from readiness_pack.evidence.tools.document import Document, Element
from readiness_pack.evidence.tools.outcome import Figure, Outcome, counted, day_of

WHAT = "a JUnit XML file"

UNIT, INTEGRATION = "TST-AUT-01", "TST-AUT-02"

_INTEGRATION_WORDS = {"integration", "integ", "e2e", "end2end", "endtoend"}
_WORD = re.compile(r"[a-z0-9]+")
_OURS = re.compile(r"readiness[-_ ]pack", re.IGNORECASE)


def recognises(document: Document) -> bool:
    """Whether the file is of this kind."""
    return document.form == "xml" and document.root in ("testsuites", "testsuite")


def read(document: Document) -> list[Outcome]:
    """What the tests of the file came to."""
    found = document.elements(("testsuites", "testsuite", "testcase", "failure", "error", "skipped"))
    suites = [element for element in found if element.name in ("testsuites", "testsuite")]
    if any(_OURS.search(suite.attributes.get("name", "")) for suite in suites):
        raise document.error("the report of readiness-pack itself, which is no evidence for its own items")
    tests, failed, skipped = _cases(found)
    failed = max(failed, _declared(suites, "failures") + _declared(suites, "errors"))
    if not tests:
        raise document.error("no test was run, which is no evidence")
    if skipped >= tests:
        raise document.error("every test was skipped, which is no evidence")
    passed = max(tests - failed - skipped, 0)
    parts = [f"{passed:,} passed", f"{failed:,} failed", f"{skipped:,} skipped"]
    days = [day for suite in suites if (day := day_of(suite.attributes.get("timestamp", ""))) is not None]
    return [
        Outcome(
            tool="JUnit",
            statement=f"{counted(tests, 'test')}: {', '.join(parts)}.",
            items=(INTEGRATION if _says_integration(document, suites) else UNIT,),
            passed=failed == 0,
            date=min(days, default=None),  # a report is as old as its oldest part
            figures=(Figure("failed_tests", failed, "failed tests"),),
        )
    ]


def _cases(found: list[Element]) -> tuple[int, int, int]:
    """How many test cases there are, how many of them failed, how many were skipped."""
    states: list[str] = []
    for element in found:
        if element.name == "testcase":
            states.append("passed")
        elif element.parent == "testcase" and states and states[-1] != "failed":
            states[-1] = "skipped" if element.name == "skipped" else "failed"
    return len(states), states.count("failed"), states.count("skipped")


def _declared(suites: list[Element], attribute: str) -> int:
    """What the outermost suites say of themselves: errors in set-up belong to no test case."""
    total = 0
    for depth in sorted({len(suite.path) for suite in suites}):
        numbers = [_number(suite.attributes.get(attribute)) for suite in suites if len(suite.path) == depth]
        total = max(total, sum(numbers))
    return total


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.strip().isdecimal() else 0


def _says_integration(document: Document, suites: list[Element]) -> bool:
    """Whether the name of the file or of all its suites says that these are integration tests."""
    if _INTEGRATION_WORDS & set(_words(document.name)):
        return True
    names = [suite.attributes.get("name", "") for suite in suites if suite.name == "testsuite"]
    return bool(names) and all(_INTEGRATION_WORDS & set(_words(name)) for name in names)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("end-to-end", "e2e").replace("end_to_end", "e2e"))
