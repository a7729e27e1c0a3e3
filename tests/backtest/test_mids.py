"""Mids by hand: quotes at T0 + 0 … 9 s, bid 100 … 109, ask two cents above."""

import pytest

from sweep.backtest.feeds import Feed
from sweep.backtest.feeds import entry as feed_entry
from sweep.backtest.mids import mids
from sweep.backtest.windows import shared_cache
from tests.backtest.conftest import T0
from tests.support.markets import SECOND


@pytest.fixture
def found(spy):
    entry = feed_entry({"type": "QuoteTick", "instruments": ["SPY.ARCA"]}, 0, [])
    return Feed(spy, [entry], T0 + SECOND, T0 + 60 * SECOND).survey(shared_cache())


def test_the_last_quote_at_or_before_counts(found):
    at = [T0 + 3 * SECOND, T0 + 3 * SECOND - 1, T0 + 50 * SECOND]
    assert mids(found, [("SPY.ARCA", t) for t in at]) == pytest.approx([103.01, 102.01, 109.01])


def test_what_the_period_does_not_hold_is_unknown(found):
    assert mids(found, [("SPY.ARCA", T0), ("QQQ.ARCA", T0 + SECOND)]) == [None, None]
