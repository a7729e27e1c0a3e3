"""Candles against those of pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.results.curves.candles import SECONDS, Prices, candles


def prices(times, values) -> Prices:
    closes = np.array(values, float)
    return Prices(np.array(times, np.int64), closes, closes + 1, closes - 1, closes)


@given(st.lists(st.tuples(st.integers(0, 10**15), st.floats(1, 100)), min_size=1, max_size=80), st.integers(1, 40))
def test_they_are_those_of_pandas(ticks, most):
    times, values = zip(*sorted(ticks, key=lambda tick: tick[0]), strict=True)
    made = candles(prices(times, values), most)
    assert len(made.starts) <= most or made.seconds == SECONDS[-1]
    frame = pd.DataFrame({"price": values}, index=[time // 10**9 // made.seconds * made.seconds for time in times])
    groups = frame["price"].groupby(level=0)
    assert made.starts.tolist() == list(groups.groups)
    assert made.opens.tolist() == groups.first().to_list()
    assert made.closes.tolist() == groups.last().to_list()
    assert made.highs.tolist() == pytest.approx((groups.max() + 1).to_list())
    assert made.lows.tolist() == pytest.approx((groups.min() - 1).to_list())


def test_the_shortest_that_fit_and_none():
    times = [n * 10**9 for n in range(100)]
    assert candles(prices(times, [1.0] * 100), 100).seconds == 1
    assert candles(prices(times, [1.0] * 100), 99).seconds == 5
    assert len(candles(prices([], [])).starts) == 0
