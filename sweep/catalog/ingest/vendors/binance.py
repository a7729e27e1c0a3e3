"""Files of data.binance.vision into a catalog: klines, trades, aggTrades and bookTicker, zipped as they come or not.

The name says what it holds (BTCUSDT-1m-2024-01.zip, BTCUSDT-aggTrades-2024-01-05.zip). Files of spot have no
header, newer ones of futures have; times are milliseconds, those of spot since 2025 microseconds. Columns are those of
https://github.com/binance/binance-public-data.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

from sweep.catalog.ingest.bar_step import IngestStep
from sweep.catalog.ingest.currency_pair import InstrumentDraft
from sweep.catalog.ingest.ingest_result import Ingested
from sweep.catalog.ingest.market_data import bars, quotes, trades
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.tables import Progress, first_row
from sweep.errors import InputError, Problem

NAME = re.compile(
    r"(?P<symbol>[A-Z0-9_]+)-(?P<what>[A-Za-z]+|\d+[a-z]+)-(?P<day>\d{4}-\d\d(-\d\d)?)\.(zip|csv|csv\.gz)"
)
COLUMNS = {  # ours, in their order; what has no name is not read
    "klines": "time,open,high,low,close,volume,,,,,,",
    "trades": "id,price,size,,time,side,",
    "aggTrades": "id,price,size,,,time,side,",
    "bookTicker": ",bid,bid_size,ask,ask_size,,time",  # the time of the event, when it was known
}
LENGTHS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SIDES = {"True": "SELL", "true": "SELL", "False": "BUY", "false": "BUY"}  # whether the buyer was the maker
UNITS = {13: "ms", 16: "us"}  # by the digits of a time in this century


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file, what it holds, and how it is written."""

    path: Path
    series: str  # klines, trades, aggTrades or bookTicker
    seconds: int  # of a bar
    layout: Layout


def binance(
    files: Iterable[str | Path], pair: InstrumentDraft, catalog: str | Path,
    *, dropped: Sequence[str] = (), merge: bool = False, progress: Progress | None = None,
) -> list[Ingested]:  # fmt: skip
    """The files of one instrument, in order of their names. What was interrupted goes on where it stopped.

    Raises InputError with every mistake in names and forms before anything is written.
    """
    problems: list[Problem] = []
    archives = [f for path in sorted(map(Path, files), key=lambda p: p.name) if (f := _file(path, dropped, problems))]
    if len({NAME.fullmatch(f.path.name)["symbol"] for f in archives}) > 1:  # type: ignore[index]
        problems.append(Problem("FILE", "must be files of one symbol", ", ".join(f.path.name for f in archives[:5])))
    if problems:
        raise InputError(problems)
    return [_ingested(f, pair, catalog, merge=merge, progress=progress) for f in archives]


def _ingested(
    file: ArchiveFile, pair: InstrumentDraft, catalog: str | Path, *, merge: bool, progress: Progress | None
) -> Ingested:
    if file.series == "klines":
        step = IngestStep(seconds=file.seconds)
        return bars(file.path, pair, catalog, file.layout, step=step, merge=merge, progress=progress)
    read = quotes if file.series == "bookTicker" else trades
    return read(file.path, pair, catalog, file.layout, merge=merge, progress=progress)


def _file(path: Path, dropped: Sequence[str], problems: list[Problem]) -> ArchiveFile | None:
    named = NAME.fullmatch(path.name)
    if named is None or not path.is_file():
        rule = "is no file" if named else "must be named as on data.binance.vision, such as BTCUSDT-1m-2024-01.zip"
        problems.append(Problem(str(path), rule))
        return None
    series = named["what"]
    interval = re.fullmatch(r"(\d+)([smhd])", series)
    seconds = int(interval[1]) * LENGTHS[interval[2]] if interval else 0
    if series not in COLUMNS and not 0 < seconds <= 86_400:
        kinds = "klines of up to a day (1m, 4h, 1d), trades, aggTrades or bookTicker"
        problems.append(Problem(str(path), f"holds {series}; it must be {kinds}"))
        return None
    kind = series if series in COLUMNS else "klines"
    try:
        return ArchiveFile(path, kind, seconds, _layout(kind, first_row(path, skip=0), path, dropped))
    except (ValueError, OSError, EOFError, csv.Error, BadZipFile) as error:
        problems.append(Problem(str(path), str(error)))
        return None


def _layout(kind: str, first: Sequence[str], path: Path, dropped: Sequence[str]) -> Layout:
    """The layout of a file by its first row of data. ValueError where it is not as its name says."""
    has_header = bool(first) and not first[0].replace(".", "", 1).isdigit()
    row = first_row(path, skip=1) if has_header else first
    names = COLUMNS[kind].split(",")
    if len(row) not in {len(names), len(names) - 1}:
        raise ValueError(f"has {len(row)} columns; {kind} have {len(names) - 1} or {len(names)}")
    digits = len(row[names.index("time")].strip())
    if digits not in UNITS:
        raise ValueError(f"has times of {digits} digits, such as {row[names.index('time')]}; 13 and 16 are known")
    columns = ",".join(names[: len(row)])
    return Layout(
        columns=columns,
        delimiter=",",
        skip_rows=int(has_header),
        time_format=UNITS[digits],
        sides=SIDES,
        dropped=dropped,
    )
