"""Parts of a run that only some specs ask for: risk limits, figures and order of components."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from nautilus_trader.backtest import BacktestEngine

from sweep.backtest.accounting import reconciliation
from sweep.backtest.accounting.attribution import Attribution
from sweep.backtest.accounting.reconciliation import Measured
from sweep.backtest.data.delivery_order import DeliveryOrder, Refuse
from sweep.backtest.engine.guards import Guard
from sweep.backtest.engine.running_component import RunningComponent
from sweep.backtest.metrics.builtin import TradeSummary
from sweep.backtest.risk.monitor import RiskMonitor
from sweep.backtest.risk.watcher import RiskWatcher
from sweep.backtest.setup.builder import BacktestSetup
from sweep.trial import Metrics


class Observed(Measured, Protocol):
    """A run whose strategies are observed."""

    running: list[RunningComponent]

    def now(self) -> int:
        """The event time, nanoseconds."""
        ...


class ExtraFigures:
    """Risk limits, attribution and order of deliveries of one run, each only where the spec asks for it."""

    def __init__(self, parts: BacktestSetup, refuse: Refuse) -> None:
        """`refuse` ends the trial with a message."""
        self._parts = parts
        self.risk = RiskMonitor(parts.risk) if parts.risk else None
        is_several = bool(parts.controllers) or len(parts.user_code) + bool(parts.risk) > 1
        self._order = DeliveryOrder(refuse, Guard.call.__code__) if is_several else None
        self._watcher = self.ordered(RiskWatcher)  # the first to hear of an event
        self._attribution: Attribution | None = None

    def ordered(self, kind: type[Any]) -> type[Any]:
        """The class of a component that hears of each event after those before it."""
        return self._order.ordered(kind) if self._order else kind

    def wrap_orders(self, kind: Any, callbacks: Mapping[str, Any]) -> dict[str, Any]:
        """The methods of a strategy class that send orders or hear of denied ones, as far as orders may be denied."""
        return self.risk.wrap(kind, callbacks) if self.risk else {}

    def watch(self, engine: BacktestEngine, failed: Callable[[str, BaseException], None]) -> None:
        """Add what watches the market to the engine, before any other component."""
        if self.risk:
            watcher = self._watcher()
            watcher.watch(self.risk, self._parts.entries, partial(failed, "risk limits"))
            engine.add_actor(watcher)

    def begin(self, run: Observed) -> None:
        """Take the equity at the start."""
        strategies = [c for c in self._parts.components if c.is_strategy]
        if self.risk:
            self.risk.begin(run.accounts, lambda: _objects(run), run.start, run.now)
        if strategies and all(c.section == "strategies" for c in strategies):
            self._attribution = Attribution(run.accounts, run.minutes, run.start, lambda: strategy_names(run))

    def close_day(self, day: int) -> None:
        """Read the figures at the end of a day, counted from 0."""
        if self._attribution:
            self._attribution.close_day(day)
        if self.risk:
            self.risk.close_day()

    def settle(self, day: int) -> None:
        """Read the figures of the last day again, after the strategies' stop."""
        if self._order:
            self._order.require_settled()
        if self._attribution:
            self._attribution.close_day(day)

    def figures(self, run: Observed) -> Metrics:
        """The metrics of RISK_METRICS, and those of STRATEGY_METRICS by strategy."""
        figures: Metrics = self.risk.figures() if self.risk else {}
        return figures | (self._attribution.figures(list(run.hours.values())) if self._attribution else {})

    def statistics(self) -> dict[str, Any]:
        """Stops of the risk limits, and the PnL of each strategy and day."""
        stops = {"risk_stops": [stop.plain() for stop in self.risk.stops]} if self.risk else {}
        return stops | ({"strategies": self._attribution.daily()} if self._attribution else {})

    def warnings(self) -> Iterator[str]:
        """Warnings of a trial, for people."""
        for name in self._parts.unsized:
            yield f"strategies.{name} is switched off: its share of the portfolio is less than a lot"
        if self.risk:
            yield from self.risk.warnings()

    def require_whole(self, run: Observed, result: TradeSummary) -> None:
        """Raise where the strategies do not add up to the account, where that can be known exactly."""
        positions = reconciliation.all_positions(run)
        booked = any(v.get("modules") for v in run.accounts.venues)
        if self._attribution and not booked:
            change: Decimal = result.equity[-1] - result.start - result.revaluation
            self._attribution.require_whole(change, reconciliation.rounding(run, len(positions), result))


def _objects(run: Observed) -> dict[str, Any]:
    """The engine's strategies by their names in the spec."""
    return {r.component.name: r.instance for r in run.running if r.component.is_strategy and r.instance is not None}


def strategy_names(run: Observed) -> dict[str, str]:
    """Names of the strategies by the ids that their positions carry."""
    return {r.strategy_id: r.component.name for r in run.running if r.component.is_strategy}
