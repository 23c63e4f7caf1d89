"""Records: what people wrote down where no template shows it, each dated, owned and ending on a stated day.

They are YAML files in the folder of the evidence, beside readiness.yaml; docs/evidence.md explains them. What is wrong
in a way that nobody can mean (an unknown item, a date in the future) stops reading. What only makes a record worth
nothing (a placeholder, a file that changed since) is told by ``problem`` of the record and by ``Evidence.problems``.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec.structs import replace

from readiness_pack import reading, typed_yaml
from readiness_pack.config import DEFAULT_EVIDENCE, Config, FactSpec
from readiness_pack.errors import InputError
from readiness_pack.rules.facts import KNOWN_FACTS

if TYPE_CHECKING:
    from readiness_pack.checklist import Checklist
    from readiness_pack.evidence.tools import ToolResult
    from readiness_pack.rules import Rule

Comparison = Literal[">=", "<=", ">", "<", "=="]


class FileRef(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that a record rests on.

    Args:
        path: relative to the evidence file; inside the project's folder.
        sha256: of its content, hexadecimal.
    """

    path: str
    sha256: str


class RecordSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A record as its file has it: about a checklist item, or a fact about the account.

    Args:
        item: id of the item.
        fact: name of the fact; exactly one of ``item`` and ``fact`` is given.
        statement: what was done, and what came of it.
        owner: who answers for it, a team or a person.
        date: of when it is.
        valid_until: the last day on which it counts; by default the item says how long.
        links: where more can be seen, ``https://…``.
        files: files that it rests on, with their hashes.
        value: the figure of a measured item; of a fact, what is the case.
        unit: of ``value``, the item's where not given.
        target: a target of one's own; the item's counts as well.
        comparison: how ``value`` compares to ``target``, the item's where not given.
        extended: why it counts for longer than the item says.
        not_applicable: why the item does not apply to this system.
    """

    date: datetime.date
    owner: str
    item: str | None = None
    fact: str | None = None
    statement: str = ""
    valid_until: datetime.date | None = None
    links: list[str] = []
    files: list[FileRef] = []
    value: Any = None
    unit: str | None = None
    target: float | None = None
    comparison: Comparison | None = None
    extended: str | None = None
    not_applicable: str | None = None


class Record(RecordSpec, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A record that was read; ``valid_until`` is filled in.

    Args:
        problem: why it counts for nothing, a sentence; ``None`` for a good one.
        file: where it was read, as the user knows it.
        line: 1-based line in ``file``.
    """

    problem: str | None = None
    file: str = ""
    line: int | None = None

    @property
    def name(self) -> str:
        """How messages name it.

        Example:
            >>> Record(item="REL-DRC-04", owner="Operations", date=datetime.date(2026, 10, 2)).name
            'REL-DRC-04 of 2026-10-02'
        """
        return f"{self.item or self.fact} of {self.date}"

    @property
    def last_day(self) -> datetime.date:
        """The last day on which it counts."""
        return self.valid_until or self.date


class ReportSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A report of a tool, as the evidence file names it; its content says the rest.

    Args:
        file: relative to the evidence file; inside the project's folder.
        kind: of the report, found from its content where not given.
        item: id of the item, that of the kind where not given.
        owner: the team that answers for it, the item's where not given.
        date: of when it is, for reports that do not say.
    """

    file: str
    kind: str | None = None
    item: str | None = None
    owner: str | None = None
    date: datetime.date | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an evidence file may hold."""

    records: list[RecordSpec] | None = None
    reports: list[ReportSpec] | None = None


@dataclass(frozen=True)
class Problem:
    """What is wrong with the evidence without stopping anything.

    Args:
        text: what, a sentence.
        file: where, as the user knows it.
        line: 1-based line in ``file``.
    """

    text: str
    file: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


