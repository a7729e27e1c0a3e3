"""Names of an instrument in a file, held against the instrument that its rows are written as.

Vendors write one instrument in many ways: BRK.B, BRK-B and BRK/B; AAPL, AAPL.US and NASDAQ:AAPL; EURUSD and EUR/USD.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sweep.catalog.instruments.currencies import is_known

FUTURE = re.compile(r"[FGHJKMNQUVXZ]\d{1,4}")  # month and year behind the root of a future
MARK = re.compile(r"[\s.:@=_-][A-Z]{1,7}$|\s.*$")  # of a vendor or an exchange, behind a symbol
ALIASES = {"XBT": "BTC", "XDG": "DOGE"}
TICKER = re.compile(r"[A-Z]{2,5}")
NO_TICKERS = {  # words at the start of the names of files
    "ASK", "BAR", "BARS", "BID", "BOOK", "CSV", "DAILY", "DAT", "DATA", "DAY", "FX", "HIST", "HOUR", "LAST", "MIN",
    "OHLC",
    "OHLCV", "PRICE", "QUOTE", "TICK", "TICKS", "TRADE", "UTC",
}  # fmt: skip


def other_names(symbols: Mapping[str, str], sources: Iterable[Any], instrument_id: str) -> list[str]:
    """Sentences on names that do not look like the instrument's: the only symbol of a column, and names of files.

    `symbols`: column → its only value.
    """
    mine = instrument_id.rpartition(".")[0]
    notes = [
        f"{column} says {text}: its rows are written as {instrument_id}"
        for column, text in symbols.items()
        if not is_same(text, mine)
    ]
    files = [Path(source).name for source in sources if isinstance(source, (str, Path))] if not symbols else []
    names = [other for file in files if (other := _name_in(file, mine))]
    return notes + [f"the file's name says {other}: its rows are written as {instrument_id}" for other in names]


def is_same(theirs: str, symbol: str) -> bool:
    """Tell a vendor's name for an instrument, by its symbol (without a venue)."""
    mine = {_plain(symbol), *(_plain(part) for part in symbol.split("/")[:1])}
    whole = _plain(symbol)
    for name in _readings(theirs):
        is_root = whole.startswith(name) and FUTURE.fullmatch(whole.removeprefix(name))
        is_of_broker = "/" in symbol and name.startswith(whole) and len(name) - len(whole) < len(whole) // 2
        is_kind = whole.startswith(name) and re.search(rf"^{re.escape(theirs.strip())}[-._]", symbol, re.IGNORECASE)
        if name in mine or is_root or is_of_broker or is_kind:
            return True
    return False


def _readings(text: str) -> Iterator[str]:
    """A name, without the mark of its vendor, and without the exchange before it."""
    word = text.strip().upper()
    for form in (word, word.rpartition(":")[2], MARK.sub("", word)):
        if plain := _plain(form):
            yield plain
            yield from (plain.replace(old, new, 1) for old, new in ALIASES.items() if old in plain)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _name_in(file: str, symbol: str) -> str:
    """Another instrument that the name of a file speaks of: a pair of currencies, or a ticker at its start."""
    stem = file.partition(".")[0] if not file.startswith(".") else ""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", stem) if word]
    if not words or _plain(symbol) in _plain(file) or any(is_same(word, symbol) for word in words):
        return ""
    if pair := next((word for word in words if _is_pair(word.upper())), ""):
        return pair
    first = words[0]
    is_ticker = TICKER.fullmatch(first) and first not in NO_TICKERS and not is_known(first)
    return first if is_ticker and "/" not in symbol else ""


def _is_pair(word: str) -> bool:
    return any(is_known(word[:n]) and is_known(word[n:]) for n in range(3, len(word) - 2))
