"""The packs of cdk-nag that a door runs besides our rules; cdk-nag is imported by those who ask for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import IConstruct
from msgspec.structs import replace

from readiness_pack.peers.merging import with_digests
from readiness_pack.template import Assembly

if TYPE_CHECKING:
    from cdk_nag import NagPack


@dataclass(frozen=True)
class Packs:
    """Packs of cdk-nag.

    Args:
        sources: their names, or packs themselves, each once.
    """

    sources: tuple[str | NagPack, ...] = ()

    @classmethod
    def of(cls, wanted: Sequence[str | NagPack] | str | NagPack | None) -> Packs:
        """The packs of a user's list; a single one counts as a list.

        Raises:
            InputError: cdk-nag has no pack of that name.
            TypeError: an element is no pack.
        """
        if not wanted:
            return cls()
        from readiness_pack.integrations import cdk_nag

        listed = [wanted] if isinstance(wanted, str) or not isinstance(wanted, Sequence) else wanted
        return cls(tuple(dict.fromkeys(cdk_nag.known_as(one) for one in listed)))

    def judge(self, assembly: Assembly, scope: IConstruct, *, written: bool) -> None:
        """Let the packs judge ``scope``, and tell ``assembly`` what they found.

        Args:
            assembly: the app.
            scope: where the packs begin.
            written: whether the templates are those of cdk.out, so that they can be recognised later.

        Raises:
            ReadinessError: a pack broke.
        """
        if not self.sources:
            return
        from readiness_pack.integrations import cdk_nag

        names, found = cdk_nag.run(self.sources, scope)
        peers = with_digests(found, assembly) if written else found
        assembly.record_above(replace(assembly.records_above, packs=names, peers=peers))


NONE = Packs()
