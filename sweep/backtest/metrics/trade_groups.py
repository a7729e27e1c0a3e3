"""Closed positions by instrument, and by hour and weekday of their first fill."""

from collections.abc import Sequence
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


def _groups(labels: Sequence[str | int], places: Any, pnls: Any) -> list[Group]:
    counts, wins, sums = (
        np.bincount(places, weights, len(labels)).tolist() for weights in (None, (pnls > 0).astype(float), pnls)
    )
    rows = zip(labels, counts, wins, sums, strict=True)
    return [(label, trades, int(won), pnl) for label, trades, won, pnl in rows if trades]
