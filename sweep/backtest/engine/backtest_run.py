"""One replay: a fresh engine, fed window by window, watched, measured, thrown away.

Never `reset()`: a used engine does not seed its models again. Never two engines in one process: building a second one
makes the first trade nothing, silently.
"""

import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from time import perf_counter
from typing import Any

from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import ComponentState
from nautilus_trader.model import InstrumentClass, InstrumentId

from sweep.backtest.accounting import reconciliation
from sweep.backtest.accounting.accounts import Accounts
from sweep.backtest.accounting.expiration import Expirations
from sweep.backtest.accounting.marks import mark_of_event
from sweep.backtest.accounting.record_builder import fill_trail, finished
from sweep.backtest.data import preflight
from sweep.backtest.data.batches import CUSTOM_CLIENT, Batch, FeedPart
from sweep.backtest.data.feed import DataWindow, Feed
from sweep.backtest.data.option_chains import Chains, Rows
from sweep.backtest.data.subscriptions import Deliverable
from sweep.backtest.data.trading_days import TradingDay, common, sessions
from sweep.backtest.data.windows import Bounds, WindowCache, shared_cache
from sweep.backtest.engine.error_log import error_log
from sweep.backtest.engine.guards import Guard, GuardTripped, require_nothing_hidden
from sweep.backtest.engine.history import History
from sweep.backtest.engine.instrumentation import instrument
from sweep.backtest.engine.intraday_equity import Steps
from sweep.backtest.engine.pruning_checks import RungSchedule
from sweep.backtest.engine.subscription_guards import never_delivered, require_managed_book
from sweep.backtest.metrics import custom
from sweep.backtest.metrics.builtin import TradeSummary, daily_returns, metrics
from sweep.backtest.records import NOTHING, BacktestRecord, Hooks
from sweep.backtest.setup.builder import BacktestSetup, build
from sweep.backtest.user_code.file_reads import read_at_import
from sweep.common.import_tricks import hidden_package
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError
from sweep.trial import Metrics, Result, Rung, State

WINDOW_ROWS = 50_000  # per window: a catalog query costs milliseconds whatever its size, a decoded row 220 bytes

_engine = threading.Lock()


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


@contextmanager
def only_engine() -> Generator[None]:
    """Holds the process's one place for an engine."""
    if not _engine.acquire(blocking=False):
        raise TrialError(
            Reason.GUARD, "a backtest is already running in this process; run others in their own processes"
        )
    try:
        yield
    finally:
        _engine.release()


