"""Ids are readable, and no two are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_pack.checklist import Checklist, load
from readiness_pack.errors import InputError
from readiness_pack.importing import Bullet, Document, ids, plan
from readiness_pack.importing.folder import Folder

NONE = Checklist((), {})


def made(*bullets: tuple[str, str, str], **options: str) -> list[str]:
    document = Document("Our Own List", tuple(Bullet(n, *words, words[2]) for n, words in enumerate(bullets, 1)))
    return [entry.id for entry in plan(document, Path("list.md"), Folder(Path("out")), NONE, **options).entries]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "prefix"),
    [("Production Readiness Checklist", "PRC"), ("The Definition of Done", "DD"), ("Launch", "LAU"), ("Überblick", "UBE"),
     ("本番チェック", "OWN"), ("a b c d e f", "BCDE"), ("", "OWN")],
)  # fmt: skip
def test_prefixes(title: str, prefix: str) -> None:
    assert ids.prefix_of(title) == prefix


def test_ids_come_from_section_and_group() -> None:
    assert made(
        ("Security", "Encryption & Keys", "a"), ("Security", "Encryption & Keys", "b"), ("Security", "Network", "c"),
        ("Cost Optimization", "Cost Monitoring", "d"), ("Security Reviews", "Security Reviews", "e"),
        ("Launch > x", "A > B > Deep Part", "f"), ("本番", "検査", "g"), ("本番", "別", "h"),
    ) == [
        "OL-SEC-ENC-01", "OL-SEC-ENC-02", "OL-SEC-NET-01", "OL-COS-MON-01", "OL-SR-01",
        "OL-LAU-DEE-01", "OL-X-X-01", "OL-X-X2-01",
    ]  # fmt: skip


def test_our_own_ids_are_not_given_again() -> None:
    document = Document(None, (Bullet(1, "Encryption", "Encryption", "Keys", "Keys rotate"),))
    (entry,) = plan(document, Path("c.md"), Folder(Path()), load(), prefix="SEC").entries
    assert entry.id == "SEC-ENC-06"


def test_the_ids_of_the_author_are_used() -> None:
    bullets = (
        Bullet(1, "S", "S", "a", "a", id="OPS-7"),
        Bullet(2, "S", "S", "b", "b", id="SEC-ENC-01"),
        Bullet(3, "S", "S", "c", "c"),
    )
    found = plan(Document("Our List", bullets), Path("c.md"), Folder(Path()), load())
    assert [entry.id for entry in found.entries] == ["OPS-7", "LIS-SEC-ENC-01", "LIS-S-01"]


def test_the_same_id_twice_is_an_error() -> None:
    bullets = (Bullet(1, "S", "S", "a", "a", id="X-1"), Bullet(4, "S", "S", "b", "b", id="X-1"))
    with pytest.raises(InputError, match=r"c\.md:4: the id X-1 is on line 1 already"):
        plan(Document(None, bullets), Path("c.md"), Folder(Path()), NONE)


def test_numbers_of_items_that_are_gone_do_not_come_back() -> None:
    assert ids.next_ids("A-B", 2, {"A-B-01", "A-B-12", "A-BC-40", "A-B-x"}) == ["A-B-13", "A-B-14"]


WORDS = st.text("abAB 1>&-é本", min_size=1, max_size=8).filter(str.strip)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=30))
def test_no_two_ids_are_the_same(bullets: list[tuple[str, str, str]]) -> None:
    found = made(*bullets)
    assert len(set(found)) == len(bullets)
    assert all(name == name.upper() and name.isascii() and " " not in name for name in found)
    assert made(*bullets) == found
