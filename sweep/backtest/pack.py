"""Many trials in one pass over the market: one engine, one strategy for each of them.

What the trials share, data and venues, is replayed once. A pack gives the figures of those that can be told apart, and
for each of the others the reason why it has to be run isolated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nautilus_trader import model
from nautilus_trader.common import ComponentState

from sweep.backtest import purity
from sweep.backtest.account import ZERO
from sweep.backtest.build import build
from sweep.backtest.engine import WINDOW_ROWS, Replay, only_engine
from sweep.backtest.guard import Watch, never_delivered
from sweep.backtest.logs import error_log
from sweep.backtest.monitor import Call
from sweep.backtest.origins import is_user_code
from sweep.backtest.outcome import Outcome
from sweep.backtest.relay import Relay
from sweep.backtest.seat import Left, Seat
from sweep.backtest.sessions import Session
from sweep.backtest.steps import Steps
from sweep.backtest.windows import WindowCache, shared_cache
from sweep.errors import TrialError
from sweep.trial import Reason, Rung

ROUNDS = 3  # times that a pack which broke is tried without those that left, before it falls apart
ROOM = 100  # times the starting balances of all trials: those that have left still trade, and must bind nobody


def run(
    settings: Sequence[tuple[Mapping[str, Any], Sequence[Rung]]],
    *,
    rows: int = WINDOW_ROWS,
    cache: WindowCache | None = None,
) -> list[Outcome | str]:
    """For each resolved backtest, with its rungs, the figures that it would have alone, or why it must run alone.

    They must differ in the strategy's config only (`sweep.backtest.eligible`). Never raises for a trial.
    """
    found: dict[int, Outcome | str] = {}
    seats: dict[int, Seat] = {}
    for n, (backtest, rungs) in enumerate(settings):
        parts, problems = build(backtest)
        if parts is None:
            found[n] = str(problems[0])
        else:
            seats[n] = Seat(parts, rungs)
    catalog = str(settings[0][0]["catalog"])
    why = ""
    for _ in range(ROUNDS):
        why = attempt(catalog, list(seats.values()), cache or shared_cache(), rows) if seats else ""
        found |= {n: seat.why or seat.outcome for n, seat in seats.items() if seat.why or not why}
        left = {n: seat for n, seat in seats.items() if n not in found}
        if not left or len(left) == len(seats):
            break
        seats = {n: Seat(build(settings[n][0])[0] or seat.parts, seat.rungs) for n, seat in left.items()}
    return [found.get(n, why) for n in range(len(settings))]


def attempt(catalog: str, seats: Sequence[Seat], cache: WindowCache, rows: int) -> str:
    """Replay the market for these seats; why the pack as a whole came to nothing, "" where it did not."""
    with only_engine():
        pack: Pack | None = None
        try:
            pack = Pack(catalog, seats, cache)
            pack.run(rows, ())
            pack.share_timing()
        except TrialError as error:
            error_log().drain()
            return f"the pack broke: {error.message}"
        finally:
            if pack:
                pack.dispose()
    return ""


class PackWatch(Watch):
    """What goes wrong outside of the callbacks of a seat; inside of one, whoever it is leaves."""

    def trip(self, message: str) -> Any:
        """Leave the user's code."""
        raise Left(message)

    def called(self, call: Call) -> None:
        """Also trip at random numbers of the whole process: between strategies they come in another order."""
        name = purity.full_name(call.function)
        if (purity.shared(name) or name in SEEDS) and is_user_code(call.code.co_filename, self.packages):
            self.trip(f"{name}, random numbers that all strategies of the process share")
        super().called(call)


SEEDS = {f"{module}.seed" for module in purity.SHARED}


