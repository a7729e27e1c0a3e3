"""Facts about a file of market data, by its first rows: the kind of data, the unit of its times, the length of bars."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog.ingest import clock
from sweep.catalog.ingest.bar_step import IngestStep
from sweep.catalog.ingest.clock import Session
from sweep.catalog.ingest.data_kinds import OHLC
from sweep.catalog.ingest.parsing import number_texts
from sweep.catalog.ingest.parsing.columns import Ints
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.column_plan import plan
from sweep.catalog.ingest.parsing.header.column_request import ColumnPlan, ColumnRequest
from sweep.catalog.ingest.parsing.tables import beginning, tables
from sweep.catalog.ingest.parsing.time_hints import unit_of
from sweep.catalog.ingest.parsing.time_texts import is_moment
from sweep.catalog.ingest.problems import at
from sweep.errors import InputError, Problem

DAY = 86_400  # seconds
REQUESTS = (  # the first that fits: a file of bars may have a bid and an ask as well
    ColumnRequest(OHLC, ("volume",), {}, "bars", DAY, keeps_wall=True),
    ColumnRequest(("bid", "ask"), ("bid_size", "ask_size"), {}, "quotes", keeps_wall=True),
    ColumnRequest(("price", "size"), (), {}, "trades", keeps_wall=True),
)
LENGTHS = ((27 * DAY, "1-MONTH"), (6 * DAY, "1-WEEK"), (20 * 3600, "1-DAY"))  # of bars this far apart, or further
RARE = 0.01  # share of distances that may be shorter than a bar
MOST_DIGITS = 8  # decimals of a price; floats that were written whole have more
ROWS = 20_000  # that are measured


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Facts about one file."""

    noun: str  # bars, quotes or trades
    layout: Layout  # that reads it
    step: IngestStep  # of bars
    price_digits: int  # decimals of its prices
    size_digits: int
    is_noisy: bool  # numbers with the rounding errors of floats
    has_volume: bool
    is_naive: bool  # its times of day do not say where their clock stands
    session: Session | None  # that such times show


def examine(path: Path, layout: Layout, step: IngestStep | None = None) -> FileFacts:
    """The facts of a file, read by a layout; a `step` that is stated stands. InputError where it is no market data."""
    if not path.is_file():
        raise InputError(Problem("FILE", "is no file", str(path)))
    with at(str(path), None):
        names, rows, has_names = beginning(path, layout)
        request, layout, columns = _planned(path, names, rows, layout, has_names=has_names)
        table = _first_rows(path, layout, request)
    prices = [n for n in ("open", "high", "low", "close", "bid", "ask", "price") if n in table.column_names]
    sizes = [n for n in ("volume", "size", "bid_size", "ask_size") if n in table.column_names]
    texts = [[row[names.index(name)] for row in rows if names.index(name) < len(row)] for name in columns.time]
    is_naive = layout.time_format == "iso" and clock.is_naive(columns.time, texts[-1])
    wall, digits = table["wall"].to_numpy(), [_digits(table, names, layout.decimal) for names in (prices, sizes)]
    length = _length(table["time"].to_numpy(), wall) if request.noun == "bars" else IngestStep()
    is_naive &= request.noun != "bars" or (step or length).normal().seconds < DAY
    return FileFacts(
        noun=request.noun, layout=layout, step=step or length,
        price_digits=digits[0][0], size_digits=digits[1][0], is_noisy=digits[0][1] or digits[1][1],
        has_volume=any(_has_any(table[n]) for n in sizes),
        is_naive=is_naive, session=clock.session_of(wall) if is_naive else None,
    )  # fmt: skip


def _planned(
    path: Path, names: list[str], rows: list[list[str]], layout: Layout, *, has_names: bool
) -> tuple[ColumnRequest, Layout, ColumnPlan]:
    """The kind of data whose columns the file has, and the layout with the unit of its times."""
    refusals: list[InputError] = []
    for candidate in _layouts(rows, layout):
        for request in REQUESTS:
            try:
                columns = plan(str(path), names, rows, candidate, request, has_names=has_names)
            except InputError as refused:
                refusals.append(refused)
                continue
            return request, _with_unit(candidate, columns, names, rows), columns
    raise min(refusals, key=lambda refused: len(refused.problems))


def _layouts(rows: list[list[str]], layout: Layout) -> Iterator[Layout]:
    """The layout as it is stated, and for a file without names with the unit of the number that rows begin with."""
    yield layout
    first = next((row[0].strip() for row in rows if row), "")
    if layout.time_format == "iso" and (unit := unit_of(first)) and not is_moment(first):
        yield replace(layout, time_format=unit)


def _with_unit(layout: Layout, columns: ColumnPlan, names: list[str], rows: list[list[str]]) -> Layout:
    if layout.time_format != "iso" or len(columns.time) != 1:
        return layout
    (time,) = columns.time
    at_ = names.index(time)
    text = next((row[at_].strip() for row in rows if at_ < len(row) and row[at_].strip()), "")
    unit = "" if is_moment(text) else unit_of(text)
    return replace(layout, time_format=unit) if unit else layout


def _first_rows(path: Path, layout: Layout, request: ColumnRequest) -> Any:
    """The first rows as texts, with their times."""
    held: list[Any] = []
    for table in tables(path, layout, request, exact=False):
        held.append(table)
        if sum(map(len, held)) >= ROWS:
            break
    if not held:
        raise InputError(Problem(str(path), "holds no rows of data"))
    return pa.concat_tables(held).slice(0, ROWS)


def _length(utc: Ints, wall: Ints) -> IngestStep:
    """The length of bars: the shortest distance between two that is not rare."""
    seconds = np.diff(np.unique(utc if len(np.unique(wall)) < len(wall) else wall)) // 10**9
    counts = Counter(seconds[seconds > 0].tolist())
    usual = [distance for distance, many in counts.items() if many >= RARE * counts.total()]
    if not usual:
        return IngestStep()
    shortest = min(usual)
    length = next((text for least, text in LENGTHS if shortest >= least), "")
    return IngestStep(length=length) if length else IngestStep(seconds=shortest)


def _digits(table: Any, names: list[str], sign: str) -> tuple[int, bool]:
    """The most decimals of these columns, and if some have more than any market: then the most usual number."""
    columns = [number_texts.emptied(table[name].combine_chunks()).drop_null() for name in names]
    sign = sign or number_texts.decimal_sign(columns)
    counts = Counter[int]()
    for column in columns:
        plain = pc.replace_substring(column, ",", ".") if sign == "," else column
        fractions = pc.utf8_rtrim(pc.extract_regex(plain, r"\.(?P<f>\d+)").field("f").fill_null(""), "0")
        counts.update(pc.utf8_length(fractions).to_pylist())
    usual = {digits: many for digits, many in counts.items() if digits <= MOST_DIGITS}
    if max(counts, default=0) <= MOST_DIGITS:
        return max(counts, default=0), False
    return max(usual, key=lambda digits: usual[digits], default=MOST_DIGITS), True


def _has_any(column: Any) -> bool:
    """True if some number of a column is not zero."""
    return bool(pc.any(pc.match_substring_regex(column, "[1-9]")).as_py())
