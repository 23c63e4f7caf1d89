"""Other tools for the same controls, cdk-nag and checkov: which of our rules is theirs, and one report of both.

A finding that both have is ours, with a word on who else has it. What only the other tool has is kept under a name of
its own. What it finds although our rule is satisfied is a note.
"""

from readiness_pack.peers.ids import PeerIds
from readiness_pack.peers.merging import Merged, merge

__all__ = ["Merged", "PeerIds", "merge"]
