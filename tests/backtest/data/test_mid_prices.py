"""Mids by hand: quotes at T0 + 0 … 9 s, bid 100 … 109, ask two cents above."""

import pytest

from sweep.backtest.data.entries import entry as feed_entry
from sweep.backtest.data.feed import Feed
from sweep.backtest.data.mid_prices import mids
from tests.backtest.conftest import T0
from tests.support.markets import SECOND


@pytest.fixture
def feed(spy):
    entry = feed_entry({"type": "QuoteTick", "instruments": ["SPY.ARCA"]}, 0, [])
    return Feed(spy, [entry], T0 + SECOND, T0 + 60 * SECOND)


def test_the_last_quote_at_or_before_counts(feed):
    at = [T0 + 3 * SECOND, T0 + 3 * SECOND - 1, T0 + 50 * SECOND]
    assert mids(feed, [("SPY.ARCA", t) for t in at]) == pytest.approx([103.01, 102.01, 109.01])


def test_what_the_period_does_not_hold_is_unknown(feed):
    assert mids(feed, [("SPY.ARCA", T0), ("QQQ.ARCA", T0 + SECOND)]) == [None, None]
