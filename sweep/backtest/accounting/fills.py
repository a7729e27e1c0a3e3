"""Fills of a backtest, in the order in which the venues made them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from nautilus_trader import model

from sweep.backtest.accounting.expiration import EXPIRATION


def fill_events(orders: Sequence[Any]) -> list[Any]:
    """Every fill in the order in which the venues made them, of several strategies by strategy at equal times.

    The engine calls its own strategies in a random order at equal times.
    """
    fills = [e for o in orders if o.trade_ids for e in o.events() if isinstance(e, model.OrderFilled)]
    traders = {str(e.strategy_id) for e in fills if not str(e.client_order_id).startswith(EXPIRATION)}
    return sorted(fills, key=partial(_place, by_strategy=len(traders) > 1))


def _place(e: Any, *, by_strategy: bool) -> tuple[Any, ...]:
    """By time; at an expiration by instrument, for ids are random there."""
    strategy = str(e.strategy_id) if by_strategy else ""
    number = 0 if str(e.client_order_id).startswith(EXPIRATION) else number_of(str(e.trade_id))
    amounts = e.last_qty.as_decimal(), e.last_px.as_decimal()
    return e.ts_event, str(e.account_id), strategy, number, str(e.instrument_id), e.order_side.name, *amounts


def number_of(name: str) -> int:
    """The count at the end of an id of the engine's."""
    last = name.rpartition("-")[2]
    return int(last) if last.isdecimal() else 0
