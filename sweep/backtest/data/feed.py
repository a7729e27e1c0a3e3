"""The market, window by window, in one exact order.

Events of one nanosecond arrive as the spec lists their data entries, market data before custom events; inside one
entry by instrument id. A window never splits a nanosecond, and results do not depend on where windows are cut.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest.data.batches import Batch, FeedPart, parted
from sweep.backtest.data.book_events import DELTAS, grouped
from sweep.backtest.data.directory_cache import cached
from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.file_survey import Survey, survey
from sweep.backtest.data.perturbation.events import PerturbedEvents
from sweep.backtest.data.trading_days import TradingDay
from sweep.backtest.data.windows import Bounds, Histogram, WindowCache
from sweep.catalog.custom_types import as_events_of, register
from sweep.catalog.data_files import time_range
from sweep.common.files.file_state import state_of
from sweep.errors import Reason, TrialError
from sweep.spec.components.perturbation import Perturbation
from sweep.spec.data_kinds import MARKING_KINDS

DAY = 86_400 * 10**9
BLOCK = 8  # windows of which sparse data is decoded at once


@dataclass(frozen=True, slots=True)
class DataWindow:
    """A stretch of one trading day."""

    part: FeedPart
    session: TradingDay
    closes_session: bool  # whether it is the last with data in its session
    closes_step: bool  # whether it is the last of a part that its session is read in
    is_market_day: bool  # whether the session has market data
    begins: bool  # whether it is the first of those that were decoded together


class Feed:
    """Catalog data of one backtest."""

    def __init__(
        self,
        catalog: str,
        entries: Sequence[DataEntry],
        start: int,
        end: int,
        cache: WindowCache | None = None,
        perturbation: Perturbation | None = None,
    ) -> None:
        self.path, self.cache = Path(catalog), cache or WindowCache(0)
        try:
            self.catalog = ParquetDataCatalog(catalog)
        except Exception as error:  # the engine raises what its object store does
            raise TrialError(Reason.DATA, f"cannot open the catalog {catalog}: {error}") from error
        self.chains = tuple(e.chain for e in entries if e.chain)
        entries = [e for e in entries if not e.chain]
        market = [e for e in entries if not e.custom]
        self.entries = tuple(market + [e for e in entries if e.custom])
        self.only_events = not market
        self.start, self.end = start, end
        self._perturbation = perturbation
        for e in self.entries:
            if e.custom:
                register(e.custom)
        self.files = {e: self._files(e) for e in self.entries}

    def _files(self, item: DataEntry) -> tuple[Path, ...]:
        def search() -> tuple[Path, ...]:
            first, end = item.span(self.start, self.end)
            paths = self.catalog.query_files(item.type, list(item.identifiers) or None, first, end - 1)
            return tuple(self.path / name for name in sorted(paths))

        names = item.identifiers or (item.kind,)
        return cached(self.cache, ("files", item, self.start, self.end), self.path, names, search)

    @property
    def identity(self) -> tuple[Any, ...]:
        """Equal only for the same content: the files with size and time of change, the entries and the period."""
        stats = [(str(f), *state_of(f.stat())) for e in self.entries for f in self.files[e]]
        return (str(self.path.resolve()), self.start, self.end, self.entries, tuple(stats))

    def instruments(self) -> list[Any]:
        """Definitions of every instrument with market data here, by id. A missing one is an error, not an absence."""
        ids = sorted({i for e in self.entries for i in e.instruments})
        read = cached(
            self.cache, ("definitions", *ids), self.path, ids, lambda: self.catalog.instruments(ids) if ids else []
        )
        latest = latest_of(read, self.end)
        if lost := [i for i in ids if i not in latest]:
            raise TrialError(Reason.DATA, f"the catalog {self.path} has no definition of {', '.join(lost)}")
        return [latest[i] for i in ids]

    def survey(self, cache: WindowCache) -> Survey:
        """Contents of the files in the period."""
        files = [(f, e.kind, not e.custom, e.weight) for e in self.entries for f in self.files[e]]
        return cache.survey(self.identity, lambda: survey(files, self.start, self.end))

    def first_prices(self, survey: Survey, instrument_id: str) -> list[Any]:
        """The first price event of an instrument in the period, one for each identifier that has some."""
        entries = (e for e in self.entries if e.kind in MARKING_KINDS and not e.custom)
        named = [
            (e, n) for e in entries for n, i in zip(e.identifiers, e.instruments, strict=True) if i == instrument_id
        ]
        return [first for e, name in named if (first := self.first_event(survey, e, name)) is not None]

    def first_event(self, survey: Survey, item: DataEntry, name: str) -> Any:
        """The first event of an identifier in the period; None without any."""
        time = survey.first(item.kind, name)
        return None if time is None else next(iter(self.query(item, Bounds(time, time + 1), [name])), None)

    def query(self, item: DataEntry, bounds: Bounds, identifiers: Sequence[str] | None = None) -> list[Any]:
        """Decoded events of one entry in the period with start <= time < end, by time and then by identifier."""
        first, end = item.span(self.start, self.end)
        first, end = max(first, bounds.start), min(end, bounds.end)
        if first >= end:
            return []
        return self._read(item, list(identifiers or item.identifiers) or None, first, end)

    def history(self, item: DataEntry, identifier: str, bounds: Bounds, limit: int | None = None) -> list[Any]:
        """Decoded events of one identifier with start <= time < end, also before the period; the last `limit` of them.

        With a limit the catalog is read backwards, in longer and longer stretches, until there are enough.
        """
        if not limit:
            return self._read(item, [identifier], bounds.start, bounds.end)
        events, end, width = list[Any](), bounds.end, DAY
        while end > bounds.start and len(events) < limit and (last := self._last_before(item, identifier, end)):
            end = min(end, last + 1)
            start = max(bounds.start, end - width)
            events = self._read(item, [identifier], start, end) + events
            end, width = start, 2 * width
        return events[-limit:]

    def _last_before(self, item: DataEntry, identifier: str, end: int) -> int:
        """An upper bound of the times of the rows before `end`, by the files' names; 0 where there are none."""
        names = self.catalog.query_files(item.type, [identifier], 0, end - 1)
        spans = [span for name in names if (span := time_range(Path(name).name))]
        return max((min(last, end - 1) for _, last in spans), default=0)

    def _read(self, item: DataEntry, names: list[str] | None, first: int, end: int) -> list[Any]:
        method: Any = self.catalog.query_custom_data if item.custom else self.catalog.query
        try:
            events = method(item.type, names, first, end - 1)
        except Exception as error:  # a damaged file raises what the engine's reader does
            raise TrialError(Reason.DATA, f"cannot read {item.kind} from {self.path}: {error}") from error
        return list(as_events_of(item.custom, events)) if item.custom else events

    def everything(self, item: DataEntry) -> list[Any]:
        """All events of one entry in the period."""
        return self.query(item, Bounds(*item.span(self.start, self.end)))

    @cached_property
    def perturbed(self) -> PerturbedEvents | None:
        """The perturbation of its events, if there is one."""
        if not self._perturbation:
            return None
        increments = {str(i.id): i.price_increment.raw for i in self.instruments()}
        return PerturbedEvents(self._perturbation, increments)

    def read(self, item: DataEntry, bounds: Bounds) -> list[Any]:
        """The events of one entry that a trial is fed, perturbed where it is."""
        if not self.perturbed:
            return self.query(item, bounds)
        return self.perturbed.read(item, bounds, lambda stretch: self._recorded(item, stretch))

    def _recorded(self, item: DataEntry, bounds: Bounds) -> list[Any]:
        """The events of the catalog, decoded once for the seeds of a perturbation. Each trial is fed copies of them."""

        def decode() -> tuple[list[Any], int]:
            events = self.query(item, bounds)
            return events, len(events) * item.row_bytes

        return self.cache.get(self._recorded_group, (item, bounds), decode)

    @cached_property
    def _recorded_group(self) -> tuple[Any, ...]:
        return ("recorded", self.identity)

    def market_days(self, counts: Histogram, days: Sequence[TradingDay]) -> int:
        """Number of the days that have market data; of those with any data where there is only custom data."""
        return sum(counts.rows(day, market_only=not self.only_events) > 0 for day in days)

    def windows(
        self, survey: Survey, days: Sequence[TradingDay], rows: int, cache: WindowCache, step: int = 0
    ) -> Iterator[DataWindow]:
        """The decoded windows in order, each of about `rows` quotes, or as much of other data as fills their memory.

        They are also cut where a part of `step` nanoseconds begins. Those that the cache holds are not decoded again.
        """
        counts, group = survey.counts, (self.identity, rows, step)
        cache = WindowCache(0) if self.perturbed else cache  # the next trial has another seed
        cuts = {session: [*pieces(survey, counts.cut(session, rows))] for session in days}
        decoder = Decoder(self, survey, [b for bounds in cuts.values() for b in bounds])
        for session, bounds in cuts.items():
            ends = [survey.cut(t) for t in counts.steps(session, step)[1:]] if step else []
            is_market_day = counts.rows(session, market_only=not self.only_events) > 0
            for stretch in bounds:
                parts = cache.get(group, stretch, lambda stretch=stretch, ends=ends: decoder.decode(stretch, ends))
                for part in parts:
                    is_last = part.bounds.end == bounds[-1].end
                    closes_step = bool(step) and is_market_day and (is_last or part.bounds.end in ends)
                    yield DataWindow(part, session, is_last, closes_step, is_market_day, part is parts[0])


