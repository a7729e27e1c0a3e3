"""Closes of trading days, of the kind that an instrument has, by hand."""

from pathlib import Path
from typing import Any

import pytest

from sweep.backtest.setup.daily_closes import daily_closes
from tests.support import markets
from tests.support.markets import DAY, SECOND, ns

NOON = ns("2026-05-04T12:00:00")
MIDNIGHT = ns("2026-05-05T00:00:00")
BARS = "SPY.ARCA-1-HOUR-LAST-EXTERNAL"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Quotes of two days; trades of one; a bar of each day, of which the first ends at midnight."""
    spy, qqq = markets.equity("SPY.ARCA"), markets.equity("QQQ.ARCA")
    quotes = [
        (NOON, 100.0, 100.02),
        (NOON + SECOND, 101.0, 101.02),
        (MIDNIGHT, 200.0, 200.02),
        (NOON + DAY, 98.0, 98.04),
    ]
    return Path(
        markets.write(
            tmp_path / "catalog",
            [spy, qqq],
            quotes=markets.quotes(spy, quotes),
            trades=markets.trades(qqq, [(NOON, 50.0), (NOON + 2 * SECOND, 52.0)]),
            bars=markets.bars(BARS, [(MIDNIGHT, 1, 9, 1, 7), (NOON + DAY, 1, 9, 1, 8)]),
        )
    )


def closes(catalog: Path, *entries: dict[str, Any], end: int = NOON + 2 * DAY) -> dict[str, list[tuple[int, float]]]:
    return daily_closes(catalog, entries, NOON - DAY, end)


QUOTES = {"type": "QuoteTick", "instruments": ["SPY.ARCA"]}


def test_a_close_is_the_mid_of_the_last_quote_of_the_day(catalog):
    prices = closes(catalog, QUOTES)
    assert prices == {"SPY.ARCA": [(MIDNIGHT, 101.01), (MIDNIGHT + DAY, 98.02)]}


def test_a_bar_that_ends_at_midnight_is_of_the_day_before(catalog):
    assert closes(catalog, {"type": "Bar", "bar_types": [BARS]}) == {
        "SPY.ARCA": [(MIDNIGHT, 7.0), (MIDNIGHT + DAY, 8.0)]
    }


def test_trades_where_there_are_no_quotes_and_days_without_data_are_none(catalog):
    prices = closes(catalog, {"type": "TradeTick", "instruments": ["QQQ.ARCA"]}, QUOTES)
    assert prices["QQQ.ARCA"] == [(MIDNIGHT, 52.0)]
    assert prices["SPY.ARCA"][0] == (MIDNIGHT, 101.01)


def test_nothing_after_the_end_is_read(catalog):
    assert closes(catalog, QUOTES, end=NOON + SECOND) == {"SPY.ARCA": [(NOON + SECOND, 100.01)]}
