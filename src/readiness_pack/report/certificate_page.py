"""The certificate as one HTML file for people: no network, no script, prints to a clean PDF."""

from __future__ import annotations

from collections import Counter, defaultdict

from readiness_pack.evidence.certificate import Certificate, CertifiedItem
from readiness_pack.report.html import environment, policy, template_text


def write(certificate: Certificate) -> bytes:
    """The page of a certificate, the same for the same certificate.

    Args:
        certificate: what is certified.

    Returns:
        UTF-8 HTML.

    Example:
        >>> from readiness_pack.evidence import certificate
        >>> b"Ana Silva" in write(certificate._example())
        True
    """
    style = template_text("certificate.css")
    sections: dict[str, list[CertifiedItem]] = defaultdict(list)
    for item in certificate.items:
        sections[item.section].append(item)
    page = (
        environment()
        .get_template("certificate.html.j2")
        .render(
            certificate=certificate,
            titles=defaultdict(str, {item.id: item.title for item in certificate.items}),
            sections=dict(sections),
            statuses=dict(Counter(item.status for item in certificate.items).most_common()),
            style=style,
            policy=policy(style),
        )
    )
    return page.encode("utf-8")
