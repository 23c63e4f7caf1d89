"""Encodings, and characters that an earlier program damaged."""

# ruff: noqa: RUF001  unusual characters are what is tested

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_pack.errors import InputError
from readiness_pack.importing import source

FILE = Path("launch.md")
TEXT = "# Prüfliste – Größe 🔒\n- [ ] **Schlüssel**: é\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_a_mark_are_recognised(encoding: str) -> None:
    assert source.from_bytes(TEXT.encode(encoding), FILE).text == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "windows-1252", "latin-1"])
def test_an_encoding_can_be_named(encoding: str) -> None:
    text = TEXT if encoding.startswith("utf") else "- Größe\n"
    assert source.from_bytes(text.encode(encoding), FILE, encoding).text == text


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends(ends: str) -> None:
    assert source.from_bytes(TEXT.replace("\n", ends).encode(), FILE).text == TEXT


@pytest.mark.parametrize(
    ("data", "encoding", "problem"),
    [
        (b"", None, "launch.md: the file is empty"),
        ("- a\n- Größe\n".encode("latin-1"), None, "launch.md:2: is not UTF-8 text; name its encoding, such as --encoding windows-1252"),
        ("- a\n".encode("utf-16-le"), None, "launch.md:1: is not text: it holds a zero byte"),
        (b"\xff\xfe-", None, "launch.md:1: is not utf-16 text"),
        (b"- a", "klingon", "launch.md: there is no encoding 'klingon'"),
        (b"- a", "base64", "launch.md: there is no encoding 'base64'"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_an_error_in_a_line(data: bytes, encoding: str | None, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        source.from_bytes(data, FILE, encoding)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("damaged", "whole"),
    [
        ("ðŸ”’ Security", "🔒 Security"), ("âœ… Done", "✅ Done"), ("a â€“ b", "a – b"), ("GrÃ¼ÃŸe", "Grüße"),
        ("itâ€™s", "it’s"), ("Ã© and über", "é and über"),
    ],
)  # fmt: skip
def test_what_was_read_wrongly_is_put_right(damaged: str, whole: str) -> None:
    found = source.from_bytes(f"- a\n- {damaged}\n".encode(), FILE)
    assert (found.text, found.repaired) == (f"- a\n- {whole}\n", (2,))


@pytest.mark.parametrize(
    "text", ["São Paulo", "naïve café – Ærø", "Ü", "£5 ± 10 % §3", "日本語", "&amp; &lt;", "“quoted”", "Â"]
)
def test_what_is_whole_stays(text: str) -> None:
    found = source.from_bytes(f"- {text}\n".encode(), FILE)
    assert (found.text, found.repaired) == (f"- {text}\n", ())


@given(st.text(st.characters(codec="ascii", exclude_characters="\0\r"), min_size=1).filter(str.strip))
def test_ascii_stays(text: str) -> None:
    if not text.startswith("---"):
        assert source.from_bytes(text.encode(), FILE).text == text


def test_lost_characters_are_said_to_be_lost() -> None:
    found = source.from_bytes("- a\n- Gr\ufffd\ufffde\n".encode(), FILE)
    assert (found.lost, found.repaired) == ((2,), ())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("---\na: 1\n---\n- b\n", "\n\n\n- b\n"),
        ("---\n- a\n---\n- b\n", "---\n- a\n---\n- b\n"),
        ("---\na: [\n---\n- b\n", "---\na: [\n---\n- b\n"),
        ("---\n- b\n", "---\n- b\n"),
    ],
)
def test_front_matter_is_left_out_and_lines_keep_their_numbers(text: str, kept: str) -> None:
    assert source.from_bytes(text.encode(), FILE).text == kept


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.md"
    with file.open("wb") as out:
        out.truncate(50_000_000)
    with pytest.raises(InputError, match="is larger than 1 MB"):
        source.read(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        source.read(tmp_path / "none.md")
    with pytest.raises(InputError, match="cannot be read"):
        source.read(tmp_path)