@dataclass(frozen=True)
class Evidence:
    """What was recorded.

    Args:
        records: in the order of their files; identical ones once.
        reports: what tools reported.
        folder: where sign-offs and the certificate are kept; ``None`` where there is no evidence at all.
        problems: what is wrong with records and reports that therefore count for nothing.
    """

    records: tuple[Record, ...] = ()
    reports: tuple[ToolResult, ...] = ()
    folder: Path | None = None
    problems: tuple[Problem, ...] = field(default=())

    @property
    def facts(self) -> dict[str, FactSpec]:
        """The facts about the account; of several records of a fact the one that ends last."""
        found: dict[str, FactSpec] = {}
        for record in self.records:
            if record.fact is None or record.problem is not None:
                continue
            fact = FactSpec(record.value, record.owner, record.date, record.last_day, record.statement or None)
            if record.fact not in found or fact.until > found[record.fact].until:
                found[record.fact] = fact
        return found


def read(
    config: Config, checklist: Checklist, today: datetime.date, *, facts: Iterable[str] = KNOWN_FACTS.keys()
) -> Evidence:
    """Read everything that was recorded.

    Args:
        config: the settings, which say where.
        checklist: the items that records are about.
        today: the day on which is judged.
        facts: names of the facts that rules ask for.

    Raises:
        InputError: a file cannot be read, has an unknown key, item or fact, a date in the future, or records that
            contradict each other.
    """
    from readiness_pack.evidence import record_checks, reports

    place = place_of(config)
    if place is None:
        return Evidence(folder=_later(config))
    project = project_of(config, place)
    records: list[Record] = []
    found: list[ToolResult] = []
    problems: list[Problem] = []
    for one in _files(place):
        for record in one.records:
            checked = record_checks.checked(record, one, project, checklist, frozenset(facts), today)
            if not any(_same(checked, other) for other in records):
                records.append(checked)
            if checked.problem is not None:
                problems.append(Problem(f"{checked.name}: {checked.problem}", one.shown, record.line))
        results, wrong = reports.read(one, project, checklist, today)
        found += results
        problems += wrong
    record_checks.check_together(records)
    return Evidence(tuple(records), tuple(found), place if place.is_dir() else place.parent, tuple(problems))


def with_facts(
    config: Config, today: datetime.date | None = None, *, facts: Iterable[str] = KNOWN_FACTS.keys()
) -> Config:
    """``config`` with the facts that were recorded; it costs nothing where no evidence is kept.

    A fact of readiness.yaml and a record of it are the same; that which ends later counts.

    Args:
        config: the settings.
        today: the day on which is judged.
        facts: names of the facts that rules ask for.

    Raises:
        InputError: an evidence file cannot be read, a fact in it cannot be used, or one of the settings is not filled
            in.
    """
    _check_words(config)
    place = place_of(config)
    if place is None:
        return config
    from readiness_pack.evidence import record_checks

    today = today or datetime.date.today()
    project = project_of(config, place)
    records = [
        record_checks.checked(record, one, project, None, frozenset(facts), today)
        for one in _files(place)
        for record in one.records
        if record.fact is not None
    ]
    record_checks.check_together(records)
    recorded = Evidence(tuple(records)).facts
    for record in records:
        known = config.facts.get(record.fact or "")
        if known is not None and record.problem is None and _disagree(known, record):
            text = f"{record.fact} is {_spelled(record.value)} here and {_spelled(known.value)} in {config.source}"
            raise InputError(text, file=record.file, line=record.line)
    kept = {
        name: fact for name, fact in config.facts.items() if name not in recorded or fact.until > recorded[name].until
    }
    return replace(config, facts={**recorded, **kept}) if recorded else config


def fact_names(rules: Iterable[type[Rule]]) -> frozenset[str]:
    """The facts that any of ``rules`` asks for, and those that are known without them."""
    return frozenset(KNOWN_FACTS) | {name for rule in rules for name in rule.account_facts}


