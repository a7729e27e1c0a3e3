"""One file of a catalog to be, written beside it: rows in order of time, each once. Memory does not grow with it.

Rows that come in order are written as they come. Where some come late, the file is put in order once it is whole: row
groups are read by time, and no more of them are held at once than overlap. The finished file is read back before
anybody is told that it was written.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROW_GROUP = 100_000  # rows: what a window of a replay reads at most in vain

type Ints = np.ndarray[Any, np.dtype[np.int64]]


class PendingFile:
    """Rows of one kind and identifier, in the engine's schema, on their way into a catalog.

    `number` makes a function that completes tables whose rows come in their final order: ids of rows that have none.
    """

    def __init__(
        self, path: Path, schema: Any, noun: str,
        *, one_at_a_time: bool = False, keeps_repeated: bool = False, gather: int = ROW_GROUP,
        number: Callable[[], Callable[[Any], Any]] | None = None,
    ) -> None:  # fmt: skip
        self.path, self.schema, self.noun = path, schema, noun
        self.one_at_a_time, self.keeps_repeated = one_at_a_time, keeps_repeated
        self.dropped, self.noticed = Counter[str](), Counter[str]()
        self.rows, self.first, self.last = 0, 0, -1
        self._new_numbers = number or _no_numbers
        self._start_writing()
        self._end: Any = None  # the last row so far
        self._waiting: list[Any] = []  # rows for a row group of `gather` rows at least
        self._gather = gather
        self._is_disordered = False

    def _start_writing(self) -> None:
        self._writer = pq.ParquetWriter(self.path, self.schema, compression="zstd")
        self._numbered = self._new_numbers()

    def discard(self) -> None:
        """Let go of a file that will not be finished: nothing writes to its path later."""
        self._writer.close()
        self.path.unlink(missing_ok=True)

    def add(self, table: Any) -> None:
        """More rows, in any order."""
        if not len(table):
            return
        ts = moments(table)
        latest = np.maximum.accumulate(np.concatenate(([self.last], ts)))[:-1]
        if late := int((ts < latest).sum()):
            self.noticed[f"{self.noun} out of order"] += late
            self._is_disordered |= int(ts.min()) < self.last
            table = table.take(np.argsort(ts, kind="stable"))
            ts = moments(table)
        self.first = min(self.first, int(ts[0])) if self.rows else int(ts[0])
        self.last = max(self.last, int(ts[-1]))
        self._write(table)

    def close(self) -> None:
        """Finish the file. ValueError where two bars of one time differ: which of them is true cannot be known."""
        self._flush()
        self._writer.close()
        if self._is_disordered:
            late = self.path.rename(self.path.with_suffix(".late"))
            self._start_writing()
            self.rows, self._end = 0, None
            for part in in_order([late]):
                self._write(part.table)
            self._flush()
            self._writer.close()
            late.unlink()
        self._read_back()

    def _read_back(self) -> None:
        """Compare what lies on the disk with what was written. OSError where they differ."""
        try:
            with pq.ParquetFile(self.path) as parquet:
                rows = parquet.metadata.num_rows
        except pa.ArrowException as error:
            raise OSError(f"what was written of {self.noun} cannot be read back: {error}") from error
        if rows != self.rows:
            raise OSError(f"{self.rows} {self.noun} were written, {rows} can be read back; is the disk full?")

    def _write(self, table: Any) -> None:
        table = self._numbered(table)
        carried = 0 if self._end is None else 1
        joined = pa.concat_tables([self._end, table]) if carried else table
        ts = moments(joined)
        ties = np.flatnonzero((np.diff(ts) == 0) & (not self.keeps_repeated)) + 1
        again = ties[same_rows(joined.take(ties), joined.take(ties - 1))]
        self.dropped[f"{self.noun} twice"] += len(again)
        if self.one_at_a_time and len(again) < len(ties):
            raise ValueError(two_different(self.noun, int(ts[np.setdiff1d(ties, again)[0]])))
        if len(again):
            is_first = np.ones(len(joined), bool)
            is_first[again] = False
            joined = joined.filter(pa.array(is_first))
        new = joined.slice(carried)
        if len(new):
            self._end = new.slice(len(new) - 1)
            self.rows += len(new)
            self._waiting.append(new)
            if sum(map(len, self._waiting)) >= self._gather:
                self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=ROW_GROUP)
            self._waiting = []


def _no_numbers() -> Callable[[Any], Any]:
    return _same


def _same(table: Any) -> Any:
    return table


def two_different(noun: str, ts: int) -> str:
    """The mistake of two rows where there can be only one."""
    at = np.datetime64(ts, "ns").astype("datetime64[s]")
    return f"holds two different {noun} of {at}; is the time zone right?"


def moments(table: Any) -> Ints:
    """`ts_init` of a table in the engine's schema."""
    return table["ts_init"].cast(pa.int64()).to_numpy()


