"""Quotes, trades and bars from CSV, Parquet and frames into a catalog: exact, in order, each once, in flat memory."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import csv
import zlib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa

from sweep.catalog.ingest import data_kinds
from sweep.catalog.ingest.bars_to_quotes import Bars, sound, ticks_of
from sweep.catalog.ingest.currency_pair import InstrumentDraft
from sweep.catalog.ingest.data_kinds import OHLC, Counts, IngestKind
from sweep.catalog.ingest.ingest_result import Ingested
from sweep.catalog.ingest.instrument_lookup import define, instrument
from sweep.catalog.ingest.parsing.decimals import InexactError
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.tables import ColumnRequest, Progress, name_of, tables
from sweep.catalog.ingest.writing.pending_file import PendingFile
from sweep.catalog.ingest.writing.transaction import filling, put, usable
from sweep.errors import InputError, Problem

PRICE_TYPES = ("LAST", "BID", "ASK", "MID")
STEPS = {86_400: "DAY", 3600: "HOUR", 60: "MINUTE", 1: "SECOND"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestStep:
    """What bars are."""

    seconds: int = 60
    stamp: str = "open"  # whether a bar's time is its open or its close
    price: str = "LAST"  # or BID, ASK, MID

    def problems(self) -> list[Problem]:
        """Everything that is wrong with the values."""
        problems = [] if self.stamp in ("open", "close") else [Problem("--stamp", "must be open or close", self.stamp)]
        if not 0 < self.seconds <= 86_400:
            problems.append(Problem("--bar-seconds", "must be between 1 and 86400", self.seconds))
        if self.price not in PRICE_TYPES:
            problems.append(Problem("--price", f"must be one of {', '.join(PRICE_TYPES)}", self.price))
        return problems

    def __str__(self) -> str:
        unit = next(s for s in STEPS if self.seconds % s == 0)
        return f"{self.seconds // unit}-{STEPS[unit]}-{self.price}"


MINUTE = IngestStep()


def quotes(
    source: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout | None = None,
    *, merge: bool = False, progress: Progress | None = None,
) -> Ingested:  # fmt: skip
    """A file or frame of quotes: a time, bid and ask, and where it has them their sizes (bid_size, ask_size).

    Doing it twice changes nothing. Raises InputError with every mistake; the catalog is then as it was.
    """
    ingest = Ingest({"FILE": source}, pair, catalog, layout)
    with ingest.at("--size"):
        kind = data_kinds.quotes(ingest.instrument, pair.size)
    return ingest.store(kind, merge=merge, progress=progress)


def trades(
    source: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout | None = None,
    *, merge: bool = False, progress: Progress | None = None,
) -> Ingested:  # fmt: skip
    """A file or frame of trades: a time, price and size, and where it has them the taker's side and an id."""
    ingest = Ingest({"FILE": source}, pair, catalog, layout)
    return ingest.store(data_kinds.trades(ingest.instrument), merge=merge, progress=progress)


def bars(
    source: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout | None = None,
    *, step: IngestStep = MINUTE, merge: bool = False, progress: Progress | None = None,
) -> Ingested:  # fmt: skip
    """A file or frame of bars: a time, open, high, low, close, and where it has it the volume."""
    ingest = Ingest({"FILE": source}, pair, catalog, layout, step.problems())
    kind = data_kinds.bars(ingest.instrument, f"{pair.id}-{step}-EXTERNAL", step.seconds, step.stamp)
    return ingest.store(kind, merge=merge, progress=progress, length=step.seconds * 10**9)


def sides(
    bid: Any, ask: Any, pair: InstrumentDraft, catalog: str | Path, layout: Layout | None = None,
    *, step: IngestStep = MINUTE, merge: bool = False,
) -> Ingested:  # fmt: skip
    """Bars of bid and ask, side by side, as four quotes each (see `ticks`)."""
    ingest = Ingest({"BID": bid, "ASK": ask}, pair, catalog, layout, step.problems())
    length = step.seconds * 10**9
    with ingest.at("--size"):
        kind = data_kinds.quotes(ingest.instrument, pair.size)
    one, other = (ingest.side(side, length if step.stamp == "close" else 0) for side in ("BID", "ASK"))
    p, s = ingest.instrument.price_precision, ingest.instrument.size_precision
    counts, size = ingest.counts, data_kinds.one_size(pair.size, s)
    with ingest.at(", ".join(ingest.read)):
        ticks = ticks_of(one, other, length, size, counts.dropped, counts.noticed)
        ticks = data_kinds.possible(ticks, counts.dropped, counts.noticed)
    return ingest.put(kind, lambda draft, _: draft.add(data_kinds.ticks_table(kind.shelf, ticks, p, s)), merge=merge)


