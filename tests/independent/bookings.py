"""Bookings of a MARGIN account in whole units of its currency, restated from the fills.

A fill that reduces a position realises quantity x (price - average price of the position), and a fill of an option pays
its premium. Accounts and positions round each of them to the smallest unit of the currency, halves away from zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from sweep.backtest.records import Fill

TINY = 1e-9  # what is left of sums of quantities


def units(value: float, digits: int) -> int:
    """An amount in the smallest unit of its currency."""
    return int(Decimal(value * 10**digits).quantize(Decimal(1), ROUND_HALF_UP))


def shared(fee: float, part: float, whole: float, digits: int) -> float:
    """Fee of a part of a fill, rounded to the even unit where it is halfway."""
    exact = Decimal(str(fee)) * Decimal(str(part)) / Decimal(str(whole))
    return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN))


@dataclass(slots=True)
class Held:
    """A position, as its fills are booked."""

    multiplier: float
    digits: int  # of its currency
    is_premium: bool = False  # an option, whose fills are paid at once
    quantity: float = 0.0
    average: float = 0.0  # price
    realised: int = 0  # units, since it was flat, fees included
    closed: list[float] = field(default_factory=list[float])  # PnL each time that it became flat

    def take(self, fill: Fill) -> int:
        """Units that the account books for a fill; the position is cut in two where the fill turns it around."""
        signed, left = fill.sign * fill.quantity, abs(self.quantity)
        paid = self._paid(fill) - units(fill.commission, self.digits)
        if self.quantity * signed < 0 and fill.quantity > left + TINY:
            fee = shared(fill.commission, left, fill.quantity, self.digits)
            self._apply(-self.quantity, fill.price, fee)
            self._apply(fill.sign * (fill.quantity - left), fill.price, fill.commission - fee)
        else:
            self._apply(signed, fill.price, fill.commission)
        return paid

    def open_units(self, bid: float, ask: float) -> int:
        """Open PnL, of an option what it is worth."""
        if not self.quantity:
            return 0
        price = bid if self.quantity > 0 else ask
        points = price if self.is_premium else price - self.average
        size = abs(self.quantity) * self.multiplier
        return units(size * (points if self.quantity > 0 else -points), self.digits)

    def _paid(self, fill: Fill) -> int:
        if self.is_premium:
            return -fill.sign * units(fill.quantity * self.multiplier * fill.price, self.digits)
        reducing = min(fill.quantity, abs(self.quantity)) if self.quantity * fill.sign < 0 else 0.0
        return units(self._gain(reducing, fill.price), self.digits)

    def _gain(self, quantity: float, price: float) -> float:
        points = price - self.average if self.quantity > 0 else self.average - price
        return quantity * self.multiplier * points if quantity else 0.0

    def _apply(self, signed: float, price: float, fee: float) -> None:
        size, gain = abs(signed), 0.0
        if self.quantity * signed < 0:
            gain = self._gain(size, price)
        else:
            own = abs(self.quantity)
            self.average = (self.average * own + price * size) / (own + size) if own else price
        self.realised = units(self.realised / 10**self.digits + (gain - fee), self.digits)
        self.quantity += signed
        if abs(self.quantity) < TINY:
            self.closed.append(self.realised / 10**self.digits)
            self.quantity, self.realised = 0.0, 0


@dataclass
class Book:
    """All positions of one account, and what it has booked so far."""

    digits: int
    multipliers: Mapping[str, float]
    options: frozenset[str]
    booked: int = 0  # units
    held: dict[tuple[str, str], Held] = field(default_factory=dict[tuple[str, str], Held])  # by instrument and position

    def take(self, fill: Fill) -> None:
        """Book a fill."""
        name = fill.instrument_id
        new = Held(self.multipliers.get(name, 1.0), self.digits, name in self.options)
        self.booked += self.held.setdefault((name, fill.position_id), new).take(fill)
