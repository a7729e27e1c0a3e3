"""Equity of a trial over time: by day, or by the parts of the days of a short backtest."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from sweep.results.statistics.arrays import Floats
from sweep.trial import Result


@dataclass(frozen=True, slots=True)
class EquityCurve:
    """Equity at the start and at the end of each day, or part of a day."""

    times: tuple[str, ...]  # ISO: the days, or the starts of the parts
    values: Floats  # one more than times: the first is the equity at the start
    is_money: bool = True  # else the growth of 1

    @classmethod
    def of(cls, result: Result) -> Self:
        """The curve of a trial, as fine as it was recorded."""
        start = result.stats.get("starting_equity")
        times, returns = (result.steps, result.step_returns) if result.steps else (result.days, result.returns)
        return cls(tuple(times), compounded(returns, float(start or 1.0)), is_money=bool(start))

    @property
    def drawdown(self) -> Floats:
        """Distance from the highest equity so far at each time, a fraction of it: 0 or negative."""
        return self.values / np.maximum.accumulate(self.values) - 1


def compounded(returns: Sequence[float], start: float = 1.0) -> Floats:
    """Equity at the start and after each return."""
    return start * np.concatenate(([1.0], np.cumprod(1 + np.asarray(returns, np.float64))))


def thinned(values: Floats, most: int) -> list[int]:
    """Places of at most so many values that draw the same line: first, last, lowest and highest of each stretch."""
    if len(values) <= most:
        return list(range(len(values)))
    edges = np.linspace(0, len(values), most // 4 + 1).astype(int)
    places: set[int] = set()
    for start, end in pairwise(edges.tolist()):
        part = values[start:end]
        places |= {start, end - 1, start + int(part.argmin()), start + int(part.argmax())}
    return sorted(places)
