"""Quotes, trades and bars from CSV, Parquet and frames into a catalog: exact, in order, each once, in flat memory."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import shlex
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sweep.catalog.ingest import data_kinds
from sweep.catalog.ingest.bar_step import IngestStep, Spacing
from sweep.catalog.ingest.bars_to_quotes import Bars, sound, ticks_of
from sweep.catalog.ingest.currency_pair import InstrumentDraft
from sweep.catalog.ingest.data_kinds import OHLC, IngestKind
from sweep.catalog.ingest.ingest_result import Ingested
from sweep.catalog.ingest.instrument_lookup import instrument
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.column_request import ColumnRequest
from sweep.catalog.ingest.parsing.names.column_names import is_optional
from sweep.catalog.ingest.parsing.row_counts import RowCounts
from sweep.catalog.ingest.parsing.tables import Progress, name_of, symbols_of, tables
from sweep.catalog.ingest.problems import at
from sweep.catalog.ingest.symbol_names import other_names
from sweep.catalog.ingest.writing.pending_file import PendingFile
from sweep.catalog.ingest.writing.transaction import filling, put, usable
from sweep.catalog.instruments.stored import define
from sweep.errors import InputError, Problem

MINUTE = IngestStep()

type Make = Callable[[Any], IngestKind]  # of an instrument


def quotes(
    source: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout | None = None,
    *, merge: bool = False, progress: Progress | None = None,
) -> Ingested:  # fmt: skip
    """A file or frame of quotes: a time, bid and ask, and where it has them their sizes (bid_size, ask_size).

    Doing it twice changes nothing. Raises InputError with every mistake; the catalog is then as it was.
    """
    return Ingest({"FILE": source}, pair, catalog, layout).one(_quotes(pair), merge=merge, progress=progress)


def trades(
    source: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout | None = None,
    *, merge: bool = False, progress: Progress | None = None,
) -> Ingested:  # fmt: skip
    """A file or frame of trades: a time, price and size, and where it has them the taker's side and an id."""
    return Ingest({"FILE": source}, pair, catalog, layout).one(data_kinds.trades, merge=merge, progress=progress)


def bars(
    source: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout | None = None,
    *, step: IngestStep = MINUTE, merge: bool = False, progress: Progress | None = None,
) -> Ingested:  # fmt: skip
    """A file or frame of bars: a time, open, high, low, close, and the volume."""
    ingest = Ingest({"FILE": source}, pair, catalog, layout, step.problems())
    return ingest.one(_bars(step), merge=merge, progress=progress, step=step.normal())


def by_symbol(
    noun: str, source: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout,
    *, step: IngestStep = MINUTE, merge: bool = False, progress: Progress | None = None,
) -> list[Ingested]:  # fmt: skip
    """A file of many instruments, told apart by `layout.symbol_column`: SYMBOL at the venue of `pair.id` each.

    `noun`: quotes, trades or bars. All of them are written, or none.
    """
    problems = step.problems() if noun == "bars" else []
    make = {"quotes": _quotes(pair), "trades": data_kinds.trades, "bars": _bars(step)}[noun]
    ingest = Ingest({"FILE": source}, pair, catalog, layout, problems)
    return ingest.all(make, merge=merge, progress=progress, step=step.normal() if noun == "bars" else None)


def sides(
    bid: Any, ask: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout | None = None,
    *, step: IngestStep = MINUTE, merge: bool = False,
) -> Ingested:  # fmt: skip
    """Bars of bid and ask, side by side, as four quotes each (see `ticks_of`)."""
    ingest = Ingest({"BID": bid, "ASK": ask}, pair, catalog, layout, step.problems())
    ingest.find_instruments([""])
    (made_of,), step = ingest.instruments.values(), step.normal()
    with at("--size", made_of):
        kind = data_kinds.quotes(made_of, pair.size)
        size = data_kinds.one_size(pair.size, made_of.size_precision)
    one, other = (ingest.side(side, step) for side in ("BID", "ASK"))
    p, s = made_of.price_precision, made_of.size_precision
    counts = ingest.counts
    with at(ingest.where, made_of):
        ticks = ticks_of(one, other, step.nanoseconds, size, counts.dropped, counts.noticed)
    table = data_kinds.ticks_table(kind.shelf, ticks, p, s)
    return ingest.put({"": kind}, lambda drafts, _: drafts[""].add(table), merge=merge)[0]


def _quotes(pair: InstrumentDraft) -> Make:
    return lambda made_of: data_kinds.quotes(made_of, pair.size)


