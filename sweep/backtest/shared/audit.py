"""Second bookkeeping of a trial of a pack, from the events of its own orders and the prices of the data alone.

What a pack reports of a trial comes from the callbacks of its strategy, from its positions, and from a view of the
engine's cache. All of it must be what the trial's orders amount to. A difference means that trials of the pack were
mixed up, so no pack of the sweep can be trusted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from nautilus_trader import model

from sweep.backtest.accounting.accounts import ZERO, Accounts
from sweep.backtest.accounting.fills import fill_numbers, number_of
from sweep.backtest.accounting.market_minutes import MarketMinutes
from sweep.backtest.setup.builder import BacktestSetup
from sweep.backtest.shared.isolated_view import signed
from sweep.backtest.shared.margin_check import is_cash
from sweep.backtest.shared.subscription_hub import NEVER
from sweep.trial import Result

ENDS = (model.OrderDenied, model.OrderRejected, model.OrderCanceled, model.OrderExpired)
EXACT = Decimal("1e-9")  # in which an amount is a whole number of the currency's smallest units
FLOAT = 1e-11  # of an equity that is computed from returns


class Audited(Protocol):
    """A trial of a pack whose figures have been computed."""

    parts: BacktestSetup
    accounts: Accounts
    start: Decimal
    minutes: MarketMinutes
    closes: list[int]  # times at which the equity of each day was read, nanoseconds

    def balance(self, venue: Mapping[str, Any]) -> Decimal:
        """Money at a venue, in its one currency."""
        ...


def audit(trial: Audited, owner: Any, orders: Sequence[Any], result: Result) -> str:
    """First contradiction between a result and the orders of its strategy, whose id is `owner`; "" without one.

    `orders` are those of the engine's list of all orders, not what the strategy's view of it gives.
    """
    return next(Audit(trial, owner, orders, result).contradictions(), "")


class PackOrders:
    """Orders of all strategies of a pack as they stand now, from the engine's list of all orders."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    @cached_property
    def _orders(self) -> dict[Any, list[Any]]:
        orders: dict[Any, list[Any]] = {}
        for order in self._cache.orders():
            orders.setdefault(order.strategy_id, []).append(order)
        return orders

    def of(self, strategy_id: Any) -> list[Any]:
        """Orders of one strategy."""
        return self._orders.get(strategy_id, [])

    @cached_property
    def fill_numbers(self) -> dict[Any, list[int]]:
        """Numbers of the fills of all strategies by instrument, ascending."""
        return fill_numbers([order for orders in self._orders.values() for order in orders])


@dataclass(slots=True)
class Holding:
    """Bookings of one instrument."""

    unit: Decimal  # smallest amount of the account's currency
    multiplier: Decimal
    is_cash: bool  # whether the account pays for what it buys
    quantity: Decimal = ZERO
    average: Decimal = ZERO  # price of what is held
    paid: Decimal = ZERO  # received less paid in all fills, without commissions
    commissions: Decimal = ZERO
    slack: Decimal = ZERO  # by which rounded bookings may differ from exact ones

    def take(self, change: Decimal, price: Decimal, commission: Decimal) -> None:
        """Book a fill."""
        held = self.quantity
        if held * change < 0:
            closed = -change if abs(change) <= abs(held) else held
            self.slack += self._rounding(closed * (price - self.average) * self.multiplier)
        if self.is_cash:
            self.slack += self._rounding(change * price * self.multiplier)
        self.quantity = held + change
        if held * change >= 0:
            self.average = (held * self.average + change * price) / self.quantity
        elif held * self.quantity < 0:
            self.average = price
        self.paid -= change * price * self.multiplier
        self.commissions += commission

    @property
    def realized(self) -> Decimal:
        """PnL of what was closed, without commissions."""
        return self.paid + self.quantity * self.average * self.multiplier

    def worth(self, prices: tuple[float, float]) -> tuple[Decimal, Decimal]:
        """Value of what is held at a bid and an ask, and by how much rounding may change it."""
        if not self.quantity:
            return ZERO, ZERO
        price = Decimal(str(prices[0 if self.quantity > 0 else 1]))
        basis = ZERO if self.is_cash else self.average
        return (
            self.quantity * price * self.multiplier,
            self._rounding(self.quantity * (price - basis) * self.multiplier),
        )

    def _rounding(self, amount: Decimal) -> Decimal:
        """Half of a unit where an amount is not a whole number of units, and nothing where it is."""
        units = amount / self.unit
        return ZERO if abs(units - round(units)) < EXACT else self.unit / 2


