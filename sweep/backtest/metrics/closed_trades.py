"""Figures over closed positions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from math import sqrt
from statistics import fmean, median, stdev

import numpy as np

from sweep.trial import MOST_TRADES, Metrics


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """A closed position: its PnL after fees, in the reporting currency, and its time in UNIX nanoseconds."""

    pnl: Decimal
    is_long: bool = True
    opened: int = 0
    closed: int = 0
    instrument: str = ""


def trade_figures(closed: Sequence[Decimal]) -> Metrics:
    """Figures that every strategy of a backtest has."""
    wins, losses = [x for x in closed if x > 0], [x for x in closed if x < 0]
    return {
        "trades": len(closed),
        "win_rate": len(wins) / len(closed) if closed else None,
        "profit_factor": float(sum(wins) / -sum(losses)) if losses else None,
        "expectancy": float(sum(closed) / len(closed)) if closed else None,
    }


def size_figures(closed: Sequence[Decimal]) -> Metrics:
    """Sizes of wins and losses, and what follows from them."""
    pnls = list(map(float, closed))
    wins, losses = [x for x in pnls if x > 0], [x for x in pnls if x < 0]
    payoff = fmean(wins) / -fmean(losses) if wins and losses else None
    rate = len(wins) / len(pnls) if pnls else 0.0
    return {
        "average_trade": float(sum(closed) / len(closed)) if closed else None,
        "average_win": fmean(wins) if wins else None,
        "average_loss": fmean(losses) if losses else None,
        "payoff_ratio": payoff,
        "largest_win": max(wins, default=None),
        "largest_loss": min(losses, default=None),
        "losing_streak": max((len(list(run)) for lost, run in groupby(x < 0 for x in pnls) if lost), default=0),
        "kelly_fraction": rate - (1 - rate) / payoff if payoff else None,
        "sqn": system_quality(pnls),
    }


def system_quality(pnls: Sequence[float]) -> float | None:
    """Van Tharp's number: mean / deviation of the PnL × sqrt(trades, at most 100)."""
    if len(pnls) < 2 or not (deviation := stdev(pnls)):
        return None
    return fmean(pnls) / deviation * sqrt(min(len(pnls), MOST_TRADES))


def side_figures(closed: Sequence[ClosedTrade]) -> Metrics:
    """Long and short positions apart."""
    figures: Metrics = {}
    for side, own in (("long", [t for t in closed if t.is_long]), ("short", [t for t in closed if not t.is_long])):
        figures |= {
            f"trades_{side}": len(own),
            f"pnl_{side}": float(sum((t.pnl for t in own), Decimal(0))),
            f"win_rate_{side}": sum(t.pnl > 0 for t in own) / len(own) if own else None,
        }
    return figures


def holding_figures(closed: Sequence[ClosedTrade]) -> Metrics:
    """Times from the first to the last fill of a position, in seconds."""
    times = [(t.closed - t.opened) / 1e9 for t in closed]
    return {
        "holding_time": fmean(times) if times else None,
        "holding_time_median": median(times) if times else None,
        "holding_time_longest": max(times, default=None),
    }


def time_share(spans: Iterable[tuple[int, int]], hours: Sequence[tuple[int, int]]) -> float | None:
    """Share of the market's hours (first and last time of each day) that spans cover; None where they have no length.

    Overlapping spans count once.
    """
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    lengths = np.array([last - first for first, last in hours], np.int64)
    if not lengths.sum():
        return None
    if not merged:
        return 0.0
    edges = np.array(hours, np.int64)
    before = np.concatenate(([0], lengths.cumsum()))
    moments = np.array(merged, np.int64)
    day = np.searchsorted(edges[:, 0], moments, side="right") - 1  # the last day that has begun
    inside = np.clip(moments - edges[day, 0], 0, lengths[day])
    passed = np.where(day < 0, 0, before[day] + inside)  # of the market's time, until each moment
    return float((passed[:, 1] - passed[:, 0]).sum() / before[-1])
