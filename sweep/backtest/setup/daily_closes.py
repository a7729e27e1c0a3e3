"""Last prices of the trading days before a backtest, from the columns of the catalog's files."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from sweep.backtest.data.parquet_columns import times
from sweep.backtest.data.preflight import calendar
from sweep.backtest.data.trading_days import TradingDay, common, sessions
from sweep.catalog.data_files import DataFile, instrument_of, scan
from sweep.catalog.instruments.stored import defined
from sweep.errors import Reason, TrialError
from sweep.spec.data_kinds import time_span

PRICES = {  # kind: columns whose mean is the price; the first kind that an instrument has counts
    "QuoteTick": ("bid_price", "ask_price"),
    "TradeTick": ("price",),
    "Bar": ("close",),
    "MarkPriceUpdate": ("value",),
}
type Closes = dict[str, list[tuple[int, float]]]  # instrument → end of a trading day in ns, its last price


def daily_closes(catalog: Path, entries: Sequence[Mapping[str, Any]], start: int, end: int) -> Closes:
    """Closes of all instruments of these entries of `data` in [start, end), of days on which they have data."""
    sources = price_sources(entries)
    instruments = filter(None, (defined(catalog, name) for name in sources))
    days = sessions(common(map(calendar, instruments)), start, end)
    files = scan(catalog)[0]
    return {
        name: _closes([f for f in files if (f.kind, f.identifier) == source], days) for name, source in sources.items()
    }


def closes_by_day(
    catalog: Path, entries: Sequence[Mapping[str, Any]], instrument: str, days: Sequence[TradingDay]
) -> dict[str, float]:
    """Closes of one instrument of these entries by the date of the trading day."""
    source = price_sources(entries).get(instrument)
    files = [f for f in scan(catalog)[0] if (f.kind, f.identifier) == source]
    dates = {day.end: day.day for day in days}
    return {dates[day_end]: price for day_end, price in _closes(files, days)}


def price_sources(entries: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """Kind and name of the data that gives the prices of each instrument."""
    sources: dict[str, tuple[str, str]] = {}
    for kind in PRICES:
        for entry in (e for e in entries if e["type"] == kind):
            for name in entry.get("instruments") or entry.get("bar_types") or ():
                sources.setdefault(instrument_of(kind, name), (kind, name))
    return sources


def _closes(files: Sequence[DataFile], days: Sequence[TradingDay]) -> list[tuple[int, float]]:
    latest: dict[int, tuple[int, float]] = {}  # end of a day → time and price
    for file in files:
        for day_end, row in _of_file(file, days).items():
            latest[day_end] = max(latest.get(day_end, (0, 0.0)), row)
    return [(day_end, price) for day_end, (_, price) in sorted(latest.items())]


def _of_file(file: DataFile, days: Sequence[TradingDay]) -> dict[int, tuple[int, float]]:
    """Time and price of the last row of each day, by the end of the day."""
    spans = [(day.end, *time_span(file.kind, day.start, day.end)) for day in days]
    spans = [span for span in spans if file.first < span[2] and file.last >= span[1]]
    if not spans:
        return {}
    try:
        with pq.ParquetFile(file.path) as parquet:
            stamps = np.concatenate([times(c) for c in parquet.read(["ts_init"]).column(0).chunks])
            order = np.argsort(stamps, kind="stable")
            rows: dict[int, tuple[int, float]] = {}
            for day_end, first, after in spans:
                n = int(np.searchsorted(stamps[order], after)) - 1
                if n >= 0 and (at := int(stamps[order[n]])) >= first:
                    rows[day_end] = at, _price(parquet, int(order[n]), PRICES[file.kind])
            return rows
    except Exception as error:  # pyarrow raises several kinds for a damaged file
        raise TrialError(Reason.DATA, f"cannot read {file.path}: {error}") from error


def _price(parquet: Any, row: int, columns: Sequence[str]) -> float:
    """Mean of some columns in a row, of which one row group is read."""
    for group in range(parquet.num_row_groups):
        rows = parquet.metadata.row_group(group).num_rows
        if row < rows:
            table = parquet.read_row_group(group, columns=list(columns)).slice(row, 1)
            return float(sum(table[name][0].as_py() for name in columns) / len(columns))  # of decimals
        row -= rows
    raise IndexError(row)
