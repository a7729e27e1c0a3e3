"""The day of an options strategy: IDLE → ACTIVE → DONE, with legs that have names and are entered all or none.

A strategy that inherits from `OptionCycle` says whether it trades a day (`on_day_start`), which legs it wants
(`entry_legs`), what it changes (`adjust`) and when it leaves (`exit_reason`). On each tick, the first quote of the
underlying in every `tick_secs`, an idle strategy is asked for legs, an active one for adjust → exit check → exit.
The rest happens here:

- legs are entered and closed as in `OptionLegs`; where an entry is undone, the strategy is idle as before;
- after an exit the next cycle may begin, `max_cycles` times a day; closed legs are kept in `closed`;
- before the session ends everything is closed, on the engine's clock, and the day is DONE.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# the engine's stubs leave the elements of lists and dicts open

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any, override
from zoneinfo import ZoneInfo

from nautilus_trader.common import TimeEvent
from nautilus_trader.model import InstrumentId, OptionKind, QuoteTick

from sweep.strategies.option_day import Day, Leg, OptionCycleConfig, Phase
from sweep.strategies.option_legs import OptionLegs
from sweep.strategies.session import SECOND, Session, minutes
from sweep.strategies.strikes import Chain, at_the_money


class OptionCycle(OptionLegs):
    """The day cycle. Subclasses decide on legs and times."""

    underlying: Any

    def __init__(self, config: OptionCycleConfig) -> None:
        if type(self).entry_legs is OptionCycle.entry_legs:
            raise TypeError(f"{type(self).__name__} names no legs to enter: define entry_legs, as IronCondor does")
        super().__init__(config)
        self._session = Session(
            time.fromisoformat(config.session_start), time.fromisoformat(config.session_end), ZoneInfo(config.time_zone)
        )
        start, end = time.fromisoformat(config.entry_start), time.fromisoformat(config.session_end)
        self._entries = Session(start, end, ZoneInfo(config.time_zone))
        self.phase = Phase.DONE
        self._end = 0  # of the session that is on
        self._tick = -1
        self._is_over = False  # the day: whatever is open is to be closed

    # -- decisions of a strategy ---------------------------------------------------------------------------------------

    def on_day_start(self, day: Day) -> bool:  # noqa: ARG002 - for those who override it
        """True if the day is traded at all."""
        return True

    def entry_legs(self) -> Mapping[str, Leg] | None:
        """The legs to enter now, by name; None for not yet. Every strategy defines its own."""
        return None

    def adjust(self) -> None:
        """Change the position: `close_leg`, `add_legs`."""

    def exit_reason(self) -> str:
        """Reason to close everything now; "" to stay."""
        return ""

    def on_day_end(self) -> None:
        """The day is over and nothing is held."""

    # -- facts for a strategy ------------------------------------------------------------------------------------------

    def spot(self) -> float:
        """The middle of the underlying's market."""
        quote: Any = self.cache.quote(self.underlying.id)
        return (float(quote.bid_price) + float(quote.ask_price)) / 2

    def listed(self, kind: OptionKind) -> Sequence[Any]:
        """The contracts of a kind that expire with this session, by strike."""
        return self._chain.expiring(self._end, self._end, kind)

    # -- the day -------------------------------------------------------------------------------------------------------

    @override
    def on_start(self) -> None:
        name = self._cycle.underlying_id
        underlying = self.cache.instrument(InstrumentId.from_str(name))
        if underlying is None:
            raise ValueError(f"underlying_id: {name} is not among the instruments of this run")
        self.underlying = underlying
        self._chain = Chain(self.cache.instruments(), self._cycle.option_underlying or str(underlying.id.symbol))
        if not self._chain:
            raise ValueError(f"underlying_id: there are no options on {name} among the instruments of this run")
        self.subscribe_quotes(underlying.id)

    @override
    def on_quote(self, quote: QuoteTick) -> None:
        if quote.instrument_id != self.underlying.id:
            self._quotes[quote.instrument_id] = quote
            self._send_when_quoted()
            return
        now = self.clock.timestamp_ns()
        tick = int(now // (self._cycle.tick_secs * SECOND))
        if tick != self._tick and (end := self._session.end_after(now)) is not None:
            self._tick = tick
            if end != self._end:
                self._begin(end)
            self._on_tick(now)

    def _begin(self, end: int) -> None:
        """A new session: what was heard of yesterday's contracts is forgotten."""
        for contract in sorted(self._subscribed, key=str):
            self.unsubscribe_quotes(contract)
        self._quotes, self._subscribed, self._end, self.cycles, self._waiting = {}, set(), end, 0, None
        self.phase, self._is_over = Phase.DONE, False
        self._last_entry = end - minutes(self._cycle.last_entry_minutes)
        flat = end - minutes(self._cycle.flat_minutes)
        calls = self.listed(OptionKind.CALL)
        if calls and self.clock.timestamp_ns() < flat:
            self.clock.set_time_alert_ns(f"flat-{end}", flat)
            strike = float(calls[at_the_money(calls, self.spot())].strike_price)
            if self.on_day_start(Day(self.spot(), strike, self._fetch)):
                self.phase = Phase.IDLE

    def _on_tick(self, now: int) -> None:
        self._progress(resend=True)
        if self.phase is Phase.IDLE and self._may_enter(now):
            if legs := self.entry_legs():
                self.add_legs(legs)
        elif self.phase is Phase.ACTIVE and not self._is_leaving():
            self.adjust()
            if self.exit_reason():
                self._leave()

    def _may_enter(self, now: int) -> bool:
        return (
            now < self._last_entry
            and self._entries.end_after(now) is not None
            and not (self._waiting or self._group or self._held)
        )

    @override
    def _entered(self) -> None:
        self.phase = Phase.ACTIVE if self.phase is Phase.IDLE else self.phase

    def _is_leaving(self) -> bool:
        return bool(self._held) and all(held.leaving for held in self._held.values())

    def _leave(self) -> None:
        """Close every leg."""
        self._waiting = None
        for held in self._held.values():
            held.leaving = True
        self._progress(resend=True)

    @override
    def on_time_event(self, event: TimeEvent) -> None:
        if event.name.startswith("flat"):
            self._is_over = True
            self._leave()
            self._settle()
        else:
            self._progress(resend=True)

    @override
    def _settle(self) -> None:
        """The phase when nothing is held: the next cycle, or the end of the day."""
        if self._held or self._group or self.phase is Phase.DONE:
            return
        if self.phase is Phase.ACTIVE:
            self.cycles += 1
            self.phase = Phase.IDLE
        if self.cycles >= self._cycle.max_cycles or self._is_over:
            self.phase = Phase.DONE
            self.on_day_end()
