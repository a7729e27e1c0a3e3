"""Events with other prices, in whole increments of their instrument."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from nautilus_trader import model


def quote(event: Any, step: int, noise: float, u: float, wider: tuple[float, float, float]) -> Any:
    """A quote with both prices shifted by `noise` spreads, and its spread widened; whole increments, unbiased."""
    bid, ask = event.bid_price, event.ask_price
    spread = max(ask.raw - bid.raw, 0) / step
    shift = floor(noise * max(spread, 1.0) + u)
    extra = floor(wider[0] * spread + wider[1])
    below = extra // 2 + (extra % 2 if wider[2] < 0.5 else 0)
    if not shift and not extra:
        return event
    bid, ask = moved(bid, (shift - below) * step, step), moved(ask, (shift + extra - below) * step, step)
    return model.QuoteTick(event.instrument_id, bid, ask, event.bid_size, event.ask_size, event.ts_event, event.ts_init)


def trade(event: Any, step: int, noise: float, u: float, wider: tuple[float, float, float]) -> Any:  # noqa: ARG001
    """A trade with its price shifted by `noise` increments."""
    shift = floor(noise + u)
    return event if not shift else model.TradeTick(
        event.instrument_id, moved(event.price, shift * step, step), event.size, event.aggressor_side, event.trade_id,
        event.ts_event, event.ts_init,
    )  # fmt: skip


def bar(event: Any, step: int, noise: float, u: float, wider: tuple[float, float, float]) -> Any:  # noqa: ARG001
    """A bar with all of its prices shifted by `noise` of its range from low to high."""
    shift = floor(noise * max((event.high.raw - event.low.raw) / step, 1.0) + u)
    if not shift:
        return event
    if event.low.raw > 0:
        shift = max(shift, 1 - event.low.raw // step)
    first, high, low, last = (moved(p, shift * step, step) for p in (event.open, event.high, event.low, event.close))
    return model.Bar(event.bar_type, first, high, low, last, event.volume, event.ts_event, event.ts_init)


CHANGES: Mapping[str, Callable[..., Any]] = {"QuoteTick": quote, "TradeTick": trade, "Bar": bar}


def floor(value: float) -> int:
    return int(np.floor(value))


def moved(price: Any, by: int, step: int) -> Any:
    """A price moved by a raw amount; one that was positive stays so."""
    raw = price.raw + by
    return model.Price.from_raw(max(raw, step) if price.raw > 0 else raw, price.precision)
