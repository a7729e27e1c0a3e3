"""Tiny catalogs for tests: instruments, and data written from plain tuples."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from nautilus_trader.model import (
    AggressorSide,
    AssetClass,
    Bar,
    BarType,
    CryptoPerpetual,
    Currency,
    CurrencyPair,
    CustomData,
    DataType,
    Equity,
    FuturesContract,
    InstrumentId,
    OptionContract,
    OptionKind,
    Price,
    Quantity,
    QuoteTick,
    Symbol,
    TradeId,
    TradeTick,
    register_custom_data_class,
)
from nautilus_trader.persistence import ParquetDataCatalog

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

type Margin = str | None


def ns(text: str) -> int:
    """Nanoseconds of an ISO time; UTC where it names no zone."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * SECOND


def equity(name: str = "SPY.ARCA", *, margin: Margin = "1", currency: str = "USD") -> Equity:
    """A stock in cents; `margin` is both its initial and its maintenance margin."""
    rate = None if margin is None else Decimal(margin)
    return Equity(
        InstrumentId.from_str(name), symbol(name), Currency.from_str(currency), 2,
        Price.from_str("0.01"), 0, 0, lot_size=Quantity.from_int(1), margin_init=rate, margin_maint=rate,
    )  # fmt: skip


def pair(name: str = "EUR/USD.SIM", *, margin: Margin = "0.03", digits: int = 5, size_digits: int = 0) -> CurrencyPair:
    """A currency pair, fiat or crypto by the currencies in its name."""
    base, quote = name.split(".", maxsplit=1)[0].split("/")
    rate = None if margin is None else Decimal(margin)
    return CurrencyPair(
        InstrumentId.from_str(name), symbol(name), Currency.from_str(base), Currency.from_str(quote),
        digits, size_digits, tick(digits), step(size_digits), 0, 0, margin_init=rate, margin_maint=rate,
    )  # fmt: skip


def perpetual(name: str = "BTCUSDT-PERP.BINANCE", *, margin: Margin = "0.1") -> CryptoPerpetual:
    """A linear perpetual, settled in its quote currency USDT."""
    rate = None if margin is None else Decimal(margin)
    usdt = Currency.from_str("USDT")
    return CryptoPerpetual(
        InstrumentId.from_str(name), symbol(name), Currency.from_str("BTC"), usdt, usdt, False,
        1, 3, tick(1), step(3), 0, 0, margin_init=rate, margin_maint=rate,
    )  # fmt: skip


def future(name: str = "ESM6.GLBX", *, multiplier: int = 50, margin: Margin = "0.05") -> FuturesContract:
    """An index future with quarter-point ticks."""
    rate = None if margin is None else Decimal(margin)
    return FuturesContract(
        InstrumentId.from_str(name), symbol(name), AssetClass.INDEX, "ES", 0, ns("2030-01-01"),
        Currency.from_str("USD"), 2, Price.from_str("0.25"), Quantity.from_int(multiplier), Quantity.from_int(1),
        0, 0, margin_init=rate, margin_maint=rate,
    )  # fmt: skip


def option(
    name: str = "SPY260504C00100000.SMART", *, margin: Margin = "1", expires: str = "2026-05-04T20:00:00"
) -> OptionContract:
    """An option on SPY in cents, of 100 shares; kind and strike stand in its name (OCC)."""
    rate = None if margin is None else Decimal(margin)
    text = name.partition(".")[0]
    kind = OptionKind.CALL if text[-9] == "C" else OptionKind.PUT
    return OptionContract(
        InstrumentId.from_str(name), symbol(name), AssetClass.EQUITY, text[:-15].rstrip(), kind,
        Price(int(text[-8:]) / 1000, 2), Currency.from_str("USD"), 0, ns(expires), 2, Price.from_str("0.01"),
        Quantity.from_int(100), Quantity.from_int(1), 0, 0, margin_init=rate, margin_maint=rate,
    )  # fmt: skip


def symbol(name: str) -> Symbol:
    return Symbol(name.partition(".")[0])


def tick(digits: int) -> Price:
    return Price.from_str(f"{10.0**-digits:.{digits}f}")


def step(digits: int) -> Quantity:
    return Quantity.from_str(f"{10.0**-digits:.{digits}f}")


def quotes(instrument: Any, rows: Iterable[tuple[int, float, float]], *, size: float = 1_000_000) -> list[QuoteTick]:
    """Quotes from (ns, bid, ask), at the instrument's precision, with a deep book on both sides."""
    p, s = instrument.price_precision, instrument.size_precision
    depth = Quantity(size, s)
    return [QuoteTick(instrument.id, Price(b, p), Price(a, p), depth, depth, t, t) for t, b, a in rows]


def requote(quote: QuoteTick, instrument_id: InstrumentId) -> QuoteTick:
    """The same quote under another instrument's name."""
    sides = (quote.bid_price, quote.ask_price, quote.bid_size, quote.ask_size)
    return QuoteTick(instrument_id, *sides, quote.ts_event, quote.ts_init)


def later(quote: QuoteTick, nanos: int) -> QuoteTick:
    """The same quote, seen in the market so much later than it says it was made."""
    sides = quote.bid_price, quote.ask_price, quote.bid_size, quote.ask_size
    return QuoteTick(quote.instrument_id, *sides, quote.ts_event - nanos, quote.ts_init)


def sized(quote: QuoteTick, size: int) -> QuoteTick:
    """The same quote of so much on each side."""
    of = Quantity(size, quote.bid_size.precision)
    return QuoteTick(quote.instrument_id, quote.bid_price, quote.ask_price, of, of, quote.ts_event, quote.ts_init)


def trades(instrument: Any, rows: Iterable[tuple[int, float]], *, size: float = 100) -> list[TradeTick]:
    """Trades from (ns, price)."""
    p, s = instrument.price_precision, instrument.size_precision
    return [
        TradeTick(instrument.id, Price(x, p), Quantity(size, s), AggressorSide.BUY, TradeId(str(n)), t, t)
        for n, (t, x) in enumerate(rows)
    ]


def bars(
    bar_type: str, rows: Iterable[tuple[int, float, float, float, float]], *, digits: int = 2, size_digits: int = 0
) -> list[Bar]:
    """Bars from (ns at close, open, high, low, close)."""
    kind, volume = BarType.from_str(bar_type), Quantity(10_000, size_digits)
    return [Bar(kind, *(Price(x, digits) for x in ohlc), volume, t, t) for t, *ohlc in rows]


def write(
    directory: Path,
    instruments: Sequence[Any],
    *,
    quotes: Sequence[QuoteTick] = (),
    trades: Sequence[TradeTick] = (),
    bars: Sequence[Bar] = (),
    events: Sequence[Any] = (),
) -> str:
    """A catalog in `directory` with exactly this content; its path."""
    directory.mkdir(parents=True, exist_ok=True)
    catalog = ParquetDataCatalog(str(directory))
    catalog.write_instruments(list(instruments))
    for rows, put in ((quotes, catalog.write_quote_ticks), (trades, catalog.write_trade_ticks)):
        for group in by(rows, lambda row: row.instrument_id):
            put(group)
    for group in by(bars, lambda bar: bar.bar_type):
        catalog.write_bars(group)
    if events:
        register_custom_data_class(type(events[0]))
        kind = DataType(type(events[0]).__name__)
        catalog.write_custom_data([CustomData(kind, event) for event in events])
    return str(directory)


def by(rows: Iterable[Any], key: Any) -> list[list[Any]]:
    """The rows in groups of one key each, in order of first appearance."""
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())
