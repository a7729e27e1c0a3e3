"""Fills of a run as stretches of time in which positions did not change, and as payments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from sweep.backtest.accounting.expiration import EXPIRATION

ZERO = Decimal(0)


class Settlement(NamedTuple):
    """End of a position that the engine left open at its expiration."""

    instrument: str
    position: str
    place: int  # minute
    price: float


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of an instrument on which its positions are booked."""

    currency: str
    multiplier: float
    is_inverse: bool

    @classmethod
    def of(cls, instrument: Any) -> "Terms":
        """The terms of the engine's instrument."""
        currency = getattr(instrument, "settlement_currency", None) or (
            instrument.base_currency if instrument.is_inverse else instrument.quote_currency
        )
        return cls(str(currency), instrument.multiplier.as_double(), bool(instrument.is_inverse))

    def worth(self, price: Any) -> Any:
        """Value of one unit, up to a constant: rising with the price, which is a number or an array."""
        return -self.multiplier / price if self.is_inverse else self.multiplier * price


@dataclass(slots=True)
class Holding:
    """One position while its fills are replayed."""

    trade: int = -1  # number of the present trade, from flat to flat
    quantity: Decimal = ZERO
    cash: float = 0.0  # paid and received since it was flat, in its currency
    since: int = 0  # minute of the last fill


@dataclass(slots=True)
class Stretches:
    """Times in which positions of one instrument did not change: minutes, quantity, cash before, number of trade."""

    starts: list[int] = field(default_factory=list[int])
    ends: list[int] = field(default_factory=list[int])
    quantities: list[float] = field(default_factory=list[float])
    cash: list[float] = field(default_factory=list[float])
    trades: list[int] = field(default_factory=list[int])

    def add(self, holding: Holding, end: int) -> None:
        """Take a position as it was until a minute."""
        self.starts.append(holding.since)
        self.ends.append(end)
        self.quantities.append(float(holding.quantity))
        self.cash.append(holding.cash)
        self.trades.append(holding.trade)


class FillReplay:
    """The fills of a run as stretches of unchanged positions, and payments by currency."""

    def __init__(
        self,
        instruments: Mapping[str, Any],
        fills: Sequence[Any],
        places: Sequence[int],
        length: int,
        *,
        settled: Sequence[Settlement] = (),
        worth: Callable[[str], float] = lambda _: 1.0,
    ) -> None:
        """`places` are the minutes of the fills, counted from 0, of `length` minutes; `worth` that of a currency."""
        self._worth, self.length = worth, length
        self.terms = {name: Terms.of(instruments[name]) for name in {str(f.instrument_id) for f in fills}}
        self.stretches: dict[str, Stretches] = {}
        self.payments: dict[str, tuple[list[int], list[float]]] = {}  # minutes and amounts by currency
        self.traded: dict[str, float] = {}  # value of fills by currency
        self.closed: list[tuple[int, str, float]] = []  # number of the trade, its currency and its PnL
        self.ends: dict[int, int] = {}  # minute of the close of each of them
        self.trades = 0  # begun
        self.expired: dict[str, set[int]] = {}  # numbers of the trades of each order that an expiration made
        holdings: dict[tuple[str, str], Holding] = {}
        for fill, place in zip(fills, places, strict=True):
            name = str(fill.instrument_id)
            self._take(fill, place, name, holdings.setdefault((name, str(fill.position_id)), Holding()))
        for end in settled:
            if (holding := holdings.get((end.instrument, end.position))) and holding.quantity:
                self._settle(end, holding)
        for (name, _), holding in holdings.items():
            if holding.quantity:
                self.stretches[name].add(holding, length)

    def _take(self, fill: Any, place: int, name: str, holding: Holding) -> None:
        """Book a fill; one that turns a position around closes one trade and opens the next."""
        size: Decimal = fill.last_qty.as_decimal()
        signed = size if fill.order_side.name == "BUY" else -size
        turns = holding.quantity * signed < 0 and size > abs(holding.quantity)
        stretches = self.stretches.setdefault(name, Stretches())
        for part in (-holding.quantity, signed + holding.quantity) if turns else (signed,):
            if holding.quantity:
                stretches.add(holding, place)
            else:
                holding.trade, holding.cash = self.trades, 0.0
                self.trades += 1
            holding.since = place
            holding.quantity += part
            if (order := str(fill.client_order_id)).startswith(EXPIRATION):
                self.expired.setdefault(order, set()).add(holding.trade)
            currency, amount = self._pay(fill, name, place, float(part), float(abs(part) / size))
            holding.cash += amount
            if not holding.quantity:
                self._close(holding, currency, holding.cash, place)

    def _settle(self, end: Settlement, holding: Holding) -> None:
        """Book what a position is worth at its expiration."""
        terms = self.terms[end.instrument]
        self.stretches[end.instrument].add(holding, end.place)
        amount = float(holding.quantity) * terms.worth(end.price)
        self._note(terms.currency, end.place, amount)
        self._close(holding, terms.currency, holding.cash + amount, end.place)
        holding.quantity = ZERO

    def _close(self, holding: Holding, currency: str, pnl: float, place: int) -> None:
        self.closed.append((holding.trade, currency, pnl))
        self.ends[holding.trade] = place

    def _pay(self, fill: Any, name: str, place: int, quantity: float, share: float) -> tuple[str, float]:
        """Note what a part of a fill paid; its currency, and the amount in it with all fees."""
        currency, value = self.terms[name].currency, quantity * self.terms[name].worth(fill.last_px.as_double())
        self.traded[currency] = self.traded.get(currency, 0.0) + abs(value)
        amount = -value
        if fill.commission is not None:
            fee, unit = -share * fill.commission.as_double(), str(fill.commission.currency)
            if unit != currency:
                self._note(unit, place, fee)
                self._note(currency, place, amount)
                return currency, amount + fee * self._worth(unit) / self._worth(currency)
            amount += fee
        self._note(currency, place, amount)
        return currency, amount

    def _note(self, currency: str, place: int, amount: float) -> None:
        places, amounts = self.payments.setdefault(currency, ([], []))
        places.append(place)
        amounts.append(amount)