def _check_words(config: Config) -> None:
    """Make sure that facts of readiness.yaml are filled in: rules would take a placeholder for somebody's word."""
    if not config.facts:
        return
    from readiness_pack.evidence.placeholders import placeholder

    for name, fact in config.facts.items():
        for key, text in (("owner", fact.owner), ("note", fact.note)):
            found = placeholder(text) if text is not None else None
            if found is not None:
                raise config.problem(f"facts.{name}.{key}: {found}", "facts", name, key)


def _disagree(known: FactSpec, record: Record) -> bool:
    return known.value != record.value and known.date <= record.last_day and record.date <= known.until


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same(record: Record, other: Record) -> bool:
    return replace(record, file="", line=None) == replace(other, file="", line=None)


# Files ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EvidenceFile:
    """One file, read.

    Args:
        path: where it is.
        shown: how messages name it.
        text: its content.
        records: its records, with their lines.
        reports: the reports that it names.
    """

    path: Path
    shown: str
    text: str
    records: tuple[Record, ...]
    reports: tuple[ReportSpec, ...]

    def error(self, text: str, *steps: str | int) -> InputError:
        """An error about the value at ``steps``."""
        return InputError(text, file=self.shown, line=self.line(*steps))

    def line(self, *steps: str | int) -> int | None:
        """The line of the value at ``steps``."""
        return typed_yaml.line_of(self.text, *steps)


def place_of(config: Config) -> Path | None:
    """The folder of the evidence, or the one file of it; ``None`` where there is none.

    Raises:
        InputError: readiness.yaml names a place where nothing is.
    """
    place = config.folder / config.evidence
    if place.exists():
        return place
    if Path(config.evidence).is_absolute():
        raise InputError("there is no such folder or file of evidence", file=config.evidence)
    if config.evidence != DEFAULT_EVIDENCE:
        raise config.problem(f"evidence: there is no folder or file {config.evidence}", "evidence")
    return None


def _later(config: Config) -> Path:
    """Where the first sign-off will make the folder."""
    return config.folder / config.evidence


def project_of(config: Config, place: Path) -> Path:
    """The folder that files of records must be in: that of readiness.yaml, or that of evidence kept elsewhere."""
    folder, home = config.folder.resolve(), place.resolve()
    if home.is_relative_to(folder):
        return folder
    return home if home.is_dir() else home.parent


def file_names(place: Path) -> list[Path]:
    """The evidence files at ``place``; what begins with a dot is none."""
    if not place.is_dir():
        return [place]
    try:
        paths = sorted(place.iterdir())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=shown(place)) from error
    # What is no file (a link to nothing, a pipe) stays in: reading it says so. A record that was passed over might be
    # the one that says that something is not met.
    return [path for path in paths if path.suffix in (".yaml", ".yml") and not path.name.startswith(".")]


def _files(place: Path) -> Iterable[EvidenceFile]:
    for path in file_names(place):
        yield read_file(path)


def shown(path: Path) -> str:
    """``path`` as messages give it: from the current folder where it is below that."""
    absolute, here = path.absolute(), Path.cwd()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else str(path)


def read_file(path: Path) -> EvidenceFile:
    """Read one file; one that holds nothing but comments has no records.

    Raises:
        InputError: it cannot be read, or does not fit the format.
    """
    name = shown(path)
    try:
        text = reading.read(path, reading.MAX_WRITTEN, shown=name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8 text", file=name) from error
    # A file without a single character was cut off; one with comments is a form that nobody has filled in yet.
    if text and all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return EvidenceFile(path, name, text, (), ())
    found = typed_yaml.parse(text, _File, shown=name)
    lines = typed_yaml.lines_of(text, "records")
    records = tuple(
        Record(**{name: getattr(spec, name) for name in RecordSpec.__struct_fields__}, file=name, line=line)
        for spec, line in zip(found.records or (), lines, strict=True)
    )
    return EvidenceFile(path, name, text, records, tuple(found.reports or ()))
