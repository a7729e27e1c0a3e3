"""The figures of a replay: our own formulas, from plain numbers. docs/metrics.md prints this table.

They differ on purpose from the engine's statistics, which leave open PnL out of "PnL (total)", count open positions as
losses, leave break-evens out of the expectancy and take weekends as days without a return.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, sqrt
from statistics import fmean, stdev

from sweep.trial import Metrics

TABLE: dict[str, tuple[str, str]] = {  # name: unit, formula
    "pnl_total": ("money", "equity at the end - equity at the start; fees in, open positions marked to market"),
    "pnl_realized": ("money", "pnl_total - pnl_unrealized - pnl_revaluation: what was booked, fees and interest in"),
    "pnl_unrealized": ("money", "open PnL at the end, each position at the price it could be closed at"),
    "pnl_revaluation": ("money", "starting balances in other currencies: their value at the end - at the start"),
    "return_total": ("fraction", "pnl_total / equity at the start"),
    "trades": ("count", "closed positions; a flip closes one and opens the next"),
    "win_rate": ("fraction", "closed positions with PnL > 0 after fees / closed positions"),
    "profit_factor": ("ratio", "sum of the winners' PnL / -(sum of the losers' PnL), closed positions after fees"),
    "expectancy": ("money", "mean PnL of a closed position after fees, break-evens in"),
    "sharpe_ratio": (
        "ratio",
        "mean(r) / stdev(r) * sqrt(A); r: daily net returns; A: 252 days a year, 365 with crypto",
    ),
    "sortino_ratio": ("ratio", "mean(r) / sqrt(mean(min(r, 0)^2)) * sqrt(A)"),
    "max_drawdown": ("fraction", "max over days of 1 - equity / highest equity until then, at the days' ends"),
    "fees": ("money", "commissions paid; negative where rebates prevail"),
    "orders": ("count", "orders submitted, denied ones included"),
    "fills": ("count", "fills of orders"),
    "orders_denied": ("count", "orders that never left: no margin, wrong precision, unknown instrument"),
    "orders_rejected": ("count", "orders that the venue refused"),
    "orders_open": ("count", "orders still working at the end"),
    "orders_partial": ("count", "orders still working at the end that are partly filled"),
    "positions_open": ("count", "positions still open at the end"),
    "liquidations": ("count", "positions that the venue sold out because the margin was gone"),
}
TROUBLES = ("orders_denied", "orders_rejected", "orders_partial", "positions_open", "liquidations")  # 0 in a clean run
OPEN_AT_END = "open at the end, marked to market"  # in the warning of a trial that ends with positions
ACCOUNT_BLOWN = "the account is blown"  # how the message of such a trial begins
METRICS: dict[str, str] = {name: formula for name, (_, formula) in TABLE.items()}


@dataclass(frozen=True, slots=True)
class TradeSummary:
    """What a replay came to, in the reporting currency."""

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
    """Every name of METRICS; None where a figure does not exist, never 0 and never NaN."""
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
