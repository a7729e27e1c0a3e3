"""The contents of a catalog, for people: the data of each instrument, and its gaps."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nlargest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from sweep.catalog.data_files import DEFINITION, DataFile, instrument_of, scan
from sweep.catalog.gaps import DAY, Market
from sweep.catalog.spec_check import unusable
from sweep.catalog.verify.instrument_checks import Definition, definitions
from sweep.errors import InputError
from sweep.spec.data_kinds import ends_interval


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One kind of data of one instrument. Times are UNIX nanoseconds, both included."""

    kind: str  # QuoteTick, TradeTick, Bar, …, the class of custom data, or Instrument
    identifier: str  # instrument id, or bar type; "" for custom data
    rows: int
    first: int
    last: int
    files: int
    bytes: int
    note: str = ""  # what people should know: that its rows were made, not observed


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without data between two rows at these times (UNIX nanoseconds)."""

    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1e9


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days and gaps of the data of an entry. Days are UTC dates."""

    kind: str
    identifier: str
    days: dict[str, int]  # ISO date → rows, of the days with data
    missing: tuple[str, ...]  # days without data between the first and the last, weekends too where it never closes
    gaps: tuple[Gap, ...]  # the longest while the market was open, longest first


def inventory(catalog: str | Path) -> list[CatalogEntry]:
    """The entries of a catalog, by kind and identifier, from names and footers. InputError where it is damaged."""
    groups = _groups(Path(catalog))
    return [
        CatalogEntry(
            kind, identifier, sum(f.rows for f in group), min(f.first for f in group), max(f.last for f in group),
            len(group), sum(f.bytes for f in group), "; ".join(sorted({f.note for f in group} - {""})),
        )
        for (kind, identifier), group in sorted(groups.items())
    ]  # fmt: skip


def coverage(catalog: str | Path, longest: int = 5) -> list[Coverage]:
    """Days and gaps of everything in a catalog but the definitions; reads the time columns.

    A gap over midnight (UTC) of four hours or more is the market's own, where it closes at all. The length of a bar is
    no gap.
    """
    groups = sorted(_groups(Path(catalog)).items())
    definitions_by_id = definitions(f for (kind, _), files in groups if kind == DEFINITION for f in files)
    return [
        _coverage(kind, name, files, longest, _market(kind, name, definitions_by_id))
        for (kind, name), files in groups
        if kind != DEFINITION
    ]


def _market(kind: str, name: str, definitions_by_id: Mapping[str, Definition]) -> Market:
    definition = definitions_by_id.get(instrument_of(kind, name))
    return Market.of(kind, name, never_closes=definition is not None and definition.never_closes)


def _groups(catalog: Path) -> dict[tuple[str, str], list[DataFile]]:
    files, damaged = ([], list(unusable(catalog))) if not catalog.is_dir() else scan(catalog)
    if problems := damaged or list(unusable(catalog)):
        raise InputError(problems)
    groups: dict[tuple[str, str], list[DataFile]] = defaultdict(list)
    for file in files:
        groups[file.kind, file.identifier].append(file)
    return groups


def _coverage(kind: str, identifier: str, group: Iterable[DataFile], longest: int, market: Market) -> Coverage:
    days: dict[str, int] = defaultdict(int)
    gaps: list[Gap] = []
    last: int | None = None
    for times in _times(sorted(group, key=lambda f: f.first)):
        for day, count in zip(*np.unique((times - ends_interval(kind)) // DAY, return_counts=True), strict=True):
            days[_date(int(day)).isoformat()] += int(count)
        gaps = nlargest(longest, [*gaps, *_longest(times, last, longest, market)], key=lambda gap: gap.end - gap.start)
        last = int(times[-1])
    return Coverage(kind, identifier, dict(days), tuple(_missing(days, market)), tuple(gaps))


def _times(files: Iterable[DataFile]) -> Iterator[Any]:
    for file in files:
        with pq.ParquetFile(file.path) as parquet:
            for batch in parquet.iter_batches(1_000_000, columns=["ts_init"]):
                if len(batch):
                    yield batch.column(0).cast("int64").to_numpy(zero_copy_only=False)


def _longest(times: Any, before: int | None, count: int, market: Market) -> Iterator[Gap]:
    edges = times if before is None else np.concatenate(([before], times))
    steps, ends = np.diff(edges), edges[1:]
    spans = market.missing(ends, steps)
    for n in np.argsort(-spans, kind="stable")[:count]:
        if spans[n] > 0:
            yield Gap(int(ends[n] - market.bar - spans[n]), int(ends[n] - market.bar))


def _missing(days: Iterable[str], market: Market) -> Iterator[str]:
    dates = {date.fromisoformat(day) for day in days}
    day = min(dates, default=date.max)
    while day < max(dates, default=date.min):
        day += timedelta(days=1)
        if day not in dates and (market.never_closes or day.weekday() < 5):
            yield day.isoformat()


def _date(days: int) -> date:
    return date(1970, 1, 1) + timedelta(days=days)
