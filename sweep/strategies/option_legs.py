"""Named legs of option contracts: entered all or none, closed one by one or together, with their prices.

The orders of `OptionCycle`, which decides what is entered and when it is left:

- the quotes of a contract are subscribed to when it is first named; a price comes with its age;
- legs are sent only when every one has a young quote with enough size, each to be filled whole or not at all; where one
  is not filled the others are closed again;
- a name stands for one leg until that is closed; naming it again before is an error, as is a contract in two legs.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# the engine's stubs leave the elements of lists and dicts open

from collections.abc import Iterable, Mapping
from typing import Any, override

from nautilus_trader.model import ClientOrderId, InstrumentId, OrderSide, Quantity, QuoteTick, TimeInForce
from nautilus_trader.trading import Strategy

from sweep.strategies.option_day import Closed, Held, Leg, OptionCycleConfig, Priced
from sweep.strategies.session import SECOND
from sweep.strategies.strikes import has_expired

RETRY = 5 * SECOND  # until a close that failed is tried again


class OptionLegs(Strategy):
    """Legs of one strategy, by name. Subclasses decide on them, and follow them by `_entered` and `_settle`."""

    def __init__(self, config: OptionCycleConfig) -> None:
        super().__init__(config)
        self._cycle = config
        self.closed: list[Closed] = []
        self.cycles = 0  # of this day
        self._held: dict[str, Held] = {}
        self._waiting: tuple[dict[str, Leg], int] | None = None  # legs that wait for their quotes, until when
        self._group: list[str] = []  # names of the legs that are being entered
        self._quotes: dict[InstrumentId, QuoteTick] = {}
        self._last_entry = 0  # of the session that is on, UNIX nanoseconds: from then on nothing is entered
        self._subscribed: set[InstrumentId] = set()  # contracts

    # -- for the subclass ----------------------------------------------------------------------------------------------

    def _entered(self) -> None:
        """Act on an entry of which every leg is filled."""

    def _settle(self) -> None:
        """Act on legs that may have changed."""

    # -- prices and legs -----------------------------------------------------------------------------------------------

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
        waiting = self._waiting[0] if self._waiting else {}
        if taken := sorted({*self._held, *waiting} & set(legs)):
            raise ValueError(f"these legs are open already: {', '.join(taken)}")
        contracts = [str(leg.contract.id) for leg in (*legs.values(), *(h.leg for h in self._held.values()))]
        if twice := sorted({c for c in contracts if contracts.count(c) > 1}):
            raise ValueError(f"these contracts would be in two legs: {', '.join(twice)}")
        if self._group or waiting:
            raise ValueError("other legs are being entered")
        self._waiting = dict(legs), self.clock.timestamp_ns() + int(self._cycle.quote_wait_secs * SECOND)
        self._fetch(leg.contract for leg in legs.values())
        self._send_when_quoted()

    # -- orders --------------------------------------------------------------------------------------------------------

    def _fetch(self, contracts: Iterable[Any]) -> None:
        for contract in contracts:
            if contract.id not in self._subscribed:
                self._subscribed.add(contract.id)
                self.subscribe_quotes(contract.id)

    def _send_when_quoted(self) -> None:
        """Send the legs that wait, when every one can be had; give them up when that took too long."""
        if self._waiting is None:
            return
        legs, until = self._waiting
        now = self.clock.timestamp_ns()
        if now > until or now >= self._last_entry:
            self._waiting = None
        elif all(self._can_be_had(leg) for leg in legs.values()):
            self._waiting, self._group = None, list(legs)
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
                self._entered()
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

    def _is_open(self, held: Held) -> bool:
        if has_expired(held.leg.contract, self.clock.timestamp_ns()):
            return False  # nothing of it can be traded any more: it is settled
        position = self.cache.position_for_order(held.entry)
        return position is not None and position.is_open

    def _paid(self, order: ClientOrderId) -> float:
        sent = self.cache.order(order)
        return float(sent.avg_px) if sent is not None and sent.avg_px is not None else 0.0

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
