"""The first fill that differs is found, also among very many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.accounting.fill_digest import MOST, Span, count, first_difference, stride, trail


def fills(n: int) -> list[str]:
    return [f"fill {i}" for i in range(n)]


def changed(n: int, at: int) -> list[str]:
    return [*fills(at), "other", *fills(n)[at + 1 :]]


def test_equal_fills_have_one_trail_and_no_difference():
    assert trail(fills(5)) == trail(fills(5))
    assert first_difference(trail(fills(5)), trail(fills(5))) is None
    assert first_difference(trail([]), trail([])) is None


@given(st.integers(1, 60), st.data())
def test_the_one_that_differs_is_named(n, data):
    at = data.draw(st.integers(0, n - 1))
    assert first_difference(trail(fills(n)), trail(changed(n, at))) == Span(at, at)


@given(st.integers(0, 40), st.integers(0, 40))
def test_one_that_only_one_side_has_is_named(a, b):
    difference = first_difference(trail(fills(a)), trail(fills(b)))
    assert difference == (Span(min(a, b), min(a, b)) if a != b else None)


@pytest.mark.parametrize("at", [0, 5_000, 9_999])
def test_among_very_many_the_place_is_narrowed_down(at):
    then = trail(fills(10_000))
    span = first_difference(then, trail(changed(10_000, at)))
    assert span
    assert span.first <= at <= span.last
    assert span.last - span.first < stride(10_000) == 4
    assert len(then) < 2 * 2 * MOST
    assert count(then) == 10_000


def test_trails_of_different_lengths_meet_where_both_have_marks():
    long, short = trail(fills(9_000)), trail(changed(3_000, 1_234))
    span = first_difference(long, short)
    assert span
    assert span.first <= 1_234 <= span.last
    only_longer = first_difference(trail(fills(9_000)), trail(fills(3_000)))
    assert only_longer
    assert only_longer.first <= 3_000 <= only_longer.last


def test_the_order_counts():
    assert first_difference(trail(["a", "b", "c"]), trail(["a", "c", "b"])) == Span(1, 1)
