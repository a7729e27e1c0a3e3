"""Newest prices at the end of each minute with market data: what the equity within the days is computed from.

Quotes, trades and events of a book that come exactly at the start of a minute belong to it, bars that end there to the
minute before. Of one instrument the newest price counts, from any kind of data, in the order of
sweep/backtest/accounting/marks.py.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
from nautilus_trader import model

from sweep.backtest.accounting.fill_costs import FillQuotes
from sweep.backtest.accounting.marks import Marks
from sweep.backtest.data.batches import Batch, FeedPart
from sweep.backtest.data.windows import Array, distinct
from sweep.spec.data_kinds import BOOK_KINDS, ends_interval

type Floats = np.ndarray[Any, np.dtype[np.float64]]
type Sample = tuple[int, int, float, float]  # minute, time in nanoseconds, bid, ask
type Columns = tuple[Array, Array, Floats, Floats]  # the same of many
type Prices = tuple[Array, Floats, Floats]  # time, bid and ask at the end of each minute

MINUTE = 60 * 10**9
NAN = float("nan")
TIME = attrgetter("ts_init")
ORDER = ("QuoteTick", *BOOK_KINDS, "TradeTick", "Bar", "MarkPriceUpdate", "InstrumentClose")  # of one nanosecond


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """One stream of prices of an instrument."""

    instrument: str
    rank: int  # place of its kind in ORDER
    name: str = ""  # bar type


class MarketMinutes:
    """Prices of the minutes of one run, as it replays the market, and the ends of its trading days."""

    def __init__(self) -> None:
        self.quotes = FillQuotes()
        self.day_ends: list[int] = []  # number of minutes at the end of each trading day
        self._samples: dict[Source, list[Columns]] = {}
        self._new: list[Array] = []  # minutes of the present day
        self._days: list[Array] = []  # minutes with market data of the days before
        self._prices: dict[str, tuple[Floats, Floats]] = {}

    def follow(self, part: FeedPart, marks: Marks) -> None:
        """Take what was replayed. Samples that need no book stay with the part for the next trial."""
        self.quotes.follow(part)
        market = [b for b in part.batches if b.entry.kind in ORDER and not b.entry.custom]
        if "minutes" not in part.notes:
            plain = (b for b in market if b.entry.kind not in BOOK_KINDS)
            part.notes["minutes"] = [pair for b in plain for pair in sampled(b)]
        for source, samples in part.notes["minutes"]:
            self._take(source, samples)
        for batch in market:
            if batch.entry.kind in BOOK_KINDS:
                self._follow_book(batch, marks)
            else:
                marks.follow(batch.entry.kind, batch.events)

    def add(self, quotes: Sequence[Any]) -> None:
        """Take quotes of one instrument that are no part of a window: those of an option chain."""
        self.quotes.add(quotes)
        samples = [_sample("QuoteTick", minute, quotes[end - 1]) for minute, _, end in minutes_of(quotes, 0)]
        self._take(Source(str(quotes[0].instrument_id), 0), columns_of(samples))

    def _follow_book(self, batch: Batch, marks: Marks) -> None:
        samples: dict[str, list[Sample]] = {}
        for minute, start, end in minutes_of(batch.events, 0):
            events = batch.events[start:end]
            marks.follow(batch.entry.kind, events)
            for name, instrument in {str(e.instrument_id): e.instrument_id for e in events}.items():
                if mark := marks.booked(instrument):
                    sample = minute, mark.time, mark.bid.as_double(), mark.ask.as_double()
                    samples.setdefault(name, []).append(sample)
        for name, rows in samples.items():
            self._take(Source(name, ORDER.index(batch.entry.kind)), columns_of(rows))

    def _take(self, source: Source, samples: Columns) -> None:
        self._samples.setdefault(source, []).append(samples)
        self._new.append(samples[0])

    def close_day(self, now: int) -> None:
        """Note the end of a trading day; `now` is the time, for a day without a price."""
        minutes = distinct(np.concatenate(self._new)) if self._new else np.array([(now - 1) // MINUTE])
        self._days.append(minutes)
        self.day_ends.append(len(minutes) + (self.day_ends[-1] if self.day_ends else 0))
        self._new.clear()
        self._prices.clear()
        self.__dict__.pop("minutes", None)

    @cached_property
    def minutes(self) -> Array:
        """Numbers of the minutes with market data in the trading days that have ended."""
        return np.concatenate(self._days) if self._days else np.zeros(0, np.int64)

    def places(self, times: Sequence[int]) -> Array:
        """Place of the first minute whose end is not before each time; the number of minutes after the last."""
        return np.searchsorted(self.minutes, (np.array(times, np.int64) - 1) // MINUTE)

    def prices(self, instrument: str) -> tuple[Floats, Floats]:
        """Bid and ask of an instrument at the end of each minute; NaN before its first price."""
        if instrument not in self._prices:
            sources = sorted(source for source in self._samples if source.instrument == instrument)
            self._prices[instrument] = newest([(s.rank, self._filled(s)) for s in sources], len(self.minutes))
        return self._prices[instrument]

    def _filled(self, source: Source) -> Prices:
        """Newest sample of a source at each minute."""
        minutes, *columns = (np.concatenate(c) for c in zip(*self._samples[source], strict=True))
        at = np.searchsorted(minutes, self.minutes, side="right") - 1
        time, bid, ask = (column[at] for column in columns)
        return np.where(at >= 0, time, -1), np.where(at >= 0, bid, NAN), np.where(at >= 0, ask, NAN)


def columns_of(samples: Sequence[Sample]) -> Columns:
    """Samples as arrays."""
    minutes, times, bids, asks = zip(*samples, strict=True)
    return np.array(minutes, np.int64), np.array(times, np.int64), np.array(bids), np.array(asks)


def sampled(batch: Batch) -> list[tuple[Source, Columns]]:
    """The last event of each minute of a batch, by source."""
    kind, samples = batch.entry.kind, dict[Any, list[Sample]]()
    count, key = len(batch.entry.identifiers), attrgetter("bar_type" if kind == "Bar" else "instrument_id")
    for minute, start, end in minutes_of(batch.events, int(ends_interval(kind))):
        last: dict[Any, Any] = {}
        for n in range(end - 1, start - 1, -1):
            last.setdefault(key(batch.events[n]), batch.events[n])
            if len(last) == count:
                break
        for name, event in last.items():
            samples.setdefault(name, []).append(_sample(kind, minute, event))
    return [(_source(kind, name), columns_of(rows)) for name, rows in samples.items()]


def _source(kind: str, name: Any) -> Source:
    instrument, bar_type = (name.instrument_id, str(name)) if kind == "Bar" else (name, "")
    return Source(str(instrument), ORDER.index(kind), bar_type)


def minutes_of(events: Sequence[Any], shift: int) -> Iterator[tuple[int, int, int]]:
    """Number, first place and end of each minute of events in the order of time; `shift` is subtracted from times."""
    start = 0
    while start < len(events):
        minute = (events[start].ts_init - shift) // MINUTE
        end = bisect_left(events, (minute + 1) * MINUTE + shift, lo=start, key=TIME)
        yield minute, start, end
        start = end


def _sample(kind: str, minute: int, event: Any) -> Sample:
    """An event as bid and ask; NaN where it has none of the two."""
    if kind == "QuoteTick":
        return minute, event.ts_init, event.bid_price.as_double(), event.ask_price.as_double()
    if kind == "Bar":
        price, side = event.close.as_double(), event.bar_type.spec.price_type
        is_bid, is_ask = side != model.PriceType.ASK, side != model.PriceType.BID
        return minute, event.ts_init, price if is_bid else NAN, price if is_ask else NAN
    value = next(getattr(event, n) for n in ("price", "value", "close_price") if hasattr(event, n)).as_double()
    return minute, event.ts_init, value, value


def newest(sources: Sequence[tuple[int, Prices]], length: int) -> tuple[Floats, Floats]:
    """Bid and ask of the source with the newest time at each minute; of equal times the lowest rank counts."""
    time, bid, ask = np.full(length, -1), np.full(length, NAN), np.full(length, NAN)
    for rank in sorted({rank for rank, _ in sources}):
        of_kind = merged([columns for r, columns in sources if r == rank])
        is_newer = of_kind[0] > time
        time, bid, ask = (np.where(is_newer, c, old) for c, old in zip(of_kind, (time, bid, ask), strict=True))
    return bid, ask


def merged(sources: Sequence[Prices]) -> Prices:
    """Sources of one kind: one bar may give the bid and another the ask; where a side is missing, the other counts."""
    bid, ask = (_side(sources, n) if len(sources) > 1 else sources[0][n] for n in (1, 2))
    time = np.max([columns[0] for columns in sources], axis=0)
    return time, np.where(np.isnan(bid), ask, bid), np.where(np.isnan(ask), bid, ask)


def _side(sources: Sequence[Prices], side: int) -> Floats:
    """The newest bid (1) or ask (2) at each minute; of equal times the last one counts."""
    time, value = np.full_like(sources[0][0], -1), np.full_like(sources[0][1], NAN)
    for columns in sources:
        is_newer = ~np.isnan(columns[side]) & (columns[0] >= time)
        time, value = np.where(is_newer, columns[0], time), np.where(is_newer, columns[side], value)
    return value
