"""Ticks of MetaTrader 5: a field that is blank did not change, and the column of flags says which ones did."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import shlex
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.header.column_request import ColumnPlan
from sweep.catalog.ingest.parsing.row_counts import RowCounts

CHANGED = {"bid": 2, "ask": 4, "price": 8, "size": 16}  # the bit of a field
BUY, SELL = 32, 64  # the side of a deal's taker


class TickFlags:
    """Blank fields of the ticks of a file, filled with the last value before them."""

    def __init__(self, plan: ColumnPlan, noun: str, counts: RowCounts) -> None:
        self._flags, self._noun, self._counts = plan.flags, noun, counts
        self._fields = {ours: theirs for ours, theirs in plan.columns.items() if ours in CHANGED}
        self._last: dict[str, Any] = {}  # value of each field at the end of the last table
        self._fills, self._time, self._turn = (
            False,
            -(2**63),
            0,
        )  # a field was filled; the last time; row where it sinks

    def filled(self, table: Any) -> Any:
        """The rows with a value for each field that did not change; rows without any such field are left out."""
        blank = {n: pc.is_null(table[theirs]).to_numpy(zero_copy_only=False) for n, theirs in self._fields.items()}
        idle = np.all(list(blank.values()), axis=0) if blank else np.zeros(len(table), bool)
        if idle.any():
            self._counts.dropped[f"rows without {' and '.join(blank)}, which are no {self._noun}"] += int(idle.sum())
            table = table.filter(pa.array(~idle))
            blank = {n: marks[~idle] for n, marks in blank.items()}
        flags = self._numbers(table)
        early = np.zeros(len(table), bool)
        for ours, theirs in self._fields.items():
            same = blank[ours] & (flags & CHANGED[ours] == 0)
            values, is_early = self._carried(ours, table[theirs], same)
            early |= is_early
            table = table.set_column(table.column_names.index(theirs), theirs, values)
            filled = int((same & ~is_early).sum())
            self._fills = self._fills or filled > 0
            self._counts.noticed[f"{self._noun} with an unchanged {ours} ({theirs} is blank)"] += filled
        if early.any():
            first = " and ".join(self._fields)
            self._counts.dropped[f"{self._noun} before the first {first} of the file"] += int(early.sum())
        return table.filter(pa.array(~early))

    def sides(self, table: Any) -> Any:
        """The side of each deal's taker."""
        bits = self._numbers(table) & (BUY | SELL)
        words = np.select([bits == BUY, bits == SELL], ["BUY", "SELL"], "NO_AGGRESSOR")
        return pa.array(words, pa.string())

    def check(self, times: Any, rows: Any) -> None:
        """FileError where a field was filled and the rows are in no order of time: the row before is another then."""
        if len(times):
            sinks = (
                np.flatnonzero(np.diff(times, prepend=self._time) < 0)
                if self._time > -(2**63)
                else (np.flatnonzero(np.diff(times) < 0) + 1)
            )
            self._turn = self._turn or (int(rows[sinks[0]]) if len(sinks) else 0)
            self._time = int(times[-1])
        if self._fills and self._turn:
            rule = f"leaves fields blank that did not change, and goes back in time in row {self._turn}"
            raise FileError(
                rule, "sort the rows by their time; or leave such rows out: --ignore " + shlex.quote(self._flags)
            )

    def _numbers(self, table: Any) -> Any:
        column = table[self._flags]
        texts = pc.if_else(
            pc.match_substring_regex(column.cast(pa.string()), r"^\d{1,9}$"), column.cast(pa.string()), None
        )
        return texts.cast(pa.int64()).fill_null(-1).to_numpy()

    def _carried(self, ours: str, column: Any, same: Any) -> tuple[Any, Any]:
        """A column with the last value in place of each that is the same, and the rows that have none before them."""
        valid = pc.is_valid(column).to_numpy(zero_copy_only=False)
        row = np.arange(len(column))
        before = np.maximum.accumulate(np.where(valid, row, -1)) if len(row) else row
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        last = self._last.get(ours, pa.scalar(None, column.type))
        held = pa.concat_arrays([pa.array([last.as_py()], column.type), column])
        values = held.take(pa.array(np.where(same, before, row) + 1))
        if len(row):
            self._last[ours] = held[int(before[-1]) + 1]
        is_early = same & pc.is_null(values).to_numpy(zero_copy_only=False)
        return values, is_early
