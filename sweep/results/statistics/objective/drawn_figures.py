"""Figures of trials in samples of their days: daily returns, the path of the equity, and closed positions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt
from typing import Self

import numpy as np

from sweep.results.statistics.arrays import Floats, Ints
from sweep.results.statistics.bootstrap import counted
from sweep.results.statistics.trial_panel import ClosedPositions
from sweep.trial import MOST_TRADES

NOTHING = 1e-12  # share of a value that rounding leaves


@dataclass(frozen=True, slots=True)
class Days:
    """Days of some trials, and what each trial did on them."""

    returns: Floats  # days x trials
    equity: Floats  # of each trial at the start, money
    year: int  # trading days
    positions: ClosedPositions | None = None  # where a figure of trades is asked for

    def without_edge(self) -> Self:
        """The same, each trial's returns and PnL less their means."""
        positions = self.positions.without_edge() if self.positions else None
        return replace(self, returns=self.returns - self.returns.mean(axis=0), positions=positions)


@dataclass(frozen=True)
class Sample:
    """Samples of days, the same for all trials; a figure has one row for each, and NaN where it does not exist."""

    days: Days
    order: Ints  # samples x days: the days as they were drawn

    @cached_property
    def weights(self) -> Floats:
        """Count of each day in each sample."""
        return counted(self.order)

    @cached_property
    def mean(self) -> Floats:
        """Mean daily return."""
        return self.weights @ self.days.returns / self.weights.shape[1]

    @property
    def positions(self) -> ClosedPositions:
        """Closed positions of the days."""
        if self.days.positions is None:
            raise ValueError("the days have no closed positions")
        return self.days.positions

    def trades(self, values: Floats) -> Floats:
        """Sum of a value of each closed position."""
        return self.weights @ self.positions.sums(values, *self.days.returns.shape)

    @cached_property
    def count(self) -> Floats:
        """Closed positions."""
        return self.trades(np.ones_like(self.positions.pnls))

    @cached_property
    def gains(self) -> Floats:
        """PnL of the winners."""
        return self.trades(np.maximum(self.positions.pnls, 0))

    @cached_property
    def losses(self) -> Floats:
        """PnL of the losers, positive."""
        return self.trades(np.maximum(-self.positions.pnls, 0))

    @cached_property
    def paths(self) -> dict[str, Floats]:
        """Figures of the path of the equity."""
        growth = np.log1p(np.maximum(self.days.returns, -1 + 1e-9))
        rows = [path_figures(growth[days], self.days.year) for days in self.order]
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def path_figures(growth: Floats, year: int) -> dict[str, Floats]:
    """Figures of the path of each column of logarithmic returns; 0 for one without a drawdown."""
    equity = np.cumsum(growth, axis=0)
    fall = 1 - np.exp((equity - np.maximum.accumulate(np.maximum(equity, 0), axis=0)).min(axis=0))
    gains = {"recovery_factor": np.expm1(equity[-1]), "calmar_ratio": np.expm1(equity[-1] * year / len(growth))}
    ratios = {n: np.divide(g, fall, out=np.zeros_like(fall), where=fall > 0) for n, g in gains.items()}
    return {"max_drawdown": fall, "max_drawdown_daily": fall, **ratios}


def _return(s: Sample) -> Floats:
    """Sum of the daily returns: as White has it, without compounding."""
    return s.mean * s.weights.shape[1]


def _pnl(s: Sample) -> Floats:
    return _return(s) * s.days.equity


def _sharpe(s: Sample) -> Floats:
    days = s.weights.shape[1]
    squares = s.weights @ s.days.returns**2 / days
    variance = (squares - s.mean**2) * days / (days - 1)
    return _over(s.mean, np.sqrt(np.where(variance > NOTHING * squares, variance, 0))) * sqrt(s.days.year)


def _sortino(s: Sample) -> Floats:
    downside = np.sqrt(s.weights @ np.minimum(s.days.returns, 0) ** 2 / s.weights.shape[1])
    return _over(s.mean, downside) * sqrt(s.days.year)


def _expectancy(s: Sample) -> Floats:
    return _over(s.trades(s.positions.pnls), s.count)


def _sqn(s: Sample) -> Floats:
    pnls, deviations = s.positions.pnls, s.positions.without_edge().pnls  # which lose no digits as squares
    variance = _over(s.trades(deviations**2) - _over(s.trades(deviations) ** 2, s.count), s.count - 1)
    exists = variance > NOTHING**2 * _over(s.trades(pnls**2), s.count)
    return _over(_expectancy(s), np.sqrt(np.where(exists, variance, 0))) * np.sqrt(np.minimum(s.count, MOST_TRADES))


def _profit_factor(s: Sample) -> Floats:
    return _over(s.gains, s.losses)


def _kelly(s: Sample) -> Floats:
    pnls = s.positions.pnls
    wins, losses = s.trades((pnls > 0).astype(np.float64)), s.trades((pnls < 0).astype(np.float64))
    payoff, rate = _over(_over(s.gains, wins), _over(s.losses, losses)), _over(wins, s.count)
    return rate - _over(1 - rate, payoff)


def _over(dividend: Floats, divisor: Floats) -> Floats:
    """A quotient; NaN where it does not exist."""
    return np.divide(dividend, divisor, out=np.full_like(dividend, np.nan), where=divisor > 0)


type Figure = Callable[[Sample], Floats]

DAILY: dict[str, Figure] = {
    "pnl_total": _pnl, "pnl_realized": _pnl, "return_total": _return, "sharpe_ratio": _sharpe,
    "sortino_ratio": _sortino,
}  # fmt: skip
PATHS: dict[str, Figure] = {  # drawdowns are those of the days' ends
    "max_drawdown": lambda s: s.paths["max_drawdown"],
    "max_drawdown_daily": lambda s: s.paths["max_drawdown_daily"],
    "recovery_factor": lambda s: s.paths["recovery_factor"],
    "calmar_ratio": lambda s: s.paths["calmar_ratio"],
}
TRADES: dict[str, Figure] = {
    "sqn": _sqn, "profit_factor": _profit_factor, "expectancy": _expectancy, "average_trade": _expectancy,
    "kelly_fraction": _kelly,
}  # fmt: skip
COUNTS: dict[str, Figure] = {"trades": lambda s: s.count}  # says nothing of an edge, and may stand in a formula
FIGURES = DAILY | PATHS | TRADES | COUNTS
