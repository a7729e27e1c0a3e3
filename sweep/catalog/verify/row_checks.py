"""The rows of one kind of data of one instrument, read once in batches: memory does not grow with the data."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sweep.catalog import row_rules
from sweep.catalog.data_files import DataFile
from sweep.catalog.gaps import HOUR, SECOND, Market
from sweep.catalog.spec_check import day
from sweep.catalog.verify.bar_checks import BarState, check_splits, check_volumes, volume_fault
from sweep.catalog.verify.fault_codes import Fault
from sweep.catalog.verify.instrument_checks import Definition
from sweep.spec.data_kinds import DATA_KINDS

type Floats = np.ndarray[Any, np.dtype[np.float64]]
type Ints = np.ndarray[Any, np.dtype[np.int64]]
type Marks = np.ndarray[Any, np.dtype[np.bool_]]

BATCH = 262_144  # rows
EARLIEST = int(datetime(1980, 1, 1, tzinfo=UTC).timestamp()) * SECOND
LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * SECOND
SKEW = SECOND // 100  # by which two clocks may differ
NEAR = 1e-4  # of a tick or a step: what a float may be off by
LISTED = 8  # days in a message
LEVELS = 20  # different prices from which a tick size can be told
# kind: its prices and its sizes
COLUMNS = {name: (kind.prices, kind.sizes) for name, kind in DATA_KINDS.items() if kind.prices is not None}


@dataclass
class Notes:
    """Faults of one group of files, counted by code, each with its first example."""

    where: str
    counts: dict[str, int] = field(default_factory=dict[str, int])
    examples: dict[str, str] = field(default_factory=dict[str, str])

    def mark(self, code: str, wrong: Marks, example: Callable[[int], str]) -> None:
        """Count the rows that are wrong; `example` shows one by its position."""
        if count := int(np.count_nonzero(wrong)):
            self.add(code, example(int(np.argmax(wrong))) if code not in self.examples else "", count)

    def add(self, code: str, example: str, count: int = 1) -> None:
        self.counts[code] = self.counts.get(code, 0) + count
        self.examples.setdefault(code, example)

    def findings(self) -> list[Fault]:
        return [Fault(code, self.where, count, self.examples[code]) for code, count in self.counts.items()]


@dataclass
class Group:
    """One kind of data of one instrument, and what is known of it from batch to batch."""

    kind: str
    definition: Definition | None
    notes: Notes
    last: tuple[int, int] | None = None  # ts_event and ts_init of the last row
    ended: int | None = None  # ts_init of the last row of the file before
    spacing: float = 0.0  # the median time between two rows of the first batch, nanoseconds
    steps: int = 0  # the largest whole number of ticks that every price is a multiple of
    levels: set[int] = field(default_factory=set[int])  # the first different prices, in ticks
    market: Market = field(default_factory=Market)
    bars: BarState = field(default_factory=BarState)
    missing_days: list[str] = field(default_factory=list[str])
    doubled: list[int] = field(default_factory=list[int])  # times that two bars have, the first thousand


def verify_rows(where: str, kind: str, files: Iterable[DataFile], definition: Definition | None) -> list[Fault]:
    """The faults of the rows of some files that hold one kind of data of one instrument."""
    closes = definition is None or not definition.never_closes
    group = Group(kind, definition, Notes(where), market=Market.of(kind, where, never_closes=not closes))
    for file in sorted(files, key=lambda f: (f.first, f.path)):
        for times, table in readable(group.notes, file, kind):
            check_batch(group, file, times, table)
        group.ended = group.last[1] if group.last else None
    conclude(group)
    return group.notes.findings()


def readable(notes: Notes, file: DataFile, kind: str) -> Iterator[tuple[tuple[Ints, Ints], Any]]:
    """The batches of a file up to where it is damaged."""
    try:
        yield from batches(file, kind)
    except (OSError, pa.ArrowException, ValueError, KeyError) as wrong:
        notes.add("damaged-file", f"{file.path}: {str(wrong).splitlines()[0][:100]}")


def batches(file: DataFile, kind: str) -> Iterator[tuple[tuple[Ints, Ints], Any]]:
    """(ts_event, ts_init) and the prices and sizes of a file, batch by batch."""
    with pq.ParquetFile(file.path) as parquet:
        names = set(parquet.schema_arrow.names)
        columns = [c for group in COLUMNS.get(kind, ((), ())) for c in group]
        extra = [c for c in ("ts_event", "action", "trade_id") if c in names]
        for batch in parquet.iter_batches(BATCH, columns=[*columns, *extra, "ts_init"]):
            if batch.num_rows:
                inits = _times(batch, "ts_init")
                yield (_times(batch, "ts_event") if "ts_event" in names else inits, inits), batch


def _times(batch: Any, name: str) -> Ints:
    column = batch.column(name)
    if column.null_count:
        raise ValueError(f"{name} is missing in {column.null_count} rows")
    return column.cast(pa.int64()).to_numpy(zero_copy_only=False)


def check_batch(group: Group, file: DataFile, times: tuple[Ints, Ints], table: Any) -> None:
    events, inits = times
    check_times(group, file, events, inits)
    check_order(group, file, events, inits)
    if group.kind in COLUMNS:
        check_values(group, inits, table)
    group.last = int(events[-1]), int(inits[-1])


def check_times(group: Group, file: DataFile, events: Ints, inits: Ints) -> None:
    """Each time by itself."""
    notes = group.notes
    notes.mark("time-unit", (inits < EARLIEST) | (inits >= LATEST), lambda n: f"{inits[n]} ns is {day(int(inits[n]))}")
    early = events - inits
    notes.mark("clairvoyant", early > SKEW, lambda n: f"known at {day(int(inits[n]))}, {_span(early[n])} early")
    outside = (inits < file.first) | (inits > file.last)
    notes.mark("file-name", outside, lambda n: f"{day(int(inits[n]))} in {file.path.name}")
    if (d := group.definition) and d.expires:
        notes.mark("expired", (inits > d.expires) | (inits < d.listed), lambda n: day(int(inits[n])))


def check_order(group: Group, file: DataFile, events: Ints, inits: Ints) -> None:
    """Each time against the one before."""
    notes, first = group.notes, group.last is None
    before = group.last or (int(events[0]), int(inits[0]))
    gone = np.diff(inits, prepend=before[1])
    if group.ended is not None and gone[0] <= 0 and group.ended == before[1]:
        notes.add("overlap", f"{file.path.name} begins before the file before it ends")
    else:
        back = -gone
        hour = (back > HOUR - 300 * SECOND) & (back <= HOUR)
        notes.mark("dst-twice", hour, lambda n: f"an hour back at {day(int(inits[n]))}")
        notes.mark("order", (back > 0) & ~hour, lambda n: f"{day(int(inits[n]))} after {day(int(inits[n] - gone[n]))}")
    if group.kind == "Bar":
        twice = np.diff(events, prepend=before[0]) == 0
        twice[0] &= not first
        group.doubled += [int(t) for t in events[twice][: max(0, 1000 - len(group.doubled))]]
        notes.counts["bar-twice"] = notes.counts.get("bar-twice", 0) + int(np.count_nonzero(twice))
    jump = np.diff(events, prepend=before[0])
    notes.mark(
        "clock-jump", (jump <= -SECOND) & (gone >= 0), lambda n: f"{_span(-jump[n])} back at {day(int(inits[n]))}"
    )
    check_gaps(group, inits, gone)


def check_gaps(group: Group, inits: Ints, gone: Ints) -> None:
    if not group.spacing and len(gone) > 1:
        group.spacing = float(np.median(gone[1:]))
    missing = group.market.missing(inits, gone)
    holes = missing >= group.market.worth(group.spacing)
    for n in np.flatnonzero(holes):
        group.missing_days += group.market.days(int(inits[n] - gone[n]), int(inits[n]) - group.market.bar)
    group.notes.mark("gap", holes, lambda n: f"{_span(missing[n])} before {day(int(inits[n]) - group.market.bar)}")


def check_values(group: Group, inits: Ints, table: Any) -> None:
    """Prices and sizes."""
    price_names, size_names = COLUMNS[group.kind]
    columns: dict[str, Floats] = {}
    for name in (*price_names, *size_names):
        column = table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
        columns[name] = column
    values = list(columns.values())
    if not values:
        return
    wrong: Marks = ~np.isfinite(np.stack(values)).all(axis=0)
    group.notes.mark("missing", wrong, lambda n: f"at {day(int(inits[n]))}")
    used = ~wrong
    if group.kind == "OrderBookDelta":
        used &= np.array([a != "CLEAR" for a in table.column("action").to_pylist()], dtype=bool)
    prices = {name: columns[name] for name in price_names}
    sizes = {name: columns[name] for name in size_names}
    check_grid(group, inits, prices, sizes, used)
    check_kind(group, inits, columns, used)
    check_repeated(group, inits, table)


def check_grid(group: Group, inits: Ints, prices: dict[str, Floats], sizes: dict[str, Floats], used: Marks) -> None:
    """Prices and sizes against tick and step."""
    if (d := group.definition) is None:
        return
    tick = Decimal(1).scaleb(-d.precision[0]) if d.has_scheme else d.tick
    for name, column in prices.items():
        _off(group.notes, ("off-tick", "tick"), tick, (name, column, inits, used))
        if not d.has_scheme:
            _count_steps(group, column[used] / float(tick))
    for name, column in sizes.items():
        _off(group.notes, ("off-step", "step"), d.step, (name, column, inits, used))


def _off(notes: Notes, sentence: tuple[str, str], unit: Decimal, rows: tuple[str, Floats, Ints, Marks]) -> None:
    name, column, inits, used = rows
    steps = column / float(unit)
    wrong = used & (np.abs(steps - np.rint(steps)) > np.maximum(NEAR, np.abs(steps) * 1e-14))
    notes.mark(
        sentence[0], wrong, lambda n: f"{name} {column[n]:.10g}, {sentence[1]} {unit:f}, at {day(int(inits[n]))}"
    )


def _count_steps(group: Group, ticks: Floats) -> None:
    """Take notice of which multiples of a tick occur."""
    if not len(ticks) or group.steps == 1:
        return
    levels = np.unique(np.rint(ticks).astype(np.int64))
    group.steps = int(np.gcd.reduce(levels, initial=group.steps))
    if len(group.levels) < LEVELS:
        group.levels.update(levels[:LEVELS].tolist())


def check_kind(group: Group, inits: Ints, columns: dict[str, Floats], used: Marks) -> None:
    """Rules of a row by itself, and of bars from one to the next."""
    kind = group.definition.type if group.definition else ""
    prices, sizes = COLUMNS[group.kind]
    for code, wrong in row_rules.faults(group.kind, columns, kind).items():
        values = {name: columns[name] for name in (sizes if code == "size" else prices)}
        if code != "volume":
            group.notes.mark(
                code, used & wrong, lambda n, values=values: f"{_values(values, n)} at {day(int(inits[n]))}"
            )
    if group.kind == "Bar":
        check_volumes(group.bars, inits, columns["volume"])
        check_splits(group.bars, group.definition, inits, columns, group.notes.mark)


def _values(columns: dict[str, Floats], n: int) -> str:
    names = {name: name.removesuffix("_price").replace("_", " ") for name in columns}
    return ", ".join(f"{names[name]} {column[n]:g}" for name, column in columns.items())


def check_repeated(group: Group, inits: Ints, table: Any) -> None:
    """Rows that are the row before once more."""
    if group.kind not in {"QuoteTick", "TradeTick"} or len(inits) < 2:
        return
    same: Marks = np.ones(len(inits) - 1, dtype=bool)
    for name in table.schema.names:
        column = table.column(name)
        pairs = pc.call_function("equal", [column.slice(1), column.slice(0, len(column) - 1)])
        same &= np.asarray(pairs.fill_null(pa.scalar(value=False)).to_numpy(zero_copy_only=False), dtype=bool)
    group.notes.mark("repeated", same, lambda n: f"at {day(int(inits[n + 1]))}")


def conclude(group: Group) -> None:
    """Note what only all rows together show."""
    notes = group.notes
    if doubles := notes.counts.pop("bar-twice", 0):
        first, last = group.doubled[0], group.doubled[-1]
        code = "dst-twice" if last - first < HOUR and doubles > 1 and falls_back(first) else "bar-twice"
        notes.add(code, day(first), doubles)
    if fault := volume_fault(group.bars):
        notes.add(*fault)
    if days := group.missing_days:
        more = f" and {len(days) - LISTED} more" if len(days) > LISTED else ""
        notes.examples["gap"] += f"; whole days: {', '.join(days[:LISTED])}{more}"
    d = group.definition
    if (
        d is None or d.type in row_rules.WORTHLESS or "off-tick" in notes.counts
    ):  # an option's ticks grow with its price
        return
    if len(group.levels) >= LEVELS and group.steps % 10 == 0:
        notes.add(
            "tick-size", f"every price is a multiple of {(d.tick * group.steps).normalize():f}, the tick is {d.tick}"
        )


def falls_back(ns: int) -> bool:
    """True if a time lies on a Sunday in autumn on which clocks go back an hour: Europe, US, Australia."""
    at = datetime.fromtimestamp(ns // SECOND, UTC)
    is_last = at.day + 7 > (31 if at.month == 10 else 30)
    return at.weekday() == 6 and ((at.month == 10 and is_last) or (at.month in {4, 11} and at.day <= 7))


def _span(ns: int | np.integer[Any]) -> str:
    seconds = int(ns) / SECOND
    return (
        f"{seconds:.9g} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
