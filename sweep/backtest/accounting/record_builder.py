"""From a finished engine to plain records: what artifacts, metrics of the user's own and comparisons are made from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import replace
from functools import cache, partial
from typing import Any, Protocol

from nautilus_trader import model

from sweep.backtest.accounting.accounts import add_up
from sweep.backtest.accounting.closed_positions import net
from sweep.backtest.accounting.expiration import order_names, trades
from sweep.backtest.accounting.fill_digest import trail
from sweep.backtest.accounting.fills import NONE, Numbers, fill_events, number_of
from sweep.backtest.accounting.reconciliation import Measured, all_positions, refusal
from sweep.backtest.data.feed import Feed
from sweep.backtest.data.mid_prices import mids
from sweep.backtest.metrics.daily import daily_returns
from sweep.backtest.records import BacktestRecord, Balance, Day, Fill, Order, Position
from sweep.trial import Metrics


class Recorded(Measured, Protocol):
    """A measured backtest with its data."""

    feed: Feed


def finished(
    replay: Recorded, figures: Metrics, config: Mapping[str, Any], strategies: Mapping[str, str]
) -> BacktestRecord:
    """The replay as it stands, as plain records; `strategies` gives their names by their ids."""
    orders, feed = replay.accounts.cache.orders(), copy(replay.feed)  # whoever reads the record reaches no replay
    fills = [_owned(_fill(replay, e), e, strategies) for e in fill_events(orders, replay.accounts.fill_numbers)]
    names = order_names(orders)
    created = {str(o.client_order_id): int(o.ts_init) for o in orders}
    grouped = trades(all_positions(replay), orders, replay.accounts.instruments)
    positions = [
        _named(_trade([_owned(_position(replay, p, created), p, strategies) for p in trade]), names)
        for trade in grouped
    ]
    return BacktestRecord(
        currency=replay.accounts.currency,
        equity_start=float(replay.start),
        days=_days(replay),
        orders=sorted(
            (_named(_owned(_order(o), o, strategies), names) for o in orders),
            key=lambda o: (o.ts_init, o.strategy, number_of(o.client_order_id)),
        ),
        fills=[_named(fill, names) for fill in fills],
        positions=sorted(positions, key=lambda p: (p.ts_opened, p.strategy, number_of(p.opening_order_id))),
        balances=list(_balances(replay)),
        figures=figures,
        config=deepcopy(dict(config)),
        mids=cache(lambda: mids(feed, [(f.instrument_id, f.ts_event) for f in fills])),
        events=cache(partial(_events, feed)),
    )


def fill_trail(orders: Sequence[Any], name: Callable[[Any], str] = str, numbers: Numbers = NONE) -> str:
    """The trail of all fills (sweep/backtest/accounting/fill_digest.py); `name` gives the name of an order's id.

    `numbers` are those of fills of a pack (`fill_events`).
    """
    names = order_names(orders)
    return trail(
        f"{e.ts_event} {e.instrument_id} {e.order_side.name} {e.last_qty} {e.last_px} {e.commission} "
        f"{e.liquidity_side.name} {names.get(str(e.client_order_id)) or name(e.client_order_id)}"
        for e in fill_events(orders, numbers)
    )


def _fill(replay: Recorded, e: Any) -> Fill:
    instrument = replay.accounts.instruments[str(e.instrument_id)]
    value = replay.accounts.in_reporting_currency(add_up([instrument.notional_value(e.last_qty, e.last_px)]))
    commission = e.commission
    return Fill(
        int(e.ts_event), str(e.instrument_id), e.order_side.name, float(e.last_qty.as_decimal()),
        float(e.last_px.as_decimal()), float(value), float(commission.as_decimal()) if commission else 0.0,
        str(commission.currency if commission else e.currency), e.liquidity_side.name, e.order_type.name,
        str(e.client_order_id), str(e.trade_id), _text(e.position_id),
    )  # fmt: skip


def _order(o: Any) -> Order:
    refused = refusal(o)
    tags = "" if refused else " ".join(map(str, o.tags or ()))
    return Order(
        int(o.ts_init), int(o.ts_last), str(o.instrument_id), o.side.name, o.order_type.name, o.time_in_force.name,
        float(o.quantity.as_decimal()), float(o.filled_qty.as_decimal()), _price(getattr(o, "price", None)),
        _price(getattr(o, "trigger_price", None)), _price(o.avg_px), o.status.name,
        refused or _text(getattr(o.last_event, "reason", "")), tags, str(o.client_order_id),
        _text(o.parent_order_id), _text(o.position_id),
    )  # fmt: skip


def _position(replay: Recorded, p: Any, created: Mapping[str, int]) -> Position:
    accounts = replay.accounts
    pnl = accounts.in_reporting_currency(net(p))
    is_held = accounts.is_held(p)
    closed = None if is_held else int(p.ts_closed or p.ts_last)
    if accounts.is_settled(p):
        closed = int(accounts.instruments[str(p.instrument_id)].expiration_ns)
    if is_held:
        pnl += accounts.in_reporting_currency(add_up([accounts.unrealized(p)]))
    opening = str(p.opening_order_id)
    return Position(
        int(p.ts_opened), closed, created.get(opening, int(p.ts_opened)),
        str(p.instrument_id), "LONG" if p.entry == model.OrderSide.BUY else "SHORT",
        float(p.peak_qty.as_decimal()), _price(p.avg_px_open) or 0.0,
        _price(accounts.expired(p.instrument_id) if is_held else p.avg_px_close),
        float(pnl), float(accounts.in_reporting_currency(add_up(p.commissions()))), opening,
        _text(p.closing_order_id), str(p.id).partition("-snapshot")[0],
    )  # fmt: skip


def _trade(positions: Sequence[Position]) -> Position:
    """An exercised option and what it delivered as one position, closed with the last of them."""
    first, *others = positions
    if not others:
        return first
    is_open = any(p.is_open for p in positions)
    last = max(positions, key=lambda p: p.ts_closed or 0)
    return replace(
        first,
        ts_closed=None if is_open else last.ts_closed,
        avg_price_close=None if is_open else last.avg_price_close,
        pnl=sum(p.pnl for p in positions),
        fees=sum(p.fees for p in positions),
        closing_order_id="" if is_open else last.closing_order_id,
    )


def _owned[T: (Order, Fill, Position)](record: T, source: Any, strategies: Mapping[str, str]) -> T:
    """A record with the name of the strategy of the engine's object."""
    return replace(record, strategy=strategies.get(str(source.strategy_id), ""))


