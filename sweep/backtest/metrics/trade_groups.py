"""Closed positions by instrument, by hour and weekday of their first fill, and by the day of their close."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sweep.backtest.metrics.closed_trades import ClosedTrade

HOUR, DAY = 3_600 * 10**9, 86_400 * 10**9
THURSDAY = 3  # 1970-01-01, from Monday

type Group = tuple[str | int, int, int, float]  # instrument, hour (UTC) or weekday (0: Monday); trades; wins; PnL


def trade_groups(closed: Sequence[ClosedTrade]) -> dict[str, list[Group]]:
    """Trades, wins and PnL after fees of each group that has a trade, in the reporting currency."""
    instruments = sorted({trade.instrument for trade in closed})
    places = {name: n for n, name in enumerate(instruments)}
    pnls = np.array([float(trade.pnl) for trade in closed])
    opened = np.array([trade.opened for trade in closed], np.int64)
    members: dict[str, tuple[Sequence[str | int], Any]] = {
        "instrument": (instruments, np.array([places[trade.instrument] for trade in closed], np.int64)),
        "hour": (range(24), opened // HOUR % 24),
        "weekday": (range(7), (opened // DAY + THURSDAY) % 7),
    }
    return {name: _groups(labels, place, pnls) for name, (labels, place) in members.items()}


def closing_days(closed: Sequence[ClosedTrade], hours: Mapping[int, tuple[int, int]]) -> list[int]:
    """Place of the day on which each position was closed: the last day whose market data had begun.

    `hours` is the times of the first and the last market data of each day that has some, by its place.
    """
    if not hours:
        return []
    places, times = np.array(list(hours)), np.array([first for first, _ in hours.values()], np.int64)
    ends = np.array([trade.closed for trade in closed], np.int64)
    return places[np.maximum(np.searchsorted(times, ends, side="right") - 1, 0)].tolist()


def _groups(labels: Sequence[str | int], places: Any, pnls: Any) -> list[Group]:
    counts, wins, sums = (
        np.bincount(places, weights, len(labels)).tolist() for weights in (None, (pnls > 0).astype(float), pnls)
    )
    rows = zip(labels, counts, wins, sums, strict=True)
    return [(label, trades, int(won), pnl) for label, trades, won, pnl in rows if trades]