def _bars(step: IngestStep) -> Make:
    return lambda made_of: data_kinds.bars(made_of, step.normal())


class Ingest:
    """One ingest: what it reads, the instruments, and what was counted on the way."""

    def __init__(
        self, sources: dict[str, Any], pair: InstrumentDraft, catalog: str | Path, layout: Layout | None,
        problems: Sequence[Problem] = (),
    ) -> None:  # fmt: skip
        self.layout, self.catalog, self.pair = layout or Layout(), Path(catalog), pair
        paths = {name: s for name, s in sources.items() if isinstance(s, (str, Path))}
        missing = [Problem(name, "is no file", str(path)) for name, path in paths.items() if not Path(path).is_file()]
        if problems := [*missing, *pair.problems(), *self.layout.problems(), *usable(self.catalog), *problems]:
            raise InputError(problems)
        self.sources, self.where = sources, ", ".join(map(name_of, sources.values()))
        self.instruments = dict[str, Any]()  # by symbol; "" where a file is of one
        self.read, self.counts = dict[str, int](), RowCounts()

    def find_instruments(self, symbols: Sequence[str]) -> None:
        """Look up or make the instrument of each symbol. InputError with everything in the way."""
        problems: list[Problem] = []
        for symbol in symbols:
            try:
                self.instruments[symbol] = instrument(self.catalog, self.pair.of(symbol))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)

    def one(self, make: Make, *, merge: bool, progress: Progress | None, step: IngestStep | None = None) -> Ingested:
        """All rows of the file into the catalog, as one instrument's."""
        if self.layout.symbol_column and not self.layout.symbol:
            self.layout = replace(self.layout, ignored=(*self.layout.ignored, self.layout.symbol_column))
        self.find_instruments([""])
        return self._store(make, merge=merge, progress=progress, step=step)[0]

    def all(
        self, make: Make, *, merge: bool, progress: Progress | None, step: IngestStep | None = None
    ) -> list[Ingested]:
        """All rows of the file into the catalog, each as those of its symbol."""
        (source,) = self.sources.values()
        with at(self.where, None):
            symbols = symbols_of(source, self.layout)
        self.find_instruments(symbols)
        return self._store(make, merge=merge, progress=progress, step=step)

    def _store(self, make: Make, *, merge: bool, progress: Progress | None, step: IngestStep | None) -> list[Ingested]:
        kinds = dict[str, IngestKind]()
        for symbol, made_of in self.instruments.items():
            with at("--size" if step is None else "--volume", made_of):
                kinds[symbol] = make(made_of)
        (source,) = self.sources.values()
        request = _finest([kind.request for kind in kinds.values()])

        def fill(drafts: dict[str, PendingFile], exact: bool) -> None:
            spacings = {symbol: Spacing(step) for symbol in kinds if step}
            stream = tables(source, self.layout, request, self.counts, exact=exact, progress=progress)
            for table in stream:
                try:
                    for symbol, part in _by_symbol(table):
                        kind = kinds[symbol]
                        rows = _rescaled(part, request, kind.request)
                        if step:
                            spacings[symbol].add(rows)
                        drafts[symbol].add(kind.rows(rows, self.layout, self.counts))
                except ValueError:
                    deque(stream, 0)  # raises where the file is of several instruments: that is the better reason
                    raise
            self.read[name_of(source)] = self.counts.read

        return self.put(kinds, fill, merge=merge)

    def put(
        self, kinds: dict[str, IngestKind], fill: Callable[[dict[str, PendingFile], bool], None], *, merge: bool
    ) -> list[Ingested]:
        """Put what `fill` adds to drafts into the catalog: all of them, or none."""
        with filling(self.catalog) as scratch:
            some = next(iter(self.instruments.values()))
            with at(self.where, some):
                drafts = self._twice(kinds, fill, scratch)
            self._note_other_names()
            if problems := self.counts.problems(self.where, next(iter(kinds.values())).shelf.noun):
                raise InputError(problems)
            drafts = {symbol: draft for symbol, draft in drafts.items() if draft.rows} or self._refuse_none(drafts)
            placed = put(self.catalog, [(kinds[symbol].shelf, draft) for symbol, draft in drafts.items()], merge=merge)
            for symbol in drafts:
                define(self.catalog, self.instruments[symbol])
        written = [
            Ingested.of(self.catalog, kinds[symbol].shelf, draft, at_)
            for (symbol, draft), at_ in zip(drafts.items(), placed, strict=True)
        ]
        counts = self.counts
        return [written[0].told(self.read, counts.dropped, counts.noticed, notes=counts.all_notes()), *written[1:]]

    def _note_other_names(self) -> None:
        """Say where a file seems to be of another instrument."""
        if self.instruments.keys() == {""} and not self.layout.symbol:
            for text in other_names(self.counts.symbols, self.sources.values(), str(self.instruments[""].id)):
                self.counts.note(text)

    def _twice(
        self, kinds: dict[str, IngestKind], fill: Callable[[dict[str, PendingFile], bool], None], scratch: Path
    ) -> dict[str, PendingFile]:
        """Drafts of exact columns. Where the file has none, it is read again for what it has, or lacks."""
        for exact in (True, False):
            drafts = {
                symbol: PendingFile(
                    scratch / f"rows-{n}-{'exact' if exact else 'texts'}", kind.shelf.schema, kind.shelf.noun,
                    one_at_a_time=kind.one_at_a_time, number=kind.number,
                ) for n, (symbol, kind) in enumerate(kinds.items())
            }  # fmt: skip
            try:
                fill(drafts, exact)
                for draft in drafts.values():
                    draft.close()
            except BaseException as error:
                for draft in drafts.values():
                    draft.discard()
                if not exact or not isinstance(error, pa.ArrowInvalid):
                    raise
                self.read, self.counts = {}, RowCounts()
            else:
                return drafts
        raise AssertionError("the second reading returns or raises")

    def side(self, side: str, step: IngestStep) -> Bars:
        """The bars of one side."""
        source, word, made_of = self.sources[side], side.lower(), self.instruments[""]
        request = ColumnRequest(
            OHLC, (), dict.fromkeys(OHLC, int(made_of.price_precision)), f"{word} bars", step.seconds
        )
        name, late = name_of(source), step.nanoseconds if step.stamp == "close" else 0
        with at(name, made_of):
            counts = RowCounts()
            try:
                held = list(tables(source, self.layout, request, counts))
            except pa.ArrowInvalid:
                counts = RowCounts()
                held = list(tables(source, self.layout, request, counts, exact=False))
            self.read[name] = counts.read
            self.counts.take(counts)
            ts = [t["time"].to_numpy() - late for t in held]
            prices = [np.column_stack([t[n].to_numpy() for n in OHLC]) for t in held]
            none = [np.empty(0, np.int64)], [np.empty((0, 4), np.int64)]
            bars = Bars(np.concatenate(ts or none[0]), np.concatenate(prices or none[1]))
            return sound(bars, word, self.counts.dropped, self.counts.noticed)

    def _refuse_none(self, drafts: dict[str, PendingFile]) -> dict[str, PendingFile]:
        counts, draft = self.counts.dropped.copy(), next(iter(drafts.values()))
        for one in drafts.values():
            counts.update(one.dropped)
        reasons = ", ".join(f"{n} {reason}" for reason, n in counts.items() if n) or "the files are empty"
        one = draft.noun.removesuffix("s")
        empty = [name for name, count in self.counts.blanks.items() if count == self.counts.read and is_optional(name)]
        remedy = (
            f"leave out what is empty throughout: {' '.join(f'--ignore {shlex.quote(n)}' for n in empty)}"
            if empty
            else ""
        )
        raise InputError(Problem(self.where, f"hold no {one} to write: {reasons}", remedy=remedy))


def _finest(requests: Sequence[ColumnRequest]) -> ColumnRequest:
    """One request for several instruments: the most decimals of any of them."""
    names = requests[0].digits
    return replace(requests[0], digits={name: max(int(r.digits[name]) for r in requests) for name in names})


def _rescaled(table: Any, read: ColumnRequest, request: ColumnRequest) -> Any:
    """Numbers in units of the last decimal of another instrument. InexactError where that would round."""
    for name in set(table.column_names) & set(request.digits):
        if (fewer := int(read.digits[name]) - int(request.digits[name])) > 0:
            values, by = table[name].to_numpy(), 10**fewer
            noun = "prices" if name in {"bid", "ask", "price", *OHLC} else "sizes"
            data_kinds.refuse_inexact(values, by, noun, int(request.digits[name]), int(read.digits[name]))
            table = table.set_column(table.column_names.index(name), name, pa.array(values // by))
    return table


def _by_symbol(table: Any) -> Any:
    """The rows of each symbol; all of them where there is one."""
    if "symbol" not in table.column_names:
        return [("", table)]
    symbols = table["symbol"].to_numpy(zero_copy_only=False)
    return [(name, table.filter(pa.array(symbols == name))) for name in dict.fromkeys(symbols)]
