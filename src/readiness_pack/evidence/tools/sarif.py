"""SARIF 2.1.0 of scanners: each run is for the items that its tool serves."""

from __future__ import annotations

from functools import cached_property

import msgspec

from readiness_pack.evidence.tools.checkov import ITEM as CHECKOV
from readiness_pack.evidence.tools.document import Document
from readiness_pack.evidence.tools.outcome import Figure, Outcome, counted, day_of, plain
from readiness_pack.evidence.tools.vulnerabilities import CRITICAL, NO_CRITICALS, criticals, outcome

WHAT = "a SARIF file"

STATIC_ANALYSIS = "TST-CQL-01"

SCANNERS = ("trivy", "grype", "snyk open source", "snyk container", "osv-scanner", "docker scout", "amazon inspector")
"""Tools that look for known vulnerabilities in images, dependencies and hosts."""

CODE_SCANNERS = ("codeql", "semgrep", "bandit", "gosec", "snyk code", "brakeman", "sonar")
"""Tools that look for weaknesses in code."""

LINTERS = ("ruff", "eslint", "pylint", "mypy", "pyright", "flake8", "pmd", "checkstyle", "spotbugs", "golangci-lint")
"""Tools that look at the quality of code."""

ASKS = "it comes from {tool}, which may stand for several items; write `item:`, such as " + ", ".join(
    (f"{STATIC_ANALYSIS} (static analysis)", f"{NO_CRITICALS} (open criticals)")
)


class _Properties(msgspec.Struct, frozen=True, rename={"severity": "security-severity"}):
    severity: str | float | None = None


class _Configuration(msgspec.Struct, frozen=True):
    level: str = "warning"


class _Rule(msgspec.Struct, frozen=True, rename={"default": "defaultConfiguration"}):
    id: str
    properties: _Properties = _Properties()
    default: _Configuration = _Configuration()


class _Component(msgspec.Struct, frozen=True):
    name: str
    version: str | None = None
    rules: list[_Rule] = []


class _Tool(msgspec.Struct, frozen=True):
    driver: _Component
    extensions: list[_Component] = []


class _Suppression(msgspec.Struct, frozen=True):
    status: str = "accepted"


class _Reference(msgspec.Struct, frozen=True, rename={"component": "toolComponent"}):
    """How a result names its rule, or a rule its part of the tool."""

    id: str | None = None
    index: int = -1
    component: _Reference | None = None


_RESULT = {"rule_id": "ruleId", "rule_index": "ruleIndex", "baseline": "baselineState"}


class _Result(msgspec.Struct, frozen=True, rename=_RESULT):
    rule_id: str | None = None
    rule_index: int = -1
    rule: _Reference = _Reference()
    level: str | None = None
    kind: str = "fail"
    baseline: str | None = None
    suppressions: list[_Suppression] = []
    properties: _Properties = _Properties()

    @property
    def is_open(self) -> bool:
        """Not passed, not gone, and not suppressed; a suppression counts once it is accepted."""
        accepted = bool(self.suppressions) and all(one.status == "accepted" for one in self.suppressions)
        return self.kind in ("fail", "open", "review") and self.baseline != "absent" and not accepted


class _Invocation(msgspec.Struct, frozen=True, rename="camel"):
    execution_successful: bool = True
    start_time_utc: str = ""
    end_time_utc: str = ""


class _Run(msgspec.Struct, frozen=True, dict=True):
    tool: _Tool
    results: list[_Result] | None = None
    invocations: list[_Invocation] = []

    @cached_property
    def rules(self) -> dict[str, _Rule]:
        """All rules by id, of the tool and of its extensions."""
        components = (self.tool.driver, *self.tool.extensions)
        return {rule.id: rule for component in components for rule in component.rules}

    def rule_of(self, result: _Result) -> _Rule | None:
        """The rule of a result: by its place in the tool or an extension, else by its id."""
        part = self.tool.driver
        at = result.rule.component.index if result.rule.component else -1
        if 0 <= at < len(self.tool.extensions):
            part = self.tool.extensions[at]
        index = result.rule_index if result.rule_index >= 0 else result.rule.index
        if 0 <= index < len(part.rules):
            return part.rules[index]
        named = result.rule_id or result.rule.id or ""
        return self.rules.get(named) or self.rules.get(named.rpartition("/")[0])  # "CA1000/1" is of rule "CA1000"


