"""CSV files of quotes, or of bid and ask bars, into a catalog. Values are exact decimals, columns are read at once."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false, reportPrivateImportUsage=false

import csv
import gzip
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import csv as arrow_csv

from sweep.catalog.ingest import times
from sweep.catalog.ingest.decimals import DECIMAL, InexactError, decimals, units
from sweep.catalog.ingest.draft import Draft
from sweep.catalog.ingest.filling import filling, put, usable
from sweep.catalog.ingest.instruments import define, instrument
from sweep.catalog.ingest.pair import Pair
from sweep.catalog.ingest.result import Ingested
from sweep.catalog.ingest.schema import quotes_of
from sweep.catalog.ingest.ticks import Bars, Ticks, clean, sound, ticks_of
from sweep.errors import InputError, Problem, did_you_mean

PRICES = ("open", "high", "low", "close")
NAMES = {  # what a column may be called, in small letters
    "time": ("timestamp", "datetime", "date", "ts", "ts_event", "timestamp_utc", "gmt time"),
    "bid": ("bid_price",),
    "ask": ("ask_price",),
    "bid_size": ("bid_volume",),
    "ask_size": ("ask_volume",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a CSV file is written. It is unzipped where its name ends in .gz."""

    columns: str = ""  # names in order, for a file without a header: "time,bid,ask,"; one without a name is not read
    skip_rows: int = 0  # lines at the start of the file
    delimiter: str = ","
    time_format: str = "iso"  # s, ms, us, ns, or a pattern such as "%Y%m%d %H%M%S%f"
    time_zone: str = "UTC"  # of times that name none: UTC, -05:00, America/New_York

    def problems(self) -> list[Problem]:
        """Everything that is wrong with the values."""
        given = {"--time-format": self.time_format, "--time-zone": self.time_zone}
        found = [Problem(option, rule, given[option]) for option, rule in times.check(self.time_format, self.time_zone)]
        if len(self.delimiter) != 1:
            found.append(Problem("--delimiter", "must be one character", self.delimiter))
        if self.skip_rows < 0:
            found.append(Problem("--skip-rows", "must not be negative", self.skip_rows))
        return found


def bars(
    bid: str | Path, ask: str | Path, pair: Pair, catalog: str | Path, layout: Layout | None = None,
    *, seconds: int = 60, stamp: str = "open",
) -> Ingested:  # fmt: skip
    """Bars of bid and ask, side by side, as four quotes each (see `ticks`); `stamp`: a bar's time is its open or close.

    Doing it twice changes nothing. Raises InputError with every mistake; the catalog is then as it was.
    """
    problems = [] if stamp in ("open", "close") else [Problem("--stamp", "must be open or close", stamp)]
    if not 0 < seconds <= 86_400:
        problems.append(Problem("--bar-seconds", "must be between 1 and 86400", seconds))
    ingest = Ingest({"BID": Path(bid), "ASK": Path(ask)}, pair, Path(catalog), layout or Layout(), problems)
    length = seconds * 10**9
    late = length if stamp == "close" else 0
    one, other = (ingest.bars(side, path, late) for side, path in ingest.files.items())
    with ingest.at(", ".join(ingest.read)):
        ticks = ticks_of(one, other, length, ingest.size, ingest.dropped, ingest.noticed)
    return ingest.store(ticks)


def quotes(file: str | Path, pair: Pair, catalog: str | Path, layout: Layout | None = None) -> Ingested:
    """A file of quotes: a time, bid and ask, and where it has them their sizes (bid_size, ask_size).

    Doing it twice changes nothing. Raises InputError with every mistake; the catalog is then as it was.
    """
    ingest = Ingest({"FILE": Path(file)}, pair, Path(catalog), layout or Layout(), [])
    return ingest.store(ingest.quotes(Path(file)))


