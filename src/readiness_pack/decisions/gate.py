"""Whether a gate is left: decisions and settings that let everything through fail, what weakens it is told.

Each of them is somebody's right; none of them may look like a system that is ready.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from readiness_pack import blind_spots
from readiness_pack.checklist import Severity
from readiness_pack.config import Config
from readiness_pack.decisions.grants import Grant
from readiness_pack.decisions.names import PREFIX, Selector
from readiness_pack.decisions.profiles import PRODUCTION, Ratings
from readiness_pack.findings import Finding
from readiness_pack.rules import Rule

RULE = "GateIsInForce"
ITEM = "TST-INF-01"  # the item about suppressions

LONG = timedelta(days=731)
"""Whatever counts for longer than two years is told: nobody will look at it again."""

_MANY = 10  # of so few rules, a glob may well mean all


@dataclass(frozen=True)
class Gate:
    """What decides whether anything can fail.

    Args:
        config: the settings.
        rules: the rules of the run by name.
        items: ids of the checklist's items.
        ratings: the severities in force.
        stacks: the construct paths of the stacks.
        selector: finds rules by name.
        has_resources: whether there is anything to judge.
        grants: every decision.
        today: the day on which it is judged.
    """

    config: Config
    rules: Mapping[str, type[Rule]]
    items: Collection[str]
    ratings: Ratings
    stacks: Collection[str]
    selector: Selector
    has_resources: bool
    grants: Iterable[Grant]
    today: date

    def findings(self) -> list[Finding]:
        """A violation at the app for each decision or setting that lets everything through."""
        texts = [self._wholesale(grant) for grant in self.grants if self._is_wholesale(grant)]
        if self.rules and all(map(self._is_off, self._environments)):
            number = "its one rule" if len(self.rules) == 1 else f"all {len(self.rules)} rules"
            text = f"{self._source} turns off {number} of the run, so nothing is judged."
            texts.append(text[0].upper() + text[1:] if self.config.source is None else text)
        limits = {self._fail_on(environment) for environment in self._environments}
        found = [_finding(text, "error", limits != {"never"}) for text in dict.fromkeys(texts)]
        if not self.has_resources:
            # No error: CDK deploys no stack without a resource, and a project may begin with one. Ready it is not.
            text = "There is no resource at all, so nothing was judged."
            found.append(_finding(text, "warning", "warning" in limits))
        return found

    def notes(self) -> list[str]:
        """What weakens the gate without opening it, a sentence each."""
        return [*self._of_environments(), *self._off(), *self._long()]

    # Decisions ---

    def _is_wholesale(self, grant: Grant) -> bool:
        """Whether a decision accepts whatever there is and will be: any rule, anywhere."""
        everywhere = not grant.scope if grant.origin != "waiver" else not grant.scope.strip("*?")
        if not grant.is_ours or grant.decision.counts or not everywhere:
            return False
        pattern = grant.pattern.removeprefix(PREFIX)
        if not any(sign in pattern for sign in "*?["):
            return False
        all_items = len(self.items) >= _MANY and all(fnmatchcase(item, pattern) for item in self.items)
        return all_items or (len(self.rules) >= _MANY and self.rules.keys() <= grant.rules)

    def _wholesale(self, grant: Grant) -> str:
        by = f" by {grant.decision.owner}" if grant.decision.owner else ""
        where = (grant.decision.source or grant.origin).replace(self.config.source or "\0", self._source)
        what = f"{grant.pattern} for {grant.scope or 'the app'} ({where})"
        return f"The decision{by} to accept {what} accepts also what nobody has looked at yet; name rules or resources."

    # Settings ---

    @property
    def _environments(self) -> list[str]:
        """The environments of the stacks, production where there is no stack."""
        return list(dict.fromkeys(map(self.ratings.environment, self.stacks))) or [PRODUCTION]

    @property
    def _source(self) -> str:
        """The file of the settings by its name alone: the text is the same on every machine."""
        return Path(self.config.source).name if self.config.source else "the configuration"

    def _is_off(self, environment: str) -> bool:
        """Whether nothing is asked there; what only another tool finds may be left on alone."""
        return all(self._rated_off(name, environment) for name in self.rules) and not self._others_are_on

    @property
    def _others_are_on(self) -> bool:
        """Whether the settings give a level to what is no rule of the run, found this time or not."""
        given = [self.config.severity, *(profile.severity for profile in self.config.custom_profiles.values())]
        levels = [(self.selector.names(pattern), level) for one in given for pattern, level in one.items()]
        return any(
            level != "off" and blind_spots.RULE not in names and not names & self.rules.keys()
            for names, level in levels
        )

    def _rated_off(self, name: str, environment: str) -> bool:
        return self.ratings.rating(name, self.rules[name].severity, environment).severity is None

    def _fail_on(self, environment: str) -> str:
        return self.ratings.rating(RULE, "error", environment).fail_on

    def _of_environments(self) -> Iterator[str]:
        environments = self._environments
        never = [one for one in environments if self._fail_on(one) == "never"]
        if never:
            where = "" if len(never) == len(environments) else f" in {', '.join(never)}"
            yield f"no finding fails the run{where}: fail_on is never"
        if self.stacks and self.config.environments and PRODUCTION not in environments:
            them = " or ".join(environments)
            yield f"no stack was judged as {PRODUCTION}: the environments of {self._source} make all of them {them}"

    def _off(self) -> Iterator[str]:
        for environment in self._environments:
            off = sum(self._rated_off(name, environment) for name in self.rules)
            if off:
                where = f" in {environment}" if self.config.environments else ""
                yield f"{off} of {len(self.rules)} rules {'is' if off == 1 else 'are'} off{where}, by {self._source}"

    def _long(self) -> Iterator[str]:
        late = self.today + min(LONG, date.max - self.today)
        for grant in self.grants:
            if grant.expires is not None and grant.expires > late:
                yield f"the waiver of {grant.pattern} for {grant.scope or 'the app'} lasts until {grant.expires}"
        for name, fact in self.config.facts.items():
            if fact.until > late:
                yield f"the fact {name} of {fact.owner} counts until {fact.until}"


def _finding(text: str, severity: Severity, counts: bool) -> Finding:
    return Finding(
        rule=RULE,
        item=ITEM,
        severity=severity,
        verdict="fail",
        message=text,
        fix=None,
        stack=None,
        template=None,
        logical_id=None,
        resource_type=None,
        construct_path="",
        property_path=None,
        location=None,
        fingerprint=hashlib.sha256(f"{RULE}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:20],
        managed_by_cdk=False,
        counts=counts,
    )
