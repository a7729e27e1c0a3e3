"""The files of a catalog, read from names and Parquet footers: no data is read, no engine is needed.

data/quotes/SPY.ARCA/2026-05-04T13-30-00-000000000Z_2026-05-08T19-59-59-000000000Z.parquet
data/custom/ScoreUpdate/…            data/equity/SPY.ARCA/…  (definitions of instruments)
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from sweep.common.files.file_state import FileState, state_of
from sweep.common.units import nanos
from sweep.errors import InputError, Problem
from sweep.spec.data_kinds import time_span

DEFINITION = "Instrument"  # the kind of every definition, whatever its class
LEGACY = {"quote_tick", "trade_tick", "bar", "order_book_delta", "order_book_depth10"}  # folders of Nautilus 1.x
NOTE = b"sweep.note"  # in a file's metadata: what people should know of its rows
MERGING = ".merging"  # where files wait that are to replace others
_TIMES = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{9})Z")


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of a catalog."""

    path: Path
    kind: str  # QuoteTick, TradeTick, Bar, …, the class of custom data, or Instrument
    identifier: str  # instrument id, or bar type; "" for custom data
    type: str  # the class: Equity, CurrencyPair … for an Instrument, else the kind
    first: int  # ns, by its name
    last: int
    rows: int
    bytes: int
    option: tuple[str, int, int] | None = None  # of an option: underlying, activation and expiration (ns)
    note: str = ""  # what people should know: that its rows were made, not observed


def scan(catalog: Path) -> tuple[list[DataFile], list[Problem]]:
    """Every file of a catalog in a stable order, and those that cannot be read."""
    files: list[DataFile] = []
    problems: list[Problem] = []
    for path in sorted((catalog / "data").rglob("*.parquet")):
        try:
            status = path.stat()
        except OSError as error:
            problems.append(unreadable(path, error))
            continue
        footer = _footer(path, state_of(status))
        if isinstance(footer, Problem):
            problems.append(footer)
        else:
            files.append(footer)
    return files, problems


def unreadable(path: str | Path, error: OSError) -> Problem:
    """A file of a catalog that was listed and cannot be read: it was moved or deleted meanwhile."""
    reason = error.strerror or str(error).splitlines()[0]
    remedy = "run it again when nothing else changes the catalog"
    return Problem("catalog", f"{path} cannot be read: {reason}", remedy=remedy)


@contextmanager
def unchanging(catalog: str | Path) -> Generator[None]:
    """Turn the error of a file of the catalog that vanishes while it is read into InputError."""
    try:
        yield
    except OSError as error:
        if not catalog or str(catalog) not in str(error):
            raise
        raise InputError(unreadable(error.filename or catalog, error)) from error


@lru_cache(maxsize=100_000)
def _footer(path: Path, state: FileState) -> DataFile | Problem:
    try:
        with pq.ParquetFile(path) as parquet:
            rows, schema = parquet.metadata.num_rows, parquet.schema_arrow
            option = _option(parquet) if {"underlying", "option_kind", "expiration_ns"} <= set(schema.names) else None
    except Exception as error:  # noqa: BLE001 (pyarrow raises several kinds for a damaged file)
        reason = str(error).splitlines()[0][:120]
        return Problem(str(path), f"is damaged: {reason}", remedy="ingest its data again; nothing of it can be trusted")
    facts = {k.decode(): v.decode(errors="replace") for k, v in (schema.metadata or {}).items()}
    if not (times := time_range(path.name)) or "type_name" not in facts:
        return Problem(str(path), "is no file of a catalog of Nautilus 2", path.name, "move it out of the catalog")
    kind = DEFINITION if "id" in schema.names and "raw_symbol" in schema.names else facts["type_name"]
    identifier = facts.get("bar_type") or facts.get("instrument_id") or ""
    note = facts.get(NOTE.decode(), "")
    return DataFile(path, kind, identifier, facts["type_name"], *times, rows, state[0], option, note)


def _option(parquet: pq.ParquetFile) -> tuple[str, int, int]:
    """Underlying, activation and expiration (ns) of the option that a file defines, by its latest row."""
    table = parquet.read(columns=["underlying", "activation_ns", "expiration_ns"]).slice(parquet.metadata.num_rows - 1)
    name, first, last = (column[0] for column in table.columns)
    return str(name.as_py()), int(first.cast("int64").as_py()), int(last.cast("int64").as_py())


def contracts(catalog: Path, underlying: str, start: int, end: int) -> list[DataFile]:
    """Definitions of the options on an underlying that live in [start, end), by id; damaged files are left out."""
    options = [_footer(path, state_of(path.stat())) for path in sorted((catalog / "data").glob("*option*/*/*.parquet"))]
    return [f for f in options if isinstance(f, DataFile) and is_alive(f, underlying, start, end)]


