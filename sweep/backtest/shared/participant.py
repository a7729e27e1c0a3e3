"""One trial in a shared run: the isolated strategy and its figures."""

import re
from decimal import Decimal
from typing import Any, Protocol

from sweep.backtest.accounting import reconciliation
from sweep.backtest.accounting.accounts import ZERO
from sweep.backtest.accounting.fills import fill_events, fill_numbers, numbers_alone
from sweep.backtest.accounting.intraday_equity import Steps
from sweep.backtest.accounting.market_minutes import MarketMinutes
from sweep.backtest.accounting.record_builder import fill_trail
from sweep.backtest.data.feed import Feed
from sweep.backtest.engine.pruning_checks import RungSchedule
from sweep.backtest.metrics import custom
from sweep.backtest.metrics.builtin import metrics
from sweep.backtest.metrics.daily import daily_returns
from sweep.backtest.shared.audit import PackOrders, audit
from sweep.backtest.shared.booked_pnl import Book
from sweep.backtest.shared.isolated_strategy import IsolatedStrategy
from sweep.backtest.shared.record_for_metrics import record_for_metrics
from sweep.backtest.shared.shared_guard import SharedRunGuard
from sweep.errors import TrialError
from sweep.trial import Contradiction, Metrics, Result, State


class Market(Protocol):
    """The market that the participants of a pack share, as far as it has been replayed."""

    days: list[str]
    hours: dict[str, tuple[int, int]]
    minutes: MarketMinutes
    warnings: list[str]
    fed: dict[str, int]
    feed: Feed
    guard: SharedRunGuard
    orders: PackOrders

    @property
    def events(self) -> int:
        """Number of events that have been fed."""
        ...

    def now(self) -> int:
        """The event time, nanoseconds."""
        ...


class Participant(IsolatedStrategy):
    """A strategy of a pack, and what becomes of its trial."""

    def realized(self) -> dict[str, Decimal]:
        """Realised PnL of all its positions, by venue; of a CASH account what its fills have paid and received."""
        positions = [*self.records.positions(), *self.records.position_snapshots()]
        sums = self._paid() if self.book.cash else {}
        for p in positions:
            name = str(p.instrument_id.venue)
            if p.realized_pnl is not None and name not in self.book.cash:
                sums[name] = sums.get(name, ZERO) + p.realized_pnl.as_decimal()
        return sums

    def _paid(self) -> dict[str, Decimal]:
        """Payments and commissions of its fills at venues with CASH accounts."""
        paid = Book(self.book.cash)
        for event in fill_events(self.records.orders()):
            if str(event.instrument_id.venue) in self.book.cash:
                paid.on_order_filled(event, self.records)
        return paid.sums

    def stopping(self) -> None:
        """Before the engine's end: from then on a strategy that has stopped hears of no fill."""
        self.before, self.heard = self.realized(), self.book.copy()

    def stopped(self) -> None:
        """After it: book what was not heard of."""
        heard = {name: self.book.total(name) - self.heard.total(name) for name in self.book.sums}
        after = self.realized()
        self.late = {name: after[name] - self.before.get(name, ZERO) - heard.get(name, ZERO) for name in after}

    def begin(self, market: Market, days: int, steps: Steps) -> None:
        """Stand its rungs; `days` is how many days with market data there are."""
        self.ladder, self.steps, self.market = RungSchedule(self.rungs, days), steps, market
        self.days, self.hours, self.minutes, self.feed = market.days, market.hours, market.minutes, market.feed
        self.closes: list[int] = []  # times at which the equity of each day was read, nanoseconds

    def equity_now(self) -> Decimal:
        """Read the equity; of a participant that holds nothing, and has traded nothing since, it is what it was."""
        if self.book.held or self.book.count != self.read_at:
            self.last_equity, self.read_at = self.accounts.equity(), self.book.count
        return self.last_equity

    def close_day(self, *, ended: bool = False) -> None:
        """Read the equity at a day's end; with `ended` once more, after the stop."""
        try:
            value = self.accounts.equity() if ended else self.equity_now()
            if value <= 0:
                return self.leave("the account is blown")
            if ended:
                self.equity[-1] = value
                self.steps.settle(value)
            else:
                self.equity.append(value)
                self.closes.append(self.market.now())
                self._judge()
        except TrialError as error:
            self.leave(error.message)
        return None

    def _judge(self) -> None:
        if not self.ladder.is_due(len(self.equity)):
            return
        self._count_fills()
        returns = daily_returns(self.start, self.equity)
        figures = metrics(reconciliation.measure(self))
        if not self.ladder.judge(len(self.equity), figures | self._own_figures(figures), returns):
            self.result = self._audited(State.PRUNED)  # what it does from now on is no part of its figures
            self.is_pruned = True

    def settle(self) -> None:
        """Make its figures from what the engine holds after its end."""
        self._count_fills()
        try:
            self.result = self._audited(State.COMPLETE)
        except TrialError as error:
            self.leave(error.message)

    def _count_fills(self) -> None:
        own = fill_numbers(self.market.orders.of(self.strategy.strategy_id))
        self.accounts.fill_numbers = numbers_alone(own, self.market.orders.fill_numbers)

    def _audited(self, state: State) -> Result:
        """Its result, with which it leaves where its own orders say something else."""
        result, owner = self._result(state), self.strategy.strategy_id
        if contradiction := audit(self, owner, self.market.orders.of(owner), result):
            self.leave(Contradiction(contradiction))
        return result

    def _result(self, state: State) -> Result:
        result = reconciliation.tally(self)
        figures = metrics(result)
        steps, step_returns = self.steps.returns(self.start)
        own = self._own_figures(figures)
        return Result(
            state,
            figures | own,
            days=tuple(self.days),
            returns=daily_returns(self.start, self.equity),
            steps=steps,
            step_returns=step_returns,
            warnings=(
                *self.market.warnings,
                *map(self.as_isolated, reconciliation.warnings(self, result)),
                *self.guard.silent(),
            ),
            stats=reconciliation.terms(self, self.market.fed, self.market.events)
            | {"figures": figures | own, **result.trade_statistics()},
            rungs=tuple(self.ladder.values),
            fills=fill_trail(self.records.orders(), self.as_isolated, self.accounts.fill_numbers),
        )

    def _own_figures(self, figures: Metrics) -> Metrics:
        """Metrics of the user's own, of the trial as it stands."""
        if not self.parts.metrics:
            return {}
        guard = self.market.guard
        guard.swallowed()
        with guard.constructing():
            own = custom.measure(self.parts.metrics, record_for_metrics(self, dict(figures)))
        if why := guard.swallowed():
            self.leave(why)
        return own

    def as_isolated(self, text: Any) -> str:
        """Text with the ids that its orders and positions would have in an isolated run."""
        name, _, tag = str(self.strategy.strategy_id).rpartition("-")
        return re.sub(rf"(-\d{{6}}-\w+)-{tag}-(\d+)\b", r"\1-000-\2", str(text)).replace(f"{name}-{tag}", f"{name}-000")
