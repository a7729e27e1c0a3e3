"""Small things of the 1.x engine that 2.0 has in another way, or not at all."""

import ast
import math
from typing import Any

from nautilus_trader.model import BookOrder, Money, OrderBook, OrderSide, Price, QuoteTick


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


def make_price(instrument: Any, value: Any) -> Price:
    """A price of the instrument, rounded as 1.x does: as a float, where 2.0 rounds half a tick to the even one."""
    digits = len(str(instrument.price_increment).partition(".")[2].rstrip("0"))
    return Price(round(float(value), digits), instrument.price_precision)


def accounts(cache: Any) -> list[Any]:
    """Every account, each once: those of the venues that have instruments."""
    venues = dict.fromkeys(identifier.venue for identifier in sorted(cache.instrument_ids(), key=str))
    by_id = {account.id: account for venue in venues if (account := cache.account_for_venue(venue)) is not None}
    return list(by_id.values())


def unrealized_pnl(cache: Any, position: Any) -> Money | None:
    """The open profit of a position at the last quote, as 1.x: a long one at the ask, a short one at the bid."""
    quote = cache.quote(position.instrument_id)
    if quote is None:
        return None
    if not position.is_open:
        return Money(0, position.settlement_currency)
    pnl: Money = position.unrealized_pnl(quote.ask_price if position.is_long else quote.bid_price)
    return pnl
