"""Strategies of one trial beside each other: correlation of their daily PnL, and the trial with and without each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from sweep.results.statistics.sharpe import sharpe

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One strategy in a portfolio. A Sharpe ratio is None without two days or without variation."""

    strategy: str
    pnl: float  # money
    sharpe_without: float | None  # of the other strategies together, annualised
    drawdown_without: float  # fraction of the highest equity before
    sharpe_gain: float | None  # Sharpe ratio of all - that of the others


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All strategies of a trial."""

    sharpe: float | None
    drawdown: float
    parts: tuple[Contribution, ...]
    correlation: tuple[tuple[float | None, ...], ...]  # in the order of the parts; None for one that never varies


def portfolio(daily: Mapping[str, Sequence[float]], start: float, days_per_year: int) -> Portfolio:
    """Compare the strategies of a trial by their PnL of each day (money), on the equity at its start."""
    names = list(daily)
    pnl = np.array([daily[name] for name in names], np.float64).reshape(len(names), -1)
    total = pnl.sum(axis=0)
    whole = _ratio(total, start, days_per_year)
    parts: list[Contribution] = []
    for n, name in enumerate(names):
        others = total - pnl[n]
        without = _ratio(others, start, days_per_year)
        gain = whole - without if whole is not None and without is not None else None
        parts.append(Contribution(name, float(pnl[n].sum()), without, _drawdown(others, start), gain))
    return Portfolio(whole, _drawdown(total, start), tuple(parts), _correlation(pnl))


def _ratio(pnl: Floats, start: float, days_per_year: int) -> float | None:
    """Annualised Sharpe ratio of the daily returns on the equity of the day before."""
    equity = start + np.concatenate(([0.0], np.cumsum(pnl)))
    if pnl.size < 2 or (equity[:-1] <= 0).any():
        return None
    returns = pnl / equity[:-1]
    return float(sharpe(returns[:, None])[0]) * sqrt(days_per_year) if returns.std() > 0 else None


def _drawdown(pnl: Floats, start: float) -> float:
    equity = start + np.concatenate(([0.0], np.cumsum(pnl)))
    return float(np.max(1 - equity / np.maximum.accumulate(equity)))


def _correlation(pnl: Floats) -> tuple[tuple[float | None, ...], ...]:
    """Pearson's correlation of each pair; None where one does not vary."""
    centred = pnl - pnl.mean(axis=1, keepdims=True) if pnl.size else pnl
    norms = np.sqrt((centred**2).sum(axis=1))
    size = len(pnl)

    def pair(a: int, b: int) -> float | None:
        if not norms[a] or not norms[b]:
            return None
        return 1.0 if a == b else float(np.clip(centred[a] @ centred[b] / (norms[a] * norms[b]), -1, 1))

    return tuple(tuple(pair(a, b) for b in range(size)) for a in range(size))
