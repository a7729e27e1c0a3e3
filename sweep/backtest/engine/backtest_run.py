"""One replay: a fresh engine, fed window by window, watched, measured, thrown away.

Never `reset()`: a used engine does not seed its models again. Never two engines in one process: building a second one
makes the first trade nothing, silently.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from nautilus_trader.backtest import BacktestEngine
from nautilus_trader.model import InstrumentClass

from sweep.backtest.accounting import reconciliation
from sweep.backtest.accounting.accounts import Accounts
from sweep.backtest.accounting.expiration import Expirations
from sweep.backtest.accounting.intraday_equity import Steps
from sweep.backtest.accounting.marks import mark_of_event
from sweep.backtest.accounting.record_builder import fill_trail, finished
from sweep.backtest.data import preflight
from sweep.backtest.data.feed import DataWindow, Feed
from sweep.backtest.data.option_chains import Chains
from sweep.backtest.data.subscriptions import Deliverable
from sweep.backtest.data.trading_days import TradingDay, common, sessions
from sweep.backtest.data.windows import WindowCache, shared_cache
from sweep.backtest.engine.controller_slot import ControllerSlot
from sweep.backtest.engine.engine_factory import add_component, build_engine, only_engine
from sweep.backtest.engine.error_log import error_log
from sweep.backtest.engine.extra_figures import ExtraFigures, strategy_names
from sweep.backtest.engine.fed_engine import FedEngine
from sweep.backtest.engine.guards import Guard, GuardTripped
from sweep.backtest.engine.history import History
from sweep.backtest.engine.instrumentation import instrument
from sweep.backtest.engine.pruning_checks import RungSchedule
from sweep.backtest.engine.running_component import RunningComponent, own_clock
from sweep.backtest.engine.subscription_guards import never_delivered, require_managed_book
from sweep.backtest.metrics import custom
from sweep.backtest.metrics.builtin import TradeSummary, metrics
from sweep.backtest.metrics.daily import daily_returns
from sweep.backtest.records import NOTHING, BacktestRecord, Hooks
from sweep.backtest.setup.builder import BacktestSetup, build
from sweep.backtest.setup.components import Component
from sweep.backtest.user_code.file_reads import read_at_import
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError
from sweep.trial import Metrics, Result, Rung, State

WINDOW_ROWS = 50_000  # per window: a catalog query costs milliseconds whatever its size, a decoded row 220 bytes


def run(
    backtest: Mapping[str, Any],
    rungs: Sequence[Rung] = (),
    *,
    look: Hooks = NOTHING,
    rows: int = WINDOW_ROWS,
    cache: WindowCache | None = None,
) -> Result:
    """The figures of one isolated backtest. Raises TrialError when any guard trips.

    It ends at a rung whose bounds it does not keep; otherwise rungs change nothing. `look` is how to look into it.
    `rows` is how many quotes a window holds, or as much of other data as takes their memory; results do
    not depend on it, nor on `cache`.
    """
    parts, problems = build(backtest)
    if parts is None:
        raise TrialError(Reason.PARAMETERS, "\n".join(map(str, problems)))
    with only_engine():
        replay = BacktestRun(str(backtest["catalog"]), parts, cache or shared_cache(), look)
        try:
            replay.run(rows, rungs)
            return replay.result()
        except BaseException:
            error_log().drain()
            raise
        finally:
            replay.dispose()


class BacktestRun(FedEngine):
    """One engine from its first event to its figures."""

    def __init__(self, catalog: str, parts: BacktestSetup, cache: WindowCache, look: Hooks = NOTHING) -> None:
        super().__init__()
        self.parts, self.cache, self.look = parts, cache, look
        self.guard = Guard(packages=parts.packages, code=parts.code, catalog=catalog, look=look)
        self._note_imports()
        self.days: list[str] = []
        self.equity: list[Decimal] = []
        self.is_pruned = False
        self.extras = ExtraFigures(parts, self.guard.trip)
        with self.phase("plan"):
            self.feed = Feed(catalog, parts.entries, parts.start, parts.end, cache, parts.perturbation)
            self.chains = Chains(self.feed, cache)
            listed = self.feed.instruments()
            self.instruments = listed + self.chains.instruments
            traits = [*map(preflight.traits, listed), *self.chains.traits]
            self.survey = self.feed.survey(cache)
            self.warnings = preflight.check(self.feed, self.survey, traits, parts.venues)
            self.calendar = common(t.calendar for t in traits)
        with self.phase("build"):
            self._listen()
            self.running = list[RunningComponent]()
            self.engine = self._engine()
            self.accounts = Accounts(self.engine.cache, parts.venues, self.instruments, parts.entries)
            self._add_components()
            self.guard.now = self.now
            self.expirations = Expirations(self.feed, self.instruments, self.now)
            if any(i.instrument_class == InstrumentClass.OPTION for i in self.instruments):
                self.accounts.expired = self.expirations.worth

    def _note_imports(self) -> None:
        """Judge the files that modules read when they were imported, in this trial or an earlier one."""
        try:
            for read in read_at_import(lambda: self.parts.modules().values()):
                self.guard.opened(read)
        except GuardTripped:
            self.guard.settle()

    def _listen(self) -> None:
        """Have the guard hear what user code subscribes to and asks for."""
        self.guard.listening = self.chains.listening
        self.deliverable = Deliverable(
            self.parts.entries, self.chains.members, self.parts.allowed, self.parts.can_publish
        )
        self.history = History(self.feed, self.guard, self.deliverable, self.parts.history)

    def _guarded(self, component: Component) -> type[Any]:
        kind = instrument(component, self.guard, self.deliverable, self.history, self.extras.wrap_orders)
        return self.extras.ordered(kind)

    def _engine(self) -> BacktestEngine:
        """The engine, with its controller if there is one."""
        settings = dict(self.parts.engine)
        for controller in self.parts.controllers:
            slot = ControllerSlot(self.guard, self._guarded, self._runs, self.parts.modules)
            settings["controller"] = slot.config(controller)
        try:
            return build_engine(self.parts.venues, self.instruments, settings)
        except TrialError:
            self.guard.settle()
            raise

    def _runs(self, component: Component, instance: Any) -> None:
        self.running.append(RunningComponent(component, instance))

    def _add_components(self) -> None:
        """Add what the backtest runs to the engine."""
        self.extras.watch(self.engine, self.guard.raised)
        for c in self.parts.components:
            if c.role.add:
                self._runs(c, add_component(self.engine, self.guard, c, None if c.native else self._guarded(c)))
        objects = [each.instance for each in self.running if each.instance is not None]
        self.clock = objects[0].clock if objects else own_clock(self.engine)

    def run(self, rows: int, rungs: Sequence[Rung]) -> None:
        """Replay every window, reading the equity at each day's end; the last reading is after the strategy's stop.

        A replay that is pruned ends at a day's end, without a stop.
        """
        with self.phase("plan"):
            days = sessions(self.calendar, self.parts.start, self.parts.end)
            self._open_rates()
            self._begin(rungs, days)
        windows = self.feed.windows(self.survey, days, rows, self.cache, self.steps.width)
        while (window := self._decode(windows)) is not None:
            self._replay(window)
            if window.closes_step:
                self._close_step()
            if window.closes_session and not self.feed.perturbed:  # which loses and delays rows
                preflight.require_complete(sum(self.fed.values()), self.survey, window.session)
            if window.closes_session and window.is_market_day:
                self.days.append(window.session.day)
                self.minutes.close_day(self.now())
                if not self._close_day():
                    return
        self._end()
        self._settle()

    def _end(self) -> None:
        with self.phase("run"):
            self.guard.call(self.engine.end, is_last=True)

    def _begin(self, rungs: Sequence[Rung], days: Sequence[TradingDay]) -> None:
        self.start = self.accounts.starting_equity()
        self.ladder = RungSchedule(rungs, self.feed.market_days(self.survey.counts, days) if rungs else 0)
        self.steps = Steps.of(self.survey.counts, days)
        self.extras.begin(self)

    def _close_step(self) -> None:
        with self.phase("measure"):
            self.steps.read(self.accounts.equity)

    def _close_day(self) -> bool:
        """Read the equity; True if the replay goes on."""
        self.equity.append(self._equity())
        with self.phase("measure"):
            self.extras.close_day(len(self.equity) - 1)
        return self._passes()

    def _passes(self) -> bool:
        """Return True if the replay goes on after the day that ended."""
        if not self.ladder.is_due(len(self.days)):
            return True
        self.guard.rest()  # a user's own metrics are not watched
        with self.phase("measure"):
            returns = daily_returns(self.start, self.equity)
            figures = metrics(reconciliation.measure(self)) | self.extras.figures(self)
            figures |= self._own_figures(dict(figures))
            self.is_pruned = not self.ladder.judge(len(self.days), figures, returns)
        return not self.is_pruned

    def _open_rates(self) -> None:
        """First marks of the pairs, to value balances before a pair's first data."""
        starting = self.accounts.starting_balances()
        if len(starting) > 1 or self.accounts.currency not in starting:
            for pair in self.accounts.pairs:
                for event in self.feed.first_prices(self.survey, str(pair.id)):
                    if mark := mark_of_event(event):
                        self.accounts.opening.setdefault(str(pair.id), mark)

    def _decode(self, windows: Iterator[DataWindow]) -> DataWindow | None:
        with self.phase("decode"):
            return next(windows, None)

    def _settle(self) -> None:
        """The guards that can only be judged at the end."""
        self.guard.settle()
        self._require_all_processed()
        for each in self.running:
            each.require_stopped()
        never_delivered(self.guard, (e.kind for e in self.parts.entries if e.custom), self.deliverable)
        require_managed_book(self.guard)
        self.expirations.has_ended = True
        self.equity[-1] = self._equity()
        self.steps.settle(self.equity[-1])
        with self.phase("measure"):
            self.extras.settle(len(self.equity) - 1)

    def _equity(self) -> Decimal:
        """Equity now, in the reporting currency; an account that is blown ends the trial."""
        with self.phase("measure"):
            value = self.accounts.equity()
        if value <= 0:
            at = moment_of(self.now())
            raise TrialError(Reason.BLOWN, f"the account is blown: equity {value} {self.accounts.currency} at {at}")
        return value

    def result(self) -> Result:
        """The figures. Raises TrialError when they do not add up.

        All but those of the user's own metrics are text before these are called: whatever one reaches, it changes none.
        """
        with self.phase("measure"):
            text = json.dumps(self._measured(reconciliation.tally(self)).plain())
            own = self._own_figures(json.loads(text)["metrics"])
            result = Result.of(json.loads(text))
            figures = result.metrics | own
            if self.look.keep:  # another record: a metric may have reached into its own
                self.look.keep(self._record(figures))
        return replace(result, metrics=figures, stats=result.stats | {"figures": figures}, timing=self.timing)

    def _measured(self, result: TradeSummary) -> Result:
        """All that is measured but the user's own metrics."""
        figures = metrics(result) | self.extras.figures(self)
        stats = reconciliation.statistics(self.engine.get_result())
        stats |= reconciliation.terms(self, self._kinds(), self.events)
        self.extras.require_whole(self, result)
        stats |= {"figures": figures} | result.trade_statistics() | self.extras.statistics()
        warnings = [*self.warnings, *self.guard.warnings(), *reconciliation.warnings(self, result)]
        warnings += [*self.guard.silent(), *self.extras.warnings()]
        steps, parts = self.steps.returns(self.start)
        return Result(
            State.PRUNED if self.is_pruned else State.COMPLETE,
            figures,
            days=tuple(self.days),
            returns=daily_returns(self.start, self.equity),
            steps=steps,
            step_returns=parts,
            warnings=tuple(warnings),
            stats=stats,
            rungs=tuple(self.ladder.values),
            fills=fill_trail(self.engine.cache.orders()),
        )

    def _own_figures(self, figures: Metrics) -> Metrics:
        """The user's own metrics of the replay as it stands, which see these figures."""
        own = self.parts.metrics
        return custom.measure(own, self._record(figures)) if own else {}

    def _record(self, figures: Metrics) -> BacktestRecord:
        return finished(self, figures, self.parts.config, strategy_names(self))

    def dispose(self) -> None:
        """Free the engine, whatever the strategy's `on_dispose` does."""
        self.guard.rest()
        Guard().call(self.engine.dispose, is_last=True)
