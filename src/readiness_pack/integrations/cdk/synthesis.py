"""What the doors have said so far about one app that is being synthesized, so that nothing is said twice.

Several of them may be open: CDK calls a plugin once for each place it was registered at, also when that is the same
object, and an Aspect runs for every Stage on its own. Each asks here what was said before, and adds its part.
"""

from __future__ import annotations

from pathlib import Path
from weakref import WeakKeyDictionary

from constructs import IConstruct
from msgspec.structs import replace

from readiness_pack.findings import ItemResult, Report
from readiness_pack.integrations.cdk import report_file
from readiness_pack.integrations.cdk.settings import Settings
from readiness_pack.items import item_results, together
from readiness_pack.rules import APP
from readiness_pack.rules.rule_set import RuleSet

Scope = tuple[str, str]
"""Construct path of the Stage, construct path of the scope."""


class Synthesis:
    """One synthesis of one app."""

    def __init__(self) -> None:
        self.scopes: dict[Scope, Settings] = {}
        """What Aspects have judged, and by which settings."""
        self.annotated: dict[str, bool] = {}
        """Fingerprint -> whether it was annotated as an error."""
        self.handed_over: dict[str, bool] = {}
        """Fingerprint -> whether it was handed to CDK as something that fails."""
        self.broken: set[str] = set()
        """What was said about rules that broke."""
        self._judged: set[tuple[int, Scope]] = set()
        self._reports: list[tuple[Settings, Report]] = []
        self._whole_app = False
        self._items: list[ItemResult] = []
        self._stamp: tuple[int, int] | None = None

    @classmethod
    def for_aspect(cls, root: IConstruct, visitor: int, scope: Scope) -> Synthesis:
        """The synthesis in which an Aspect judges ``scope``.

        Args:
            root: the app.
            visitor: tells Aspects apart.
            scope: what it judges; the same Aspect judges it once in a synthesis, so the second time is a new one.
        """
        found = _RUNNING.get(root)
        # Plugins run last: once they have been called, an Aspect belongs to the next synthesis.
        if found is None or (visitor, scope) in found._judged or found._stamp is not None:
            found = _RUNNING[root] = cls()
        found._judged.add((visitor, scope))
        return found

    @classmethod
    def for_plugin(cls, root: IConstruct, outdir: Path) -> Synthesis:
        """The synthesis whose result is in ``outdir``; each one writes the manifest anew."""
        status = (outdir / "manifest.json").stat()
        stamp = (status.st_mtime_ns, status.st_ino)
        found = _RUNNING.get(root)
        if found is None or found._stamp not in (None, stamp):
            found = _RUNNING[root] = cls()
        found._stamp = stamp
        return found

    def covers(self, scope: Scope, settings: Settings) -> bool:
        """Whether an Aspect of the same settings has judged all of ``scope``."""
        return any(
            known == settings and self._holds(judged, scope[0], scope[1]) for judged, known in self.scopes.items()
        )

    def has_judged(self, stage: str, path: str) -> bool:
        """Whether an Aspect has judged the construct ``path`` of the Stage ``stage``."""
        return any(self._holds(judged, stage, path) for judged in self.scopes)

    @staticmethod
    def _holds(judged: Scope, stage: str, path: str) -> bool:
        return judged[0] == stage and (judged[1] in ("", path) or path.startswith(f"{judged[1]}/"))

    def add(
        self,
        report: Report,
        settings: Settings,
        rules: RuleSet,
        outdir: Path,
        *,
        whole_app: bool,
        complete: bool = False,
    ) -> None:
        """Put ``report`` beside what was reported before, and write all of it to ``readiness-report.json``.

        Args:
            report: what was found.
            settings: what it was found with.
            rules: the rules that were asked.
            outdir: the ``cdk.out`` folder.
            whole_app: whether rules about the whole app were asked.
            complete: it is about all stacks of the app, and takes the place of reports on some of them.
        """
        self._whole_app = self._whole_app or whole_app
        if whole_app and settings.evidence is not None:
            self._items = report.items  # with what was recorded, which findings alone do not tell
        kept = [(by, earlier) for by, earlier in self._reports if not (complete and by == settings)]
        known = {finding.fingerprint for _, earlier in kept for finding in earlier.findings}
        new = [finding for finding in report.findings if finding.fingerprint not in known]
        self._reports = [*kept, (settings, replace(report, findings=new, items=[]))]
        report_file.write(self._merged(rules), outdir)

    def _merged(self, rules: RuleSet) -> Report:
        reports = [report for _, report in self._reports]
        merged = replace(together(reports, rules.checklist))
        merged.items = self._items or item_results(rules.checklist, merged)
        # A waiver for another Stage is of no use here, and of use there.
        merged.unused_decisions = [
            decision
            for decision in reports[-1].unused_decisions
            if all(decision in report.unused_decisions for report in reports)
        ]
        if not self._whole_app:
            merged.notes = [*merged.notes, *_not_asked(rules)]
            if any(settings.evidence is not None for settings, _ in self._reports):
                merged.notes.append(_NO_RECORDS)
        return merged


_NO_RECORDS = "Records were not asked for, since only the plugin and an Aspect on the App see all of it."


def _not_asked(rules: RuleSet) -> list[str]:
    names = [rule.name for rule in rules.classes.values() if APP in rule.resource_types]
    if not names:
        return []
    text = "Rules about the whole app were not asked, since only the plugin and an Aspect on the App see all of it: "
    return [text + ", ".join(names)]


_RUNNING: WeakKeyDictionary[IConstruct, Synthesis] = WeakKeyDictionary()
