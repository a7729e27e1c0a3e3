"""Kinds of orders whose fills in a pack may depend on the orders of other trials: who sends one runs isolated.

At each step of the engine, also one that another trial's command causes, a venue looks at all that rests. What it finds
there is the same as at the step before, except in these cases (docs/decisions/0014-trades-and-bars-in-packs.md).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from nautilus_trader import model
from nautilus_trader.risk import RiskEngineConfig

from sweep.backtest.data.entries import DataEntry
from sweep.common.json_values import is_list

TRAILING = {model.OrderType.TRAILING_STOP_MARKET, model.OrderType.TRAILING_STOP_LIMIT}
TRIGGERED_LIMITS = {model.OrderType.STOP_LIMIT, model.OrderType.LIMIT_IF_TOUCHED}
ENDLESS = {model.TimeInForce.GTC, model.TimeInForce.IOC, model.TimeInForce.FOK, model.TimeInForce.DAY}
MOST = 100  # orders, and changes of orders, that the engine takes within `PERIOD`; more are denied
PERIOD = 1_000_000_000  # nanoseconds
SIDES = (model.PriceType.BID, model.PriceType.ASK)


class OrderRules:
    """Rules of one trial's data and venues."""

    def __init__(self, entries: Sequence[DataEntry], venues: Sequence[Mapping[str, Any]]) -> None:
        market = [entry for entry in entries if not entry.custom]
        is_matched = any(venue.get("bar_execution", True) for venue in venues)
        bars = [name for e in market if e.kind == "Bar" and is_matched for name in e.identifiers]
        sides = {model.BarType.from_str(name).spec.price_type in SIDES for name in bars}
        self._sent = deque[int](maxlen=MOST)  # times of the last orders and changes
        self._has_trades = any(entry.kind == "TradeTick" for entry in market)
        self._has_last = False in sides  # bars that move the venue's last price
        self._has_sides = True in sides or any(entry.kind == "QuoteTick" for entry in market)

    def refusal(self, orders: Sequence[Any]) -> str:
        """Reason for which orders cannot be sent in a pack; "" without one."""
        if any(order.time_in_force not in ENDLESS for order in orders):
            return "an order that ends by itself"
        kinds = {order.order_type for order in orders}
        if kinds & TRAILING:
            return "a trailing stop"
        if kinds & TRIGGERED_LIMITS:
            return "a limit order with a trigger"
        if kinds - {model.OrderType.MARKET}:
            if self._has_trades:
                return "an order that rests while trades are replayed"
            if self._has_last and self._has_sides:
                return "an order that rests while both quotes and bars of last prices are replayed"
        if self._has_last and model.OrderType.LIMIT in kinds:
            return "a limit order while bars of last prices are replayed"
        return ""

    def too_many(self, count: int, now: int) -> str:
        """Reason for which so many more orders cannot be sent: alone some of them might be denied; "" without one."""
        self._sent.extend([now] * count)
        return "more orders than the engine takes" if len(self._sent) == MOST and self._sent[0] + PERIOD >= now else ""


def instruments_of(subject: Any, cache: Any) -> set[Any]:
    """Instruments of what a command names: an id, an order or a position, or several; all where that is unclear."""
    names: set[Any] = set()
    for each in subject if is_list(subject) else [subject]:
        named = cache.order(each) if isinstance(each, model.ClientOrderId) else each
        names.add(named if isinstance(named, model.InstrumentId) else getattr(named, "instrument_id", None))
    return set(cache.instrument_ids()) if None in names else names


def rates_of(participants: int) -> RiskEngineConfig:
    """Settings of the risk engine of a pack: its limits are those of all trials together."""
    rate = f"{2 * MOST * participants}/00:00:01"
    return RiskEngineConfig(max_order_submit_rate=rate, max_order_modify_rate=rate)
