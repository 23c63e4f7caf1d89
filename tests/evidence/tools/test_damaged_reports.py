"""A damaged report is refused or read, never a crash: what is cut off, changed at random, or of another shape."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness_pack.checklist import load
from readiness_pack.errors import InputError
from readiness_pack.evidence.tools import ToolResult, read_report

DATA = Path(__file__).parent / "data"
SAMPLES = sorted(path for path in DATA.iterdir() if path.suffix != ".md")
CHECKLIST = load()
DAY = datetime.date(2026, 11, 25)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)

pytestmark = pytest.mark.fuzz


def read(path: Path, data: bytes) -> list[ToolResult] | None:
    path.write_bytes(data)
    try:
        return read_report(path, checklist=CHECKLIST, item="PRF-LDT-01", date=DAY)
    except InputError:
        return None


# A CSV file may end after any line; what of it can be seen, the tests of its kinds say.
@pytest.mark.parametrize("sample", [path for path in SAMPLES if path.suffix != ".csv"], ids=lambda path: path.name)
def test_a_file_that_is_cut_off_shows_nothing(sample: Path, tmp_path: Path) -> None:
    data = sample.read_bytes().rstrip()
    step = max(len(data) // 40, 1)
    cut = [read(tmp_path / sample.name, data[:end]) for end in range(0, len(data) - 1, step)]
    assert not any(cut)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sample=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4),
)
def test_bytes_changed_at_random(sample: Path, changes: list[tuple[int, int]], tmp_path: Path) -> None:
    data = bytearray(sample.read_bytes())
    for place, byte in changes:
        data[place % len(data)] = byte
    read(tmp_path / sample.name, bytes(data))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sample=st.sampled_from([path for path in SAMPLES if path.suffix in (".json", ".sarif")]),
    other=JSON,
    pick=st.integers(0, 10_000),
)
def test_a_part_of_another_shape(sample: Path, other: Any, pick: int, tmp_path: Path) -> None:
    content = json.loads(sample.read_text())
    places = list(_places(content))
    parent, key = places[pick % len(places)]
    parent[key] = other
    read(tmp_path / sample.name, json.dumps(content).encode())


def _places(value: Any) -> Any:
    """Every place in ``value`` as its parent and the key or index there."""
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)


@pytest.mark.parametrize(
    "metrics",
    [
        [{"name": ["http_reqs"], "values": {"count": 1}}],
        {"http_req_duration": {"values": {"p(95)": 10**400}}},
    ],
)
def test_what_was_found_once_stays_found(metrics: Any, tmp_path: Path) -> None:
    read(tmp_path / "stress.json", json.dumps({"metrics": metrics}).encode())