class Ingest:
    """One ingest: the files, the instrument, and what was counted on the way."""

    def __init__(
        self,
        files: dict[str, Path],
        pair: Pair,
        catalog: Path,
        layout: Layout,
        problems: list[Problem],
        *,
        merge: bool = False,
    ) -> None:
        missing = [Problem(name, "is no file", str(path)) for name, path in files.items() if not path.is_file()]
        if found := [*missing, *pair.problems(), *layout.problems(), *usable(catalog), *problems]:
            raise InputError(found)
        self.files, self.catalog, self.layout, self.merge = files, catalog, layout, merge
        self.instrument = instrument(catalog, pair)
        self.read: dict[str, int] = {}
        self.dropped, self.noticed = Counter[str](), Counter[str]()
        with self.at("--size"):
            self.size = int(self._sizes(pa.array([Decimal(pair.size)], DECIMAL))[0])

    def bars(self, side: str, path: Path, late: int) -> Bars:
        """The bars of one side; `late` is by how much a bar's time is after its start."""
        side = side.lower()
        with self.at(str(path)):
            table = self._table(path, ["time", *PRICES], [], f"{side} bars with an empty field")
            prices = np.column_stack([self._prices(table[name]) for name in PRICES])
            return sound(Bars(self._times(table) - late, prices), side, self.dropped, self.noticed)

    def quotes(self, path: Path) -> Ticks:
        """The quotes of a file, as they stand there."""
        with self.at(str(path)):
            sizes = ["bid_size", "ask_size"]
            table = self._table(path, ["time", "bid", "ask"], sizes, "quotes with an empty field")
            same = np.full(len(table), self.size, np.int64)
            bids, asks = (self._sizes(table[s]) if s in table.column_names else same for s in sizes)
            return Ticks(self._times(table), self._prices(table["bid"]), self._prices(table["ask"]), bids, asks)

    def store(self, ticks: Ticks) -> Ingested:
        """Write the quotes that are any."""
        ticks = clean(ticks, self.dropped, self.noticed)
        dropped, noticed = ({k: n for k, n in counts.items() if n} for counts in (self.dropped, self.noticed))
        if not len(ticks.ts):
            reasons = ", ".join(f"{n} {reason}" for reason, n in dropped.items()) or "the files are empty"
            raise InputError(Problem(", ".join(self.read), f"hold no quote to write: {reasons}"))
        shelf = quotes_of(self.instrument)
        with filling(self.catalog) as scratch:
            draft = Draft(scratch / "quotes.parquet", shelf.schema, shelf.noun)
            draft.add(table_of(shelf, ticks, self.instrument))
            draft.close()
            (placed,) = put(self.catalog, [(shelf, draft)], merge=self.merge)
            define(self.catalog, self.instrument)
        return Ingested.of(self.catalog, shelf, draft, placed).told(self.read, dropped, noticed)

    @contextmanager
    def at(self, where: str) -> Generator[None]:
        """Say of what is wrong with a file or an option where it is."""
        try:
            yield
        except InexactError as error:
            remedy = f"give --precision {error.needed}, in a new catalog" if error.what == "prices" else "round them"
            raise InputError(Problem(where, f"holds {error}", remedy=remedy)) from error
        except (ValueError, OSError, EOFError, csv.Error) as error:
            reason, remedy = str(error).splitlines()[0], ""
            if "Rescaling Decimal" in reason:  # arrow's words
                reason, remedy = "holds numbers of more than 16 decimals", "round them as they were quoted"
            raise InputError(Problem(where, reason, remedy=remedy)) from error

    def _prices(self, column: Any) -> Any:
        return units(column, self.instrument.price_precision, "prices")

    def _sizes(self, column: Any) -> Any:
        return units(column, self.instrument.size_precision, "sizes")

    def _times(self, table: Any) -> Any:
        return times.nanoseconds(table["time"], self.layout.time_format, self.layout.time_zone)

    def _table(self, path: Path, needed: Sequence[str], optional: Sequence[str], blank: str) -> Any:
        """The columns by our names, without the rows that lack a value."""
        held = _columns(path, self.layout)
        names = {name: found for name in (*needed, *optional) if (found := _find(name, held))}
        if lost := [name for name in needed if name not in names]:
            raise InputError([_missing(path, name, held) for name in lost])
        table = _read(path, self.layout, held, names)
        full = table.drop_null()
        self.read[str(path)] = len(table)
        self.dropped[blank] += len(table) - len(full)
        return full


def _columns(path: Path, layout: Layout) -> list[str]:
    """Names of a file's columns, from the layout or else from its first line."""
    if layout.columns:
        return [name.strip() or f"unread {n}" for n, name in enumerate(layout.columns.split(","))]
    read = gzip.open if path.suffix == ".gz" else open
    with read(path, "rt", newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(islice(file, layout.skip_rows, None), delimiter=layout.delimiter)
        return next(lines, [])


def _find(name: str, held: Sequence[str]) -> str | None:
    known = (name, *NAMES.get(name, ()))
    return next((h for h in held if h.strip().lower() in known), None)


def _missing(path: Path, name: str, held: Sequence[str]) -> Problem:
    remedy = did_you_mean(name, held) or "name the columns in order with --columns"
    return Problem(str(path), f"has no column {name}", ", ".join(held), remedy)


def _read(path: Path, layout: Layout, held: list[str], names: dict[str, str]) -> Any:
    types = {found: pa.string() if name == "time" else DECIMAL for name, found in names.items()}
    skipped = layout.skip_rows + (0 if layout.columns else 1)
    table = arrow_csv.read_csv(
        path,
        arrow_csv.ReadOptions(column_names=held, skip_rows=skipped),
        arrow_csv.ParseOptions(delimiter=layout.delimiter),
        arrow_csv.ConvertOptions(column_types=types, include_columns=list(types), strings_can_be_null=True),
    )
    trimmed = pc.utf8_trim_whitespace(table[names["time"]])
    return table.rename_columns(list(names)).set_column(list(names).index("time"), "time", trimmed)


def table_of(shelf: Any, ticks: Ticks, instrument: Any) -> Any:
    """Quotes as the engine keeps them."""
    p, s = instrument.price_precision, instrument.size_precision
    ts = pa.array(ticks.ts, pa.timestamp("ns", "UTC"))
    prices = {"bid_price": decimals(ticks.bid, p), "ask_price": decimals(ticks.ask, p)}
    sizes = {"bid_size": decimals(ticks.bid_size, s), "ask_size": decimals(ticks.ask_size, s)}
    return shelf.table({**prices, **sizes, "ts_event": ts, "ts_init": ts})
