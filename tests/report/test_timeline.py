"""What ends when, and how it lies in the picture."""

from __future__ import annotations

import datetime

import pytest

from readiness_pack.report.timeline import End, Month, State, Timeline

TODAY = datetime.date(2026, 11, 25)


def end(days: int, *, before: int = 30, state: State | None = None) -> End:
    """Something that ends ``days`` from today and began ``before`` days before today."""
    known: State = state or ("ended" if days < 0 else "soon" if days <= 30 else "holds")
    start = TODAY - datetime.timedelta(before)
    return End("record", "it was done", "REL-DRC-04", "Operations", start, TODAY + datetime.timedelta(days), known)


def months(*ends: End) -> dict[str, int]:
    return {month.label: month.total for month in Timeline(list(ends), TODAY).months if month.total}


def test_nothing_recorded_is_no_error() -> None:
    empty = Timeline([], TODAY)
    assert (empty.months, empty.highest, empty.coming, empty.past) == ([], 1, [], [])
    assert empty.first == TODAY
    assert empty.counts() == {"ended": 0, "soon": 0, "holds": 0}


def test_months_hold_what_ends_in_them_and_what_is_past_or_later() -> None:
    found = months(end(-400), end(-1), end(0), end(5), end(6), end(340), end(341), end(4000))
    assert found == {"past": 2, "Nov 2026": 2, "Dec 2026": 1, "Oct 2027": 1, "later": 2}


def test_a_month_without_an_end_keeps_its_place() -> None:
    labels = [month.label for month in Timeline([end(0), end(70)], TODAY).months]
    assert labels == ["Nov 2026", "Dec 2026", "Jan 2027", "Feb 2027"]


def test_what_is_past_does_not_make_the_rest_small() -> None:
    assert Timeline([end(-days) for days in range(1, 90)] + [end(1), end(2), end(50)], TODAY).highest == 2


@pytest.mark.parametrize("days", [-4000, -91, -1, 0, 1, 30, 399, 401, 40_000])
@pytest.mark.parametrize("before", [0, 30, 5000])
def test_every_bar_is_seen_and_inside_the_picture(days: int, before: int) -> None:
    line = Timeline([end(days, before=max(before, -days)), end(10)], TODAY)
    bar = line.bar(line.ends[0])
    assert bar.width >= 6
    assert bar.x >= 0
    assert bar.x + bar.width <= 1000
    assert 0 <= line.now <= 1000


def test_what_has_ended_lies_before_today_and_what_holds_reaches_beyond() -> None:
    line = Timeline([end(-40, before=80), end(100)], TODAY)
    past, coming = map(line.bar, line.ends)
    assert past.x + past.width < line.now < coming.x + coming.width


def test_something_without_a_beginning_is_a_mark_at_its_end() -> None:
    one = End("waiver", "", "X", None, None, TODAY + datetime.timedelta(30), "soon")
    line = Timeline([one], TODAY)
    assert line.bar(one).width < 30


def test_the_last_one_that_ended_comes_first() -> None:
    line = Timeline([end(-40), end(-2), end(3)], TODAY)
    assert [one.end.day for one in line.past] == [23, 16]
    assert [one.end.day for one in line.coming] == [28]


def test_a_month_of_the_far_future_is_no_error() -> None:
    far = End("fact", "", "x", None, TODAY, datetime.date.max, "holds")
    line = Timeline([far], TODAY)
    assert line.months[-1] == Month(None, "later", {"ended": 0, "soon": 0, "holds": 1})
    assert line.bar(far).width > 700
