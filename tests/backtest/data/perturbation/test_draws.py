"""Random numbers of events: even, independent, of their seed and purpose."""

import numpy as np

from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.perturbation.draws import Draws
from tests.backtest.conftest import T0
from tests.support.markets import SECOND

QUOTES = DataEntry("QuoteTick", ("SPY.ARCA",))
ENOUGH = 4000


def test_draws_are_even_independent_and_another_series_for_another_seed_or_purpose():
    times = np.arange(ENOUGH, dtype=np.int64) * SECOND + T0
    draw, other = Draws(1, QUOTES, times), Draws(2, QUOTES, times)
    series = [draw("noise"), draw("drop"), other("noise")]
    for values in series:
        assert abs(values.mean() - 0.5) < 4 / np.sqrt(12 * ENOUGH)
        assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 4 / np.sqrt(ENOUGH)
    assert np.abs(np.corrcoef(series) - np.eye(3)).max() < 4 / np.sqrt(ENOUGH)


def test_events_of_one_nanosecond_have_numbers_of_their_own():
    values = Draws(1, QUOTES, np.array([5, 5, 5, 6], np.int64))("noise")
    assert len(set(values)) == 4
