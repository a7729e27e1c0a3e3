"""Figures of the same series by other libraries; writes oracle_figures.json, which test_oracles.py reads.

    uv run --no-project --script tests/backtest/metrics/oracle_figures.py

Together the libraries need thirty more packages, which is why the tests read their figures from a file.
"""

# /// script
# requires-python = ">=3.13"
# dependencies = ["empyrical-reloaded==0.7.1", "quantstats==0.0.86", "skfolio==1.12.2", "matplotlib", "ipython"]
# ///

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

YEAR = 252
FILE = Path(__file__).with_suffix(".json")


def series(seed: int) -> dict[str, Any]:
    """Daily returns of three hundred weekdays with fat tails, those of their market, and the PnL of 80 trades."""
    random = np.random.default_rng(seed)
    market = random.standard_t(5, 300) / 120 + 0.0003
    returns = (0.6 - 0.4 * seed) * market + random.standard_t(4, 300) / 150 + 0.0008 * (1 - seed)
    returns[random.random(300) < 0.1 * seed] = 0.0  # days without a position
    trades = random.standard_t(3, 80) * 40 + 6
    return {
        "returns": returns.round(6).tolist(),
        "market": market.round(6).tolist(),
        "trades": trades.round(2).tolist(),
    }


def by_empyrical(returns: pd.Series, market: pd.Series) -> dict[str, float]:
    import empyrical as e

    return {
        "sharpe_ratio": e.sharpe_ratio(returns), "sortino_ratio": e.sortino_ratio(returns),
        "volatility": e.annual_volatility(returns), "max_drawdown": e.max_drawdown(returns),
        "var_5": e.value_at_risk(returns), "cvar_5": e.conditional_value_at_risk(returns),
        "tail_ratio": e.tail_ratio(returns), "return_total": e.cum_returns_final(returns), "cagr": e.cagr(returns),
        "calmar_ratio": e.calmar_ratio(returns), "beta": e.beta(returns[1:], market[1:]),
        "alpha": e.alpha(returns[1:], market[1:]),
    }  # fmt: skip


def by_quantstats(returns: pd.Series, market: pd.Series, trades: pd.Series) -> dict[str, float]:
    import quantstats.stats as q

    return {
        "sharpe_ratio": q.sharpe(returns), "sortino_ratio": q.sortino(returns), "volatility": q.volatility(returns),
        "max_drawdown": q.max_drawdown(returns), "skewness": q.skew(returns), "kurtosis": q.kurtosis(returns),
        "var_5": q.value_at_risk(returns), "cvar_5": q.conditional_value_at_risk(returns),
        "tail_ratio": q.tail_ratio(returns), "worst_day": q.worst(returns), "best_day": q.best(returns),
        "ulcer_index": q.ulcer_index(returns), "return_total": q.comp(returns), "cagr": q.cagr(returns),
        "calmar_ratio": q.calmar(returns), "recovery_factor": q.recovery_factor(returns),
        "win_rate": q.win_rate(trades), "profit_factor": q.profit_factor(trades),
        "payoff_ratio": q.payoff_ratio(trades), "average_win": q.avg_win(trades), "average_loss": q.avg_loss(trades),
        "largest_win": q.best(trades), "largest_loss": q.worst(trades), "kelly_fraction": q.kelly_criterion(trades),
        "expectancy": trades.mean(), "correlation": q.r_squared(returns[1:], market[1:]),
        **q.greeks(returns[1:], market[1:], periods=YEAR, prepare_returns=False),
    }  # fmt: skip


def by_skfolio(returns: np.ndarray) -> dict[str, float]:
    from skfolio import measures as m

    return {
        "sharpe_ratio": m.mean(returns) / m.standard_deviation(returns) * YEAR**0.5,
        "sortino_ratio": m.mean(returns) / m.semi_deviation(returns, min_acceptable_return=0) * YEAR**0.5,
        "volatility": m.standard_deviation(returns) * YEAR**0.5, "skewness": m.skew(returns),
        "kurtosis": m.kurtosis(returns), "var_5": m.value_at_risk(returns), "cvar_5": m.cvar(returns),
        "worst_day": m.worst_realization(returns),
        "max_drawdown": m.max_drawdown(m.get_drawdowns(returns, compounded=True)),
        "ulcer_index": m.ulcer_index(m.get_drawdowns(returns, compounded=True)),
    }  # fmt: skip


def measured(seed: int) -> dict[str, Any]:
    """A series with the figures of each library."""
    inputs = series(seed)
    days = pd.bdate_range("2026-01-05", periods=len(inputs["returns"]))
    returns = pd.Series(inputs["returns"], days)
    market = pd.Series(inputs["market"], days)
    trades = pd.Series(inputs["trades"], days[:80]) / 10_000  # below 1: larger values count as prices there
    figures = {
        "empyrical-reloaded": by_empyrical(returns, market),
        "quantstats": by_quantstats(returns, market, trades),
        "skfolio": by_skfolio(returns.to_numpy()),
    }
    plain = {name: {key: float(value) for key, value in own.items()} for name, own in figures.items()}
    return {**inputs, "figures": plain}


if __name__ == "__main__":
    versions = {name: version(name) for name in ("empyrical-reloaded", "quantstats", "skfolio")}
    FILE.write_text(json.dumps({"versions": versions, "series": [measured(n) for n in range(3)]}) + "\n")
