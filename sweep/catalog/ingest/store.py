"""Quotes into a catalog: once, whole, and never over what is there."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import fcntl
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from nautilus_trader.model import Price, Quantity, QuoteTick
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.check import day, unusable
from sweep.catalog.files import scan
from sweep.catalog.ingest.decimals import decimals
from sweep.catalog.ingest.pair import Pair
from sweep.catalog.ingest.ticks import Ticks
from sweep.catalog.tree import aside
from sweep.errors import InputError, Problem

ROW_GROUP = 100_000  # rows: what a window of a replay reads at most in vain


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the files of one ingest. Rows are counted as what they are called."""

    catalog: Path
    identifier: str
    is_new: bool  # False: the catalog held exactly this already
    read: Mapping[str, int]  # rows by file
    written: int  # quotes
    dropped: Mapping[str, int]  # by reason; nothing else is missing
    noticed: Mapping[str, int]  # kept, but worth a look
    first: int  # UNIX nanoseconds, of the first quote and of the last
    last: int
    file: Path


def instrument(catalog: Path, pair: Pair) -> Any:
    """The instrument as the catalog defines it, or a new currency pair. InputError with everything in the way."""
    known = _defined(catalog, pair.id)
    problems = pair.unmakeable() if known is None else []
    if known is not None and pair.precision not in (None, known.price_precision):
        rule = f"the catalog defines {pair.id} with {known.price_precision}"
        problems.append(Problem("--precision", rule, pair.precision, "leave it out, or use another catalog"))
    if problems:
        raise InputError(problems)
    return known or pair.make()


def usable(catalog: Path) -> list[Problem]:
    """Why a directory can neither be filled nor made."""
    if not catalog.exists() or (catalog.is_dir() and not any(catalog.iterdir())):
        return []
    problems = list(unusable(catalog))
    if catalog.is_dir() and not problems:
        problems = scan(catalog)[1]
    return [Problem("--catalog", p.rule, p.value, "give the directory of a catalog, or a new one") for p in problems]


def store(catalog: Path, instrument: Any, ticks: Ticks) -> tuple[Path, bool]:
    """Where the quotes lie in the catalog now, and whether they are new. InputError where others are in the way."""
    with aside(catalog / "data") as made, _alone(catalog):
        path, table = _template(made, instrument, ticks)
        target = catalog / path
        if target.exists() and pq.read_table(target).equals(table):
            return target, False
        _refuse_overlap(catalog, str(instrument.id), int(ticks.ts[0]), int(ticks.ts[-1]))
        pq.write_table(table, made / path, compression="zstd", row_group_size=ROW_GROUP)
        if _defined(catalog, str(instrument.id)) is None:
            ParquetDataCatalog(str(catalog)).write_instruments([instrument])
        target.parent.mkdir(parents=True, exist_ok=True)
        (made / path).replace(target)
    return target, True


@contextmanager
def _alone(catalog: Path) -> Generator[None]:
    """One writer of a catalog at a time; another one waits."""
    catalog.mkdir(parents=True, exist_ok=True)
    handle = os.open(catalog, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _template(made: Path, instrument: Any, ticks: Ticks) -> tuple[Path, Any]:
    """The file's place in a catalog and its table. The engine itself writes the first and the last quote, for both."""
    ends = [_quote(instrument, ticks, n) for n in (0, -1)]
    ParquetDataCatalog(str(made)).write_quote_ticks(ends)
    (written,) = made.rglob("*.parquet")
    schema = pq.read_schema(written)
    p, s = instrument.price_precision, instrument.size_precision
    times = pa.array(ticks.ts, pa.timestamp("ns", "UTC"))
    columns = {
        "bid_price": decimals(ticks.bid, p), "ask_price": decimals(ticks.ask, p),
        "bid_size": decimals(ticks.bid_size, s), "ask_size": decimals(ticks.ask_size, s),
        "ts_event": times, "ts_init": times,
    }  # fmt: skip
    return written.relative_to(made), pa.table([columns[name] for name in schema.names], schema=schema)


def _quote(instrument: Any, ticks: Ticks, n: int) -> QuoteTick:
    p, s, ts = instrument.price_precision, instrument.size_precision, int(ticks.ts[n])
    bid, ask = (Price.from_decimal_dp(Decimal(int(c[n])).scaleb(-p), p) for c in (ticks.bid, ticks.ask))
    bids, asks = (Quantity.from_decimal_dp(Decimal(int(c[n])).scaleb(-s), s) for c in (ticks.bid_size, ticks.ask_size))
    return QuoteTick(instrument.id, bid, ask, bids, asks, ts, ts)


def _refuse_overlap(catalog: Path, identifier: str, first: int, last: int) -> None:
    there = [f for f in scan(catalog)[0] if f.kind == "QuoteTick" and f.identifier == identifier]
    if within := [f for f in there if f.first <= last and f.last >= first]:
        held = ", ".join(f"{day(f.first)} … {day(f.last)}" for f in within[:3])
        rule = f"the catalog holds other quotes of {identifier} in {day(first)} … {day(last)}: {held}"
        raise InputError(Problem("--catalog", rule, str(catalog), "cut the file, or use another catalog"))


def _defined(catalog: Path, identifier: str) -> Any:
    """The latest definition of an instrument in a catalog, or None."""
    if not (catalog / "data").is_dir():
        return None
    found = ParquetDataCatalog(str(catalog)).instruments([identifier])
    return max(found, key=lambda i: i.ts_init, default=None)
