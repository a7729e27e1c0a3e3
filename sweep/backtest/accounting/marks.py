"""Newest price of each instrument, whatever kind of data it comes from.

The engine's cache knows quotes, trades, bars and mark prices. Order books and closes it drops unless a strategy asks
for them, so these are followed here. Of one nanosecond the more exact kind counts: quotes, books, trades, bars, mark
prices, closes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nautilus_trader import model

from sweep.backtest.data.entries import DataEntry
from sweep.errors import Reason, TrialError
from sweep.spec.data_kinds import BOOK_KINDS


@dataclass(frozen=True, slots=True)
class Mark:
    """Prices at which a unit can be sold and bought."""

    bid: Any  # Price
    ask: Any
    time: int = 0  # nanoseconds


class Marks:
    """Marks of one run: those in a cache, and those of the events that were replayed beside it."""

    def __init__(self, cache: Any, venues: Sequence[Mapping[str, Any]], entries: Sequence[DataEntry]) -> None:
        self.cache = cache  # the engine's, or the part of it that belongs to one strategy
        kinds = {e.kind for e in entries if not e.custom}
        self._asks: list[Callable[[Any], Mark | None]] = [self._quoted]
        self._asks += [self.booked] if kinds & set(BOOK_KINDS) else []
        self._asks += [self._traded] if "TradeTick" in kinds else []
        self._asks += [self._barred] if "Bar" in kinds else []
        self._asks += [self._averaged] if "MarkPriceUpdate" in kinds else []
        self._asks += [self._closed] if "InstrumentClose" in kinds else []
        self._bar_types = [model.BarType.from_str(n) for e in entries if e.kind == "Bar" for n in e.identifiers]
        self._book_types = {str(v["venue"]): v.get("book_type") for v in venues}
        self._books: dict[str, Any] = {}
        self._closes: dict[str, Any] = {}

    def newest(self, instrument_id: Any) -> Mark | None:
        """The present mark; None before the first price."""
        marks = (mark for ask in self._asks if (mark := ask(instrument_id)))
        return max(marks, key=lambda mark: mark.time, default=None)

    def follow(self, kind: str, events: Iterable[Any]) -> None:
        """Take note of events that were replayed, in their order."""
        if kind == "OrderBookDelta":
            for event in events:
                self._apply(event)
        elif kind == "OrderBookDepth":
            for depth in {e.instrument_id: e for e in events}.values():
                self._book(depth.instrument_id).apply_depth(depth)
        elif kind == "InstrumentClose":
            self._closes |= {str(e.instrument_id): e for e in events}

    def _apply(self, event: Any) -> None:
        book = self._book(event.instrument_id)
        try:
            (book.apply_deltas if isinstance(event, model.OrderBookDeltas) else book.apply_delta)(event)
        except RuntimeError as error:
            message = f"an order book delta of {event.instrument_id} fits no book: {error}"
            raise TrialError(Reason.DATA, message) from error

    def _book(self, instrument_id: Any) -> Any:
        name = str(instrument_id)
        if name not in self._books:
            kind = self._book_types.get(str(instrument_id.venue))
            levels = model.BookType.L3_MBO if kind == model.BookType.L3_MBO else model.BookType.L2_MBP
            self._books[name] = model.OrderBook(instrument_id, levels)
        return self._books[name]

    def _quoted(self, instrument_id: Any) -> Mark | None:
        quote = self.cache.quote(instrument_id)
        return Mark(quote.bid_price, quote.ask_price, quote.ts_init) if quote else None

    def booked(self, instrument_id: Any) -> Mark | None:
        """Mark of the order book; None where it has no two sides."""
        book = self._books.get(str(instrument_id))
        if book is None or (bid := book.best_bid_price()) is None or (ask := book.best_ask_price()) is None:
            return None
        return Mark(bid, ask, book.ts_init)

    def _traded(self, instrument_id: Any) -> Mark | None:
        trade = self.cache.trade(instrument_id)
        return Mark(trade.price, trade.price, trade.ts_init) if trade else None

    def _barred(self, instrument_id: Any) -> Mark | None:
        types = (t for t in self._bar_types if t.instrument_id == instrument_id)
        return mark_of_bars([bar for t in types if (bar := self.cache.bar(t))])

    def _averaged(self, instrument_id: Any) -> Mark | None:
        update = self.cache.mark_price(instrument_id)
        return Mark(update.value, update.value, update.ts_init) if update else None

    def _closed(self, instrument_id: Any) -> Mark | None:
        close = self._closes.get(str(instrument_id))
        return Mark(close.close_price, close.close_price, close.ts_init) if close else None


def mark_of_bars(bars: Sequence[Any]) -> Mark | None:
    """BID bars give the bid and ASK bars the ask; any other bar both. The latest of each counts."""
    kinds = model.PriceType
    latest = sorted(bars, key=lambda b: b.ts_init)
    bids = [b.close for b in latest if b.bar_type.spec.price_type != kinds.ASK]
    asks = [b.close for b in latest if b.bar_type.spec.price_type != kinds.BID]
    if not latest:
        return None
    return Mark((bids or asks)[-1], (asks or bids)[-1], latest[-1].ts_init)


def mark_of_event(event: Any) -> Mark | None:
    """The mark that one quote, trade or bar gives."""
    if isinstance(event, model.QuoteTick):
        return Mark(event.bid_price, event.ask_price, event.ts_init)
    if isinstance(event, model.TradeTick):
        return Mark(event.price, event.price, event.ts_init)
    return mark_of_bars([event])
