"""Fills of a backtest, in the order in which the venues made them."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nautilus_trader import model

from sweep.backtest.accounting.expiration import EXPIRATION

type Numbers = Mapping[tuple[Any, int], int]  # by instrument and the number that a fill has in a pack

NONE: Numbers = {}


def fill_events(orders: Sequence[Any], numbers: Numbers = NONE) -> list[Any]:
    """Every fill in the order in which the venues made them, of several strategies by strategy at equal times.

    The engine calls its own strategies in a random order at equal times. `numbers` are those that fills of a pack have
    in an engine of the trial alone.
    """
    fills = _fills(orders)
    traders = {str(e.strategy_id) for e in fills if not str(e.client_order_id).startswith(EXPIRATION)}
    return sorted(fills, key=partial(_place, by_strategy=len(traders) > 1, numbers=numbers))


def _fills(orders: Sequence[Any]) -> list[Any]:
    return [e for o in orders if o.trade_ids for e in o.events() if isinstance(e, model.OrderFilled)]


def fill_numbers(orders: Sequence[Any]) -> dict[Any, list[int]]:
    """Numbers that the venue gave the fills of each instrument, ascending; those of an expiration have none."""
    numbers: dict[Any, list[int]] = {}
    for e in _fills(orders):
        if not str(e.client_order_id).startswith(EXPIRATION):
            numbers.setdefault(e.instrument_id, []).append(number_of(str(e.trade_id)))
    return {name: sorted(of) for name, of in numbers.items()}


def numbers_alone(own: Mapping[Any, Sequence[int]], of_all: Mapping[Any, Sequence[int]]) -> Numbers:
    """Numbers that a trial's fills would have without those of the other trials.

    A venue counts the fills of an instrument, and the trades that it makes of bars.
    """
    return {
        (name, number): number - (bisect_left(of_all[name], number) - n)
        for name, numbers in own.items()
        for n, number in enumerate(numbers)
    }


def _place(e: Any, *, by_strategy: bool, numbers: Numbers) -> tuple[Any, ...]:
    """By time; at an expiration by instrument, for ids are random there."""
    strategy = str(e.strategy_id) if by_strategy else ""
    number = 0 if str(e.client_order_id).startswith(EXPIRATION) else number_of(str(e.trade_id))
    number = numbers.get((e.instrument_id, number), number)
    amounts = e.last_qty.as_decimal(), e.last_px.as_decimal()
    return e.ts_event, str(e.account_id), strategy, number, str(e.instrument_id), e.order_side.name, *amounts


def number_of(name: str) -> int:
    """The count at the end of an id of the engine's."""
    last = name.rpartition("-")[2]
    return int(last) if last.isdecimal() else 0
