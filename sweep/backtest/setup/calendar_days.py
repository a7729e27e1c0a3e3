"""Trading days of a backtest by its instruments' calendars."""

from collections.abc import Mapping
from typing import Any

from sweep.backtest.data.feed import Feed
from sweep.backtest.data.preflight import calendar
from sweep.backtest.data.trading_days import TradingDay, common, trading
from sweep.backtest.setup.builder import build
from sweep.errors import Reason, TrialError


def trading_days(backtest: Mapping[str, Any]) -> list[TradingDay]:
    """The days in the period on which the instruments can trade, by their calendar; all of them cover it."""
    parts, problems = build(backtest)
    if parts is None:
        raise TrialError(Reason.PARAMETERS, "\n".join(map(str, problems)))
    feed = Feed(str(backtest["catalog"]), parts.entries, parts.start, parts.end)
    return trading(common(map(calendar, feed.instruments())), parts.start, parts.end)
