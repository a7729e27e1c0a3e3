"""Table of the kinds of market data: a row here is all that a kind needs, from the spec to the checks of its rows."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKind:
    """A kind of market data, by the engine's own name."""

    folder: str  # of a catalog, below data/
    noun: str  # "quotes", in messages
    subscribe: tuple[str, ...]  # methods of a strategy that it is delivered to
    request: str = ""  # method of a strategy that asks for its history
    historical: str = ""  # callback of a strategy that takes it
    key: Literal["instruments", "bar_types"] = "instruments"  # the key of an entry that lists its identifiers
    row_bytes: int  # memory of one decoded object
    prices: tuple[str, ...] | None = None  # columns that lie on the price grid; None: its rows are not checked
    sizes: tuple[str, ...] = ()  # columns that lie on the size grid
    marks_positions: bool = False  # a position can be valued at its price
    is_book: bool = False  # it builds an order book
    is_listed: bool = True  # it may stand in the spec's `data:`
    ends_interval: bool = False  # the time of a row is the end of the interval that it covers


DATA_KINDS: dict[str, DataKind] = {
    "QuoteTick": DataKind(
        folder="quotes",
        noun="quotes",
        request="request_quotes",
        historical="on_historical_quotes",
        subscribe=("subscribe_quotes",),
        row_bytes=220,
        prices=("bid_price", "ask_price"),
        sizes=("bid_size", "ask_size"),
        marks_positions=True,
    ),
    "TradeTick": DataKind(
        folder="trades",
        noun="trades",
        request="request_trades",
        historical="on_historical_trades",
        subscribe=("subscribe_trades",),
        row_bytes=220,
        prices=("price",),
        sizes=("size",),
        marks_positions=True,
    ),
    "Bar": DataKind(
        folder="bars",
        noun="bars",
        request="request_bars",
        historical="on_historical_bars",
        subscribe=("subscribe_bars",),
        key="bar_types",
        row_bytes=320,
        prices=("open", "high", "low", "close"),
        sizes=("volume",),
        marks_positions=True,
        ends_interval=True,
    ),
    "OrderBookDelta": DataKind(
        folder="order_book_deltas",
        noun="order book deltas",
        request="request_book_deltas",
        historical="on_historical_book_deltas",
        subscribe=("subscribe_book_deltas", "subscribe_book_at_interval"),
        row_bytes=240,
        prices=("price",),
        sizes=("size",),
        is_book=True,
    ),
    "OrderBookDepth": DataKind(
        folder="order_book_depths",
        noun="order book depths",
        request="request_book_depth",
        historical="on_historical_book_depth",
        subscribe=("subscribe_book_depth",),
        row_bytes=2000,
        is_book=True,
    ),
    "FundingRateUpdate": DataKind(
        folder="funding_rates",
        noun="funding rates",
        request="request_funding_rates",
        historical="on_historical_funding_rates",
        subscribe=("subscribe_funding_rates",),
        row_bytes=150,
    ),
    "MarkPriceUpdate": DataKind(  # an average: off the price grid by nature
        folder="mark_prices", noun="mark prices", subscribe=("subscribe_mark_prices",), row_bytes=120, prices=()
    ),
    "IndexPriceUpdate": DataKind(
        folder="index_prices", noun="index prices", subscribe=("subscribe_index_prices",), row_bytes=120, prices=()
    ),
    "InstrumentStatus": DataKind(
        folder="instrument_status",
        noun="instrument statuses",
        subscribe=("subscribe_instrument_status",),
        row_bytes=150,
    ),
    "InstrumentClose": DataKind(
        folder="instrument_closes",
        noun="instrument closes",
        subscribe=("subscribe_instrument_close",),
        row_bytes=120,
    ),
    "OptionGreeks": DataKind(
        folder="option_greeks", noun="option greeks", subscribe=(), row_bytes=200, is_listed=False
    ),
}
REQUESTS = {kind.request: name for name, kind in DATA_KINDS.items() if kind.request}  # method → kind
LISTED_KINDS = tuple(name for name, kind in DATA_KINDS.items() if kind.is_listed)
MARKING_KINDS = tuple(name for name, kind in DATA_KINDS.items() if kind.marks_positions)
BOOK_KINDS = tuple(name for name, kind in DATA_KINDS.items() if kind.is_book)


def ends_interval(kind: str) -> bool:
    """True for data of which each row covers an interval and bears the time of its end; events are no such data."""
    return kind in DATA_KINDS and DATA_KINDS[kind].ends_interval


def time_span(kind: str, start: int, end: int) -> tuple[int, int]:
    """Times of a kind's rows in a period [start, end), nanoseconds: the first, and the first after them.

    An interval belongs to the period with its end: a bar of 23:00 to 24:00 to the day that ends at 24:00.
    """
    shift = int(ends_interval(kind))
    return start + shift, end + shift
