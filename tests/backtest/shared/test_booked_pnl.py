"""Bookings of one strategy, by hand: what its fills and exits add to an account of its own."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from nautilus_trader.model import Currency, Money, OrderSide, Price, Quantity

from sweep.backtest.shared import shared_run
from sweep.backtest.shared.booked_pnl import Book
from tests.backtest.shared.test_order_rules import QUOTES, STOCK, trials
from tests.backtest.shared.test_shared_run import T0, alone, differences
from tests.support import markets
from tests.support.markets import SECOND

USD = Currency.from_str("USD")
CACHE: Any = SimpleNamespace(instrument=lambda _: STOCK)


def fill(side: OrderSide, quantity: int, price: float) -> Any:
    return SimpleNamespace(
        instrument_id=STOCK.id, order_side=side, last_qty=Quantity(quantity, 0), last_px=Price(price, 2),
        commission=Money(0.35, USD), position_id="P", quantity=Quantity(quantity, 0), avg_px_open=100.0,
        entry=OrderSide.BUY, currency=USD,
    )  # fmt: skip


def test_a_cash_account_pays_at_each_fill_and_a_margin_account_gains_at_the_exit():
    cash, margin = Book(frozenset({"ARCA"})), Book()
    for book in (cash, margin):
        book.on_order_filled(fill(OrderSide.BUY, 10, 100.0), CACHE)
        book.on_position_opened(fill(OrderSide.BUY, 10, 100.0), CACHE)
    assert (cash.total("ARCA"), margin.total("ARCA")) == (Decimal("-1000.35"), Decimal("-0.35"))
    for book in (cash, margin):
        book.on_order_filled(fill(OrderSide.SELL, 10, 102.5), CACHE)
        book.on_position_closed(fill(OrderSide.SELL, 10, 102.5), CACHE)
    assert cash.total("ARCA") == margin.total("ARCA") == Decimal("24.30")  # 10 x 2.50 - 2 x 0.35


def test_whose_own_cash_would_not_have_covered_a_fill_runs_alone(tmp_path):
    """9 shares at 100 are ordered with 950 dollars; when the order arrives, they cost 990."""
    rows = [(T0, 99.99, 100.0), (T0 + SECOND, 109.99, 110.0), (T0 + 2 * SECOND, 110.0, 110.01)]
    catalog = markets.write(tmp_path / "c", [STOCK], quotes=markets.quotes(STOCK, rows, size=1000))
    many = trials(
        catalog, [QUOTES], "quotes", [[0, "market", 9]], [[0, "market", 2]],
        account_type="CASH", balance=950, latency=SECOND // 2,
    )  # fmt: skip
    poor, rich = shared_run.run([(one, ()) for one in many])
    assert poor == "its own balance would have gone negative"
    assert "went negative" in str(alone(many[0])) or "balance" in str(alone(many[0]))
    assert differences(many[1], rich) == []