class Ingest:
    """One ingest: what it reads, the instrument, and what was counted on the way."""

    def __init__(
        self, sources: dict[str, Any], pair: InstrumentDraft, catalog: str | Path, layout: Layout | None,
        problems: Sequence[Problem] = (),
    ) -> None:  # fmt: skip
        self.layout, self.catalog = layout or Layout(), Path(catalog)
        paths = {name: s for name, s in sources.items() if isinstance(s, (str, Path))}
        missing = [Problem(name, "is no file", str(path)) for name, path in paths.items() if not Path(path).is_file()]
        if found := [*missing, *pair.problems(), *self.layout.problems(), *usable(self.catalog), *problems]:
            raise InputError(found)
        self.sources, self.instrument = sources, instrument(self.catalog, pair)
        self.read, self.counts = dict[str, int](), Counts()

    def store(self, kind: IngestKind, *, merge: bool, progress: Progress | None, length: int = 0) -> Ingested:
        """All rows of the file into the catalog; `length` is that of a bar in ns."""
        (source,) = self.sources.values()

        def fill(draft: PendingFile, exact: bool) -> None:
            spacing = _Spacing(length)
            for table in tables(source, self.layout, kind.wanted, exact=exact, progress=progress):
                self.count(source, table)
                rows = kind.rows(table, self.layout, self.counts)
                spacing.add(rows)
                draft.add(rows)

        return self.put(kind, fill, merge=merge)

    def count(self, source: Any, table: Any) -> None:
        """Rows that were read."""
        self.read[name_of(source)] = self.read.get(name_of(source), 0) + len(table)

    def put(self, kind: IngestKind, fill: Callable[[PendingFile, bool], None], *, merge: bool) -> Ingested:
        """What `fill` adds to a draft, into the catalog."""

        def draft(exact: bool) -> PendingFile:
            made = PendingFile(scratch / "rows", kind.shelf.schema, kind.shelf.noun, one_at_a_time=kind.one_at_a_time)
            fill(made, exact)
            made.close()
            return made

        with filling(self.catalog) as scratch:
            with self.at(", ".join(map(name_of, self.sources.values()))):
                made = self.read_twice(draft)
            self._refuse_none(made)
            (placed,) = put(self.catalog, [(kind.shelf, made)], merge=merge)
            define(self.catalog, self.instrument)
        done, counts = Ingested.of(self.catalog, kind.shelf, made, placed), self.counts
        return done.told(self.read, counts.dropped, counts.noticed)

    def read_twice[T](self, work: Callable[[bool], T]) -> T:
        """What `work` makes of exact columns. Where a file has none, it is read again for what it has, or lacks."""
        try:
            return work(True)  # noqa: FBT003
        except pa.ArrowInvalid:
            self.read, self.counts = {}, Counts()
            return work(False)  # noqa: FBT003

    def side(self, side: str, late: int) -> Bars:
        """The bars of one side; `late` is by how much a bar's time is after its start."""
        source, word, p = self.sources[side], side.lower(), self.instrument.price_precision
        wanted = ColumnRequest(("time", *OHLC), (), dict.fromkeys(OHLC, int(p)))
        name = name_of(source)
        with self.at(name):
            try:
                held = list(tables(source, self.layout, wanted))
            except pa.ArrowInvalid:
                held = list(tables(source, self.layout, wanted, exact=False))
            self.read[name] = sum(map(len, held))
            parts = [data_kinds.full(table, f"{word} bars", self.counts) for table in held]
            ts = [data_kinds.columns.moments(t["time"], self.layout) - late for t in parts]
            prices = [
                np.column_stack([data_kinds.columns.numbers(t[n], p, "prices") for n in OHLC]) for t in parts
            ]  # fmt: skip
            none = [np.empty(0, np.int64)], [np.empty((0, 4), np.int64)]
            made = Bars(np.concatenate(ts or none[0]), np.concatenate(prices or none[1]))
            return sound(made, word, self.counts.dropped, self.counts.noticed)

    def _refuse_none(self, draft: PendingFile) -> None:
        if not draft.rows:
            counts = {**self.counts.dropped, **draft.dropped}
            reasons = ", ".join(f"{n} {reason}" for reason, n in counts.items() if n) or "the files are empty"
            one = draft.noun.removesuffix("s")
            raise InputError(Problem(", ".join(self.read), f"hold no {one} to write: {reasons}"))

    @contextmanager
    def at(self, where: str) -> Generator[None]:
        """Say of what is wrong with a file or an option where it is."""
        try:
            yield
        except InexactError as error:
            remedy = f"give --precision {error.needed}, in a new catalog" if error.what == "prices" else "round them"
            raise InputError(Problem(where, f"holds {error}", remedy=remedy)) from error
        except (ValueError, OSError, EOFError, csv.Error, zlib.error, BadZipFile) as error:
            reason, remedy = str(error).splitlines()[0], ""
            if "Rescaling Decimal" in reason:  # arrow's words
                reason, remedy = "holds numbers of more than 16 decimals", "round them as they were quoted"
            raise InputError(Problem(where, reason, remedy=remedy)) from error


class _Spacing:
    """Whether bars are as long as they are said to be."""

    def __init__(self, length: int) -> None:
        self._length, self._last = length, -1

    def add(self, rows: Any) -> None:
        """ValueError where two bars stand nearer to each other, or where their distance is not made of whole bars."""
        if not self._length or not len(rows):
            return
        ts = np.sort(rows["ts_init"].cast(pa.int64()).to_numpy())
        steps = np.diff(np.concatenate(([self._last], ts)) if self._last >= 0 else ts)
        if len(odd := steps[(steps % self._length != 0)]):
            between = f"bars are {int(odd.min()) / 1e9:g} s apart, which is no multiple of {self._length / 1e9:g}"
            raise ValueError(f"{between}; give --bar-seconds")
        self._last = int(ts[-1])