class Audit:
    """The orders of one trial, beside its result."""

    def __init__(self, trial: Audited, owner: Any, orders: Sequence[Any], result: Result) -> None:
        self.trial, self.owner, self.orders, self.result = trial, owner, orders, result
        self.fills: list[Any] = []
        self.holdings: dict[Any, Holding] = {}

    def contradictions(self) -> Iterator[str]:
        """Sentences for all that the result says and the orders do not."""
        for order in self.orders:
            yield from self._of_order(order)
        self.fills.sort(key=lambda e: (e.ts_event, number_of(str(e.trade_id))))
        yield from self._of_days()
        yield from self._of_counts()
        yield from self._of_positions()
        yield from self._of_balances()

    def _of_order(self, order: Any) -> Iterator[str]:
        """Its events are the trial's own, no fill comes after its end, and its state is that of its events."""
        filled, has_ended, quantity, owner, name = ZERO, False, order.quantity, self.owner, order.client_order_id
        for event in order.events():
            if event.strategy_id != owner or event.client_order_id != name:
                yield f"order {name} of {owner} has an event of {event.client_order_id} of {event.strategy_id}"
            if isinstance(event, model.OrderFilled):
                if has_ended:
                    yield f"order {name} was filled after it had ended"
                filled += event.last_qty.as_decimal()
                self.fills.append(event)
                has_ended = filled >= quantity.as_decimal()
            elif isinstance(event, ENDS):
                has_ended = True
        if filled != order.filled_qty.as_decimal() or filled > quantity.as_decimal():
            yield f"order {name} of {quantity} is filled by {order.filled_qty}, its fills are {filled}"
        if order.is_closed != has_ended:
            yield f"order {name} is {order.status.name}, which its events do not say"

    def _of_days(self) -> Iterator[str]:
        """The equity at the end of each day is what the fills until then came to, at the prices of the data."""
        level, place, last = float(self.trial.start), 0, len(self.result.returns) - 1
        for n, day_return in enumerate(self.result.returns):
            until = self.trial.closes[n] if n < last else NEVER  # the last reading is after the stop
            while place < len(self.fills) and self.fills[place].ts_event <= until:
                self._book(self.fills[place])
                place += 1
            level *= 1 + day_return
            expected, slack = self._equity(n)
            if not abs(float(expected) - level) <= float(slack) + FLOAT * level:
                yield f"equity of {level:.2f} on {self.result.days[n]}, which is {expected:.2f} by its fills"

    def _book(self, fill: Any) -> None:
        name = fill.instrument_id
        if (holding := self.holdings.get(name)) is None:
            instrument = self.trial.accounts.instruments[str(name)]
            venue = next(v for v in self.trial.parts.venues if v["venue"] == name.venue)
            unit = Decimal(1).scaleb(-venue["starting_balances"][0].currency.precision)
            holding = self.holdings[name] = Holding(unit, instrument.multiplier.as_decimal(), is_cash(venue))
        quantity = fill.last_qty.as_decimal()
        commission = ZERO if fill.commission is None else fill.commission.as_decimal()
        change = quantity if fill.order_side == model.OrderSide.BUY else -quantity
        holding.take(change, fill.last_px.as_decimal(), commission)

    def _equity(self, day: int) -> tuple[Decimal, Decimal]:
        """Equity at a day's end, and by how much rounding may change it."""
        minute, total, slack = self.trial.minutes.day_ends[day] - 1, self.trial.start, ZERO
        for name, holding in self.holdings.items():
            bids, asks = self.trial.minutes.prices(str(name)) if holding.quantity else ((), ())
            worth, rounding = holding.worth((bids[minute], asks[minute])) if holding.quantity else (ZERO, ZERO)
            total += holding.paid - holding.commissions + worth
            slack += holding.slack + rounding
        return total, slack

    def _of_counts(self) -> Iterator[str]:
        fees = sum((h.commissions for h in self.holdings.values()), ZERO)
        for name, own in (("orders", len(self.orders)), ("fills", len(self.fills)), ("fees", float(fees))):
            if self.result.metrics[name] != own:
                yield f"{name} are {self.result.metrics[name]}, those of its orders {own}"

    def _of_positions(self) -> Iterator[str]:
        """Quantities, commissions and realised PnL of its positions by instrument are those of its fills."""
        sums = {name: [ZERO, ZERO, ZERO] for name in self.holdings}
        for position in self.trial.accounts.positions():
            own = sums.setdefault(position.instrument_id, [ZERO, ZERO, ZERO])
            if self.trial.accounts.is_held(position):
                own[0] += signed(position)
            own[1] += sum((money.as_decimal() for money in position.commissions()), ZERO)
            own[2] += ZERO if position.realized_pnl is None else position.realized_pnl.as_decimal()
        for name, (quantity, commissions, realized) in sums.items():
            own = self.holdings.get(name) or Holding(ZERO, ZERO, is_cash=False)
            if quantity != own.quantity:
                yield f"a net position of {quantity} {name}, its fills make {own.quantity}"
            if commissions != own.commissions:
                yield f"commissions of {commissions} in {name}, those of its fills are {own.commissions}"
            if abs(realized - own.realized + own.commissions) > own.slack + EXACT:
                yield f"{realized} realised in {name}, its fills make {own.realized - own.commissions:.2f}"

    def _of_balances(self) -> Iterator[str]:
        """The balance at each venue is what the fills there make."""
        for venue in self.trial.parts.venues:
            own = [h for name, h in self.holdings.items() if name.venue == venue["venue"]]
            gained = sum(((h.paid if h.is_cash else h.realized) - h.commissions for h in own), ZERO)
            expected = venue["starting_balances"][0].as_decimal() + gained
            booked, slack = self.trial.balance(venue), sum((h.slack for h in own), EXACT)
            if abs(booked - expected) > slack:
                yield f"a balance of {booked} at {venue['venue']}, its fills make {expected:.2f}"
