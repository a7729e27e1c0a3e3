"""Candles against those of pandas, however the prices come."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.chart.candles import SECONDS, Prices, candles


def prices(times, values) -> Prices:
    closes = np.array(values, float)
    return Prices(np.array(times, np.int64), closes, closes + 1, closes - 1, closes)


@given(
    st.lists(st.tuples(st.integers(0, 10**15), st.floats(1, 100)), min_size=1, max_size=80),
    st.integers(1, 40),
    st.integers(1, 90),
)
def test_they_are_those_of_pandas(ticks, most, rows):
    times, values = zip(*sorted(ticks, key=lambda tick: tick[0]), strict=True)
    parts = [prices(times[n : n + rows], values[n : n + rows]) for n in range(0, len(times), rows)]
    bars = candles(parts, most)
    fits = [len({time // 10**9 // seconds for time in times}) <= most for seconds in SECONDS]
    assert bars.seconds == next((s for s, does in zip(SECONDS, fits, strict=True) if does), SECONDS[-1])
    frame = pd.DataFrame({"price": values}, index=[time // 10**9 // bars.seconds * bars.seconds for time in times])
    groups = frame["price"].groupby(level=0)
    assert bars.starts.tolist() == list(groups.groups)
    assert bars.opens.tolist() == groups.first().to_list()
    assert bars.closes.tolist() == groups.last().to_list()
    assert bars.highs.tolist() == pytest.approx((groups.max() + 1).to_list())
    assert bars.lows.tolist() == pytest.approx((groups.min() - 1).to_list())


def test_the_shortest_that_fit_and_none():
    times = [n * 10**9 for n in range(100)]
    assert candles([prices(times, [1.0] * 100)], 100).seconds == 1
    assert candles([prices(times, [1.0] * 100)], 99).seconds == 5
    assert len(candles([prices([], [])]).starts) == len(candles([]).starts) == 0
