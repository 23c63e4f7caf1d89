"""What an import does: for each bullet its id, whether it was there before, and what is proposed for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from readiness_pack.checklist import Checklist, ItemSpec
from readiness_pack.errors import InputError
from readiness_pack.importing import blocks, folder, ids
from readiness_pack.importing.bullets import Bullet, Document
from readiness_pack.importing.folder import Folder, Kept
from readiness_pack.importing.matching import Match, matches
from readiness_pack.importing.proposals import SAME, Proposal, Proposer
from readiness_pack.importing.words import is_blank_to_fill_in

VALID_DAYS = 365
"""How long a record counts unless somebody says otherwise."""

_OWNERS = (
    ("Security", r"secur|complian|privacy|encrypt|identity|access|audit|threat|vulnerab"),
    ("QA", r"\btest|quality"),
    ("Business", r"\bcosts?\b|budget|business|stakeholder|financ|legal"),
    ("Operations", r"operat|monitor|observab|alert|alarm|incident|support|on-call|runbook|deploy|recover|backup"),
)
_WHY = "Imported: a record decides it until somebody writes rules for it or says which of the existing ones fit."
_WHY_RULES = "Rules that fit its words decide a part of it, a record the rest."


@dataclass(frozen=True)
class Entry:
    """One bullet of the checklist.

    Args:
        id: the id of its item.
        bullet: its words.
        earlier: the item of an earlier import.
        match: how that was found.
        proposals: our items and rules that fit.
        accepted: the rules that it relies on from now on.
        text: its text in the file.
        file: the file.
    """

    id: str
    bullet: Bullet
    earlier: Kept | None
    match: Match | None
    proposals: tuple[Proposal, ...]
    accepted: tuple[str, ...]
    text: str
    file: Path

    @property
    def state(self) -> str:
        """``new``, ``back`` (it was gone), ``moved``, ``changed`` (its words), or ``same``."""
        if self.earlier is None:
            return "new"
        if self.earlier.gone:
            return "back"
        item, bullet = self.earlier.item, self.bullet
        if (item.section, item.group) != (bullet.section, bullet.group):
            return "moved"
        return "same" if (item.title, item.statement) == (bullet.title, bullet.statement) else "changed"


@dataclass(frozen=True)
class Plan:
    """What is written.

    Args:
        entries: the bullets in the order of the checklist.
        gone: items that the checklist no longer asks for, those from earlier times included.
        folder: what was there before.
        notes: what a person should know.
    """

    entries: tuple[Entry, ...]
    gone: tuple[Kept, ...]
    folder: Folder
    notes: tuple[str, ...] = ()

    @property
    def newly_gone(self) -> list[Kept]:
        """What was asked for the last time."""
        return [kept for kept in self.gone if not kept.gone]

    def write(self) -> list[Path]:
        """Write the files and return those that changed; see :func:`readiness_pack.importing.folder.write`."""
        texts: dict[Path, list[str]] = {}
        for entry in self.entries:
            texts.setdefault(entry.file, []).append(entry.text)
        return folder.write(self.folder, texts, [kept.block for kept in self.gone])


def plan(
    document: Document,
    source: Path,
    known: Folder,
    checklist: Checklist,
    *,
    prefix: str | None = None,
    accept: float | None = None,
    replace: bool = False,
) -> Plan:
    """Decide what becomes of a checklist.

    Args:
        document: the checklist.
        source: its file.
        known: what was imported before.
        checklist: the items and rules that may fit.
        prefix: what new ids begin with; the first letters of the title's words where not given.
        accept: proposals of at least this score are taken over.
        replace: go on where ``known`` is of another checklist.

    Raises:
        InputError: two bullets give the same id, or the folder is of another checklist.
    """
    found = matches(document.bullets, [kept.item for kept in known.kept])
    _check_same_checklist(found, known, replace)
    taken = {*checklist.by_id, *known.taken}
    prefix = prefix or _prefix(known) or ids.prefix_of(document.title or source.stem)
    notes: list[str] = []
    given = _given_ids(document.bullets, found, known, taken, prefix, source, notes)
    codes = ids.group_codes(prefix, _places(document.bullets), _known_codes(known))
    made = _new_ids(document.bullets, given, codes, {*taken, *given.values()})
    homes = known.files_of_groups()
    proposer = Proposer(checklist)
    entries: list[Entry] = []
    for number, bullet in enumerate(document.bullets):
        match = found.get(number)
        earlier = known.kept[match.item] if match else None
        place = (bullet.section, bullet.group)
        home = homes.get(place) or known.path / f"{re.sub(r'[^A-Za-z0-9-]', '-', codes[place])}.yaml"
        entries.append(_entry(made[number], bullet, earlier, match, home, proposer, accept))
    used = {match.item for match in found.values()}
    gone = tuple(kept for at, kept in enumerate(known.kept) if at not in used)
    return Plan(tuple(entries), gone, known, tuple(notes))


def _entry(
    id_: str, bullet: Bullet, earlier: Kept | None, match: Match | None, home: Path, proposer: Proposer,
    accept: float | None,
) -> Entry:  # fmt: skip
    proposals = tuple(proposer.proposals(f"{bullet.title} {bullet.statement}"))
    if bullet.statement.startswith(f"{bullet.title}:") and is_blank_to_fill_in(bullet.statement.partition(":")[2]):
        proposals = tuple(one for one in proposals if one.kind == "item")  # no rule fills in a name or a date
    words = {
        "section": bullet.section, "group": bullet.group, "title": bullet.title, "statement": bullet.statement,
        "checklist_line": bullet.line,
    }  # fmt: skip
    decided = earlier is not None and (earlier.item.rules or "reuses" in blocks.keys(earlier.block))
    taken_over = {} if accept is None or decided else _taken_over(proposals, proposer, accept)
    reuses = list(taken_over.get("reuses", ())) or (earlier.item.reuses if earlier else [])
    open_ = [] if decided or taken_over else proposals
    if earlier is not None:
        if "evidence" in taken_over and earlier.item.evidence != _default_evidence_like(earlier.item):
            del taken_over["evidence"]  # somebody has said what the record is
        text = blocks.updated(earlier.block, {**words, **taken_over}, open_)
    else:
        default = {"disposition": "evidence", "why": _WHY, "evidence": _evidence(bullet)}
        data = {"id": id_, **words, **default, **taken_over}
        text = blocks.written({key: value for key, value in data.items() if value is not None}, open_)
    return Entry(id_, bullet, earlier, match, proposals, tuple(reuses), text, home)


def _taken_over(proposals: Sequence[Proposal], proposer: Proposer, accept: float) -> dict[str, Any]:
    """What changes in an item when the proposals of at least ``accept`` are accepted.

    One of our items brings all its rules and its record; it is taken over only where it is the same in other words.
    """
    good = [proposal for proposal in proposals if proposal.score >= accept]
    rules = [proposal.name for proposal in good if proposal.kind == "rule"]
    ours = next((proposer.checklist.by_id[one.name] for one in good if one.kind == "item" and one.score >= SAME), None)
    if ours is not None:
        found: dict[str, Any] = {"disposition": ours.disposition, "why": ours.why}
        record = msgspec.to_builtins(ours.evidence) if ours.evidence else None
        found["evidence"] = record and {key: value for key, value in record.items() if value is not None}
        rules = list(dict.fromkeys([*proposer.rules_of(ours), *rules]))
        return {**found, **({"reuses": rules} if rules else {})}
    return {"disposition": "partial", "why": _WHY_RULES, "reuses": rules} if rules else {}


def _evidence(bullet: Bullet) -> dict[str, Any]:
    owner = bullet.owner or _owner(f"{bullet.section} {bullet.group}") or _owner(f"{bullet.title} {bullet.statement}")
    return {"artefact": f"Record of {bullet.title}", "owner": owner or "Platform", "valid_days": VALID_DAYS}


def _default_evidence_like(item: ItemSpec) -> Any:
    """The evidence that an import would have written for ``item``."""
    bullet = Bullet(item.checklist_line, item.section, item.group, item.title, item.statement)
    return msgspec.convert(_evidence(bullet), type(item.evidence)) if item.evidence else None


def _owner(words: str) -> str | None:
    return next((owner for owner, pattern in _OWNERS if re.search(pattern, words.casefold())), None)


def _places(bullets: Sequence[Bullet]) -> list[ids.Place]:
    return list(dict.fromkeys((bullet.section, bullet.group) for bullet in bullets))


def _prefix(known: Folder) -> str | None:
    """What the ids of the earlier import begin with."""
    firsts = [kept.item.id.split("-")[0] for kept in known.kept if kept.item.id.count("-") >= 2]
    return max(set(firsts), key=lambda first: (firsts.count(first), first)) if firsts else None


def _known_codes(known: Folder) -> dict[ids.Place, str]:
    groups: dict[ids.Place, list[str]] = {}
    for kept in known.kept:
        groups.setdefault((kept.item.section, kept.item.group), []).append(kept.item.id)
    codes: dict[ids.Place, str] = {}
    for place, names in groups.items():
        code = ids.code_of(names)
        if code is not None and code not in codes.values():
            codes[place] = code
    return codes


def _check_same_checklist(found: Mapping[int, Match], known: Folder, replace: bool) -> None:
    active = len(known.active)
    again = sum(not known.kept[match.item].gone for match in found.values())
    if active > 3 and again * 4 < active and not replace:
        raise InputError(
            f"holds a checklist of {active} items, of which {again or 'none'} can be found in this one; import it into "
            "another folder, or say --replace",
            file=known.path,
        )


def _given_ids(
    bullets: Sequence[Bullet], found: Mapping[int, Match], known: Folder, taken: set[str], prefix: str, source: Path,
    notes: list[str],
) -> dict[int, str]:  # fmt: skip
    """The ids that are known before any is made: those of earlier imports, and those that the author wrote."""
    given = {number: known.kept[match.item].item.id for number, match in found.items()}
    lines: dict[str, int] = {}
    for number, bullet in enumerate(bullets):
        if bullet.id is None:
            continue
        if bullet.id in lines:
            raise InputError(f"the id {bullet.id} is on line {lines[bullet.id]} already", file=source, line=bullet.line)
        lines[bullet.id] = bullet.line
        if number in given:
            if given[number] not in (bullet.id, f"{prefix}-{bullet.id}"):
                notes.append(f"line {bullet.line}: its id stays {given[number]}, which records may name")
            continue
        given[number] = bullet.id if bullet.id not in taken else f"{prefix}-{bullet.id}"
        if given[number] in taken:
            raise InputError(f"the id {bullet.id} is that of another item", file=source, line=bullet.line)
    return given


def _new_ids(
    bullets: Sequence[Bullet], given: Mapping[int, str], codes: Mapping[ids.Place, str], taken: set[str]
) -> dict[int, str]:
    made = dict(given)
    for place, code in codes.items():
        numbers = [
            at for at, bullet in enumerate(bullets) if at not in made and (bullet.section, bullet.group) == place
        ]
        made.update(zip(numbers, ids.next_ids(code, len(numbers), taken), strict=True))
    return made
