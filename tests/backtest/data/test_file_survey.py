"""Rows are counted for the day that they belong to, and lie in exactly one window."""

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.feed import Feed
from sweep.backtest.data.file_survey import Survey
from sweep.backtest.data.trading_days import Calendar, sessions
from sweep.backtest.data.windows import Histogram, WindowCache
from tests.support.effort import repeats
from tests.support.markets import HOUR, MINUTE, SECOND, bars, equity, ns, quotes, write

START = ns("2026-05-04")
KIND = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
ENTRIES = [DataEntry("QuoteTick", ("SPY.ARCA",)), DataEntry("Bar", (KIND,))]
TIMES = st.lists(st.integers(-2, 26), min_size=1, max_size=12, unique=True).map(sorted)  # half hours


def test_data_is_cut_after_the_intervals_that_end_at_a_border():
    survey = Survey((), Histogram(0, 10), np.array([3, 5], np.int64))
    assert [survey.cut(t) for t in range(7)] == [0, 1, 2, 4, 4, 6, 6]


@settings(max_examples=repeats(60, quick=25), deadline=None)
@given(TIMES, TIMES, st.sampled_from([1, 3, 1000]), st.sampled_from([0, HOUR // 2, 30 * SECOND]), st.booleans())
def test_every_row_is_in_one_window_in_the_order_of_its_time(quoted, barred, rows, shift, steps):
    spy, unit = equity(), HOUR // 2
    start, end = START + shift, START + 12 * HOUR + shift
    at = [[START + n * unit for n in numbers] for numbers in (quoted, barred)]
    with tempfile.TemporaryDirectory() as folder:
        write(
            Path(folder), [spy], quotes=quotes(spy, [(t, 1, 2) for t in at[0]]),
            bars=bars(KIND, [(t, 1, 1, 1, 1) for t in at[1]]),
        )  # fmt: skip
        feed = Feed(folder, ENTRIES, start, end)
        survey = feed.survey(WindowCache(0))
        days = sessions(Calendar.CRYPTO, start, end)
        windows = list(feed.windows(survey, days, rows, WindowCache(0), MINUTE * 60 if steps else 0))
    events = [e for w in windows for s in w.part.streams for e in s.events]
    inside = [t for t in at[0] if start <= t < end], [t for t in at[1] if start < t <= end]
    assert [e.ts_init for e in events if hasattr(e, "bid_price")] == inside[0]
    assert [e.ts_init for e in events if hasattr(e, "close")] == inside[1]
    assert all(a.part.bounds.end == b.part.bounds.start or a.closes_session for a, b in pairwise(windows))
    assert survey.counts.until(end) == len(events)
    assert sum(w.closes_session for w in windows) == bool(events)