class _Log(msgspec.Struct, frozen=True):
    version: str
    runs: list[_Run]


def recognises(document: Document) -> bool:
    """Whether the file is of this kind."""
    found = document.json if document.form == "json" else None
    return isinstance(found, dict) and isinstance(found.get("runs"), list) and "version" in found


def read(document: Document) -> list[Outcome]:
    """What each run found."""
    log = document.decoded(_Log, WHAT)
    if log.version != "2.1.0":
        raise document.error(f"SARIF of version {plain(log.version, 20)}; 2.1.0 is read")
    if not log.runs:
        raise document.error("no tool was run, which is no evidence")
    return [_of_run(document, run) for run in log.runs]


def _of_run(document: Document, run: _Run) -> Outcome:
    name = plain(run.tool.driver.name, 40)
    if "readiness-pack" in name.lower():
        raise document.error("the report of readiness-pack itself, which is no evidence for its own items")
    if run.results is None or any(not one.execution_successful for one in run.invocations):
        raise document.error(f"the run of {name} did not succeed, which is no evidence")
    tool = plain(f"{name} {run.tool.driver.version or ''}", 50)
    days = [day_of(one.end_time_utc or one.start_time_utc) for one in run.invocations]
    day = max((day for day in days if day is not None), default=None)
    levels = _Levels(run)
    if _is(name, SCANNERS) or (levels.rated and not _is(name, (*CODE_SCANNERS, *LINTERS, "checkov"))):
        return outcome(
            tool,
            "as the scanner rates them",
            levels.critical,
            levels.open - levels.critical - levels.unrated,
            unrated=levels.unrated,
            closed=levels.closed,
            everything=True,
            date=day,
        )
    others = counted(levels.open - levels.errors, "other open result")
    return Outcome(
        tool=tool,
        statement=f"{counted(levels.errors, 'open error')}, {others}, {levels.closed:,} suppressed.",
        items=_items(name, levels.critical),
        passed=not levels.errors,
        date=day,
        figures=(Figure("open_errors", levels.errors, "open errors"), criticals(levels.critical)),
        asks=ASKS.format(tool=name),
    )


def _items(name: str, critical: int) -> tuple[str, ...]:
    if _is(name, ("checkov",)):
        return (CHECKOV,)
    if not _is(name, (*CODE_SCANNERS, *LINTERS)):
        return ()
    return (STATIC_ANALYSIS, NO_CRITICALS) if critical else (STATIC_ANALYSIS,)


class _Levels:
    """How many results of a run are open, how many of these are errors, and how many criticals."""

    def __init__(self, run: _Run) -> None:
        results = run.results or []
        still_open = [result for result in results if result.is_open]
        self.open = len(still_open)
        self.closed = len(results) - self.open
        scores = [_score(result, run) for result in still_open]
        self.errors = sum(_level(result, run) == "error" for result in still_open)
        self.critical = sum(score is not None and score >= CRITICAL for score in scores)
        self.unrated = scores.count(None)
        self.rated = any(rule.properties.severity is not None for rule in run.rules.values()) or any(
            result.properties.severity is not None for result in results
        )


def _level(result: _Result, run: _Run) -> str:
    if result.level is not None:
        return result.level
    rule = run.rule_of(result)
    return rule.default.level if rule else "warning"


def _score(result: _Result, run: _Run) -> float | None:
    """The CVSS score of a result, that of its rule where it has none, ``None`` where nobody rated it."""
    rule = run.rule_of(result)
    for properties in (result.properties, rule.properties if rule else _Properties()):
        if properties.severity is not None:
            try:
                return float(properties.severity)
            except ValueError:
                return CRITICAL  # rated, but not in a way that can be read: better taken for the worst
    return None


def _is(name: str, tools: tuple[str, ...]) -> bool:
    return any(tool in name.lower() for tool in tools)
