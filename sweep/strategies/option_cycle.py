"""The day of an options strategy: IDLE → ACTIVE → DONE, with legs that have names and are entered all or none.

A strategy that inherits from `OptionCycle` says whether it trades a day (`on_day_start`), which legs it wants
(`entry_legs`), what it changes (`adjust`) and when it leaves (`exit_reason`). On each tick, the first quote of the
underlying in every `tick_secs`, an idle strategy is asked for legs, an active one for adjust → exit check → exit.
The rest happens here:

- the quotes of a contract are subscribed to when it is first named, and kept for the day; a price comes with its age;
- legs are sent only when every one has a young quote with enough size, each to be filled whole or not at all; where one
  is not filled the others are closed again, and the strategy is idle as before;
- a name stands for one leg until that is closed; naming it again before is an error, as is a contract in two legs;
- after an exit the next cycle may begin, `max_cycles` times a day; closed legs are kept in `closed`;
- before the session ends everything is closed, on the engine's clock, and the day is DONE.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# the engine's stubs leave the elements of lists and dicts open

from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import Any, override
from zoneinfo import ZoneInfo

from nautilus_trader.common import TimeEvent
from nautilus_trader.model import ClientOrderId, InstrumentId, OptionKind, OrderSide, Quantity, QuoteTick, TimeInForce
from nautilus_trader.trading import Strategy

from sweep.strategies.option_day import Closed, Day, Held, Leg, OptionCycleConfig, Phase, Priced
from sweep.strategies.session import SECOND, Session, minutes
from sweep.strategies.strikes import Chain, at_the_money, has_expired

RETRY = 5 * SECOND


class OptionCycle(Strategy):
    """The day cycle. Subclasses say what and when."""

    underlying: Any

    def __init__(self, config: OptionCycleConfig) -> None:
        if type(self).entry_legs is OptionCycle.entry_legs:
            raise TypeError(f"{type(self).__name__} names no legs to enter: define entry_legs, as IronCondor does")
        super().__init__(config)
        self._cycle = config
        self._session = Session(
            time.fromisoformat(config.session_start), time.fromisoformat(config.session_end), ZoneInfo(config.time_zone)
        )
        start, end = time.fromisoformat(config.entry_start), time.fromisoformat(config.session_end)
        self._entries = Session(start, end, ZoneInfo(config.time_zone))
        self.phase = Phase.DONE
        self.closed: list[Closed] = []
        self.cycles = 0  # of this day
        self._end = 0  # of the session that is on
        self._tick = -1
        self._held: dict[str, Held] = {}
        self._wanted: tuple[dict[str, Leg], int] | None = None  # legs that wait for their quotes, until when
        self._group: list[str] = []  # names of the legs that are being entered
        self._quotes: dict[InstrumentId, QuoteTick] = {}
        self._asked: set[InstrumentId] = set()  # contracts whose quotes are subscribed to
        self._is_over = False  # the day: whatever is open is to be closed

    # -- what a strategy says ----------------------------------------------------------------------------------------

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

    # -- what a strategy can ask ---------------------------------------------------------------------------------------

    def spot(self) -> float:
        """The middle of the underlying's market."""
        quote: Any = self.cache.quote(self.underlying.id)
        return (float(quote.bid_price) + float(quote.ask_price)) / 2

    def listed(self, kind: OptionKind) -> Sequence[Any]:
        """The contracts of a kind that expire with this session, by strike."""
        return self._chain.expiring(self._end, self._end, kind)

    def price(self, contract: Any) -> Priced | None:
        """The market of a contract as last heard of, with its age; None before the first quote. Asks for its quotes."""
        self._fetch([contract])
        if (quote := self._quotes.get(contract.id)) is None:
            return None
        age = (self.clock.timestamp_ns() - quote.ts_event) / SECOND
        return Priced(float(quote.bid_price), float(quote.ask_price), age)

    def legs(self) -> dict[str, Leg]:
        """The legs that are held, by name."""
        return {name: held.leg for name, held in self._held.items() if not held.leaving and name not in self._group}

    def premium(self) -> float:
        """Premium received for the legs that are held, per unit of the underlying; negative where it was paid."""
        sold = ((held.leg.side == OrderSide.SELL, self._paid(held.entry)) for held in self._held.values())
        return sum(paid if is_sold else -paid for is_sold, paid in sold)

    def profit(self) -> float | None:
        """Profit of closing the legs now, per unit of the underlying; None where a price is stale or missing."""
        total = self.premium()
        for held in self._held.values():
            market = self.price(held.leg.contract)
            if market is None or market.age > self._cycle.max_quote_age_secs:
                return None
            total += market.bid if held.leg.side == OrderSide.BUY else -market.ask
        return total

    def close_leg(self, name: str) -> None:
        """Close one leg; its name is free again when that has happened."""
        self._held[name].leaving = True
        self._progress(resend=True)

    def add_legs(self, legs: Mapping[str, Leg]) -> None:
        """Enter legs, all or none, as soon as they have quotes. ValueError where a name or a contract is taken."""
        waiting = self._wanted[0] if self._wanted else {}
        if taken := sorted({*self._held, *waiting} & set(legs)):
            raise ValueError(f"these legs are open already: {', '.join(taken)}")
        contracts = [str(leg.contract.id) for leg in (*legs.values(), *(h.leg for h in self._held.values()))]
        if twice := sorted({c for c in contracts if contracts.count(c) > 1}):
            raise ValueError(f"these contracts would be in two legs: {', '.join(twice)}")
        if self._group or waiting:
            raise ValueError("other legs are being entered")
        self._wanted = dict(legs), self.clock.timestamp_ns() + int(self._cycle.quote_wait_secs * SECOND)
        self._fetch(leg.contract for leg in legs.values())
        self._send_when_quoted()

    # -- the day -------------------------------------------------------------------------------------------------------

    @override
    def on_start(self) -> None:
        name = self._cycle.underlying_id
        found = self.cache.instrument(InstrumentId.from_str(name))
        if found is None:
            raise ValueError(f"underlying_id: {name} is not among the instruments of this run")
        self.underlying = found
        self._chain = Chain(self.cache.instruments(), self._cycle.option_underlying or str(found.id.symbol))
        if not self._chain:
            raise ValueError(f"underlying_id: there are no options on {name} among the instruments of this run")
        self.subscribe_quotes(found.id)

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
        for contract in sorted(self._asked, key=str):
            self.unsubscribe_quotes(contract)
        self._quotes, self._asked, self._end, self.cycles, self._wanted = {}, set(), end, 0, None
        self.phase, self._is_over = Phase.DONE, False
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
        early = self._end - minutes(self._cycle.last_entry_minutes)
        return (
            now < early and self._entries.end_after(now) is not None and not (self._wanted or self._group or self._held)
        )

    def _is_leaving(self) -> bool:
        return bool(self._held) and all(held.leaving for held in self._held.values())

    def _leave(self) -> None:
        """Close every leg."""
        self._wanted = None
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

    # -- orders --------------------------------------------------------------------------------------------------------

    def _fetch(self, contracts: Iterable[Any]) -> None:
        for contract in contracts:
            if contract.id not in self._asked:
                self._asked.add(contract.id)
                self.subscribe_quotes(contract.id)

    def _send_when_quoted(self) -> None:
        """Send the legs that wait, when every one can be had; give them up when that took too long."""
        if self._wanted is None:
            return
        legs, until = self._wanted
        now = self.clock.timestamp_ns()
        if now > until or now >= self._end - minutes(self._cycle.last_entry_minutes):
            self._wanted = None
        elif all(self._can_be_had(leg) for leg in legs.values()):
            self._wanted, self._group = None, list(legs)
            for name, leg in legs.items():
                size = Quantity.from_int(self._cycle.contracts)
                order = self.order_factory.market(leg.contract.id, leg.side, size, time_in_force=TimeInForce.FOK)
                self._held[name] = Held(leg, order.client_order_id)
                self.submit_order(order)

    def _can_be_had(self, leg: Leg) -> bool:
        quote, market = self._quotes.get(leg.contract.id), self.price(leg.contract)
        if quote is None or market is None or market.age > self._cycle.max_quote_age_secs:
            return False
        return float(quote.ask_size if leg.side == OrderSide.BUY else quote.bid_size) >= self._cycle.contracts

    def _progress(self, *, resend: bool = False) -> None:
        """Follow the orders: an entry is filled whole or is undone, a leg that is to leave is closed."""
        if self._group and all(map(self.cache.is_order_closed, (self._held[n].entry for n in self._group))):
            group, self._group = self._group, []
            if all(self._is_open(self._held[name]) for name in group):
                self.phase = Phase.ACTIVE if self.phase is Phase.IDLE else self.phase
            else:
                for name in group:
                    self._held[name].leaving = True
                resend = True
        for name, held in list(self._held.items()):
            if held.leaving and self.cache.is_order_closed(held.entry):
                self._close(name, held, resend=resend)
        self._settle()

    def _close(self, name: str, held: Held, *, resend: bool) -> None:
        if not self._is_open(held):
            if held.exit is not None:
                contract, side = str(held.leg.contract.id), held.leg.side.name
                paid = self._paid(held.entry), self._paid(held.exit)
                self.closed.append(Closed(self.cycles + 1, name, contract, side, *paid))
            del self._held[name]
        elif held.exit is None or (resend and self.cache.is_order_closed(held.exit)):
            position: Any = self.cache.position_for_order(held.entry)
            side = OrderSide.SELL if held.leg.side == OrderSide.BUY else OrderSide.BUY
            order = self.order_factory.market(
                held.leg.contract.id, side, position.quantity, time_in_force=TimeInForce.IOC, reduce_only=True
            )
            held.exit = order.client_order_id
            self.submit_order(order, position_id=position.id)

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

    def _is_open(self, held: Held) -> bool:
        if has_expired(held.leg.contract, self.clock.timestamp_ns()):
            return False  # nothing of it can be traded any more: it is settled
        position = self.cache.position_for_order(held.entry)
        return position is not None and position.is_open

    def _paid(self, order: ClientOrderId) -> float:
        found = self.cache.order(order)
        return float(found.avg_px) if found is not None and found.avg_px is not None else 0.0

    @override
    def on_position_opened(self, event: Any) -> None:
        self._progress()

    @override
    def on_position_changed(self, event: Any) -> None:
        self._progress()

    @override
    def on_position_closed(self, event: Any) -> None:
        self._progress()

    @override
    def on_order_canceled(self, event: Any) -> None:
        self._failed()

    @override
    def on_order_expired(self, event: Any) -> None:
        self._failed()

    @override
    def on_order_rejected(self, event: Any) -> None:
        self._failed()

    @override
    def on_order_denied(self, event: Any) -> None:
        self._failed()

    def _failed(self) -> None:
        """An order ended unfilled, or not wholly filled: what is still to be closed is tried again."""
        self._progress()
        if any(held.leaving for held in self._held.values()) and "retry" not in self.clock.timer_names():
            self.clock.set_time_alert_ns("retry", self.clock.timestamp_ns() + RETRY)
