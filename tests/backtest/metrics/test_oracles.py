"""The figures of other libraries (oracle_figures.py), equal where they define the same, else explained.

The table "Other libraries" of docs/metrics.md has the differences in words.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from math import ceil, sqrt
from pathlib import Path
from statistics import NormalDist, fmean, stdev
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sweep.backtest.metrics import builtin
from sweep.backtest.metrics.builtin import TradeSummary, metrics
from sweep.backtest.metrics.closed_trades import ClosedTrade
from sweep.backtest.metrics.equity_path import EquityPath
from sweep.results.curves.benchmark import Benchmark

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("oracle_figures.json").read_text())["series"]
TRADE_UNIT = 10_000  # quantstats takes series of larger values for prices
START = Decimal(100_000)
LOSS_SIGN = {"empyrical-reloaded": -1, "quantstats": -1, "skfolio": 1}  # of a drawdown
type Figures = Mapping[str, Any]


@cache
def ours(case: int) -> dict[str, float]:
    """The figures of a backtest with these returns of its days, and these trades."""
    returns, trades = CASES[case]["returns"], [Decimal(str(pnl)) for pnl in CASES[case]["trades"]]
    equity = [START]
    for r in returns:
        equity.append(equity[-1] * (1 + Decimal(str(r))))
    days = pd.bdate_range("2026-01-05", periods=len(returns))
    minutes = days.to_numpy().astype("datetime64[m]").astype(np.int64)
    summary = TradeSummary(
        start=START, equity=tuple(equity[1:]), closed=tuple(ClosedTrade(pnl) for pnl in trades), unrealized=Decimal(0),
        revaluation=Decimal(0), fees=Decimal(0), orders=0, fills=0, denied=0, rejected=0, orders_open=0,
        orders_partial=0, positions_open=0, liquidations=0, days_per_year=252,
        days=tuple(str(day.date()) for day in days),
        path=EquityPath(minutes, np.array(equity[1:], float), np.zeros(len(days))),
    )  # fmt: skip
    closes = dict(zip(summary.days, 100 * np.cumprod(1 + np.array(CASES[case]["market"])), strict=True))
    figures = metrics(summary) | Benchmark("market", closes).figures(summary.days, returns, 252)
    return {name: value for name, value in figures.items() if value is not None}


def span(case: int) -> float:
    """Years by the calendar, as `cagr` has them."""
    days = pd.bdate_range("2026-01-05", periods=len(CASES[case]["returns"]))
    return ((days[-1] - days[0]).days + 1) / 365.25


def by_trading_days(case: int, f: Figures) -> float:
    return (1 + f["cagr"]) ** (span(case) / (len(CASES[case]["returns"]) / 252)) - 1


def biased(n: int, skewness: float) -> float:
    return skewness * (n - 2) / sqrt(n * (n - 1))


def plain_fourth_moment(n: int, kurtosis: float) -> float:
    """Pearson's kurtosis, with bias and without the 3 of a normal distribution taken off."""
    return (kurtosis * (n - 2) * (n - 3) / (n - 1) - 6) / (n + 1) + 3


def normal_tail(returns: list[float]) -> tuple[float, float]:
    """Quantile and mean below it of a normal distribution with the same mean and deviation."""
    mean, deviation, low = fmean(returns), stdev(returns), NormalDist().inv_cdf(0.05)
    return mean + low * deviation, mean - deviation * NormalDist().pdf(low) / 0.05


def interpolated_tail(returns: list[float]) -> float:
    """Mean of the lowest 5 %, of which the last day counts in part."""
    rank, ascending = 0.05 * len(returns), sorted(returns)
    whole = ceil(rank) - 1
    return -(sum(ascending[:whole]) + (rank - whole) * ascending[whole]) / rank


DIFFERENT: dict[str, dict[str, Callable[[int, list[float], Figures], float]]] = {
    "empyrical-reloaded": {
        "cagr": lambda case, r, f: by_trading_days(case, f),
        "calmar_ratio": lambda case, r, f: by_trading_days(case, f) / f["max_drawdown"],
        "alpha": lambda case, r, f: (1 + f["alpha"] / 252) ** 252 - 1,
    },
    "quantstats": {
        "cagr": lambda case, r, f: by_trading_days(case, f),
        "calmar_ratio": lambda case, r, f: by_trading_days(case, f) / f["max_drawdown"],
        "var_5": lambda case, r, f: normal_tail(r)[0],
        "cvar_5": lambda case, r, f: normal_tail(r)[1],
        "ulcer_index": lambda case, r, f: f["ulcer_index"] * sqrt(len(r) / (len(r) - 1)),
        "recovery_factor": lambda case, r, f: abs(sum(r)) / f["max_drawdown"],
        "correlation": lambda case, r, f: f["correlation"] ** 2,
    },
    "skfolio": {
        "sortino_ratio": lambda case, r, f: f["sortino_ratio"] * sqrt((len(r) - 1) / len(r)),
        "skewness": lambda case, r, f: biased(len(r), f["skewness"]),
        "kurtosis": lambda case, r, f: plain_fourth_moment(len(r), f["kurtosis"]),
        "var_5": lambda case, r, f: -sorted(r)[ceil((1 - 0.95) * len(r)) - 1],
        "cvar_5": lambda case, r, f: interpolated_tail(r),
        "worst_day": lambda case, r, f: -f["worst_day"],
    },
}


def converted(library: str, case: int, name: str) -> float:
    """Our figure in the library's terms."""
    f, returns = ours(case), CASES[case]["returns"]
    if name in DIFFERENT[library]:
        return DIFFERENT[library][name](case, returns, f)
    if name == "max_drawdown":
        return LOSS_SIGN[library] * f[name]
    in_money = {"average_win", "average_loss", "largest_win", "largest_loss", "expectancy"}
    return f[name] / TRADE_UNIT if name in in_money else f[name]


@pytest.mark.parametrize("case", range(len(CASES)))
@pytest.mark.parametrize("library", DIFFERENT)
def test_other_libraries_agree(library: str, case: int):
    theirs = CASES[case]["figures"][library]
    assert {name: converted(library, case, name) for name in theirs} == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_the_differences_are_those_of_the_docs():
    text = (Path(builtin.__file__).parents[3] / "docs" / "metrics.md").read_text()
    section = text.partition("## Other libraries")[2].partition("\n## ")[0]
    for library, own in DIFFERENT.items():
        row = next(line for line in section.splitlines() if line.startswith(f"| {library} "))
        assert {name for name in theirs_named(row) if name in ours(0)} == set(own), library


def theirs_named(row: str) -> list[str]:
    return row.split("`")[1::2]