def same_rows(a: Any, b: Any) -> Any:
    """Compare two tables of one length and schema row by row; empty fields equal each other."""
    same = np.ones(len(a), bool)
    for columns in zip(a.columns, b.columns, strict=True) if len(a) else ():
        one, other = (plain(column).combine_chunks() for column in columns)
        both_empty = pc.and_(one.is_null(), other.is_null())
        same &= pc.or_(pc.equal(one, other).fill_null(False), both_empty).to_numpy(zero_copy_only=False)  # noqa: FBT003
    return same


def plain(column: Any) -> Any:
    """A column that can be compared: a dictionary's codes may differ between tables."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


@dataclass(frozen=True, slots=True)
class PendingPart:
    """Rows in order of time, and by row the number of the file that it came from. No time is split between parts."""

    table: Any
    file: Ints


@dataclass(frozen=True, slots=True)
class _Group:
    parquet: Any
    number: int  # of the row group in its file
    file: int
    rank: int
    first: int
    last: int

    def read(self) -> tuple[Any, Ints, Ints]:
        table = self.parquet.read_row_group(self.number)
        return table, np.full(len(table), self.rank), np.full(len(table), self.file)


def in_order(paths: Sequence[Path]) -> Iterator[PendingPart]:
    """The rows of files in order of time; at one time as the files are given, and inside a file as they stand there."""
    opened = [pq.ParquetFile(path) for path in paths]
    try:
        yield from _by_time(sorted(_groups(opened), key=lambda g: (g.first, g.rank)))
    finally:
        for parquet in opened:
            parquet.close()


def _groups(opened: Iterable[Any]) -> Iterator[_Group]:
    rank = 0
    for file, parquet in enumerate(opened):
        for number in range(parquet.num_row_groups):
            ts = parquet.read_row_group(number, columns=["ts_init"]).column(0).cast(pa.int64()).to_numpy()
            yield _Group(parquet, number, file, rank, int(ts.min()), int(ts.max()))
            rank += 1


def _by_time(groups: Sequence[_Group]) -> Iterator[PendingPart]:
    held: tuple[Any, Ints, Ints] | None = None
    for n, group in enumerate(groups):
        read = group.read()
        table, rank, file = read if held is None else _joined(held, read)
        order = np.lexsort((rank, moments(table)))
        table, rank, file = table.take(order), rank[order], file[order]
        following = groups[n + 1].first if n + 1 < len(groups) else None
        cut = len(table) if following is None else int(np.searchsorted(moments(table), following))
        if cut:
            yield PendingPart(table.slice(0, cut), file[:cut])
        held = (table.slice(cut), rank[cut:], file[cut:]) if cut < len(table) else None


def _joined(a: tuple[Any, Ints, Ints], b: tuple[Any, Ints, Ints]) -> tuple[Any, Ints, Ints]:
    tables = [t.select(a[0].column_names) for t in (a[0], b[0])]
    return (
        pa.concat_tables(tables, promote_options="permissive").unify_dictionaries(),
        np.concatenate((a[1], b[1])),
        np.concatenate((a[2], b[2])),
    )