class Pack(Replay):
    """One engine with a strategy for each seat."""

    def __init__(self, catalog: str, seats: Sequence[Seat], cache: WindowCache) -> None:
        self.seats, self.relay = seats, Relay()
        first = seats[0].parts
        venues = tuple(widened(venue, ROOM * len(seats)) for venue in first.venues)
        super().__init__(catalog, replace(first, venues=venues), cache)

    def _strategy(self) -> Any:
        self.watch = PackWatch(packages=self.parts.packages)
        for seat in self.seats:
            self._seat(seat)
        present = [seat.strategy for seat in self.seats if seat.is_present]
        if not present:
            self.engine.dispose()
            raise TrialError(Reason.GUARD, "nobody was left")
        self.watch.now = present[0].clock.timestamp_ns
        return present[0]

    def _seat(self, seat: Seat) -> None:
        try:
            with self.watch.constructing():
                strategy = seat.construct(self.relay)
            self.engine.add_strategy(strategy)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 (isolated it is raised again, and said)
            seat.leave(str(error) if isinstance(error, Left) else f"its constructor raised {type(error).__name__}")
        else:
            seat.sit(strategy, self.instruments, self.calendar)

    def _begin(self, rungs: Sequence[Rung], days: Sequence[Session]) -> None:  # noqa: ARG002 (each seat has its own)
        self.steps = Steps.of(self.survey.counts, days)
        count = self.feed.market_days(self.survey.counts, days)
        for seat in self._present():
            seat.begin(self.days, count, self.steps.anew(), self.warnings, lambda: (self.fed, self.events))

    def _present(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.is_present]

    def _close_step(self) -> None:
        with self.phase("measure"):
            for seat in self._present():
                seat.steps.read(seat.accounts.equity)

    def _close_day(self) -> bool:
        self._require_own_watches()
        self._require_attributed()
        with self.phase("measure"):
            for seat in self._present():
                seat.close_day()
        return bool(self._present())

    def _end(self) -> None:
        for seat in self._seated():
            seat.stopping()
        super()._end()

    def _seated(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.strategy is not None]

    def _require_own_watches(self) -> None:
        for seat in self.seats:
            if seat.watch.interrupt:
                raise seat.watch.interrupt

    def _require_attributed(self) -> None:
        """What the accounts gained is what the strategies gained, to the last cent."""
        seated = self._seated()
        for venue in self.parts.venues:
            ((_, total),) = self.accounts.account(venue).balances_total().items()
            gained = total.as_decimal() - venue["starting_balances"][0].as_decimal()
            mine = [next(v for v in seat.parts.venues if v["venue"] == venue["venue"]) for seat in seated]
            gains = (
                seat.balance(v) - v["starting_balances"][0].as_decimal() for seat, v in zip(seated, mine, strict=True)
            )
            if gained != (told := sum(gains, ZERO)):
                raise TrialError(Reason.GUARD, f"{venue['venue']} gained {gained}, its strategies {told}")

    def _settle(self) -> None:
        self._require_own_watches()
        self.watch.settle()
        self._require_all_processed()
        for seat in self._seated():
            seat.stopped()
        self._require_attributed()
        custom = [e.kind for e in self.parts.entries if e.custom]
        with self.phase("measure"):
            for seat in self._present():
                self._finish(seat, custom)

    def _finish(self, seat: Seat, custom: Sequence[str]) -> None:
        if seat.strategy.state() != ComponentState.STOPPED:
            return seat.leave("it did not end in state STOPPED")
        try:
            never_delivered(seat.watch, custom)
        except TrialError as error:
            return seat.leave(error.message)
        seat.close_day(ended=True)
        if seat.is_present:
            seat.settle()
        return None

    def share_timing(self) -> None:
        """Give each trial its share of the time."""
        timing = {phase: spent / len(self.seats) for phase, spent in self.timing.items()}
        for seat in self.seats:
            if not seat.why:
                seat.outcome = replace(seat.outcome, timing=timing)


def widened(venue: Mapping[str, Any], times: int) -> dict[str, Any]:
    """A venue with so many times the balance, so that it denies nothing for want of money."""
    (money,) = venue["starting_balances"]
    return {**venue, "starting_balances": [model.Money.from_decimal(money.as_decimal() * times, money.currency)]}
