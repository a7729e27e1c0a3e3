"""Moved prices by hand on single events."""

import pytest

from sweep.backtest.data.perturbation import prices
from tests.backtest.conftest import T0
from tests.support import markets

SPY = markets.equity()
CENT = SPY.price_increment.raw


@pytest.mark.parametrize(
    ("noise", "u", "wider", "expected"),
    [
        (0.0, 0.999, (0.0, 0.999, 0.1), ("100.00", "100.02")),  # nothing
        (1.0, 0.4, (0.0, 0.5, 0.1), ("100.02", "100.04")),  # one spread of two cents up; 0.4 is no further cent
        (1.0, 1.0, (0.0, 0.5, 0.1), ("100.03", "100.05")),
        (-0.5, 0.4, (0.0, 0.5, 0.1), ("99.99", "100.01")),
        (0.0, 0.5, (1.0, 0.5, 0.9), ("99.99", "100.03")),  # twice the spread: a cent on each side
        (0.0, 0.5, (0.5, 0.5, 0.9), ("100.00", "100.03")),  # the odd cent above …
        (0.0, 0.5, (0.5, 0.5, 0.1), ("99.99", "100.02")),  # … or below
    ],
)
def test_a_quote_by_hand(noise, u, wider, expected):
    (event,) = markets.quotes(SPY, [(T0, 100.0, 100.02)])
    changed = prices.quote(event, CENT, noise, u, wider)
    assert (str(changed.bid_price), str(changed.ask_price)) == expected
    assert (changed.ts_event, changed.ts_init, changed.bid_size) == (event.ts_event, event.ts_init, event.bid_size)


def test_a_bar_moves_as_a_whole_by_its_range_and_stays_positive():
    (event,) = markets.bars("SPY.ARCA-1-MINUTE-LAST-EXTERNAL", [(T0, 10.0, 10.1, 9.9, 10.05)])
    moved = prices.bar(event, CENT, 0.5, 0.0, (0.0, 0.0, 0.0))  # half of 20 cents
    assert list(map(str, (moved.open, moved.high, moved.low, moved.close))) == ["10.10", "10.20", "10.00", "10.15"]
    least = prices.bar(event, CENT, -1e6, 0.0, (0.0, 0.0, 0.0))
    assert list(map(str, (least.open, least.high, least.low))) == ["0.11", "0.21", "0.01"]
