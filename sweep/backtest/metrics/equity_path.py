"""Equity within the days: drawdowns, and the open results of trades."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

type Ints = np.ndarray[Any, np.dtype[np.int64]]
type Floats = np.ndarray[Any, np.dtype[np.float64]]

MINUTE_SECONDS = 60


def _no_values() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class EquityPath:
    """Equity at the end of each minute with market data; at the last one of a day it is that of the day's end."""

    minutes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # minutes since 1970
    equity: Floats = field(default_factory=_no_values)
    gross: Floats = field(default_factory=_no_values)  # value of the open positions, longs and shorts added
    lows: Floats = field(default_factory=_no_values)  # of each closed position: its lowest PnL, at most 0
    highs: Floats = field(default_factory=_no_values)  # its highest PnL, at least 0
    turnover: float = 0.0  # value of all fills


def max_drawdown(start: float, equity: Floats) -> float:
    """The deepest fall from a peak (the start is the first one), a positive fraction."""
    return float(falls(start, equity).max(initial=0.0))


def falls(start: float, equity: Floats) -> Floats:
    """Distance of each value from the highest so far, as a fraction of it."""
    return 1 - equity / np.maximum.accumulate(np.maximum(equity, start))


def drawdown_seconds(start: float, path: EquityPath) -> float:
    """The longest time from a peak until equity is as high again, or until the end."""
    if not len(path.equity):
        return 0.0
    is_peak = falls(start, path.equity) <= 0
    peaks = np.maximum.accumulate(np.where(is_peak, path.minutes, path.minutes[0]))
    before = np.concatenate((path.minutes[:1], peaks[:-1]))
    is_below = ~is_peak | np.concatenate(([False], ~is_peak[:-1]))
    return float((path.minutes - before)[is_below].max(initial=0)) * MINUTE_SECONDS


def recovery_seconds(start: float, path: EquityPath) -> float | None:
    """Time from the lowest point of the deepest drawdown until its peak is reached again; None where it is not."""
    depth = falls(start, path.equity)
    if not len(depth) or depth.max() <= 0:
        return None
    lowest = int(depth.argmax())
    regained = np.flatnonzero(depth[lowest:] <= 0)
    return float(path.minutes[lowest + regained[0]] - path.minutes[lowest]) * MINUTE_SECONDS if len(regained) else None
