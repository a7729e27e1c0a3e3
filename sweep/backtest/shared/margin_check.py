"""Margin check of one trial of a pack: the shared account itself never denies an order.

An upper bound of what the engine would ask for, and a lower one of what is free: an order that comes near makes the
trial run isolated, where the engine itself decides.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from nautilus_trader import model

from sweep.backtest.accounting.accounts import ZERO
from sweep.backtest.accounting.marks import Mark
from sweep.backtest.shared.isolated_view import IsolatedCache

SLACK = Decimal("0.99")  # of the own balance that may be bound
ENGINE_LEVERAGE = Decimal(10)  # of a MARGIN account that names none


class Margin:
    """The margin of one strategy's orders and positions, against its own balance."""

    def __init__(
        self,
        cache: IsolatedCache,
        venues: Sequence[Mapping[str, Any]],
        balance: Callable[[Mapping[str, Any]], Decimal],
        mark: Callable[[Any], Mark | None],
    ) -> None:
        self._cache, self._balance, self._mark = cache, balance, mark
        self._venues = {str(v["venue"]): v for v in venues}

    def refusal(self, orders: Sequence[Any]) -> str:
        """Reason for which orders might be denied for lack of margin, or cannot be judged; "" without one."""
        if any(is_elsewhere(order) for order in orders):
            return "an emulated order, one in money, or one of an execution algorithm"
        opening = [o for o in orders if not o.is_reduce_only]
        if not opening:
            return ""
        venue = self._venues.get(str(opening[0].instrument_id.venue))
        if venue is None:
            return ""  # the engine denies it, with or without the others
        if is_cash(venue) and len(orders) > 1:  # the engine adds up a list's orders, those that only reduce as well
            opening = list(orders)
        free = self._balance(venue) * SLACK - self._bound(venue)
        most = sum((self._margin(venue, o.instrument_id, o.quantity, price_of(o)) for o in opening), ZERO)
        if most <= free or self._needed(venue, opening) <= free:
            return ""
        return "an order that its own balance might not carry"

    def leverage(self, venue: Mapping[str, Any], instrument_id: Any) -> Decimal:
        """Of an instrument at a venue."""
        default: Decimal = venue.get("default_leverage", ENGINE_LEVERAGE)
        return venue.get("leverages", {}).get(instrument_id, default)

    def _needed(self, venue: Mapping[str, Any], orders: Sequence[Any]) -> Decimal:
        """Margin of orders, but for those that only reduce what is held and not yet on its way out."""
        total, pending = ZERO, dict[tuple[Any, Any], Decimal]()
        for order in orders:
            key = (order.instrument_id, order.side)
            if key not in pending:
                pending[key] = sum((o.leaves_qty.as_decimal() for o in self._alive(*key)), ZERO)
            pending[key] += order.quantity.as_decimal()
            if pending[key] > self._held_against(*key):
                total += self._margin(venue, order.instrument_id, order.quantity, price_of(order))
        return total

    def _bound(self, venue: Mapping[str, Any]) -> Decimal:
        """Margin of what is open or in flight."""
        name = venue["venue"]
        orders = (*self._cache.orders_open(venue=name), *self._cache.orders_inflight(venue=name))
        positions = self._cache.positions_open(venue=name)
        margins = [
            self._margin(venue, o.instrument_id, o.leaves_qty, price_of(o)) for o in orders if not o.is_reduce_only
        ]
        if is_cash(venue):  # what is held has been paid; a sale locks as many units of money as it sells
            margins += [o.leaves_qty.as_decimal() for o in orders if o.is_sell]
        else:
            margins += [self._margin(venue, p.instrument_id, p.quantity, Decimal(p.avg_px_open)) for p in positions]
        return sum(margins, ZERO)

    def _alive(self, instrument_id: Any, side: Any) -> Sequence[Any]:
        filters = {"instrument_id": instrument_id, "side": side}
        return (*self._cache.orders_open(**filters), *self._cache.orders_inflight(**filters))

    def _held_against(self, instrument_id: Any, side: Any) -> Decimal:
        """Quantity held on the other side of an order."""
        is_buy = side == model.OrderSide.BUY
        held = self._cache.positions_open(instrument_id=instrument_id)
        return sum((p.quantity.as_decimal() for p in held if p.is_long != is_buy), ZERO)

    def _margin(self, venue: Mapping[str, Any], instrument_id: Any, quantity: Any, price: Decimal | None) -> Decimal:
        """The higher of initial and maintenance margin, at the higher of the named and the market's price."""
        instrument: Any = self._cache.instrument(instrument_id)
        if instrument is None:
            return ZERO
        if not (rate := Decimal(1) if is_cash(venue) else max(instrument.margin_init, instrument.margin_maint)):
            return ZERO
        mark = self._mark(instrument_id)
        prices = [p for p in (price, mark.ask.as_decimal() if mark else None) if p is not None]
        if not prices:
            return ZERO  # the engine denies it for want of a price
        leveraged = not isinstance(venue.get("margin_model"), model.StandardMarginModel)
        leverage = self.leverage(venue, instrument_id) if leveraged and not is_cash(venue) else Decimal(1)
        return quantity.as_decimal() * max(prices) * instrument.multiplier.as_decimal() * rate / leverage


def is_cash(venue: Mapping[str, Any]) -> bool:
    """True for a venue whose account pays for what it buys at once."""
    return venue["account_type"] == model.AccountType.CASH


def is_elsewhere(order: Any) -> bool:
    """True if the venue alone does not decide when and how much of it is traded."""
    emulated = order.emulation_trigger not in (None, model.TriggerType.NO_TRIGGER)
    return emulated or order.is_quote_quantity or order.exec_algorithm_id is not None


def price_of(order: Any) -> Decimal | None:
    """The highest price that an order names; None for a market order."""
    named = (getattr(order, name, None) for name in ("price", "trigger_price", "activation_price"))
    return max((p.as_decimal() for p in named if p is not None), default=None)


def widened(venue: Mapping[str, Any], times: int) -> dict[str, Any]:
    """A venue with so many times the balance, so that it denies nothing for want of money."""
    (money,) = venue["starting_balances"]
    return {**venue, "starting_balances": [model.Money.from_decimal(money.as_decimal() * times, money.currency)]}
