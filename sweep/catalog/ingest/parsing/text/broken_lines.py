"""Lines of a text file that are no rows of its table: found, named by their number, and never lost without a word."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sweep.catalog.ingest.parsing.cell_error import NO_TABLE, FileError
from sweep.catalog.ingest.parsing.row_counts import RowCounts
from sweep.catalog.ingest.parsing.text.head import TextHead, records

SHOWN = 60  # characters of a line
BLANK = "lines with nothing in them"


class LineCheck:
    """One reading of a file, and the lines that were not taken for rows."""

    def __init__(self, path: Path, head: TextHead) -> None:
        self._path, self._head = path, head
        self._blank, self._odd = 0, 0

    def skip(self, row: Any) -> str:
        """Decide on a line that has another number of columns than the table (called while it is read)."""
        if row.text.strip(f"{self._head.delimiter} \t\r\n"):
            self._odd += 1
        else:
            self._blank += 1
        return "skip"

    def finish(self, lines: int, rows: int, counts: RowCounts) -> None:
        """Account for every line of the file. FileError where one is no row."""
        if self._odd:
            raise self.reason(None)
        counts.dropped[BLANK] += self._blank
        counts.read += self._blank
        if self._head.above + rows + self._blank != lines:
            for _, first, last, _ in self._records():
                if last > first:
                    raise self._open_quote(first)

    def reason(self, error: Exception | None) -> FileError:
        """The first line that is no row, in words."""
        width = len(self._head.columns)
        try:
            for cells, first, last, text in self._records():
                if last > first:
                    return self._open_quote(first)
                if len(cells) != width and any(cell.strip() for cell in cells):
                    rule = f"line {first} has {len(cells)} columns, the table has {width}"
                    return FileError(rule, "correct the line, or cut it off", text[:SHOWN])
        except csv.Error:
            pass
        reason = str(error).splitlines()[0] if error else "has lines that are no rows"
        reason = f"has a line of more than {1 << 20:,} characters" if "block" in reason else reason
        return FileError(f"cannot be read as a table: {reason}", NO_TABLE)

    def _open_quote(self, line: int) -> FileError:
        return FileError(f"line {line} opens a quote that is not closed on it", 'take the sign " out of the line')

    def _records(self) -> Iterator[tuple[list[str], int, int, str]]:
        yield from records(self._path, self._head)
