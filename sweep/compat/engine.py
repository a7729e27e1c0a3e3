"""Small things of the 1.x engine that 2.0 has in another way, or not at all."""

import ast
import math
from typing import Any

from nautilus_trader.model import BookOrder, OrderBook, OrderSide, QuoteTick


def round_down(value: float, base: float) -> float:
    """The nearest multiple of `base` that is not above the value; the value itself where it is one."""
    return value if _is_multiple(value, base) else math.floor(value / base) * base


def round_up(value: float, base: float) -> float:
    """The nearest multiple of `base` that is not below the value; the value itself where it is one."""
    return value if _is_multiple(value, base) else math.ceil(value / base) * base


def _is_multiple(value: float, base: float) -> bool:
    if base <= 0:
        raise ValueError(f"base must be positive (was {base})")
    return math.isclose(value / base, round(value / base), rel_tol=1e-9, abs_tol=1e-9)


def exec_algorithm_params(order: Any) -> dict[str, Any] | None:
    """The parameters of an order's algorithm, as they were given: 2.0 carries them as text."""
    params: dict[str, str] | None = order.exec_algorithm_params
    return None if params is None else {name: _value(text) for name, text in params.items()}


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def update_quote_tick(book: OrderBook, tick: QuoteTick) -> None:
    """Set both sides of an L1 book to a quote."""
    book.clear_bids(0, tick.ts_event)
    book.clear_asks(0, tick.ts_event)
    book.add(BookOrder(OrderSide.BUY, tick.bid_price, tick.bid_size, 1), 0, 0, tick.ts_event)
    book.add(BookOrder(OrderSide.SELL, tick.ask_price, tick.ask_size, 2), 0, 0, tick.ts_event)
