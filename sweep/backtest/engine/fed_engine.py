"""Engine that is fed the market window by window."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from decimal import localcontext
from time import perf_counter
from typing import Any

from nautilus_trader.backtest import BacktestEngine
from nautilus_trader.model import InstrumentId

from sweep.backtest.accounting.accounts import MONEY, Accounts
from sweep.backtest.accounting.fills import fill_events
from sweep.backtest.accounting.market_minutes import MarketMinutes
from sweep.backtest.data.batches import CUSTOM_CLIENT, Batch, FeedPart
from sweep.backtest.data.feed import DataWindow, Feed
from sweep.backtest.data.option_chains import Chains, Rows
from sweep.backtest.data.windows import Bounds
from sweep.backtest.engine.error_log import error_log
from sweep.backtest.engine.guards import Guard
from sweep.backtest.engine.running_component import RunningComponent
from sweep.backtest.user_code import call_monitor
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError

COMPUTED = {"plan", "measure"}  # phases without user code


class FedEngine:
    """An engine with its components, and counts of the events that it was given."""

    engine: BacktestEngine
    running: list[RunningComponent]
    clock: Any  # of one of the components, at the event time
    feed: Feed
    chains: Chains
    accounts: Accounts
    guard: Guard

    def __init__(self) -> None:
        self.timing: dict[str, float] = {}  # seconds by phase
        self.fed: dict[str, int] = {}  # rows of the catalog by kind
        self.played = 0  # events that the engine was given; several deltas of a book are one
        self.skipped = 0  # of them those that no strategy could notice (shared/quote_filter.py)
        self.minutes = MarketMinutes()
        self.hours: dict[str, tuple[int, int]] = {}  # of each day: times of its first and its last market data

    def now(self) -> int:
        """The event time, nanoseconds."""
        return self.clock.timestamp_ns()

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """Add the time spent inside to `timing`."""
        started = perf_counter()
        try:
            with localcontext(MONEY) if name in COMPUTED else nullcontext():
                yield
        finally:
            self.timing[name] = self.timing.get(name, 0.0) + perf_counter() - started

    def _replay(self, window: DataWindow) -> None:
        """Feed one window and run it; raises as soon as anything has gone wrong."""
        part = window.part
        if window.begins:
            call_monitor.restart()
        if not part.batches:
            return  # a dense minute is cut in even parts, some of them empty; the engine cannot run on nothing
        self._note_hours(window)
        self._run(part)
        self.guard.settle()
        self._require_all_processed()
        with self.phase("feed"):
            self.minutes.follow(part, self.accounts.marks)
            self._let_quotes_go()
            self.engine.clear_data()

    def _let_quotes_go(self) -> None:
        """Compare the fills so far with the quotes before them, where so many quotes are kept for it."""
        if self.minutes.quotes.is_full:
            self.minutes.quotes.settle(fill_events(self.engine.cache.orders()))

    def _run(self, part: FeedPart) -> None:
        """Have the engine replay the events of a window."""
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
        """Add a window stretch by stretch, with the quotes of the option chains; each is run in between."""
        listed = [(batch, Rows.of(batch.fresh())) for batch in part.batches]
        try:
            for stretch in self.chains.stretches(part.bounds, [rows for _, rows in listed], self._alarms):
                if self._fill(stretch, listed):
                    yield
                self.chains.release(self._holds_nothing)
        except TrialError as error:  # raised in here it would pass for the strategy's
            self.guard.failure = self.guard.failure or error

    def _fill(self, stretch: Bounds, listed: Sequence[tuple[Batch, Rows]]) -> bool:
        """Give the engine the events of a stretch; True if there are any."""
        self.engine.clear_data()
        self._let_quotes_go()
        fed = self.chains.fed + sum(self.fed.values())
        for quotes in self.chains.quotes(stretch):
            self._add(quotes)
            self.minutes.add(quotes)
        for batch, rows in listed:
            if events := rows.between(stretch.start, stretch.end):
                self._add(events, CUSTOM_CLIENT if batch.entry.custom else None)
                self._count(batch.between(stretch.start, stretch.end))
        self.engine.sort_data()
        return self.chains.fed + sum(self.fed.values()) > fed

    def _alarms(self) -> list[int]:
        """Times at which timers are due."""
        return [t for each in self.running for t in each.alarms()]

    def _holds_nothing(self, name: str) -> bool:
        """Return True if no strategy has a position or an order in a contract."""
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
        """Number of events of each kind that have been fed."""
        return self.fed | ({"QuoteTick of option chains": self.chains.fed} if self.chains.fed else {})

    @property
    def events(self) -> int:
        """Number of events that have been fed."""
        return sum(self.fed.values()) + self.chains.fed

    def _require_all_processed(self) -> None:
        """The engine stops at the first ERROR that it logs, and nothing but its count of events tells."""
        fed, processed = self.played + self.chains.fed - self.skipped, self.engine.iteration
        if processed != fed:
            at = moment_of(self.now())
            message = error_log().drain() or "an ERROR that is in the worker's log"
            if message.endswith(".execute'"):
                message += ": an order names an execution algorithm that `exec_algorithms:` does not list"
            raise TrialError(Reason.GUARD, f"the engine stopped after {processed} of {fed} events, at {at}: {message}")
