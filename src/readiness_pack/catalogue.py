"""The pages that explain items and rules, in Markdown: the catalogue under docs/ and ``readiness explain``."""

from __future__ import annotations

from typing import Any

import yaml

from readiness_pack.checklist import Checklist, Example, Frameworks, ItemSpec, RuleSpec

FRAMEWORKS = {
    "soc2": "SOC 2",
    "iso27001_2022": "ISO 27001:2022",
    "hipaa": "HIPAA",
    "gdpr": "GDPR",
    "nist_800_53_r5": "NIST 800-53 r5",
    "pci_dss_4": "PCI DSS 4",
    "well_architected": "AWS Well-Architected",
}
PEERS = {
    "cdk_nag": "cdk-nag",
    "cdk_nag_ids": "cdk-nag id",
    "checkov": "checkov",
    "security_hub": "Security Hub",
    "guard": "AWS Guard registry",
    "cfn_lint": "cfn-lint",
}
_DISPOSITIONS = {
    "automated": "Rules decide it.",
    "partial": "Rules decide a part of it, a record the rest.",
    "evidence": "A dated record decides it; nothing in a template can.",
}


def item_page(item: ItemSpec, checklist: Checklist) -> str:
    """The page of a checklist item with all its rules.

    Args:
        item: the item.
        checklist: where the rules that it relies on are found.
    """
    lines = [f"# {item.id} {item.title}", "", f"*{item.section} > {item.group}*", "", f"> {item.statement}", ""]
    lines += [f"**{_DISPOSITIONS[item.disposition]}** {item.why}", ""]
    lines += _evidence(item)
    if item.frameworks:
        lines += ["## Frameworks", "", *_frameworks(item.frameworks), ""]
    if item.reuses:
        lines += ["## Relies on", ""]
        lines += [f"- {_link(name, item, checklist)}" for name in item.reuses] + [""]
    for rule in item.rules:
        lines += ["", rule_page(item, rule, level=2)]
    return "\n".join(lines).rstrip() + "\n"


def rule_page(item: ItemSpec, rule: RuleSpec, *, level: int = 1) -> str:
    """The page of a rule; its headings start at ``level``."""
    head, sub = "#" * level, "#" * (level + 1)
    severity = (
        f"{rule.severity}{'' if rule.core or rule.severity != 'error' else ' (a warning in the standard profile)'}"
    )
    lines = [
        f"{head} {rule.name}",
        "",
        f"{severity} · {item.id} · {', '.join(f'`{type_}`' for type_ in rule.resource_types)}",
        "",
    ]
    if rule.why:
        lines += [rule.why.strip(), ""]
    lines += [f"Says: *{rule.message}*", ""]
    if rule.fix:
        lines += [f"{sub} Fix", "", "```python", rule.fix.strip(), "```", ""]
    if rule.parameters:
        lines += [f"{sub} Parameters", "", "| name | default | meaning |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {_cell(spec.default)} | {spec.about} |" for name, spec in rule.parameter_specs.items()
        ] + [""]
    if rule.notes:
        lines += [f"{sub} Notes", "", rule.notes.strip(), ""]
    shown = [example for verdict in ("fail", "pass", "unknown", "not_applicable") for example in _first(rule, verdict)]
    for example in shown:
        lines += [f"{sub} {_heading(example)}", "", "```yaml", _template(rule, example), "```", ""]
    # Below its item a rule repeats nothing of it; alone it says what it inherits.
    frameworks = rule.frameworks or (item.frameworks if level == 1 else {})
    if frameworks:
        lines += [f"{sub} Frameworks", "", *_frameworks(frameworks), ""]
    named = [(label, rule.peers.get(key)) for key, label in PEERS.items()]
    if any(names for _, names in named):
        lines += [f"{sub} The same control elsewhere", ""]
        lines += [f"- {label}: {', '.join(f'`{name}`' for name in names)}" for label, names in named if names] + [""]
    if rule.sources:
        lines += [f"{sub} References", "", *(f"- <{source}>" for source in rule.sources), ""]
    return "\n".join(lines).rstrip() + "\n"


def index_page(checklist: Checklist) -> str:
    """The list of all items by section and group."""
    count = sum(len(item.rules) for item in checklist.items)
    lines = ["# Catalogue", "", f"{len(checklist.items)} items of the checklist, {count} rules.", ""]
    section = group = ""
    for item in checklist.items:
        if item.section != section:
            section, group = item.section, ""
            lines += [f"## {section}", ""]
        if item.group != group:
            group = item.group
            lines += ["", f"### {group}", "", "| item | decided by | rules |", "|---|---|---|"]
        rules = ", ".join(f"[{rule.name}]({item.id}.md#{rule.name.lower()})" for rule in item.rules)
        lines.append(f"| [{item.id}]({item.id}.md) {item.title}: {item.statement} | {item.disposition} | {rules} |")
    return "\n".join(lines) + "\n"


def pages(checklist: Checklist) -> dict[str, str]:
    """Every page of the catalogue by file name."""
    found = {"index.md": index_page(checklist)}
    found.update({f"{item.id}.md": item_page(item, checklist) for item in checklist.items})
    return found


def _evidence(item: ItemSpec) -> list[str]:
    evidence = item.evidence
    if evidence is None:
        return []
    lines = ["## Record", "", f"{evidence.artefact}. Kept by {evidence.owner}, valid for {evidence.valid_days} days."]
    if evidence.guidance:
        lines += ["", evidence.guidance]
    if evidence.measure:
        measure = evidence.measure
        lines += ["", f"Measured: {measure.name} {measure.comparison} {measure.target:g} {measure.unit}."]
    return [*lines, ""]


def _frameworks(frameworks: Frameworks) -> list[str]:
    return [f"- {FRAMEWORKS.get(name, name)}: {', '.join(ids)}" for name, ids in frameworks.items()]


def _link(name: str, item: ItemSpec, checklist: Checklist) -> str:
    home = checklist.rules.get(name)
    if home is None or home[0].id == item.id:
        return f"`{name}`"
    return f"[{name}]({home[0].id}.md#{name.lower()})"


def _cell(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("\n").removesuffix("...").strip()
    return f"`{text}`".replace("|", "\\|")


def _first(rule: RuleSpec, verdict: str) -> list[Example]:
    return [example for example in rule.examples if example.verdict == verdict][:1]


_HEADINGS = {"fail": "Fails", "pass": "Passes", "unknown": "Cannot be decided", "not_applicable": "Does not apply"}


def _heading(example: Example) -> str:
    return _HEADINGS[example.verdict] + (f": {example.title}" if example.title else "")


def _template(rule: RuleSpec, example: Example) -> str:
    subject: dict[str, Any] = example.subject
    if "stacks" not in subject and "Resources" not in subject and rule.resource_types[0] not in ("app", "*"):
        subject = {"Type": rule.resource_types[0], **subject}
    return yaml.safe_dump(subject, sort_keys=False, width=110, allow_unicode=True).rstrip()
