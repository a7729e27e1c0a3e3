"""The instrument and the kind of each row, by the columns that tell them: rows of several are never taken for one."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.columns import texts
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.identity_columns import is_kind, mixes_kinds, of_noun
from sweep.catalog.ingest.parsing.names.column_names import PARTICIPANT, TICKERS, is_venue, key
from sweep.catalog.ingest.parsing.row_counts import RowCounts

NAMELESS = "(empty)"  # rows without a name, beside named ones
LISTED = 8  # symbols in a message


class RowIdentity:
    """The values of the columns that identify rows, counted over a file."""

    def __init__(self, names: Sequence[str], layout: Layout, noun: str, counts: RowCounts) -> None:
        self._layout, self._noun, self._counts = layout, noun, counts
        self._symbols = {name: Counter[str]() for name in names if not self._is_kind(name)}
        self._kinds = {name: Counter[str]() for name in names if self._is_kind(name)}
        self._selector = layout.symbol_column

    def _is_kind(self, name: str) -> bool:
        return is_kind(name) and name != self._layout.symbol_column

    def rows_of_one(self, table: Any) -> Any:
        """The rows of the instrument that is wanted; the instruments of the others are counted."""
        for name, symbols in self._symbols.items():
            values = texts(table[name]).fill_null("")
            counted = _counts(values)
            if name == self._layout.symbol_column and not self._layout.symbol and counted.get(""):
                self._counts.dropped[f"rows without a name in {name}"] += counted.pop("")
                table = table.filter(pc.not_equal(values, ""))
            if self._layout.symbol and self._is_selector(name):
                mine = pc.equal(values, self._layout.symbol).to_numpy(zero_copy_only=False)
                self._counts.dropped[f"rows of other symbols in {name}"] += int((~mine).sum())
                table = table.filter(pa.array(mine))
                counted = {self._layout.symbol: int(mine.sum())}
            symbols.update({value or NAMELESS: count for value, count in counted.items() if count})
        return table

    def count_kinds(self, table: Any) -> None:
        """Count the kinds of rows that are kept."""
        for name, kinds in self._kinds.items():
            kinds.update(_counts(texts(table[name]).fill_null("")))

    def _is_selector(self, name: str) -> bool:
        """Tell the column that --symbol speaks of: as named, else the first."""
        self._selector = self._selector or name
        return name == self._selector

    def finish(self) -> None:
        """FileError where the file mixes instruments or kinds of data."""
        for name, symbols in self._symbols.items():
            if len(symbols) == 1 and key(name) in TICKERS and not self._layout.symbol:
                self._counts.symbols[name] = next(iter(symbols))
            if len(symbols) < 2 or name == self._layout.symbol_column:
                continue
            if is_venue(name) and all(PARTICIPANT.fullmatch(v) for v in symbols):
                self._counts.note(f"{name}: rows of {_listed(symbols)} are one consolidated tape")
                continue
            raise FileError(
                f"holds rows of several instruments by its column {name}", self._ways(name, symbols), _listed(symbols)
            )
        for name, kinds in self._kinds.items():
            if mixes_kinds(kinds):
                rule = f"holds rows of several kinds by its column {name}, and {self._noun} are one of them"
                raise FileError(rule, self._ways_of_kinds(name, kinds), _listed(kinds))

    def _ways(self, name: str, symbols: Counter[str]) -> str:
        one, column = shlex.quote(next(iter(symbols))), shlex.quote(name)
        return (
            f"--symbol {one} --symbol-column {column} takes one of them; --symbol-column {column} with a "
            f"--template all, each by itself; --ignore {column} says that they are one instrument"
        )

    def _ways_of_kinds(self, name: str, kinds: Counter[str]) -> str:
        one, column = shlex.quote(of_noun(list(kinds), self._noun)), shlex.quote(name)
        return (
            f"--symbol {one} --symbol-column {column} takes the rows of one kind; --ignore {column} says that they are "
            f"all {self._noun}"
        )


def _counts(values: Any) -> dict[str, int]:
    pairs: list[dict[str, Any]] = values.value_counts().to_pylist()
    return {str(pair["values"]): int(pair["counts"]) for pair in pairs}


def _listed(symbols: Counter[str]) -> str:
    more = f" and {len(symbols) - LISTED} more" if len(symbols) > LISTED else ""
    return ", ".join(f"{name} ({count:,})" for name, count in symbols.most_common(LISTED)) + more
