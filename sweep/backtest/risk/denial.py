"""Denial of orders by the engine's own risk checks, in the name of a limit.

The engine cannot be told to deny an order. It denies one whose quantity has more decimals than its instrument, so a
copy with such a quantity is sent in place of the order: the cache has it as DENIED, its events arrive in their usual
order, and the strategy is told the reason of the limit.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from nautilus_trader.core import UUID4
from nautilus_trader.model import OrderDenied

from sweep.backtest.accounting.reconciliation import REFUSED, refusal

PLAIN: dict[str, None] = dict.fromkeys(
    ("emulation_trigger", "exec_algorithm_id", "exec_algorithm_params", "exec_spawn_id")
)  # fields of orders that do not reach the risk checks at once


def to_deny(order: Any, reason: str) -> Any:
    """A copy of an order that the engine denies; its tag is the reason."""
    size, make = order.quantity, cast("Any", type(order)).from_dict
    quantity = f"{size.as_decimal():.{size.precision + 1}f}"
    return make({**order.to_dict(), **PLAIN, "quantity": quantity, "tags": [f"{REFUSED}{reason}"]})


def explaining(callbacks: Mapping[str, Any]) -> dict[str, Any]:
    """The callbacks of a strategy that hear of denied orders, with the reason of the limit in place of the engine's."""

    def wrap(tell: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def inner(self: Any, event: Any) -> Any:
            return tell(self, _explained(self, event) if isinstance(event, OrderDenied) else event)

        return inner

    return {name: wrap(callbacks[name]) for name in ("on_order_denied", "on_order_event") if name in callbacks}


def _explained(strategy: Any, event: OrderDenied) -> OrderDenied:
    order = strategy.cache.order(event.client_order_id)
    reason = refusal(order) if order else ""
    return OrderDenied(**about(order, reason, event.ts_event)) if reason else event


def about(order: Any, reason: str, now: int) -> dict[str, Any]:
    """Fields of an event of an order that was refused; `now` is the event time."""
    names = ("trader_id", "strategy_id", "instrument_id", "client_order_id")
    ids = {name: getattr(order, name) for name in names}
    return {**ids, "reason": reason, "event_id": UUID4(), "ts_event": now, "ts_init": now}


def members(order_list: Any) -> list[Any]:
    """The orders of a list, which is the engine's object or a plain list."""
    orders: Iterable[Any] = getattr(order_list, "orders", order_list)
    return list(orders)