class BacktestRun:
    """One engine from its first event to its figures."""

    def __init__(self, catalog: str, parts: BacktestSetup, cache: WindowCache, look: Hooks = NOTHING) -> None:
        self.timing: dict[str, float] = {}
        self.parts, self.cache, self.look = parts, cache, look
        self.guard = Guard(packages=parts.packages, code=parts.code, catalog=catalog, look=look)
        self._note_imports()
        self.days: list[str] = []
        self.equity: list[Decimal] = []
        self.fed: dict[str, int] = {}  # rows of the catalog by kind
        self.played = 0  # events that the engine was given; several deltas of a book are one
        self.skipped = 0  # of them those that no strategy could notice (shared/quote_filter.py)
        self.hours: dict[str, tuple[int, int]] = {}  # of each day: times of its first and its last market data
        self.is_pruned = False
        with self.phase("plan"):
            self.feed = Feed(catalog, parts.entries, parts.start, parts.end, cache)
            self.chains = Chains(self.feed, cache)
            listed = self.feed.instruments()
            self.instruments = listed + self.chains.instruments
            traits = [*map(preflight.traits, listed), *self.chains.traits]
            self.survey = self.feed.survey(cache)
            self.warnings = preflight.check(self.feed, self.survey, traits, parts.venues)
            self.calendar = common(t.calendar for t in traits)
        with self.phase("build"):
            self.engine = self._engine()
            self.accounts = Accounts(self.engine.cache, parts.venues, self.instruments, parts.entries)
            self.strategy = self._strategy()
            self.expirations = Expirations(self.feed, self.instruments, self.strategy.clock.timestamp_ns)
            if any(i.instrument_class == InstrumentClass.OPTION for i in self.instruments):
                self.accounts.expired = self.expirations.worth

    def _note_imports(self) -> None:
        """Judge the files that modules read when they were imported, in this trial or an earlier one."""
        try:
            for read in read_at_import(lambda: self.parts.modules().values()):
                self.guard.opened(read)
        except GuardTripped:
            self.guard.settle()

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Add the time spent inside to `timing`."""
        started = perf_counter()
        try:
            yield
        finally:
            self.timing[name] = self.timing.get(name, 0.0) + perf_counter() - started

    def _engine(self) -> BacktestEngine:
        config = error_log().config()
        with hidden_package("pandas"):  # the engine would import it to log its version
            engine = BacktestEngine(BacktestEngineConfig(logging=config, shutdown_on_error=True, run_analysis=False))
        try:
            for venue in self.parts.venues:
                engine.add_venue(**venue)
            for instrument in self.instruments:
                engine.add_instrument(instrument)
        except Exception as error:  # the engine refuses what does not go together
            engine.dispose()
            raise TrialError(Reason.PARAMETERS, f"the engine refused the venue: {error}") from error
        return engine

    def _strategy(self) -> Any:
        self.guard.listening = self.chains.listening
        self.deliverable = Deliverable(
            self.parts.entries, self.chains.members, self.parts.allowed, self.parts.can_publish
        )
        history = History(self.feed, self.guard, self.deliverable, self.parts.history)
        kind = instrument(self.parts.strategy, self.guard, self.deliverable, history)
        arguments = () if self.parts.config is None else (self.parts.config,)
        try:
            with self.guard.constructing():
                strategy = kind(*arguments)
            require_nothing_hidden(strategy)
            self.engine.add_strategy(strategy)
        except (GuardTripped, TrialError):
            self.engine.dispose()
            self.guard.settle()
            raise
        except Exception as error:  # user code
            self.engine.dispose()
            message = f"{kind.__name__} could not be constructed: {type(error).__name__}: {error}"
            raise TrialError(Reason.PARAMETERS, message, traceback.format_exc()) from error
        self.guard.now = strategy.clock.timestamp_ns
        return strategy

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
            if window.closes_session:
                preflight.require_complete(sum(self.fed.values()), self.survey, window.session)
            if window.closes_session and window.is_market_day:
                self.days.append(window.session.day)
                if not self._close_day():
                    return
        self._end()
        self._settle()

    def _end(self) -> None:
        with self.phase("run"):
            self.guard.call(self.engine.end)

    def _begin(self, rungs: Sequence[Rung], days: Sequence[TradingDay]) -> None:
        self.start = self.accounts.starting_equity()
        self.ladder = RungSchedule(rungs, self.feed.market_days(self.survey.counts, days) if rungs else 0)
        self.steps = Steps.of(self.survey.counts, days)

    def _close_step(self) -> None:
        with self.phase("measure"):
            self.steps.read(self.accounts.equity)

    def _close_day(self) -> bool:
        """Read the equity; whether the replay goes on."""
        self.equity.append(self._equity())
        return self._passes()

    def _passes(self) -> bool:
        """Whether the replay goes on after the day that ended."""
        if not self.ladder.is_due(len(self.days)):
            return True
        with self.phase("measure"):
            returns = daily_returns(self.start, self.equity)
            self.is_pruned = not self.ladder.judge(len(self.days), self._figures(reconciliation.measure(self)), returns)
        return not self.is_pruned

    def _open_rates(self) -> None:
        """First marks of the pairs, to value balances before a pair's first data."""
        if (
            len(self.accounts.starting_balances()) > 1
            or self.accounts.currency not in self.accounts.starting_balances()
        ):
            for pair in self.accounts.pairs:
                for event in self.feed.first_prices(self.survey, str(pair.id)):
                    if mark := mark_of_event(event):
                        self.accounts.opening.setdefault(str(pair.id), mark)

    def _decode(self, windows: Iterator[DataWindow]) -> DataWindow | None:
        with self.phase("decode"):
            return next(windows, None)

    def _replay(self, window: DataWindow) -> None:
        """Feed one window and run it; raises as soon as anything has gone wrong."""
        part = window.part
        if not part.batches:
            return  # a dense minute is cut in even parts, some of them empty; the engine cannot run on nothing
        self._note_hours(window)
        self._run(part)
        self.guard.settle()
        self._require_all_processed()
        with self.phase("feed"):
            for batch in part.batches:
                self.accounts.marks.follow(batch.entry.kind, batch.events)
            self.engine.clear_data()

    def _run(self, part: FeedPart) -> None:
        """Have the engine replay what a window holds."""
        if self.chains.members:
            with self.phase("run"):
                self.guard.call(self.engine.run, streaming=True, steps=self._stretches(part))
            return
        with self.phase("feed"):
            for stream in part.streams:
                self._add(stream.fresh(), stream.client_id)
            self._count_all(part)
            self.engine.sort_data()
        with self.phase("run"):
            self.guard.call(self.engine.run, streaming=True)

    def _add(self, events: Sequence[Any], client_id: Any = None) -> None:
        self.engine.add_data(events, client_id=client_id, validate=False, sort=False)

    def _count_all(self, part: FeedPart) -> None:
        for batch in part.batches:
            self._count(batch)

    def _count(self, batch: Batch) -> None:
        self.fed[batch.entry.kind] = self.fed.get(batch.entry.kind, 0) + batch.rows
        self.played += len(batch.events)

    def _stretches(self, part: FeedPart) -> Iterator[None]:
        """Add a window stretch by stretch, with what the strategy hears of option chains; each is run in between."""
        listed = [(batch, Rows.of(batch.fresh())) for batch in part.batches]
        try:
            for stretch in self.chains.stretches(part.bounds, [rows for _, rows in listed], self._alarms):
                if self._fill(stretch, listed):
                    yield
                self.chains.release(self._holds_nothing)
        except TrialError as error:  # raised in here it would pass for the strategy's
            self.guard.failure = self.guard.failure or error

    def _fill(self, stretch: Bounds, listed: Sequence[tuple[Batch, Rows]]) -> bool:
        """Give the engine what a stretch holds; whether that is anything."""
        self.engine.clear_data()
        fed = self.chains.fed + sum(self.fed.values())
        for quotes in self.chains.quotes(stretch):
            self._add(quotes)
        for batch, rows in listed:
            if events := rows.between(stretch.start, stretch.end):
                self._add(events, CUSTOM_CLIENT if batch.entry.custom else None)
                self._count(batch.between(stretch.start, stretch.end))
        self.engine.sort_data()
        return self.chains.fed + sum(self.fed.values()) > fed

    def _alarms(self) -> list[int]:
        """When the strategy's timers are due."""
        clock = self.strategy.clock
        return [t for name in clock.timer_names() if (t := clock.next_time_ns(name)) is not None]

    def _holds_nothing(self, name: str) -> bool:
        """Whether the strategy has neither a position nor an order in a contract."""
        cache, instrument = self.engine.cache, InstrumentId.from_str(name)
        orders = (*cache.orders_open(instrument_id=instrument), *cache.orders_inflight(instrument_id=instrument))
        return not orders and not cache.positions_open(instrument_id=instrument)

    def _note_hours(self, window: DataWindow) -> None:
        for batch in window.part.batches:
            if not batch.entry.custom or self.feed.only_events:
                first, last = batch.events[0].ts_init, batch.events[-1].ts_init
                earliest, latest = self.hours.get(window.session.day, (first, last))
                self.hours[window.session.day] = min(first, earliest), max(last, latest)

    def _kinds(self) -> dict[str, int]:
        """How many events of each kind have been fed."""
        return self.fed | ({"QuoteTick of option chains": self.chains.fed} if self.chains.fed else {})

    @property
    def events(self) -> int:
        """How many have been fed."""
        return sum(self.fed.values()) + self.chains.fed

    def _require_all_processed(self) -> None:
        """The engine stops at the first ERROR that it logs, and nothing but its count of events tells."""
        fed, done = self.played + self.chains.fed - self.skipped, self.engine.iteration
        if done != fed:
            at = moment_of(self.strategy.clock.timestamp_ns())
            said = error_log().drain() or "an ERROR that is in the worker's log"
            raise TrialError(Reason.GUARD, f"the engine stopped after {done} of {fed} events, at {at}: {said}")

    def _settle(self) -> None:
        """The guards that can only be judged at the end."""
        self.guard.settle()
        self._require_all_processed()
        require_nothing_hidden(self.strategy)
        state = self.strategy.state()
        name = str(state).rpartition(".")[2]
        if state != ComponentState.STOPPED:
            raise TrialError(Reason.GUARD, f"the strategy ended in state {name}, not STOPPED")
        never_delivered(self.guard, (e.kind for e in self.parts.entries if e.custom), self.deliverable)
        require_managed_book(self.guard)
        self.expirations.has_ended = True
        self.equity[-1] = self._equity()
        self.steps.settle(self.equity[-1])

    def _equity(self) -> Decimal:
        """Equity now, in the reporting currency; an account that is blown ends the trial."""
        with self.phase("measure"):
            value = self.accounts.equity()
        if value <= 0:
            at = moment_of(self.strategy.clock.timestamp_ns())
            raise TrialError(Reason.BLOWN, f"the account is blown: equity {value} {self.accounts.currency} at {at}")
        return value

    def result(self) -> Result:
        """The figures. Raises TrialError when they do not add up."""
        with self.phase("measure"):
            result = reconciliation.tally(self)
            figures = self._figures(result, self.look.keep)
            returns = daily_returns(self.start, self.equity)
            stats = reconciliation.statistics(self.engine.get_result()) | reconciliation.terms(
                self, self._kinds(), self.events
            )
            stats |= {"figures": figures, "closed": [float(pnl) for pnl in result.closed]}
            fills = fill_trail(self.engine.cache.orders())
            warnings = [*self.warnings, *self.guard.warnings(), *reconciliation.warnings(self, result)]
            warnings += self.guard.silent()
        rungs = tuple(self.ladder.values)
        steps, parts = self.steps.returns(self.start)
        return Result(
            State.PRUNED if self.is_pruned else State.COMPLETE,
            figures,
            days=tuple(self.days),
            returns=returns,
            steps=steps,
            step_returns=parts,
            warnings=tuple(warnings),
            stats=stats,
            timing=self.timing,
            rungs=rungs,
            fills=fills,
        )

    def _figures(self, result: TradeSummary, keep: Callable[[BacktestRecord], None] | None = None) -> Metrics:
        """The metrics, those of the user's own after ours."""
        figures = metrics(result)
        if keep or self.parts.metrics:
            trial = finished(self, figures, self.parts.given)
            figures |= custom.measure(self.parts.metrics, trial)
            if keep:
                keep(trial)
        return figures

    def dispose(self) -> None:
        """Free the engine, whatever the strategy's `on_dispose` does."""
        quiet = Guard()
        quiet.call(self.engine.dispose)
