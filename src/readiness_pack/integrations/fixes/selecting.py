"""Which fixes are applied: all that are safe, but for those left out; those that need consent where they are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from readiness_pack.errors import InputError
from readiness_pack.integrations.fixes.model import Fix
from readiness_pack.integrations.fixes.reasons import reason_for
from readiness_pack.integrations.fixes.table import FIXES


def selected(
    items: Mapping[str, str],
    *,
    only: Sequence[str] | None = None,
    also: Sequence[str] = (),
    without: Sequence[str] = (),
) -> tuple[Fix, ...]:
    """The fixes to apply.

    Args:
        items: rule -> its item, for every rule that there is.
        only: rules, items or globs of either; nothing but these is applied. A rule that needs consent is meant where
            its own name is written out.
        also: rules that need consent, applied besides the safe ones.
        without: rules, items or globs that are left out.

    Raises:
        InputError: a name is no rule or item, or what it names has no fix.

    Example:
        >>> [fix.rule for fix in selected({"KmsKeyRotationEnabled": "SEC-ENC-03"}, only=["SEC-ENC-03"])]
        ['KmsKeyRotationEnabled']
    """
    fixable = {fix.rule for fix in FIXES if fix.rule in items}
    asking = {fix.rule for fix in FIXES if fix.consent}
    named = {_bare(name).casefold() for name in [*(only or ()), *also]}
    unnamed = {rule for rule in asking if rule.casefold() not in named}
    base = fixable - asking if only is None else _meant("only", only, items, fixable)
    wanted = base | _meant("also", also, items, fixable)
    _check_consent("only", only or (), items, unnamed, fixable)
    _check_consent("also", also, items, unnamed, fixable - base)
    wanted -= unnamed
    wanted -= _meant("without", without, items, fixable, needed=False)
    return tuple(fix for fix in FIXES if fix.rule in wanted)


def meant(name: str, items: Mapping[str, str]) -> set[str]:
    """The rules that ``name`` means: the rule or item of that name, or all that the glob matches.

    Example:
        >>> meant("SEC-*", {"KmsKeyRotationEnabled": "SEC-ENC-03"})
        {'KmsKeyRotationEnabled'}
    """
    wanted = _bare(name).casefold()
    return {
        rule
        for rule, item in items.items()
        if fnmatchcase(rule.casefold(), wanted) or fnmatchcase(item.casefold(), wanted)
    }


def nobody(name: str, items: Mapping[str, str]) -> str:
    """What to say of a name that means nothing."""
    from readiness_pack.typed_yaml import nearest

    return f"there is no rule or item '{name}'.{nearest(_bare(name), {*items, *items.values()})}"


def _bare(name: str) -> str:
    return name.removeprefix("Readiness::")


def _check_consent(
    argument: str, names: Iterable[str], items: Mapping[str, str], unnamed: set[str], applied: set[str]
) -> None:
    """Say so where a glob or an item has no effect, since what it means is applied only where the rule is named."""
    for name in names:
        rules = meant(name, items)
        lacking = sorted(rules & unnamed)
        if lacking and not rules & applied - unnamed:
            text = f"{argument}: '{name}' has no effect: what somebody notices or pays for is named rule by rule"
            raise InputError(f"{text}: {', '.join(lacking)}")


def _meant(
    argument: str, names: Iterable[str], items: Mapping[str, str], fixable: set[str], *, needed: bool = True
) -> set[str]:
    found: set[str] = set()
    for name in names:
        rules = meant(name, items)
        if not rules:
            raise InputError(f"{argument}: {nobody(name, items)}")
        if needed and not rules & fixable:
            raise InputError(f"{argument}: '{name}' has no fix: {reason_for(min(rules))}")
        found |= rules & fixable
    return found
