"""Equity from returns, and lines of fewer points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.results.curves.equity_curve import EquityCurve, compounded, thinned
from sweep.trial import Result, State


def result(**more) -> Result:
    return Result(State.COMPLETE, days=("2026-05-04", "2026-05-05"), returns=(0.1, -0.5), **more)


def test_by_hand():
    curve = EquityCurve.of(result(stats={"starting_equity": 200.0}))
    assert curve.times == ("2026-05-04", "2026-05-05")
    assert curve.values.tolist() == pytest.approx([200, 220, 110])
    assert curve.drawdown.tolist() == pytest.approx([0, 0, -0.5])
    assert curve.is_money


def test_a_short_backtest_is_drawn_by_the_parts_of_its_days():
    parts = {"steps": ("2026-05-04T13:30Z", "2026-05-04T14:00Z"), "step_returns": (0.5, 0.5)}
    curve = EquityCurve.of(result(**parts))
    assert curve.times == parts["steps"]
    assert curve.values.tolist() == pytest.approx([1, 1.5, 2.25])
    assert not curve.is_money


@given(st.lists(st.floats(-0.5, 0.5), max_size=300), st.integers(8, 60))
def test_a_thinned_line_keeps_its_ends_its_peak_and_its_depth(returns, most):
    values = compounded(returns)
    places = thinned(values, most)
    assert len(places) <= most
    assert places == sorted(set(places))
    assert (places[0], places[-1]) == (0, len(values) - 1)
    assert np.max(values[places]) == values.max()
    assert np.min(values[places]) == values.min()
