"""The certificate as an in-toto statement, for tools that sign and check attestations.

The statement is an unsigned in-toto Statement v1
(https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md). Its subject is the digest of the judged
assembly, which is no hash of a file: ``cosign attest-blob --statement`` signs it as it stands.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from readiness_pack.evidence.certificate import Certificate

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:readiness-pack:certificate:v1"
"""What the predicate is; docs/certificate.md describes it."""


def statement(certificate: Certificate) -> dict[str, Any]:
    """The statement that ``certificate`` makes.

    Example:
        >>> from readiness_pack.evidence import certificate
        >>> made = statement(certificate._example())
        >>> made["_type"], [subject["name"] for subject in made["subject"]], len(made["subject"][0]["digest"]["sha256"])
        ('https://in-toto.io/Statement/v1', ['cdk.out'], 64)
    """
    digest = certificate.digest
    predicate = {
        "tool": certificate.tool,
        "result": "ready",
        "stage": certificate.stage,
        "gate": certificate.gate,
        "commit": certificate.commit,
        "certifiedBy": {"name": certificate.certified_by, "role": certificate.role},
        "certifiedOn": certificate.date,
        "nextReview": certificate.next_review,
        "digests": {
            "all": digest.value,
            "assembly": digest.assembly,
            "rules": digest.rules,
            "decisions": digest.decisions,
            "evidence": digest.evidence,
        },
        "statuses": dict(sorted(Counter(item.status for item in certificate.items).items())),
        "items": [{"id": item.id, "status": item.status} for item in certificate.items],
        "signoffs": certificate.signoffs,
        "evidence": certificate.records,
        "waivers": certificate.waivers,
    }
    return {
        "_type": TYPE,
        "subject": [{"name": certificate.subject, "digest": {"sha256": digest.assembly.removeprefix("sha256:")}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": msgspec.to_builtins(predicate),
    }


def write(certificate: Certificate) -> bytes:
    """The statement as JSON, the same for the same certificate."""
    data = msgspec.json.encode(statement(certificate), order="deterministic")
    return msgspec.json.format(data, indent=1) + b"\n"