def _named[T: (Order, Fill, Position)](record: T, names: Mapping[str, str]) -> T:
    """A record with names in place of random ids of orders and fills."""
    ids = ("client_order_id", "opening_order_id", "closing_order_id")
    objects: dict[str, Any] = {n: names[value] for n in ids if (value := getattr(record, n, "")) in names}
    if "client_order_id" in objects and hasattr(record, "trade_id"):
        objects["trade_id"] = objects["client_order_id"]
    return replace(record, **objects) if objects else record


def _price(value: Any) -> float | None:
    """A Price, a Decimal or a number as a float."""
    return None if value is None else float(getattr(value, "as_decimal", lambda: value)())


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _balances(replay: Recorded) -> Iterator[Balance]:
    for venue in replay.accounts.venues:
        account = replay.accounts.account(venue)
        for event in account.events:
            for b in event.balances:
                amounts = (float(money.as_decimal()) for money in (b.total, b.locked, b.free))
                yield Balance(int(event.ts_event), str(account.id), str(b.currency), *amounts)


def _days(replay: Recorded) -> list[Day]:
    equity = [float(v) for v in replay.equity]
    returns = daily_returns(replay.start, replay.equity)
    changes = [float(b - a) for a, b in zip((replay.start, *replay.equity), replay.equity, strict=False)]
    return [
        Day(date, *replay.hours.get(date, (0, 0)), value, change, r)
        for date, value, change, r in zip(replay.days, equity, changes, returns, strict=True)
    ]


def _events(feed: Feed, name: str) -> list[Any]:
    """Copies of the events of a class that the feed has, in order."""
    entries = [e for e in feed.entries if e.custom and e.kind == name]
    return [e.data for entry in entries for e in feed.everything(entry)]
