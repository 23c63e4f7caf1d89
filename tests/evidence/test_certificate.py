"""The certificate: its seal, its statement, its page, and where it stands."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from msgspec.structs import replace

from readiness_pack import files
from readiness_pack.errors import InputError
from readiness_pack.evidence import certificate as certificates
from readiness_pack.evidence import intoto
from readiness_pack.evidence.certificate import (
    Certificate,
    CertificateState,
    CertifiedItem,
    CertifiedRecord,
    CertifiedSignOff,
    CertifiedWaiver,
    sealed,
    state,
)
from readiness_pack.evidence.digest import Digest
from readiness_pack.evidence.signoffs import SignOffState
from readiness_pack.report import certificate_page

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
DAY, END = date(2026, 3, 2), date(2026, 5, 31)
DIGEST = Digest.of({"stack Orders": "1", "stack Orders, resource Queue": "2"})
SIGNED = SignOffState("security", "CRT-SGN-01", "signed", "Ana signed.", "Ana Silva", expires=END)


def certificate(**other: Any) -> Certificate:
    given: dict[str, Any] = {
        "subject": "cdk.out",
        "date": DAY,
        "certified_by": "Cai Berg",
        "next_review": END,
        "digest": DIGEST,
        "items": [
            CertifiedItem("REL-DRC-04", "DR Testing", "Reliability", "attested", "It was tested.", "Operations", END),
            CertifiedItem("CRT-SGN-01", "Security Team", "Certification", "attested", "Ana signed."),
        ],
        "signoffs": [
            CertifiedSignOff(
                "security", "CRT-SGN-01", "Ana Silva", datetime(2026, 3, 2, 12, tzinfo=UTC), END, stage="prod"
            )
        ],
        "records": [
            CertifiedRecord("REL-DRC-04", "Restored.", "Operations", DAY, END, {"restore.pdf": "ab" * 32}),
        ],
        "waivers": [CertifiedWaiver("Sqs*", "Queue", "Known and accepted", "Ana", END)],
        **other,
    }
    return Certificate(**given)


def written(folder: Path, **other: Any) -> Path:
    made = certificate(**other)
    beside = {certificates.PAGE: certificate_page.write(made), certificates.STATEMENT: intoto.write(made)}
    return certificates.write(folder, made, beside)[0]


def stands(folder: Path, digest: Digest = DIGEST, today: date = DAY, **signed: Any) -> CertificateState:
    return state(folder, digest, [replace(SIGNED, **signed)], today)


def test_it_fits_its_published_schema(tmp_path: Path) -> None:
    published = json.loads((SCHEMAS / "certificate.schema.json").read_text(encoding="utf-8"))
    assert published == certificates.schema()
    validator = jsonschema.Draft202012Validator(published)
    document = json.loads(written(tmp_path).read_bytes())
    validator.validate(document)
    assert not validator.is_valid({**document, "note": "more"})
    assert not validator.is_valid({key: value for key, value in document.items() if key != "next_review"})


def test_there_may_be_none(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "not there"):
        assert state(folder, DIGEST, [], DAY) == CertificateState("missing", "There is no certificate.")


def test_it_holds(tmp_path: Path) -> None:
    written(tmp_path / "new" / "folder")
    found = stands(tmp_path / "new" / "folder")

    assert (found.state, found.certified_by, found.date, found.next_review) == ("valid", "Cai Berg", DAY, END)
    assert found.why == "Cai Berg certified on 2026-03-02; it counts until 2026-05-31."


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2026, 3, 1), "valid"), (date(2026, 2, 28), "stale"), (END, "valid"), (date(2026, 6, 1), "expired")],
)
def test_it_holds_on_the_days_between(tmp_path: Path, today: date, expected: str) -> None:
    written(tmp_path)  # the day before is today in another time zone

    assert stands(tmp_path, today=today).state == expected


def test_a_change_is_named_and_outweighs_the_end(tmp_path: Path) -> None:
    written(tmp_path)
    now = Digest.of({"stack Orders": "1", "stack Orders, resource Queue": "x"})
    found = stands(tmp_path, now, date(2027, 1, 1))

    assert (found.state, found.changes) == ("stale", ["stack Orders changed: resource Queue"])


def test_a_signature_that_is_gone_makes_it_stale(tmp_path: Path) -> None:
    written(tmp_path)

    assert stands(tmp_path, state="missing").changes == ["the sign-off of Ana Silva for security is gone or was edited"]
    assert state(tmp_path, DIGEST, [], DAY).state == "stale"
    assert stands(tmp_path, name="Zoë Holm").state == "valid"  # somebody else of the team signed the same


def test_what_time_alone_breaks_makes_it_stale(tmp_path: Path) -> None:
    path = written(tmp_path)
    lacking = ["Runtimes are supported is not met: python3.11 ended."]

    found = certificates.state_of(path, DIGEST, [SIGNED], DAY, lacking)

    assert (found.state, found.changes) == ("stale", lacking)


def edits() -> list[tuple[str, Any]]:
    """Another value for each thing that the certificate says."""
    return [
        ("subject", "other"),
        ("date", "2026-03-03"),
        ("certified_by", "Eve"),
        ("next_review", "2036-01-01"),
        ("items", []),
        ("signoffs", []),
        ("records", []),
        ("waivers", []),
        ("role", "Queen"),
        ("stage", "prod"),
        ("gate", "deployment"),
        ("commit", "1f0c2d4"),
        ("files", {}),
        ("seal", "sha256:00"),
    ]


def test_every_field_is_sealed(tmp_path: Path) -> None:
    path = written(tmp_path)
    names = {name for name, _ in edits()}

    assert names | {"digest", "tool", "schema_version"} == set(Certificate.__struct_fields__)
    for name, value in edits():
        document = json.loads(path.read_bytes())
        assert document[name] != value
        (tmp_path / "edited.json").write_text(json.dumps({**document, name: value}), encoding="utf-8")
        found = certificates.state_of(tmp_path / "edited.json", DIGEST, [SIGNED], DAY)
        assert (name, found.state) == (name, "tampered")


@pytest.mark.parametrize(
    "edit",
    [
        lambda document: document["digest"].update(value="sha256:00"),
        lambda document: document["digest"]["parts"].update({"stack Pay": "1"}),
        lambda document: document["items"][0].update(status="met"),
        lambda document: document["tool"].update(version="99"),
        lambda document: document.update(note="an extra key"),
        lambda document: document.pop("seal"),
    ],
)
def test_an_edit_below_is_seen(tmp_path: Path, edit: Any) -> None:
    path = written(tmp_path)
    document = json.loads(path.read_bytes())
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")

    assert stands(tmp_path).state == "tampered"


def test_a_digest_that_was_swapped_and_sealed_again_is_seen(tmp_path: Path) -> None:
    made = certificate(digest=msgspec.structs.replace(DIGEST, parts={"stack Orders": "other"}))
    certificates.write(tmp_path, made, {})

    assert stands(tmp_path).why == "the digest in certificate.json is not the one over its parts."


def test_formatting_is_no_edit(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_bytes()), sort_keys=True, indent=7), encoding="utf-8")

    assert stands(tmp_path).state == "valid"


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"\xff", b"[" * 100_000])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "certificate.json").write_bytes(content)

    found = stands(tmp_path)

    assert found.state == "tampered"
    assert "is not a certificate" in found.why


def test_it_names_no_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    made = sealed(certificate(), {"../secret": b"x"})
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "certificate.json").write_bytes(msgspec.json.encode(made))

    assert "names a file elsewhere" in stands(tmp_path / "in").why


def test_a_run_that_is_cut_short_leaves_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, calls = files.write, iter([False, True])

    def cut_short(path: Path, data: bytes) -> None:
        if next(calls):
            raise KeyboardInterrupt
        write(path, data)

    monkeypatch.setattr("readiness_pack.evidence.certificate.files.write", cut_short)
    with pytest.raises(KeyboardInterrupt):
        written(tmp_path)

    assert stands(tmp_path).state == "missing"


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("x", encoding="utf-8")

    with pytest.raises(InputError, match="cannot be made"):
        written(tmp_path / "evidence")


# For tools -----------------------------------------------------------------------------------------------------------


def test_the_statement_is_one_of_in_toto() -> None:
    found = json.loads(intoto.write(certificate()))

    assert set(found) == {"_type", "subject", "predicateType", "predicate"}
    assert found["_type"] == "https://in-toto.io/Statement/v1"
    assert re.fullmatch(r"[a-z]+:\S+", found["predicateType"])
    assert found["subject"] == [{"name": "cdk.out", "digest": {"sha256": DIGEST.assembly[7:]}}]
    assert re.fullmatch("[0-9a-f]{64}", found["subject"][0]["digest"]["sha256"])
    assert found["predicate"]["items"] == [
        {"id": "REL-DRC-04", "status": "attested"},
        {"id": "CRT-SGN-01", "status": "attested"},
    ]
    assert found["predicate"]["statuses"] == {"attested": 2}
    assert found["predicate"]["certifiedBy"] == {"name": "Cai Berg", "role": None}
    assert found["predicate"]["nextReview"] == "2026-05-31"


def test_the_same_certificate_gives_the_same_bytes() -> None:
    assert intoto.write(certificate()) == intoto.write(certificate())
    assert certificate_page.write(certificate()) == certificate_page.write(certificate())


# For people ----------------------------------------------------------------------------------------------------------


def test_the_page_says_it_all() -> None:
    page = certificate_page.write(certificate(role="Head of Engineering", commit="1f0c2d4", stage="prod")).decode()

    for text in (
        *("Ready for production", "Cai Berg", "Head of Engineering", "2026-03-02", "2026-05-31", "1f0c2d4"),
        *("Ana Silva", "REL-DRC-04", "It was tested.", "Restored.", "restore.pdf", "Known and accepted", DIGEST.value),
    ):
        assert text in page


def test_the_page_of_a_gate_says_so() -> None:
    items = [
        *certificate().items,
        CertifiedItem("DEP-PST-01", "Health Checks", "Deployment", "missing", "No record yet."),
    ]
    page = certificate_page.write(certificate(gate="deployment", items=items)).decode()

    assert "at the gate <b>deployment</b>" in page
    assert "All 3 items" not in page


def test_the_page_needs_nothing_from_elsewhere_and_escapes() -> None:
    hostile = "<script>alert(1)</script>\u202e"
    made = certificate(subject=hostile, certified_by=hostile, role=hostile)
    page = certificate_page.write(made).decode()

    assert "<script" not in page
    assert "\u202e" not in page
    assert re.findall(r'(?:src|href)="?[^"#]', page) == []
    assert "default-src 'none'; style-src 'sha256-" in html.unescape(page)
