"""Rows of a file into rows of numbers and times: checked for their instrument, empty fields, and headers again."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import shlex
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog.ingest.parsing import columns as convert
from sweep.catalog.ingest.parsing import number_texts, time_texts, timestamps
from sweep.catalog.ingest.parsing.cell_error import CellError, FileError, MovedClockError, OrderOfDaysError
from sweep.catalog.ingest.parsing.clock.double_hours import DoubleHours
from sweep.catalog.ingest.parsing.decimals import InexactError
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.after_midnight import written_out
from sweep.catalog.ingest.parsing.header.column_request import ColumnPlan, ColumnRequest
from sweep.catalog.ingest.parsing.header.time_columns import no_times
from sweep.catalog.ingest.parsing.row_counts import RowCounts
from sweep.catalog.ingest.parsing.row_identity import RowIdentity
from sweep.catalog.ingest.parsing.text.head import TextHead, line_of
from sweep.catalog.ingest.parsing.tick_flags import TickFlags

DAY = 86_400 * 10**9
SIZES = {"bid_size", "ask_size", "size", "volume"}


class TypedRows:
    """One reading of a source, from its columns to ours."""

    def __init__(
        self, where: str, layout: Layout, request: ColumnRequest, columns: ColumnPlan, counts: RowCounts,
        *, again: Callable[[], Iterator[Any]], head: TextHead | None = None, path: Path | None = None,
    ) -> None:  # fmt: skip
        self._unit = layout.time_format if layout.date or len(columns.time) > 1 else ""  # of numbers since midnight
        if self._unit in timestamps.UNITS:
            layout = replace(layout, time_format="iso")
        self._where, self._layout, self._request, self._plan, self._counts = where, layout, request, columns, counts
        self._again, self._head, self._path = again, head, path
        self.first = 1  # row of the next table
        self._sign = layout.decimal
        self._day_is_first: bool | None = None
        self._identity = RowIdentity(columns.identity, layout, request.noun, counts)
        self._has_clock, self._rows = False, 0
        is_of_several = bool(layout.symbol_column and not layout.symbol)
        self._double_hours = DoubleHours(layout.time_zone, 1 if is_of_several else request.seconds, counts, self._place)
        self._flags = TickFlags(columns, request.noun, counts) if columns.flags else None

    def typed(self, table: Any) -> Any:
        """The rows of a table of the file, those that are left out counted."""
        rows = np.arange(self.first, self.first + len(table))
        self.first += len(table)
        table = table.append_column("row", pa.array(rows))
        table = self._without_headers(self._emptied(table))
        table = self._identity.rows_of_one(table)
        table = self._full(self._flags.filled(table) if self._flags else table)
        self._identity.count_kinds(table)
        if not len(table):
            return table
        columns = self._times(table)
        columns |= {
            ours: self._numbers(table, ours, theirs)
            for ours, theirs in self._plan.columns.items()
            if ours in self._request.digits
        }
        columns |= {
            ours: self._words(table, ours, theirs)
            for ours, theirs in self._plan.columns.items()
            if ours not in self._request.digits
        }
        if self._flags:
            self._flags.check(columns["time"].to_numpy(), table["row"].to_numpy())
            columns |= {} if "side" in columns or "price" not in columns else {"side": self._flags.sides(table)}
        if self._layout.symbol_column and not self._layout.symbol:
            columns["symbol"] = convert.texts(table[self._layout.symbol_column])
        return pa.table({**columns, "row": table["row"]})

    def finish(self) -> None:
        """Look at the file as a whole. FileError where it mixes instruments, or has no times of day."""
        self._identity.finish()
        self._double_hours.finish()
        if not self._request.may_be_dates and self._rows > 1 and not self._has_clock:
            name = " and ".join(self._plan.time)
            rule = f"has only midnights in {name}: dates without a time of day"
            raise FileError(rule, no_times(self._request, self._plan.time[0], ()))

    def _emptied(self, table: Any) -> Any:
        """Texts trimmed, and null where they stand for nothing."""
        for n, name in enumerate(table.column_names):
            column = table.column(n)
            if pa.types.is_dictionary(column.type) or convert.is_text(column.type):
                read = number_texts.trimmed if name in self._names else number_texts.emptied
                table = table.set_column(n, name, read(convert.simple(column)))
            elif pa.types.is_floating(column.type):
                table = table.set_column(n, name, pc.if_else(pc.is_nan(column), None, column))
        return table

    @property
    def _names(self) -> set[str]:
        """Columns of names of instruments."""
        return {*self._plan.identity, self._layout.symbol_column}

    def _without_headers(self, table: Any) -> Any:
        """The rows without lines that repeat the names of the columns, as files put together have them."""
        again = np.ones(len(table), bool)
        for theirs in self._plan.read:
            if not pa.types.is_string(table[theirs].type):
                return table
            again &= pc.equal(table[theirs], theirs).fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003
            if not again.any():
                return table
        row = int(table["row"].to_numpy()[np.argmax(again)])
        reason = next(
            (r for r in self._counts.dropped if r.startswith("header again")),
            f"header again, first in {self._place(row)}",
        )
        self._counts.dropped[reason] += int(again.sum())
        return table.filter(pa.array(~again))

    def _full(self, table: Any) -> Any:
        """The rows without an empty field."""
        needed = [
            *self._plan.time,
            *(theirs for ours, theirs in self._plan.columns.items() if ours in self._request.digits),
        ]
        whole = np.ones(len(table), bool)
        for name in needed:
            if count := table[name].null_count:
                self._counts.blanks[name] += count
                whole &= pc.is_valid(table[name]).to_numpy(zero_copy_only=False)
        if whole.all():
            return table
        self._counts.dropped[f"{self._request.noun} with an empty field"] += int((~whole).sum())
        return table.filter(pa.array(whole))

    def _times(self, table: Any) -> dict[str, Any]:
        names = self._plan.time
        with self._placed(table, names[-1 if self._unit in timestamps.UNITS else 0]):
            column = self._time_column(table, names)
            times = self._moments(column, table["row"])
        self._rows += len(times.utc)
        is_instant = self._layout.time_format in timestamps.UNITS
        self._has_clock = self._has_clock or is_instant or bool((times.wall % DAY).any())
        columns = {"time": pa.array(times.utc)}
        return columns | ({"wall": pa.array(times.wall)} if self._request.keeps_wall else {})

    def _time_column(self, table: Any, names: tuple[str, ...]) -> Any:
        """The times, as one column."""
        if self._unit in timestamps.UNITS:
            days = self._layout.date if len(names) == 1 else convert.texts(table[names[0]])
            return convert.simple(written_out(convert.texts(table[names[-1]]), self._unit, days))
        if len(names) == 1:
            return convert.simple(table[names[0]])
        return _joined(table, names, adds=self._layout.time_format == "excel")

    def _moments(self, column: Any, rows: Any) -> timestamps.Moments:
        """Times, with the order of day and month and of double hours as the file shows them."""
        try:
            times = convert.moments(column, self._layout, self._day_is_first)
        except CellError as error:
            if isinstance(error, MovedClockError) and error.is_twice:
                wall = convert.moments(column, replace(self._layout, time_zone="UTC"), self._day_is_first).wall
                return timestamps.Moments(self._double_hours.utc(wall, rows.to_numpy()), wall)
            if not isinstance(error, OrderOfDaysError) or self._day_is_first is not None:
                raise
            self._day_is_first = self._order_of_days()
            if self._day_is_first is None:
                raise
            return self._moments(column, rows)
        self._double_hours.pass_by(times.wall)
        return times

    def _order_of_days(self) -> bool | None:
        """The order of day and month that some row of the file shows."""
        orders = {order for texts in self._again() if (order := time_texts.day_first(texts)) is not None}
        if len(orders) > 1:
            raise FileError(
                "has day and month in one order in some rows, and in the other in others", "correct the times"
            )
        return next(iter(orders), None)

    def _numbers(self, table: Any, ours: str, theirs: str) -> Any:
        noun = "sizes" if ours in SIZES else "prices"
        column = convert.simple(table[theirs])
        note = self._counts.round if self._layout.rounds else None
        with self._placed(table, theirs):
            if pa.types.is_string(column.type) and not self._sign:
                texts = [convert.simple(table[t]) for o, t in self._plan.columns.items() if o in self._request.digits]
                self._sign = number_texts.decimal_sign(t for t in texts if pa.types.is_string(t.type))
            return pa.array(
                convert.numbers(
                    column, self._request.digits[ours], noun, sign=self._sign, note=note, power=self._power(noun)
                )
            )

    def _power(self, noun: str) -> int:
        """Decimals of the unit in which the file has its prices."""
        return self._layout.price_decimals if noun == "prices" else 0

    def _words(self, table: Any, ours: str, theirs: str) -> Any:
        words = convert.texts(table[theirs]).fill_null("")
        if ours != "side":
            return words
        sides = {w: self._layout.side(w, of_maker=self._plan.of_maker) for w in words.unique().to_pylist()}
        if unknown := sorted(w for w, side in sides.items() if side is None):
            row = pc.index(pc.is_in(words, pa.array(unknown)), value=True).as_py()
            first = self._place(int(table["row"][row].as_py()))
            ways = f"state in a mapping what they are (aggressor), or leave them out: --ignore {shlex.quote(theirs)}"
            rule = f"has unknown sides {', '.join(map(repr, unknown[:5]))} in {theirs}, first in {first}"
            raise FileError(rule, ways)
        which = pc.index_in(words, pa.array(list(sides), pa.string()))
        return pa.array(list(sides.values()), pa.string()).take(which)

    @contextmanager
    def _placed(self, table: Any, column: str) -> Generator[None]:
        """Tell of a value that cannot be read in which row and column it is."""
        try:
            yield
        except InexactError as error:
            error.place = self._place(int(table["row"][error.row].as_py()))
            raise
        except CellError as error:
            place = self._place(int(table["row"][error.row].as_py()))
            raise FileError(f"{place}, column {column}: {error.text!r} {error.rule}", error.remedy) from None

    def _place(self, row: int) -> str:
        if self._head is None or self._path is None:
            return f"row {row}"
        return f"line {line_of(self._path, self._head, row)}"


def _joined(table: Any, names: tuple[str, ...], *, adds: bool) -> Any:
    """Dates and times of day as one text each; a date that is written as a midnight is its date.

    `adds`: days and parts of a day are one number.
    """
    date, clock = (convert.texts(table[name]) for name in names)
    if adds:
        return convert.simple(pa.array(map(_sum, date.to_pylist(), clock.to_pylist()), pa.string()))
    date = pc.replace_substring_regex(date, r"[T ]00:00(:00(\.0+)?)?$", "")
    return pc.binary_join_element_wise(date, clock, " ")


def _sum(days: str, part: str) -> str:
    try:
        return str(Decimal(days) + Decimal(part))
    except InvalidOperation:
        return f"{days} {part}"