def is_alive(file: DataFile, underlying: str, start: int, end: int) -> bool:
    """True if a file defines an option on the underlying that lives in [start, end)."""
    if file.option is None:
        return False
    name, activation, expiration = file.option
    return name == underlying and activation < end and expiration >= start


def time_range(name: str) -> tuple[int, int] | None:
    """First and last time of a file by its name, as the engine reads it."""
    try:
        times = [nanos(f"{day}T{h}:{m}:{s}.{fraction}Z") for day, h, m, s, fraction in _TIMES.findall(name)]
    except ValueError:  # a 13th month
        return None
    return (times[0], times[1]) if len(times) == 2 else None


def file_name(first: int, last: int) -> str:
    """The name of a file with rows of these times, as the engine writes it."""
    times = (str(np.datetime64(ns, "ns")).translate({ord(":"): "-", ord("."): "-"}) for ns in (first, last))
    return "_".join(f"{time}Z" for time in times) + ".parquet"


def has_rows(file: DataFile, start: int, end: int) -> bool:
    """True if a file has a row in the period [start, end); reads at most the times around the two bounds."""
    start, end = time_span(file.kind, start, end)
    if file.last < start or file.first >= end:
        return False
    with pq.ParquetFile(file.path) as parquet:
        return any(_group_has_rows(parquet, n, start, end) for n in range(parquet.num_row_groups))


def _group_has_rows(parquet: Any, n: int, start: int, end: int) -> bool:
    group = parquet.metadata.row_group(n)
    column = next(c for c in map(group.column, range(group.num_columns)) if c.path_in_schema == "ts_init")
    if (statistics := column.statistics) is not None and statistics.has_min_max:
        first, last = statistics.min_raw, statistics.max_raw
        if last < start or first >= end:
            return False
        if first >= start or last < end:
            return True
    times = parquet.read_row_group(n, columns=["ts_init"]).column(0).cast("int64").to_numpy()
    return bool(((times >= start) & (times < end)).any())


@dataclass(frozen=True, slots=True)
class DataRequest:
    """The data that a backtest reads of a catalog."""

    data: tuple[tuple[str, str], ...]  # kind and identifier; the identifier of custom data is ""
    instruments: frozenset[str]
    start: int
    end: int
    chains: frozenset[str] = frozenset()  # underlyings whose options may be read
    history: frozenset[str] = frozenset()  # kinds that are also read before the period

    @classmethod
    def by(cls, backtest: Mapping[str, Any]) -> "DataRequest":
        """The request of the sections `data` and `period` of a backtest."""
        data = [pair for entry in backtest["data"] if not entry.get("chain") for pair in _pairs(entry)]
        chains = frozenset(str(entry["chain"]) for entry in backtest["data"] if entry.get("chain"))
        period = backtest["period"]
        instruments = frozenset(instrument_of(kind, name) for kind, name in data if name)
        history = frozenset(backtest.get("history") or ())
        return cls(tuple(data), instruments, nanos(period["start"]), nanos(period["end"]), chains, history)

    def among(self, files: Iterable[DataFile]) -> "DataRequest":
        """The same with the options of its chains by name, as these files define them."""
        options = {
            f.identifier for f in files for name in self.chains if is_alive(f, name, self.start, self.end)
        } - self.instruments
        quotes = tuple(("QuoteTick", name) for name in sorted(options))
        return replace(self, data=self.data + quotes, instruments=self.instruments | options, chains=frozenset())

    def reads(self, file: DataFile) -> bool:
        """True if the file can be read in such a backtest."""
        if file.kind == DEFINITION:
            return file.identifier in self.instruments and file.first < self.end
        named = (file.kind, file.identifier) in self.data or (file.kind, "") in self.data
        first, end = self.times(file)
        return named and file.first < end and file.last >= first

    def cuts(self, file: DataFile) -> bool:
        """True if a file of market data or events reaches beyond the period."""
        first, end = self.times(file)
        return file.kind != DEFINITION and (file.first < first or file.last >= end)

    def times(self, file: DataFile) -> tuple[int, int]:
        """Times of the rows of a file that can be read: the first, and the first after them."""
        return self.span(file.kind)

    def span(self, kind: str) -> tuple[int, int]:
        """Times of the rows of a kind that can be read: those in the period, or all until its end."""
        return time_span(kind, 0 if kind in self.history else self.start, self.end)


def _pairs(entry: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    kind = str(entry["type"]).rpartition(":")[2]
    names = entry.get("instruments") or entry.get("bar_types")
    return [(kind, str(name)) for name in names] if names else [(kind, "")]


def instrument_of(kind: str, identifier: str) -> str:
    """The instrument of an identifier: a bar type names it before step, aggregation, price and source."""
    return identifier.rsplit("-", 4)[0] if kind == "Bar" else identifier
