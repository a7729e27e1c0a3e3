"""The figures of a replay: our own formulas, from plain numbers (sweep/spec/metric_table.py lists them).

They differ on purpose from the engine's statistics, which leave open PnL out of "PnL (total)", count open positions as
losses, leave break-evens out of the expectancy and take weekends as days without a return.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from sweep.backtest.metrics.closed_trades import (
    ClosedTrade,
    holding_figures,
    side_figures,
    size_figures,
    time_share,
    trade_figures,
)
from sweep.backtest.metrics.daily import cagr, daily_returns, max_drawdown_daily, return_figures, ulcer_index
from sweep.backtest.metrics.equity_path import EquityPath, drawdown_seconds, max_drawdown, recovery_seconds
from sweep.backtest.metrics.trade_groups import closing_days, trade_groups
from sweep.spec.metric_table import METRIC_TABLE
from sweep.trial import Metrics

OPEN_AT_END = "open at the end, marked to market"  # in the warning of a trial that ends with positions


@dataclass(frozen=True, slots=True)
class TradeSummary:
    """Totals of a backtest in the reporting currency."""

    start: Decimal  # equity
    equity: tuple[Decimal, ...]  # at each day's end; the last is the equity at the end of the replay
    closed: tuple[ClosedTrade, ...]
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
    days: tuple[str, ...] = ()  # ISO dates
    hours: Mapping[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    # of each day with market data, by its place: times of the first and the last
    held: tuple[tuple[int, int], ...] = ()  # from when to when positions were open
    paid: tuple[float, float] | None = None  # spread and slippage; None where a fill has no quote
    path: EquityPath = field(default_factory=EquityPath)

    @property
    def pnls(self) -> list[float]:
        """PnL of each closed position."""
        return [float(trade.pnl) for trade in self.closed]

    def trade_statistics(self) -> dict[str, Any]:
        """PnL of each closed position, the place of the day of its close in `days`, and sums of groups of them."""
        days = closing_days(self.closed, self.hours)
        return {"closed": self.pnls, "closed_days": days, "groups": trade_groups(self.closed)}


def metrics(tally: TradeSummary) -> Metrics:
    """Every name of METRIC_TABLE; None where a figure does not exist, never 0 and never NaN."""
    pnls = [trade.pnl for trade in tally.closed]
    figures = {
        **_results(tally),
        **trade_figures(pnls),
        **size_figures(pnls),
        **side_figures(tally.closed),
        **holding_figures(tally.closed),
        **_excursions(tally.path, len(pnls)),
        **return_figures(daily_returns(tally.start, tally.equity), tally.days_per_year),
        **_drawdowns(tally),
        **_use(tally),
        **_execution(tally),
    }
    return {name: figures[name] for name in METRIC_TABLE}


def _results(tally: TradeSummary) -> Metrics:
    total = tally.equity[-1] - tally.start
    return {
        "pnl_total": float(total),
        "pnl_realized": float(total - tally.unrealized - tally.revaluation),
        "pnl_unrealized": float(tally.unrealized),
        "pnl_revaluation": float(tally.revaluation),
        "return_total": float(total / tally.start),
        "cagr": cagr(tally.start, tally.equity[-1], tally.days),
    }


def _excursions(path: EquityPath, trades: int) -> Metrics:
    """Means over closed positions."""
    if not trades or not len(path.lows):
        return {"mae": None, "mfe": None}
    return {"mae": float(path.lows.mean()), "mfe": float(path.highs.mean())}


def _drawdowns(tally: TradeSummary) -> Metrics:
    start, path = float(tally.start), tally.path
    daily = max_drawdown_daily(tally.start, tally.equity)
    deepest = max(max_drawdown(start, path.equity), daily)
    growth = cagr(tally.start, tally.equity[-1], tally.days)
    return {
        "max_drawdown": deepest,
        "max_drawdown_daily": daily,
        "drawdown_time": drawdown_seconds(start, path),
        "recovery_time": recovery_seconds(start, path),
        "calmar_ratio": growth / deepest if growth is not None and deepest else None,
        "recovery_factor": float(tally.equity[-1] / tally.start - 1) / deepest if deepest else None,
        "ulcer_index": ulcer_index(tally.start, tally.equity),
    }


def _use(tally: TradeSummary) -> Metrics:
    """Use of time and capital."""
    equity, gross = tally.path.equity, tally.path.gross
    return {
        "exposure": time_share(tally.held, list(tally.hours.values())),
        "exposure_capital": float(np.mean(gross / equity)) if len(equity) and equity.min() > 0 else None,
        "turnover": tally.path.turnover / float(tally.start),
    }


def _execution(tally: TradeSummary) -> Metrics:
    gross = tally.equity[-1] - tally.start + tally.fees
    return {
        "fees": float(tally.fees),
        "fees_share": float(tally.fees / gross) if gross > 0 else None,
        **_paid(tally.paid, float(tally.fees), float(gross)),
        "orders": tally.orders,
        "fills": tally.fills,
        "orders_denied": tally.denied,
        "orders_rejected": tally.rejected,
        "orders_open": tally.orders_open,
        "orders_partial": tally.orders_partial,
        "positions_open": tally.positions_open,
        "liquidations": tally.liquidations,
    }


def _paid(paid: tuple[float, float] | None, fees: float, gross: float) -> Metrics:
    """Spread and slippage, and their shares of the PnL at the middle of the quotes, before all costs."""
    spread, slippage = paid or (None, None)
    whole = gross + sum(paid) if paid else 0.0

    def share(part: float | None) -> float | None:
        return part / whole if part is not None and whole > 0 else None

    return {
        "spread_paid": spread,
        "slippage_paid": slippage,
        "spread_share": share(spread),
        "slippage_share": share(slippage),
        "costs_share": share(fees + sum(paid) if paid else None),
    }
