"""A made-up market as plain columns, the same in every environment: one quote a second, some scored signals."""

from itertools import product
from typing import Any

import numpy as np

START = 1_767_571_200  # 2026-01-05 00:00 UTC, UNIX seconds
NANOS = 1_000_000_000
EVERY = 240  # seconds between signals, on average
BARS = "-1-MINUTE-LAST-EXTERNAL"  # after the name of an instrument: its bars

type Ints = np.ndarray[Any, np.dtype[np.int64]]


def quotes(count: int, seed: int = 7) -> dict[str, Ints]:
    """Columns of `count` quotes: ts (UNIX nanoseconds), bid and ask (cents), size (shares)."""
    random = np.random.RandomState(seed)
    bid = 70_000 + np.cumsum(random.randint(-3, 4, count)).astype(np.int64)
    ask = bid + 1 + (random.random_sample(count) < 0.25)
    ts = (START + np.arange(count, dtype=np.int64)) * NANOS
    return {"ts": ts, "bid": bid, "ask": ask.astype(np.int64), "size": np.full(count, 10_000, np.int64)}


def signals(count: int, seed: int = 7, every: int = EVERY) -> dict[str, Ints]:
    """Columns of the signals over `count` seconds: ts (between two quotes), score (0 to 100), side (1 or -1)."""
    random = np.random.RandomState(seed + 1)
    at = np.sort(random.permutation(count)[: count // every]).astype(np.int64)
    scores, sides = random.randint(0, 101, len(at)), np.where(random.random_sample(len(at)) < 0.5, -1, 1)
    return {"ts": (START + at) * NANOS + NANOS // 2, "score": scores.astype(np.int64), "side": sides.astype(np.int64)}


def space(shape: tuple[int, int, int]) -> dict[str, list[float]]:
    """The values of each parameter: score threshold, take-profit and stop-loss (percent of the entry price)."""
    thresholds, targets, stops = shape
    return {
        "threshold": np.linspace(50, 95, thresholds).round(2).tolist(),
        "tp": np.linspace(0.05, 0.4, targets).round(4).tolist(),
        "sl": np.linspace(0.05, 0.4, stops).round(4).tolist(),
    }


def periods(shape: tuple[int, int, int]) -> dict[str, list[int]]:
    """The values of each period of the native `EmaCross`, in quotes."""
    fast, slow, _ = shape
    return {"fast_period": [1000 + 200 * n for n in range(fast)], "slow_period": [4000 + 1000 * n for n in range(slow)]}


def settings(shape: tuple[int, int, int]) -> list[dict[str, float]]:
    """Every point of the grid, the last parameter fastest."""
    return points(space(shape))


def points(axes: dict[str, Any]) -> list[dict[str, Any]]:
    """Every combination of the values, the last parameter fastest."""
    return [dict(zip(axes, point, strict=True)) for point in product(*axes.values())]


def names(instruments: int) -> list[str]:
    """SPY.XNAS, and others like it."""
    return [f"SPY{n or ''}.XNAS" for n in range(instruments)]
