"""A small market for ported strategies: quotes, trades, bars and an L2 book of AUD/USD, from a seeded walk."""

import random
from decimal import Decimal
from pathlib import Path

from nautilus_trader.model import (
    AggressorSide,
    Bar,
    BarType,
    BookAction,
    BookOrder,
    Currency,
    CurrencyPair,
    InstrumentId,
    OrderBookDelta,
    OrderSide,
    Price,
    Quantity,
    QuoteTick,
    Symbol,
    TradeId,
    TradeTick,
)
from nautilus_trader.persistence import ParquetDataCatalog

PAIR = InstrumentId.from_str("AUD/USD.SIM")
BARS = BarType.from_str("AUD/USD.SIM-1-MINUTE-MID-EXTERNAL")
START, SECOND, COUNT, EVERY = 1_777_852_800_000_000_000, 10**9, 7_200, 6  # 2026-05-04, twelve hours
SIZES = (500_000, 1_000_000, 2_000_000)


def price(value: float) -> Price:
    return Price(value, 5)


def walk(count: int = COUNT, seed: int = 7) -> list[float]:
    """Middle prices that come back to 0.7: signals of both directions."""
    draw, middle, prices = random.Random(seed), 0.7, []
    for _ in range(count):
        middle += draw.gauss(0, 4e-5) + (0.7 - middle) * 2e-3
        prices.append(round(middle, 5))
    return prices


def instrument() -> CurrencyPair:
    return CurrencyPair(
        PAIR, Symbol("AUD/USD"), Currency.from_str("AUD"), Currency.from_str("USD"), 5, 0, price(0.00001),
        Quantity.from_int(1), 0, 0, margin_init=Decimal("0.03"), margin_maint=Decimal("0.03"),
    )  # fmt: skip


def quotes(middles: list[float]) -> list[QuoteTick]:
    draw, ticks = random.Random(1), []
    for n, middle in enumerate(middles):
        at, sizes = START + n * EVERY * SECOND, [Quantity.from_int(draw.choice(SIZES)) for _ in range(2)]
        ticks.append(QuoteTick(PAIR, price(middle - 1e-5), price(middle + 1e-5), *sizes, at, at))
    return ticks


def trades(middles: list[float]) -> list[TradeTick]:
    ticks = []
    for n, middle in enumerate(middles[::5]):
        at = START + (5 * n * EVERY + 1) * SECOND
        side = AggressorSide.BUY if n % 2 else AggressorSide.SELL
        ticks.append(TradeTick(PAIR, price(middle), Quantity.from_int(100_000), side, TradeId(str(n)), at, at))
    return ticks


def bars(middles: list[float]) -> list[Bar]:
    bar_list = []
    for n in range(len(middles) // 10):
        inside, at = middles[10 * n : 10 * n + 10], START + (n + 1) * 60 * SECOND
        ohlc = [inside[0], max(inside), min(inside), inside[-1]]
        bar_list.append(Bar(BARS, *(price(p) for p in ohlc), Quantity.from_int(1_000_000), at, at))
    return bar_list


def deltas(middles: list[float]) -> list[OrderBookDelta]:
    """Both sides of one level, cleared and set again every minute."""
    draw, delta_list = random.Random(3), []
    for n, middle in enumerate(middles[::10]):
        at = START + n * 60 * SECOND
        for i, (action, side, where) in enumerate(
            [(BookAction.CLEAR, None, 0.0), (BookAction.ADD, OrderSide.BUY, middle - 1e-5),
             (BookAction.ADD, OrderSide.SELL, middle + 1e-5)]
        ):  # fmt: skip
            size = Quantity.from_int(0 if side is None else draw.choice((100_000, 500_000, 2_000_000)))
            order = BookOrder(side, price(where), size, i)
            delta_list.append(OrderBookDelta(PAIR, action, order, 128 if i == 2 else 0, n, at, at))
    return delta_list


def write(folder: Path) -> Path:
    """A catalog with all of it."""
    middles = walk()
    folder.mkdir(parents=True, exist_ok=True)
    catalog = ParquetDataCatalog(str(folder))
    catalog.write_instruments([instrument()])
    catalog.write_quote_ticks(quotes(middles))
    catalog.write_trade_ticks(trades(middles))
    catalog.write_bars(bars(middles))
    catalog.write_order_book_deltas(deltas(middles))
    return folder
