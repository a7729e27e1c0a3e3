"""Ready instruments: the engine's class, its values, and what follows from the id. Every value can be overwritten.

Each has margin rates of 1, the whole notional, so that a venue's `default_leverage` means what it says.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sweep.catalog.instruments.currencies import THREE_DIGITS

type Values = Mapping[str, Any]

MARGIN = {"margin_init": "1", "margin_maint": "1"}
OCC = re.compile(r"([A-Z]{1,6})\s*(\d{6})([CP])(\d{8})")  # SPY260508C00725000: root, day, call or put, strike x 1000
CONTRACT = re.compile(r"([A-Z0-9]{1,4}?)([FGHJKMNQUVXZ])(\d{1,2})")  # ESM6: root, month, year
CRYPTO_QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "USD", "BTC")
NEW_YORK = ZoneInfo("America/New_York")


class UnreadableError(ValueError):
    """An id from which the template's values do not follow; the message is a rule."""


@dataclass(frozen=True, slots=True)
class Template:
    """One ready instrument."""

    type: str  # the engine's class
    meaning: str
    values: Values
    derive: Callable[[str], Values]  # what follows from the symbol


def pair(symbol: str) -> Values:
    """Currencies of EUR/USD, and its tick."""
    base, slash, quote = symbol.partition("/")
    if not (slash and base and quote):
        raise UnreadableError("must be BASE/QUOTE.VENUE, such as EUR/USD.SIM")
    tick = "0.001" if quote in THREE_DIGITS else "0.00001"
    return {"base_currency": base, "quote_currency": quote, "price_increment": tick}


def coins(symbol: str) -> Values:
    """Currencies of BTC/USDT."""
    base, slash, quote = symbol.partition("/")
    if not (slash and base and quote):
        raise UnreadableError("must be BASE/QUOTE.VENUE, such as BTC/USDT.BINANCE")
    return {"base_currency": base, "quote_currency": quote}


def future(symbol: str) -> Values:
    """The underlying of ESM6. When it expires is not said by its month."""
    if not (match := CONTRACT.fullmatch(symbol)):
        raise UnreadableError("must be ROOT, month and year, such as ESM6.XCME")
    return {"underlying": match[1]}


def option(symbol: str) -> Values:
    """Underlying, kind, strike and expiration (16:00 in New York) of an OCC symbol."""
    if not (match := OCC.fullmatch(symbol)):
        raise UnreadableError("must be an OCC symbol, such as SPY260508C00725000.OPRA")
    root, day, kind, strike = match.groups()
    try:
        date = datetime.strptime(day, "%y%m%d").date()  # noqa: DTZ007 (a date)
    except ValueError:
        raise UnreadableError(f"has no day in {day}") from None
    return {
        "underlying": root,
        "option_kind": "CALL" if kind == "C" else "PUT",
        "strike_price": f"{int(strike) / 1000:.2f}",
        "expiration_ns": datetime.combine(date, time(16), NEW_YORK).isoformat(),
    }


def perpetual(symbol: str) -> Values:
    """Currencies of BTCUSDT-PERP."""
    name = symbol.removesuffix("-PERP")
    quote = next((q for q in CRYPTO_QUOTES if name.endswith(q) and name != q), None)
    if quote is None or name == symbol:
        raise UnreadableError("must be BASE and QUOTE with -PERP, such as BTCUSDT-PERP.BINANCE")
    return {"base_currency": name.removesuffix(quote), "quote_currency": quote, "settlement_currency": quote}


def nothing(_symbol: str) -> Values:
    return {}


TEMPLATES: dict[str, Template] = {
    "equity": Template(
        "Equity", "a stock in cents and whole shares",
        {"currency": "USD", "price_increment": "0.01", "lot_size": "1", **MARGIN}, nothing,
    ),
    "fx_pair": Template(
        "CurrencyPair", "a currency pair in tenths of a pip, units of its base currency",
        {"size_increment": "1", "lot_size": "1000", **MARGIN}, pair,
    ),
    "crypto_pair": Template(
        "CurrencyPair", "a spot pair of coins in cents and millionths; say price_increment and size_increment",
        {"price_increment": "0.01", "size_increment": "0.000001", **MARGIN}, coins,
    ),
    "cme_future": Template(
        "FuturesContract", "an index future of the size of ES: 0.25 points, 50 dollars a point; say expiration_ns",
        {"asset_class": "INDEX", "currency": "USD", "price_increment": "0.25", "multiplier": "50", "lot_size": "1",
         "activation_ns": 0, **MARGIN}, future,
    ),
    "spy_option": Template(
        "OptionContract", "a US equity option on 100 shares, by its OCC symbol",
        {"asset_class": "EQUITY", "currency": "USD", "price_increment": "0.01", "multiplier": "100", "lot_size": "1",
         "activation_ns": 0, **MARGIN}, option,
    ),
    "binance_perpetual": Template(
        "CryptoPerpetual", "a linear perpetual of the size of BTCUSDT: 0.1 and 0.001",
        {"is_inverse": False, "price_increment": "0.1", "size_increment": "0.001", **MARGIN}, perpetual,
    ),
}  # fmt: skip


def template_of(symbol: str, is_money: Callable[[str], bool]) -> str:
    """The template of a symbol by its form; `is_money` tells the currencies of states from coins."""
    base, slash, quote = symbol.partition("/")
    if slash:
        return "fx_pair" if is_money(base) and is_money(quote) else "crypto_pair"
    if OCC.fullmatch(symbol):
        return "spy_option"
    if symbol.endswith("-PERP"):
        return "binance_perpetual"
    return "cme_future" if CONTRACT.fullmatch(symbol) else "equity"
