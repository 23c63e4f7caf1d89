"""The construct tree: finding constructs by path, and what is recorded on those that belong to no stack."""

from __future__ import annotations

from aws_cdk import Validations
from constructs import IConstruct

from readiness_pack.integrations.cdk.wording import LINES, rule_id
from readiness_pack.template import Assembly
from readiness_pack.template.records import WAIVER, Records


class Tree:
    """Finds constructs by path, step by step; each step goes to JavaScript once."""

    def __init__(self, root: IConstruct) -> None:
        self.root = root
        self._known: dict[str, IConstruct | None] = {"": root}

    def at(self, path: str) -> IConstruct | None:
        """The construct at ``path``, ``None`` where there is none."""
        if path not in self._known:
            above, _, own = path.rpartition("/")
            parent = self.at(above)
            self._known[path] = parent.node.try_find_child(own) if parent is not None else None
        return self._known[path]

    def nearest(self, *paths: str | None) -> IConstruct:
        """The construct at the first of ``paths`` that has one, or that has one above it, else the root."""
        for path in paths:
            while path:
                construct = self.at(path)
                if construct is not None:
                    return construct
                path = path.rpartition("/")[0]
        return self.root


def add_records(assembly: Assembly, tree: Tree) -> None:
    """Tell ``assembly`` what is acknowledged and waived above its stacks: on the App, on Stages, on plain constructs.

    CDK honours those as well, but writes down only what is recorded on stacks and below.
    """
    key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    lines = {rule_id(line) for line in LINES}  # no rules of the engine's; CDK alone deals with them
    found = Records()
    above = dict.fromkeys(path for stack in assembly.stacks if stack.parent is None for path in _above(stack.name))
    for path in above:
        construct = tree.at(path)
        for entry in construct.node.metadata if construct is not None else ():
            if entry.type == key and isinstance(entry.data, dict):
                rules = {str(rule): str(reason) for rule, reason in entry.data.items() if rule not in lines}
                found.acknowledgements.append((path, rules))
            elif entry.type == WAIVER and isinstance(entry.data, dict):
                found.waivers.append((path, dict(entry.data)))
    assembly.record_above(found)


def _above(path: str) -> list[str]:
    """Every path above ``path``.

    Example:
        >>> _above("Prod/Eu/Shop")
        ['', 'Prod', 'Prod/Eu']
    """
    pieces = path.split("/")
    return ["/".join(pieces[:length]) for length in range(len(pieces))]
