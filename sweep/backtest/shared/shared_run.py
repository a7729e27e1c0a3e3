"""Many trials in one pass over the market: one engine, one strategy for each of them.

What the trials share, data and venues, is replayed once. A pack gives the figures of those that can be told apart, and
for each of the others the reason why it has to be run isolated.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nautilus_trader.common import ComponentState
from nautilus_trader.model import BarType

from sweep.backtest.accounting.accounts import ZERO
from sweep.backtest.accounting.intraday_equity import Steps
from sweep.backtest.data.batches import CUSTOM_CLIENT, FeedPart
from sweep.backtest.data.quote_arrays import QuoteArrays
from sweep.backtest.data.trading_days import TradingDay
from sweep.backtest.data.windows import WindowCache, shared_cache
from sweep.backtest.engine.backtest_run import WINDOW_ROWS, BacktestRun
from sweep.backtest.engine.engine_factory import only_engine
from sweep.backtest.engine.error_log import error_log
from sweep.backtest.engine.guards import require_nothing_hidden
from sweep.backtest.engine.running_component import RunningComponent
from sweep.backtest.engine.subscription_guards import never_delivered
from sweep.backtest.setup.builder import build
from sweep.backtest.shared.audit import PackOrders
from sweep.backtest.shared.margin_check import widened
from sweep.backtest.shared.order_rules import rates_of
from sweep.backtest.shared.participant import Participant
from sweep.backtest.shared.quote_filter import FilterScope, QuoteFilter, QuoteTimeline, delays
from sweep.backtest.shared.shared_guard import SharedRunGuard
from sweep.backtest.shared.subscription_hub import SubscriptionHub, last_data
from sweep.backtest.user_code.source_checks.hidden_attributes import hidden_by
from sweep.errors import Reason, TrialError
from sweep.trial import Result, Rung

ROUNDS = 3  # times that a pack which broke is tried without those that left, before it falls apart
ROOM = 100  # times the starting balances of all trials: those that have left still trade, and must bind nobody


def run(
    settings: Sequence[tuple[Mapping[str, Any], Sequence[Rung]]],
    *,
    rows: int = WINDOW_ROWS,
    cache: WindowCache | None = None,
    begins: Callable[[], None] = lambda: None,
) -> list[Result | str]:
    """For each resolved backtest, with its rungs, the figures that it would have alone, or why it must run alone.

    They must differ in the strategy's config only (`sweep.backtest.shared.eligibility`). Never raises for a trial.
    `begins` is called before each window.
    """
    results: dict[int, Result | str] = {}
    waiting: dict[int, Participant] = {}
    for n, (backtest, rungs) in enumerate(settings):
        parts, problems = build(backtest)
        if parts is None:
            results[n] = str(problems[0])
        else:
            waiting[n] = Participant(parts, rungs)
    first, why, filters = settings[0][0], "", True
    for _ in range(ROUNDS):
        try:
            why = (
                attempt(first, list(waiting.values()), cache or shared_cache(), rows, begins, filters=filters)
                if waiting
                else ""
            )
        except HistoryWanted:
            left, filters = waiting, False
        else:
            results |= {n: p.why or p.result for n, p in waiting.items() if p.why or not why}
            left = {n: p for n, p in waiting.items() if n not in results}
            if not left or len(left) == len(waiting):
                break
        waiting = {n: Participant(build(settings[n][0])[0] or p.parts, p.rungs) for n, p in left.items()}
    return [results.get(n, why) for n in range(len(settings))]


class HistoryWanted(Exception):  # noqa: N818 (nothing went wrong)
    """A strategy asked for quotes that were left out: the pack is to be replayed with all of them."""


def attempt(
    first: Mapping[str, Any],
    participants: Sequence[Participant],
    cache: WindowCache,
    rows: int,
    begins: Callable[[], None],
    *,
    filters: bool,
) -> str:
    """Replay the market for these participants; why the pack as a whole came to nothing, "" where it did not.

    `first` is the backtest of one of them. With `filters` quotes that nobody can notice are left out.
    """
    with only_engine():
        pack: SharedRun | None = None
        try:
            pack = SharedRun(first, participants, cache, filters=filters)
            pack.begins = begins
            pack.run(rows, ())
            pack.share_timing()
        except TrialError as error:
            error_log().drain()
            return f"the pack broke: {error.message}"
        finally:
            if pack:
                pack.dispose()
    return ""


class SharedRun(BacktestRun):
    """One engine with a strategy for each participant."""

    begins: Callable[[], None]  # called before each window

    def __init__(
        self, first: Mapping[str, Any], participants: Sequence[Participant], cache: WindowCache, *, filters: bool
    ) -> None:
        self.participants, self.hub = participants, SubscriptionHub()
        parts = participants[0].parts
        venues = tuple(widened(venue, ROOM * len(participants)) for venue in parts.venues)
        engine = {"risk_engine": rates_of(len(participants))}
        super().__init__(str(first["catalog"]), replace(parts, venues=venues, engine=engine), cache)
        self.hub.delays, self.hub.participants = delays(first), participants
        engine_cache: Any = self.engine.cache  # the engine itself cannot be asked while it runs
        bar_types = [BarType.from_str(name) for e in self.feed.entries if e.kind == "Bar" for name in e.identifiers]
        self.hub.last_data = lambda: last_data(engine_cache, self.instruments, bar_types)
        reach = FilterScope.of(first, parts.entries, self.instruments) if filters else None
        self.clocks = [participant.strategy.clock for participant in self._constructed()]
        self.quote_filter = QuoteFilter(reach, self.engine.cache, self.hub, self._alarm) if reach else None
        self.quotes = QuoteArrays(
            [file for e in self.feed.entries if e.kind == "QuoteTick" for file in self.feed.files[e]]
        )

    def _add_components(self) -> None:
        self.guard = SharedRunGuard(packages=self.parts.packages, code=self.parts.code)
        for participant in self.participants:
            self._participant(participant)
        (component,) = self.parts.components
        present = [RunningComponent(component, p.strategy) for p in self.participants if p.is_present]
        if not present:
            self.engine.dispose()
            raise TrialError(Reason.GUARD, "nobody was left")
        self.running = present[:1]
        self.clock = present[0].instance.clock

    def _participant(self, participant: Participant) -> None:
        try:
            with self.guard.constructing():
                strategy = participant.construct(self.hub)
            require_nothing_hidden(strategy)
            self.engine.add_strategy(strategy)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 (isolated it is raised again, and said)
            participant.leave_by(error, f"its constructor raised {type(error).__name__}")
        else:
            participant.attach(strategy, self.instruments, self.calendar)

    def _begin(self, rungs: Sequence[Rung], days: Sequence[TradingDay]) -> None:  # noqa: ARG002 (each participant has its own)
        self.steps = Steps.of(self.survey.counts, days)
        count = self.feed.market_days(self.survey.counts, days)
        for participant in self._present():
            participant.begin(self, count, self.steps.anew())

    def _run(self, part: FeedPart) -> None:
        """Have the engine replay what somebody could notice of a window."""
        self.begins()
        if self.quote_filter is None or self.hub.needs_all or (track := self._track(part)) is None:
            super()._run(part)
        else:
            self._count_all(part)
            with self.phase("run"):
                self.guard.call(self.engine.run, streaming=True, steps=self._filtered(self.quote_filter, track))
        self._require_history()

    def _require_history(self) -> None:
        """Whoever looks back must find all quotes there."""
        if self.skipped and self.hub.wants_history:
            raise HistoryWanted

    def _track(self, part: FeedPart) -> QuoteTimeline | None:
        """Quote timeline of a part, cached with it for the next pack."""
        if "track" not in part.notes:
            with self.phase("decode"):
                part.notes["track"] = QuoteTimeline.of(part, self.quotes.between(part.bounds))
        return part.notes["track"]

    def _filtered(self, quote_filter: QuoteFilter, track: QuoteTimeline) -> Iterator[None]:
        """Add what is not left out, stretch by stretch; each is run in between."""
        before = 0
        for start, end in quote_filter.stretches(track):
            self.skipped += start - before
            before = end
            self.engine.clear_data()
            has_custom = bisect_left(track.custom, start) < bisect_left(track.custom, end)
            self._add(track.events[start:end], CUSTOM_CLIENT if has_custom else None)
            self.engine.sort_data()
            yield

    def _alarm(self) -> int | None:
        """Time of the next timer of a strategy."""
        named = ((clock, name) for clock in self.clocks for name in clock.timer_names())
        due = [t for clock, name in named if (t := clock.next_time_ns(name)) is not None]
        return min(due, default=None)

    def _present(self) -> list[Participant]:
        return [participant for participant in self.participants if participant.is_present]

    def _close_step(self) -> None:
        with self.phase("measure"):
            for participant in self._present():
                participant.steps.read(participant.equity_now)

    def _close_day(self) -> bool:
        self.hub.judge()
        self._require_own_watches()
        self._require_attributed()
        self.engine.cache.purge_account_events(self.now(), 0)  # they are read out with it
        with self.phase("measure"):
            self.orders = PackOrders(self.engine.cache)
            for participant in self._present():
                participant.close_day()
        return bool(self._present())

    def _end(self) -> None:
        for participant in self._constructed():
            participant.stopping()
        super()._end()
        self._require_history()
        self.hub.judge()
        self.hub.part()

    def _constructed(self) -> list[Participant]:
        return [participant for participant in self.participants if participant.strategy is not None]

    def _require_own_watches(self) -> None:
        for participant in self.participants:
            if participant.guard.interrupt:
                raise participant.guard.interrupt

    def _require_attributed(self) -> None:
        """Raise TrialError unless the accounts gained what the strategies gained, to the cent."""
        constructed = self._constructed()
        for venue in self.parts.venues:
            ((_, total),) = self.accounts.account(venue).balances_total().items()
            gained = total.as_decimal() - venue["starting_balances"][0].as_decimal()
            mine = [
                next(v for v in participant.parts.venues if v["venue"] == venue["venue"]) for participant in constructed
            ]
            gains = (
                participant.balance(v) - v["starting_balances"][0].as_decimal()
                for participant, v in zip(constructed, mine, strict=True)
            )
            if gained != (attributed := sum(gains, ZERO)):
                raise TrialError(Reason.GUARD, f"{venue['venue']} gained {gained}, its strategies {attributed}")

    def _settle(self) -> None:
        self._require_own_watches()
        self.guard.settle()
        self._require_all_processed()
        for participant in self._constructed():
            participant.stopped()
        self._require_attributed()
        custom = [e.kind for e in self.parts.entries if e.custom]
        with self.phase("measure"):
            self.orders = PackOrders(self.engine.cache)
            for participant in self._present():
                self._finish(participant, custom)

    def _finish(self, participant: Participant, custom: Sequence[str]) -> None:
        if hidden_by(participant.strategy):
            return participant.leave("it hides an attribute of the engine's")
        if participant.strategy.state() != ComponentState.STOPPED:
            return participant.leave("it did not end in state STOPPED")
        try:
            never_delivered(participant.guard, custom, participant.deliverable)
        except TrialError as error:
            return participant.leave(error.message)
        participant.close_day(ended=True)
        if participant.is_present:
            participant.settle()
        return None

    def share_timing(self) -> None:
        """Give each trial its share of the time."""
        timing = {phase: spent / len(self.participants) for phase, spent in self.timing.items()}
        for participant in self.participants:
            if not participant.why:
                participant.result = replace(participant.result, timing=timing)
