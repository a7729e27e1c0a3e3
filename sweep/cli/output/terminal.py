"""The console below all output: texts as they are, whole words, tables that fit."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from sweep.common.escaping import for_terminal

GAP = 3  # characters between columns
WIDE = 200  # columns where there is no terminal: a file has no edge


class SafeConsole(Console):
    """A console that shows each text as it is: nothing in it is markup, a control sequence or the name of an emoji."""

    def __init__(
        self, *, stderr: bool = False, file: IO[str] | None = None, width: int | None = None, force: bool | None = None
    ) -> None:
        """On stdout, stderr or a file; `force` makes it a terminal."""
        stream = file or (sys.stderr if stderr else sys.stdout)  # None where the process was started without it
        width = width or (None if stream and stream.isatty() else WIDE)
        super().__init__(
            stderr=stderr, file=file, width=width, force_terminal=force, markup=False, emoji=False, highlight=False
        )

    def print(self, *objects: Any, soft_wrap: bool | None = None, **options: Any) -> None:
        """Print; lines that are not wrapped in a file are broken between words on a terminal, never inside of one."""
        if not (soft_wrap and self.is_terminal):
            options.setdefault("crop", False)
            return super().print(*objects, soft_wrap=soft_wrap, **options)
        for thing in objects:
            text = thing if isinstance(thing, Text) else Text(str(thing))
            for line in wrapped(text, self.width, edge=_hanging(text)):
                super().print(line, soft_wrap=True, **options)
        return None

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments, of which rich's own may hold control sequences."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(for_terminal(segment.text), segment.style)


def _hanging(text: Text) -> int:
    """The edge of further lines: beside the first one, or a bit to the right of one that is indented."""
    indent = len(text.plain) - len(text.plain.lstrip(" "))
    return indent + 2 if indent else 0


def wrapped(text: Text, width: int, *, edge: int = 0) -> list[Text]:
    """The lines of a text, broken between words (5 % is one); each but the first begins after `edge` columns."""
    starts, has_words = list[int](), False
    column = len(text.plain) - len(text.plain.lstrip(" "))
    for word in re.finditer(r"\S+(?: %\S*)? *", text.plain):
        if has_words and column + cell_len(word[0].rstrip()) > width:
            starts.append(word.start())
            column = edge
        column, has_words = column + cell_len(word[0]), True
    lines = text.divide(starts)
    for line in lines:
        line.rstrip()
    indented = [Text(" " * (edge if n else 0)).append_text(line) for n, line in enumerate(lines)]
    for line in indented:
        line.no_wrap, line.overflow = True, "ignore"
    return indented


class WholeTable(Table):
    """A table in which no word is cut or broken: where the terminal is too narrow, each row becomes a list.

    Before that, columns in `spare` are left out, the first one first.
    """

    spare: Sequence[str] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render the table, or its rows as lists of names and values."""
        width = options.max_width
        cells, longest = self._contents()
        everything, whole = cells, self.columns
        for name in self.spare:
            if not _fits(longest, width):
                left = [column for column in self.columns if str(column.header) != name]
                self.columns = [replace(column, _index=n) for n, column in enumerate(left)]  # the last has no padding
                cells, longest = self._contents()
        if not _fits(longest, width):
            self.columns = whole
            yield from self._as_lists(everything, width)
            return
        for column, texts, columns in zip(self.columns, cells, _widths(cells, longest, width), strict=True):
            column.width = columns
            column.no_wrap = column.no_wrap or not any(" " in text.strip() for text in texts)
        yield from super().__rich_console__(console, options)

    def _contents(self) -> tuple[list[list[str]], list[int]]:
        """The cells of each column, its header first, and the length of the longest word in it."""
        cells = [[str(cell) for cell in (column.header, *column.cells)] for column in self.columns]
        return cells, [max((cell_len(w) for cell in column for w in cell.split()), default=0) for column in cells]

    def _as_lists(self, columns: Sequence[Sequence[str]], width: int) -> Iterator[RenderableType]:
        if self.title:
            yield from wrapped(Text(str(self.title), style="bold"), width)
        names = [column[0] for column in columns]
        edge = max(map(cell_len, names)) + 2
        for values in zip(*(column[1:] for column in columns), strict=True):
            for name, value in zip(names, values, strict=True):
                if value:
                    yield from wrapped(Text.assemble((name.ljust(edge), "dim"), value), width, edge=edge)
            yield Text()


def _widths(cells: Sequence[Sequence[str]], longest: Sequence[int], width: int) -> list[int]:
    """The width of each column, at least that of its longest word. Those that lack least get what they lack first."""
    widths, room = list(longest), width - _least(longest)
    lacking = [max(cell_len(line) for text in texts for line in text.split("\n")) for texts in cells]
    order = sorted(range(len(cells)), key=lambda n: lacking[n] - longest[n])
    for left, n in zip(range(len(order), 0, -1), order, strict=True):
        more = max(0, min(lacking[n] - longest[n], room // left))
        widths[n] += more
        room -= more
    return widths


def _fits(longest: Sequence[int], width: int) -> bool:
    """True if columns have room for their longest words, with a gap between them."""
    return _least(longest) <= width


def _least(longest: Sequence[int]) -> int:
    """The width of a table whose columns are as wide as their longest words, with its edge."""
    return sum(longest) + GAP * len(longest) + 1
