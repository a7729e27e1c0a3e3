"""Bookings of the account for one strategy of several, fill by fill, as the engine rounds them."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from nautilus_trader import model

from sweep.backtest.accounting.accounts import ZERO


@dataclass
class Book:
    """Bookings by venue, from the events that the strategy gets: the commission of each fill, the PnL of each exit.

    At a venue with a CASH account, each fill is paid at once, and an exit books nothing more.
    """

    cash: frozenset[str] = frozenset()  # venues with CASH accounts
    sums: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    held: dict[Any, Any] = field(default_factory=dict[Any, Any])  # position id: quantity
    count: int = 0  # of bookings, those of nothing included

    def total(self, venue: str) -> Decimal:
        """Amount booked at a venue."""
        return self.sums.get(venue, ZERO)

    def copy(self) -> Self:
        """As it is now."""
        return type(self)(self.cash, dict(self.sums), dict(self.held))

    def on_order_filled(self, event: Any, cache: Any) -> None:
        """Book the commission, and on a CASH account what is paid or received."""
        self.count += 1
        if str(event.instrument_id.venue) in self.cash:
            self._book(event, payment(event, cache.instrument(event.instrument_id)))
        if event.commission is not None:
            self._book(event, -event.commission.as_decimal())

    def on_position_opened(self, event: Any, _cache: Any) -> None:
        """Note what is held."""
        self.held[event.position_id] = event.quantity

    def on_position_changed(self, event: Any, cache: Any) -> None:
        """Book the PnL of the part that was closed; none where more was added."""
        if event.quantity < self.held[event.position_id]:
            self._exit(event, event.last_qty, cache)
        self.held[event.position_id] = event.quantity

    def on_position_closed(self, event: Any, cache: Any) -> None:
        """Book the PnL of what was left."""
        self._exit(event, self.held.pop(event.position_id), cache)

    def _exit(self, event: Any, quantity: Any, cache: Any) -> None:
        """As MarginAccount books it: rounded at each exit, where a position rounds what it has realised so far."""
        if str(event.instrument_id.venue) in self.cash:
            return
        instrument = cache.instrument(event.instrument_id)
        sign = 1.0 if event.entry == model.OrderSide.BUY else -1.0
        points = sign * (event.last_px.as_double() - event.avg_px_open)
        pnl = model.Money(quantity.as_double() * instrument.multiplier.as_double() * points, event.currency)
        self._book(event, pnl.as_decimal())

    def _book(self, event: Any, amount: Decimal) -> None:
        venue = str(event.instrument_id.venue)
        self.sums[venue] = self.total(venue) + amount


def payment(event: Any, instrument: Any) -> Decimal:
    """Amount that a fill brings a CASH account, commission aside; negative where it buys."""
    amount = instrument.notional_value(event.last_qty, event.last_px).as_decimal()
    return -amount if event.order_side == model.OrderSide.BUY else amount
