"""PnL of the engine's positions after all fees, and closed ones as trades."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from nautilus_trader import model

from sweep.backtest.accounting.accounts import ZERO, Accounts, add_up, add_up_amounts
from sweep.backtest.accounting.expiration import EXPIRATION
from sweep.backtest.accounting.fills import number_of
from sweep.backtest.metrics.closed_trades import ClosedTrade


def worth(accounts: Accounts, position: Any) -> dict[str, Decimal]:
    """PnL of a position after all fees, by currency; that of its settlement where the engine left an option open."""
    amounts = net(position)
    return (
        add_up_amounts((amounts, add_up([accounts.unrealized(position)]))) if accounts.is_settled(position) else amounts
    )


def net(position: Any) -> dict[str, Decimal]:
    """Realised PnL of a position after all fees, by currency; the engine leaves out fees in other currencies."""
    settled = position.settlement_currency
    amounts = add_up([position.realized_pnl] if position.realized_pnl is not None else [])
    for money in position.commissions():
        if money.currency != settled:
            name = str(money.currency)
            amounts[name] = amounts.get(name, ZERO) - money.as_decimal()
    return amounts


def closed_trade(accounts: Accounts, trade: Sequence[Any], amounts: Mapping[str, Decimal]) -> ClosedTrade:
    """A trade of one or several positions, and what they came to, by currency."""
    first = trade[0]
    return ClosedTrade(
        accounts.in_reporting_currency(amounts),
        first.entry == model.OrderSide.BUY,
        int(first.ts_opened),
        max(end_of(accounts, p) or 0 for p in trade),
        str(first.instrument_id),
    )


def end_of(accounts: Accounts, position: Any) -> int | None:
    """Time at which a position was closed, or its expiration where the engine left it open; None for an open one."""
    if accounts.is_settled(position):
        return int(accounts.instruments[str(position.instrument_id)].expiration_ns)
    return None if accounts.is_held(position) else int(position.ts_closed or position.ts_last)


def by_opening(trade: Sequence[Any]) -> tuple[Any, ...]:
    """Place of a trade in the order of opening; the engine keeps positions in a random order.

    Ids of what an expiration opens are random.
    """
    first, order = trade[0], str(trade[0].opening_order_id)
    number = 0 if order.startswith(EXPIRATION) else number_of(order)
    return int(first.ts_opened), str(first.strategy_id), number, str(first.instrument_id)
