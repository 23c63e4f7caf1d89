"""What tells findings of one rule of cdk-nag on one resource apart: ``AwsSolutions-IAM5[Action::s3:*]``.

Whoever accepts one of them has not accepted the others, so that a finding of ours counts as accepted only where it is
about the same action, or about the same "every resource".
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from readiness_pack.findings import Finding

_OURS = {
    "IamNoServiceWildcardActions": ("Action", re.compile(r" allows (\S+), which ")),
    "IamNoWildcardResourceForResourceLevelActions": ("Resource", re.compile(r" on every resource ()")),
}
"""Our rule -> the kind of detail that its findings are about, and where their message names it."""


def is_meant(id_: str, finding: Finding) -> bool:
    """Whether a decision about ``id_``, which may have a detail, is about ``finding``.

    Args:
        id_: the id as it was written, without the prefix of CDK.
        finding: a finding of a rule that ``id_`` stands for.
    """
    if not id_.endswith("]") or any(fnmatchcase(name, id_) for name in (finding.rule, finding.item)):
        return True  # no detail; or a glob of ours, where brackets stand for letters
    theirs = [peer.partition(" ")[2] for peer in finding.peers if peer.endswith("]")]
    if theirs:
        return id_ in theirs
    return id_.partition("[")[2].removesuffix("]") == _detail_of(finding)


def _detail_of(finding: Finding) -> str | None:
    """The detail that cdk-nag would give for a finding of ours."""
    kind, named = _OURS.get(finding.rule, ("", None))
    found = named.search(finding.message) if named else None
    return f"{kind}::{found[1] or '*'}" if found else None