class Decoder:
    """Decodes windows one by one, and data of few rows for several of them at once: a query costs milliseconds."""

    def __init__(self, feed: Feed, survey: Survey, windows: Sequence[Bounds]) -> None:
        self.feed, self.survey, self.windows = feed, survey, windows
        self.block, self.ahead = Bounds(0, 0), dict[DataEntry, Batch]()

    @cached_property
    def sparse(self) -> frozenset[DataEntry]:
        """The entries that fill so little memory that a block of windows of them is no more than one window of all."""
        weights = {e: e.weight * self._rows(e) for e in self.feed.entries}
        return frozenset(e for e in self.feed.entries if weights[e] * BLOCK <= sum(weights.values()))

    def _rows(self, item: DataEntry) -> int:
        names = {"", *item.identifiers}
        return sum(f.rows for f in self.survey.files if f.kind == item.kind and f.identifier in names)

    def decode(self, window: Bounds, at: Sequence[int]) -> tuple[tuple[FeedPart, ...], int]:
        """Contents of a window, cut at these times, and its memory in bytes."""
        if not self.block.start <= window.start < self.block.end:
            self._decode_ahead(window)
        read = [self._batch(e, window) for e in self.feed.entries]
        return tuple(parted(window, read, at)), sum(b.rows * b.entry.row_bytes for b in read)

    def _batch(self, item: DataEntry, window: Bounds) -> Batch:
        if item in self.sparse:
            return self.ahead[item].between(window.start, window.end)
        return self._query(item, window)

    def _query(self, item: DataEntry, window: Bounds) -> Batch:
        if item.kind != DELTAS or item.custom:
            return Batch(item, tuple(self.feed.read(item, window)))
        books = self.survey.books
        deltas = self.feed.query(item, Bounds(books.reach(window.start), window.end))
        return Batch(item, *grouped(deltas, books, window))

    def _decode_ahead(self, window: Bounds) -> None:
        first = self.windows.index(window)
        self.block = Bounds(window.start, self.windows[first : first + BLOCK][-1].end)
        self.ahead = {e: self._query(e, self.block) for e in self.sparse}


def pieces(survey: Survey, stretches: Sequence[Bounds]) -> Iterator[Bounds]:
    """Stretches by the times of their data: each border where the data is cut."""
    for stretch in stretches:
        start, end = survey.cut(stretch.start), survey.cut(stretch.end)
        if start < end:
            yield Bounds(start, end)


def latest_of(definitions: list[Any], end: int) -> dict[str, Any]:
    """The latest definition of each instrument before `end`, by id."""
    return {str(i.id): i for i in sorted(definitions, key=attrgetter("ts_init")) if i.ts_init < end}
