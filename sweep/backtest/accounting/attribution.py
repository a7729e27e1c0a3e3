"""PnL of the strategies of a backtest, each for itself: marked, after fees, day by day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from sweep.backtest.accounting.accounts import ZERO, Accounts, add_up, add_up_amounts
from sweep.backtest.accounting.bookings import Bookings, venues_with_other_currencies
from sweep.backtest.accounting.closed_positions import end_of, worth
from sweep.backtest.accounting.expiration import trades
from sweep.backtest.accounting.fills import fill_events
from sweep.backtest.accounting.market_minutes import MarketMinutes
from sweep.backtest.accounting.minute_equity import equity_path
from sweep.backtest.metrics.closed_trades import time_share, trade_figures
from sweep.backtest.metrics.equity_path import max_drawdown
from sweep.errors import Reason, TrialError
from sweep.spec.metric_table import strategy_metric
from sweep.trial import Metrics


def marked_pnl(accounts: Accounts, positions: Iterable[Any]) -> Decimal:
    """PnL of positions after fees, open ones at their marks, in the reporting currency."""
    return accounts.in_reporting_currency(marked_amounts(accounts, positions))


def marked_amounts(accounts: Accounts, positions: Iterable[Any]) -> dict[str, Decimal]:
    """The same by currency."""
    held = list(positions)
    amounts = [worth(accounts, p) for p in held]
    amounts += [add_up([accounts.unrealized(p)]) for p in held if accounts.is_held(p) and not accounts.is_settled(p)]
    return add_up_amounts(amounts)


class Attribution:
    """Figures of each strategy; `names` gives the strategies' names by the ids that their positions carry."""

    def __init__(
        self, accounts: Accounts, minutes: MarketMinutes, start: Decimal, names: Callable[[], Mapping[str, str]]
    ) -> None:
        self._accounts, self._minutes, self._start, self._names = accounts, minutes, start, names
        self._bookings = Bookings(accounts)
        self._curves: dict[str, list[Decimal]] = {}  # PnL since the start at each day's end

    def close_day(self, day: int) -> None:
        """Read the PnL at the end of a day, counted from 0; a second reading of a day replaces the first."""
        owned, positions = self._trades(), self._accounts.positions()
        if venues := venues_with_other_currencies(self._accounts, positions):
            self._bookings.read(positions, venues)
        holdings = self._accounts.holdings()
        for strategy, name in self._names().items():
            curve = self._curves.setdefault(name, [])
            curve += [ZERO] * (day + 1 - len(curve))
            own = [p for trade in owned.get(name, ()) for p in trade]
            amounts = marked_amounts(self._accounts, (p for p in own if p.venue not in venues))
            booked = self._bookings.marked(strategy, own, venues) if venues else {}
            curve[day] = self._accounts.share(add_up_amounts((amounts, booked)), holdings)

    def _trades(self) -> dict[str, list[list[Any]]]:
        """Positions by the name of their strategy, in groups of one trade each: that of the first one counts."""
        names, positions = self._names(), self._accounts.positions()
        owned: dict[str, list[list[Any]]] = {}
        for trade in trades(positions, self._accounts.cache.orders(), self._accounts.instruments):
            owner = names.get(str(trade[0].strategy_id))
            if owner is None:
                message = f"a position in {trade[0].instrument_id} belongs to no strategy: {trade[0].strategy_id}"
                raise TrialError(Reason.GUARD, message)
            owned.setdefault(owner, []).append(trade)
        return owned

    def figures(self, hours: Sequence[tuple[int, int]]) -> Metrics:
        """The metrics of STRATEGY_METRICS by strategy; `hours` are first and last time of each day, nanoseconds."""
        owned, names = self._trades(), self._names()
        fills: dict[str, list[Any]] = {}
        for fill in fill_events(self._accounts.cache.orders()):
            fills.setdefault(names.get(str(fill.strategy_id), ""), []).append(fill)
        figures: Metrics = {}
        for name, curve in self._curves.items():
            own = owned.get(name, [])
            values = self._of_one(own, curve, fills.get(name, [])) | {
                "exposure": exposure([p for trade in own for p in trade], hours, partial(end_of, self._accounts))
            }
            figures |= {strategy_metric(name, figure): value for figure, value in values.items()}
        return figures

    def _of_one(self, own: Sequence[Sequence[Any]], curve: Sequence[Decimal], fills: Sequence[Any]) -> Metrics:
        accounts = self._accounts
        closed = [t for t in own if not any(accounts.is_held(p) and not accounts.is_settled(p) for p in t)]
        counts = trade_figures([marked_pnl(accounts, trade) for trade in closed])
        fees = accounts.in_reporting_currency(add_up(c for trade in own for p in trade for c in p.commissions()))
        equity = [self._start + pnl for pnl in curve]
        path = equity_path(accounts, self._minutes, self._start, equity, fills)
        return {
            "pnl_total": float(curve[-1]) if curve else 0.0,
            "fees": float(fees),
            "trades": counts["trades"],
            "win_rate": counts["win_rate"],
            "max_drawdown": max_drawdown(float(self._start), path.equity),
        }

    def require_whole(self, change: Decimal, tolerance: Decimal) -> None:
        """Raise where the strategies' PnL is not the change of the account's equity, within its rounding."""
        total = sum((curve[-1] for curve in self._curves.values() if curve), ZERO)
        if abs(total - change) > tolerance:
            message = f"the strategies' PnL adds up to {total}, the account's equity changed by {change}"
            raise TrialError(Reason.GUARD, message)

    def daily(self) -> dict[str, list[float]]:
        """PnL of each day by strategy."""
        return {
            name: [float(b - a) for a, b in zip((ZERO, *curve), curve, strict=False)]
            for name, curve in self._curves.items()
        }


def exposure(
    positions: Iterable[Any], hours: Sequence[tuple[int, int]], end_of: Callable[[Any], int | None]
) -> float | None:
    """Share of the market's hours in which a position was open; None where the market had no length."""
    held = [(p.ts_opened, hours[-1][1] if (end := end_of(p)) is None else end) for p in positions] if hours else []
    return time_share(held, hours)
