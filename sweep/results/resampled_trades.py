"""Objective of a trial with its trades drawn again: as many, with replacement, in an order of chance."""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from sweep.backtest.metrics.closed_trades import MOST_TRADES
from sweep.results.statistics.arrays import Floats

DRAWS = 1_000
FEWEST = 30  # closed positions, or days

type Figure = Callable[[Floats], Floats]  # draws × trades (or days) → a figure for each draw


def resampled(
    metric: str, returns: Sequence[float], stats: Mapping[str, Any], seed: int, draws: int = DRAWS
) -> list[float | None] | str:
    """Values of a metric in each draw; or the reason why there are none. None where a draw has no value."""
    by_day = metric in DAYS
    if not by_day and metric not in TRADES:
        return f"{metric} is no figure of the single trades or days"
    series = np.asarray(returns if by_day else stats.get("closed", ()), np.float64)
    if series.size < FEWEST:
        return f"{series.size} {'days' if by_day else 'closed positions'}; {FEWEST} are needed"
    picked = np.random.default_rng([seed, series.size]).integers(series.size, size=(draws, series.size))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (DAYS if by_day else TRADES)[metric](series[picked])
    scale = sqrt(stats.get("days_per_year", 252)) if by_day else 1.0
    if metric == "return_total":
        scale = 1 / float(stats["starting_equity"])
    return [float(v) * scale if np.isfinite(v) else None for v in values]


def thinned(
    metric: str, stats: Mapping[str, Any], share: float, seed: int, draws: int = DRAWS
) -> list[float | None] | str:
    """Values of a metric with a random share of the trades left out; or the reason why there are none."""
    if metric not in TRADES:
        return f"{metric} is no figure of the single trades"
    series = np.asarray(stats.get("closed", ()), np.float64)
    if series.size < FEWEST:
        return f"{series.size} closed positions; {FEWEST} are needed"
    remains = np.random.default_rng([seed, series.size, 1]).random((draws, series.size)) >= share
    scale = 1 / float(stats["starting_equity"]) if metric == "return_total" else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        values = [float(TRADES[metric](series[None, those])[0]) if those.any() else None for those in remains]
    return [v * scale if v is not None and np.isfinite(v) else None for v in values]


def _profit_factor(draws: Floats) -> Floats:
    return np.where(draws > 0, draws, 0).sum(1) / -np.where(draws < 0, draws, 0).sum(1)


def _win_rate(draws: Floats) -> Floats:
    return (draws > 0).mean(1)


def _average_win(draws: Floats) -> Floats:
    return np.where(draws > 0, draws, 0).sum(1) / (draws > 0).sum(1)


def _average_loss(draws: Floats) -> Floats:
    return -_average_win(-draws)


def _payoff(draws: Floats) -> Floats:
    return _average_win(draws) / _average_win(-draws)


def _kelly(draws: Floats) -> Floats:
    return _win_rate(draws) - (1 - _win_rate(draws)) / _payoff(draws)


def _system_quality(draws: Floats) -> Floats:
    deviation = np.where(np.ptp(draws, axis=1) > 0, draws.std(1, ddof=1), 0.0)
    return draws.mean(1) / deviation * sqrt(min(draws.shape[1], MOST_TRADES))


def _total(draws: Floats) -> Floats:
    return draws.sum(1)


def _mean(draws: Floats) -> Floats:
    return draws.mean(1)


def _sharpe(draws: Floats) -> Floats:
    return draws.mean(1) / draws.std(1, ddof=1)


def _sortino(draws: Floats) -> Floats:
    return draws.mean(1) / np.sqrt((np.minimum(draws, 0) ** 2).mean(1))


TRADES: Mapping[str, Figure] = {
    "pnl_total": _total, "pnl_realized": _total, "return_total": _total, "expectancy": _mean, "win_rate": _win_rate,
    "profit_factor": _profit_factor, "sqn": _system_quality, "average_trade": _mean, "average_win": _average_win,
    "average_loss": _average_loss, "payoff_ratio": _payoff, "kelly_fraction": _kelly,
}  # fmt: skip
DAYS: Mapping[str, Figure] = {"sharpe_ratio": _sharpe, "sortino_ratio": _sortino}
