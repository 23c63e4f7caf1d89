"""The framework matrix: a row for each control, with the rules and records that support it, where they stand, and gaps.

``readiness matrix`` writes it as CSV for audit tools and as a page for people.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from readiness_pack.checklist import Checklist
from readiness_pack.errors import InputError
from readiness_pack.evidence.readiness import Readiness
from readiness_pack.findings import ItemResult, RecordResult
from readiness_pack.report.csv_report import cell
from readiness_pack.report.frameworks import CONTROL_STATES, Control, ControlState, Framework, coverage
from readiness_pack.report.text import count
from readiness_pack.typed_yaml import nearest

COLUMNS = (
    "framework",
    "control",
    "state",
    "rules_failing",
    "rules_undecided",
    "rules_waived",
    "rules_passing",
    "rules_without_resource",
    "evidence",
    "evidence_until",
    "gaps",
    "rules",
)
"""The heading of the CSV; columns are added at the end only."""


@dataclass(frozen=True)
class Row:
    """A control with everything that supports it.

    Args:
        framework: its framework.
        control: the control.
        items: the items that support it with a record, in checklist order.
        gaps: what is lacking, a sentence each.
        accepted: what is lacking and accepted, a sentence each.
    """

    framework: str
    control: Control
    items: list[ItemResult]
    gaps: list[str]
    accepted: list[str]

    @property
    def evidence(self) -> list[tuple[ItemResult, RecordResult]]:
        """The records and tool reports that count, with their items."""
        return [(item, record) for item in self.items for record in item.records if record.counts]

    @property
    def until(self) -> date | None:
        """The first day on which any of the evidence ends."""
        return min((record.valid_until for _, record in self.evidence if record.valid_until), default=None)

    def rules(self, state: ControlState) -> list[str]:
        """The names of the rules in ``state``."""
        return [rule.name for rule in self.control.rules if rule.state == state]


@dataclass(frozen=True)
class Matrix:
    """The controls of one framework.

    Args:
        framework: the framework with its controls.
        rows: a row a control.
    """

    framework: Framework
    rows: list[Row]


def matrices(readiness: Readiness, checklist: Checklist, names: Sequence[str] = ()) -> list[Matrix]:
    """The matrix of each framework.

    Args:
        readiness: where everything stands.
        checklist: the items and rules it was judged by.
        names: frameworks to show, as they are called or as rule files write them; all where none is given.

    Raises:
        InputError: the checklist names no such framework.
    """
    found = coverage(readiness.report, checklist)
    known = {_key(name): framework.name for framework in found for name in (framework.name, framework.key)}
    for name in names:
        if _key(name) not in known:
            labels = [framework.name for framework in found]
            keys = {label for framework in found for label in (framework.name, framework.key)}
            raise InputError(f"there is no framework '{name}'.{nearest(name, keys)} There are {', '.join(labels)}.")
    wanted = {known[_key(name)] for name in names} or set(known.values())
    items = {item.id: item for item in readiness.items}
    return [
        Matrix(framework, [_row(framework.name, control, items) for control in framework.controls])
        for framework in found
        if framework.name in wanted
    ]


def _key(name: str) -> str:
    """A name as people may write it: ``soc2`` is ``SOC 2``."""
    return "".join(char for char in name.lower() if char.isalnum())


def _row(framework: str, control: Control, items: dict[str, ItemResult]) -> Row:
    lacking = {item: state for state, ids in control.by_state.items() for item in ids}
    order = [id_ for id_ in items if id_ in lacking]
    gaps = [f"{rule.name}: {count(rule.fail, 'violation')}" for rule in control.rules if rule.fail]
    gaps += [f"{rule.name}: {count(rule.unknown, 'open answer')}" for rule in control.rules if rule.state == "unknown"]
    gaps += [_said(items[id_]) for id_ in order if lacking[id_] in ("fail", "record")]
    accepted = [f"{rule.name}: {count(rule.waived, 'violation')} accepted" for rule in control.rules if rule.waived]
    accepted += [_said(items[id_]) for id_ in order if lacking[id_] == "waived"]
    return Row(framework, control, [items[id_] for id_ in order], gaps, accepted)


def _said(item: ItemResult) -> str:
    return f"{item.id} {item.title}, {item.status}: {item.why}"


def write_csv(found: Sequence[Matrix]) -> bytes:
    """The matrix as CSV, a row a control."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    for matrix in found:
        for row in matrix.rows:
            writer.writerow({name: cell(value) for name, value in _cells(row).items()})
    return text.getvalue().encode()


_RULE_COLUMNS: dict[str, ControlState] = {
    "rules_failing": "fail",
    "rules_undecided": "unknown",
    "rules_waived": "waived",
    "rules_passing": "pass",
    "rules_without_resource": "none",
}

_WORDS: dict[ControlState, str] = {
    "fail": "gap",
    "unknown": "undecided",
    "record": "evidence missing",
    "waived": "accepted",
    "pass": "supported",
    "none": "nothing to judge",
}
"""The states of a control in the words of the matrix."""


def words(state: ControlState) -> str:
    """A state in the words of the matrix."""
    return _WORDS[state]


def _cells(row: Row) -> dict[str, object]:
    evidence = [
        f"{item.id}: {record.statement}" + (f" ({record.owner})" if record.owner else "")
        for item, record in row.evidence
    ]
    return {
        "framework": row.framework,
        "control": row.control.id,
        "state": words(row.control.state),
        **{column: len(row.rules(state)) for column, state in _RULE_COLUMNS.items()},
        "evidence": "; ".join(evidence),
        "evidence_until": row.until,
        "gaps": "; ".join([*row.gaps, *row.accepted]),
        "rules": "; ".join(rule.name for rule in row.control.rules),
    }


def write_html(readiness: Readiness, found: Sequence[Matrix], subject: str) -> bytes:
    """The matrix as a page that is complete in itself."""
    from readiness_pack.report.frameworks import NOTE
    from readiness_pack.report.html import environment, policy, template_text

    style = template_text("report.css")
    text = (
        environment()
        .get_template("matrix.html.j2")
        .render(
            readiness=readiness,
            matrices=found,
            subject=subject,
            note=NOTE,
            states=CONTROL_STATES,
            words=_WORDS,
            style=style,
            policy=policy(style),
        )
    )
    return text.encode("utf-8")
