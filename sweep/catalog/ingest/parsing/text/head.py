"""The first lines of a text file: the sign between its columns, their names, some rows, and what stands above them."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.text.stream import opened
from sweep.catalog.ingest.parsing.time_texts import is_clock, is_date, is_moment

ROWS = 200  # by which a file is judged
DELIMITERS = ",;\t|"
NUMBER = re.compile(r"\s*[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?\s*")
STACKED = ("price", "ticker", "date")  # the first cells of the three lines above yfinance's columns


@dataclass(frozen=True, slots=True)
class TextHead:
    """The beginning of a text file."""

    delimiter: str
    names: tuple[str, ...]  # "" for a column without one
    rows: tuple[tuple[str, ...], ...]
    above: int  # lines before the first row
    has_names: bool  # of its own, in a line or by --columns
    notes: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """A name for every column, each once."""
        counts, unique_names = Counter[str](), list[str]()
        for n, name in enumerate(self.names):
            unique = name or f"column {n + 1}"
            counts[unique] += 1
            unique_names.append(unique if counts[unique] == 1 else f"{unique} ({counts[unique]})")
        return unique_names


def read_head(path: Path, layout: Layout) -> TextHead:
    """The head of a file as its layout says, or as it shows itself."""
    with opened(path) as text:
        lines = list(islice(_lines(text.stream), ROWS))
    skipped, lines = lines[: layout.skip_rows], lines[layout.skip_rows :]
    delimiter = layout.delimiter or _delimiter(lines)
    table = list(csv.reader(lines, delimiter=delimiter))
    notes: list[str] = []
    above = 0 if layout.skip_rows else _preamble(table)
    if above:
        notes.append(
            f"lines 1 to {above} are no columns and are skipped"
            if above > 1
            else "line 1 is no column names and is skipped"
        )
    table, above = table[above:], above + len(skipped)
    if positional := layout.positional:
        return TextHead(delimiter, positional, _rows(table), above, has_names=True, notes=tuple(notes))
    if not table:
        return TextHead(delimiter, (), (), above, has_names=True, notes=tuple(notes))
    names, rest, more = _names(table)
    rest = [row for row in rest if [cell.strip() for cell in row] != list(names)]  # the names once more
    return TextHead(delimiter, names, _rows(rest), above + more, more > 0, tuple(notes))


def _names(table: list[list[str]]) -> tuple[tuple[str, ...], list[list[str]], int]:
    """Names, the rows behind them, and how many lines the names take."""
    first = [row[0].strip().lower() if row else "" for row in table[:3]]
    if tuple(first) == STACKED:
        return (table[2][0], *table[0][1:]), table[3:], 3
    if _is_data(table[0]):
        return ("",) * len(table[0]), table, 0
    names, rest = tuple(name.strip() for name in table[0]), table[1:]
    if rest and len(rest[0]) == len(names) + 1 and not rest[0][-1].strip():
        names = (*names, "")  # every row ends with a delimiter
    return names, rest, 1


def _rows(table: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in table if any(cell.strip() for cell in row))


def _delimiter(lines: Sequence[str]) -> str:
    """The sign that parts most lines into the same number of columns, at least two."""
    regularities = {sign: _regularity(lines, sign) for sign in DELIMITERS}
    best = max(regularities, key=lambda sign: regularities[sign])
    return best if regularities[best] > (0, 0) else ","


def _regularity(lines: Sequence[str], sign: str) -> tuple[int, int]:
    """The number of lines with the most usual number of columns, and that number."""
    counts = Counter(len(row) for row in csv.reader(lines, delimiter=sign) if row)
    counts.pop(1, None)
    if not counts:
        return 0, 0
    columns, rows = max(counts.items(), key=lambda item: (item[1], item[0]))
    return rows, columns


def _preamble(table: Sequence[Sequence[str]]) -> int:
    """Lines above the names of the columns: titles and addresses, which have fewer columns than the rows."""
    widths = Counter(len(row) for row in table if row)
    if not widths or (width := max(widths, key=lambda w: (widths[w], w))) < 2:
        return 0
    first = next(n for n, row in enumerate(table) if len(row) == width)
    if first and len(table[first - 1]) == width - 1 and not _is_data(table[first - 1]) and _is_data(table[first]):
        return first - 1  # names without one for the delimiter at the end of rows
    return first if all(len(row) < max(2, width - 1) for row in table[:first]) else 0


def _is_data(row: Sequence[str]) -> bool:
    """Tell a row of values from a row of names."""
    cells = [cell.strip() for cell in row if cell.strip()]
    values = sum(bool(NUMBER.fullmatch(c)) or is_date(c) or is_clock(c) or is_moment(c) for c in cells)
    return values >= 2 and 2 * values > len(cells)


def records(path: Path, head: TextHead) -> Iterator[tuple[list[str], int, int, str]]:
    """The cells of each row that is not empty, the lines on which it begins and ends (from 1), and its text."""
    with opened(path) as text:
        lines = _lines(text.stream)
        for _ in range(head.above):
            lines.readline()
        held: list[str] = []

        def lines_after_head() -> Iterator[str]:
            for line in lines:
                held.append(line)
                yield line

        reader, line = csv.reader(lines_after_head(), delimiter=head.delimiter), head.above
        for cells in reader:
            first, line = line + 1, head.above + reader.line_num
            if cells:
                yield cells, first, line, "".join(held).rstrip("\r\n")
            held.clear()


def line_of(path: Path, head: TextHead, row: int) -> int:
    """The line of the file on which a row stands, both counted from 1."""
    try:
        whole = (first for cells, first, _, _ in records(path, head) if len(cells) == len(head.columns))
        return next(islice(whole, row - 1, None), head.above + row)
    except csv.Error:
        return head.above + row


def _lines(stream: io.RawIOBase) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(stream), "utf-8", errors="replace", newline="")
