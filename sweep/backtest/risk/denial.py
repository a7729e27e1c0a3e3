"""Denial of orders before they are sent, told to the strategy as the engine's own risk checks tell it."""

from collections.abc import Iterable, Sequence
from typing import Any

from nautilus_trader.core import UUID4
from nautilus_trader.model import OrderDenied


def deny(strategy: Any, orders: Sequence[Any], reason: str, now: int) -> None:
    """Tell a strategy that its orders are denied; `now` is the event time."""
    for order in orders:
        event = OrderDenied(**about(order, reason, now))
        strategy.on_order_denied(event)
        strategy.on_order_event(event)


def about(order: Any, reason: str, now: int) -> dict[str, Any]:
    """Fields of an event of an order that was refused."""
    names = ("trader_id", "strategy_id", "instrument_id", "client_order_id")
    ids = {name: getattr(order, name) for name in names}
    return {**ids, "reason": reason, "event_id": UUID4(), "ts_event": now, "ts_init": now}


def members(order_list: Any) -> list[Any]:
    """The orders of a list, which is the engine's object or a plain list."""
    orders: Iterable[Any] = getattr(order_list, "orders", order_list)
    return list(orders)
