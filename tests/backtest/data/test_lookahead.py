"""No public door of the cache, the portfolio, the clock and the requests shows what has not happened yet."""

from contextlib import suppress

import pytest

from sweep.backtest import run
from sweep.errors import TrialError
from tests.support import markets
from tests.support.lookahead_probe import LOUD, LookaheadProbe
from tests.support.markets import SECOND, ns
from tests.support.strategies import Score
from tests.support.trials import trial

T0 = ns("2026-05-04T14:00:00")
BARS = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"


def written(place, seconds):
    """Quotes, trades, two bars and scores of SPY, every price only once."""
    stock = markets.equity()
    quotes = markets.quotes(stock, [(T0 + i * SECOND, 100.0 + i, 100.02 + i) for i in range(seconds)])
    trades = markets.trades(stock, [(T0 + i * SECOND + 5, 100.01 + i) for i in range(seconds)])
    ends = [(seconds // 2, 100), (seconds - 1, 130)]
    bars = markets.bars(BARS, [(T0 + at * SECOND, price, price + 31, price, price + 30) for at, price in ends])
    scores = [Score(ts_event=T0 + i * SECOND, ts_init=T0 + i * SECOND, score=float(i)) for i in range(0, seconds, 7)]
    return markets.write(place, [stock], quotes=quotes, trades=trades, bars=bars, events=scores)


@pytest.fixture(scope="module")
def minute(tmp_path_factory):
    return written(tmp_path_factory.mktemp("minute"), 60)


@pytest.fixture(scope="module")
def moment(tmp_path_factory):
    """Long enough for one question at the fourth quote, and for an answer."""
    return written(tmp_path_factory.mktemp("moment"), 10)


DATA = [
    {"type": "QuoteTick", "instruments": ["SPY.ARCA"]},
    {"type": "TradeTick", "instruments": ["SPY.ARCA"]},
    {"type": "Bar", "bar_types": [BARS]},
    {"type": "tests.support.strategies:Score"},
]


def peek(market, loud=""):
    """The orders of a trial that looks; what it saw is in LookaheadProbe.seen_by."""
    config = {"orders": [[1, 10], [8, -10], [20, 5]], "loud": loud}
    plan = {
        "path": "tests.support.lookahead_probe:LookaheadProbe",
        "config_path": "tests.support.lookahead_probe:LookaheadProbeConfig",
        "config": config,
    }
    return run(trial(market, plan, data=DATA)).metrics["orders"]


def test_a_strategy_that_looks_behind_every_door(minute):
    assert peek(minute) == 3
    probe = LookaheadProbe.seen_by
    assert probe.future == []
    assert len(probe.doors) > 70
    required = {"Cache.quote", "Cache.quotes", "Cache.trades", "Cache.bars", "Cache.bar", "Cache.orders", "on_data"}
    assert required <= probe.opened


@pytest.mark.parametrize("door", LOUD)
def test_a_door_that_the_engine_answers_with_an_error(moment, door):
    with suppress(TrialError):
        peek(moment, door)
    assert door in LookaheadProbe.seen_by.doors
    assert not [name for name in LookaheadProbe.seen_by.opened if name.startswith(("on_historical", door))]
    assert LookaheadProbe.seen_by.future == []
