"""The figures of a replay: our own formulas, from plain numbers (sweep/spec/metric_table.py lists them).

They differ on purpose from the engine's statistics, which leave open PnL out of "PnL (total)", count open positions as
losses, leave break-evens out of the expectancy and take weekends as days without a return.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, sqrt
from statistics import fmean, stdev

from sweep.trial import Metrics

OPEN_AT_END = "open at the end, marked to market"  # in the warning of a trial that ends with positions


@dataclass(frozen=True, slots=True)
class TradeSummary:
    """Totals of a backtest in the reporting currency."""

    start: Decimal  # equity
    equity: tuple[Decimal, ...]  # at each day's end; the last is the equity at the end of the replay
    closed: tuple[Decimal, ...]  # PnL of each closed position, after fees
    unrealized: Decimal
    revaluation: Decimal
    fees: Decimal
    orders: int
    fills: int
    denied: int
    rejected: int
    orders_open: int
    orders_partial: int
    positions_open: int
    liquidations: int
    days_per_year: int


def daily_returns(start: Decimal, equity: Sequence[Decimal]) -> tuple[float, ...]:
    """Each day's change as a fraction of the equity at the end of the day before."""
    return tuple(float(b / a - 1) for a, b in zip((start, *equity), equity, strict=False))


def metrics(tally: TradeSummary) -> Metrics:
    """Every name of METRIC_TABLE; None where a figure does not exist, never 0 and never NaN."""
    total = tally.equity[-1] - tally.start
    returns = daily_returns(tally.start, tally.equity)
    figures: Metrics = {
        "pnl_total": float(total),
        "pnl_realized": float(total - tally.unrealized - tally.revaluation),
        "pnl_unrealized": float(tally.unrealized),
        "pnl_revaluation": float(tally.revaluation),
        "return_total": float(total / tally.start),
        **trade_figures(tally.closed),
        "sharpe_ratio": sharpe_ratio(returns, tally.days_per_year),
        "sortino_ratio": sortino_ratio(returns, tally.days_per_year),
        "max_drawdown": max_drawdown(tally.start, tally.equity),
        "fees": float(tally.fees),
        "orders": tally.orders,
        "fills": tally.fills,
        "orders_denied": tally.denied,
        "orders_rejected": tally.rejected,
        "orders_open": tally.orders_open,
        "orders_partial": tally.orders_partial,
        "positions_open": tally.positions_open,
        "liquidations": tally.liquidations,
    }
    return figures


def trade_figures(closed: Sequence[Decimal]) -> Metrics:
    """Figures over closed positions."""
    wins, losses = [x for x in closed if x > 0], [x for x in closed if x < 0]
    return {
        "trades": len(closed),
        "win_rate": len(wins) / len(closed) if closed else None,
        "profit_factor": float(sum(wins) / -sum(losses)) if losses else None,
        "expectancy": float(sum(closed) / len(closed)) if closed else None,
    }


def sharpe_ratio(returns: Sequence[float], days_per_year: int) -> float | None:
    """Annualised; None with fewer than two days, or without any variation."""
    if len(returns) < 2 or not (deviation := stdev(returns)):
        return None
    return finite(fmean(returns) / deviation * sqrt(days_per_year))


def sortino_ratio(returns: Sequence[float], days_per_year: int) -> float | None:
    """Annualised, against a target of 0; None with fewer than two days, or without a losing one."""
    if len(returns) < 2 or not (downside := sqrt(fmean(min(r, 0.0) ** 2 for r in returns))):
        return None
    return finite(fmean(returns) / downside * sqrt(days_per_year))


def max_drawdown(start: Decimal, equity: Sequence[Decimal]) -> float:
    """The deepest fall from a peak of the days' ends (the start is the first peak), a positive fraction."""
    peak, deepest = start, Decimal(0)
    for value in equity:
        peak = max(peak, value)
        deepest = max(deepest, 1 - value / peak)
    return float(deepest)


def finite(value: float) -> float | None:
    return value if isfinite(value) else None
