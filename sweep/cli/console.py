"""Console output: tables, the progress line, the block of mistakes. Plain text without a terminal."""

import shlex
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep.cli import verbosity
from sweep.cli.output.terminal import SafeConsole, WholeTable, wrapped
from sweep.common.escaping import for_terminal
from sweep.errors import Problem, shorten
from sweep.spec.metric_table import formatted

err = SafeConsole(stderr=True)
out = SafeConsole()

LISTED = 1_000  # mistakes of a file that are shown: more are one mistake of whoever wrote it by a program
LONGEST = 4_000  # characters of a rule, a remedy or a place
SHOWN = 500  # characters of a value in a mistake
QUIET = 30.0  # seconds between progress lines where there is no terminal


def mistakes(problems: Sequence[Problem], source: str, *, starts: bool = True) -> None:
    """Every mistake of the input, in one block on stderr; of thousands the first ones, and how many more there are."""
    many = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    edge = 0
    if starts or len(problems) > 1:
        edge = 2
        title = f"{source}: {many}" + (", nothing was started" if starts else "")
        err.print(Text(title, style="bold red"), soft_wrap=True)
    for p in problems[:LISTED]:
        line = f"{p.file} line {p.line}".lstrip()
        place = f"{line}, {p.where}" if p.line else p.where
        was = "" if p.value is None else f" (was {shorten(p.value, SHOWN)})"
        _indented(Text.assemble((_cut(place), "bold"), f": {_cut(p.rule)}{was}"), edge)
        if p.remedy:
            _indented(Text(_cut(p.remedy), style="dim"), edge + 4)
    if more := problems[LISTED:]:
        _indented(
            Text(f"and {len(more):,} more mistakes, the last one in {more[-1].where}: correct those above first"), edge
        )


def _cut(text: str) -> str:
    """A text of a mistake; names of a million characters are shown in part."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _indented(text: Text, columns: int) -> None:
    """A text on stderr; on a terminal broken between words, each of its lines as far from the edge."""
    whole = Text(" " * columns).append_text(text)
    for line in wrapped(whole, err.width, edge=columns) if err.is_terminal else [whole]:
        Console.print(err, line, soft_wrap=True)


ALWAYS = ("bold red", "red")  # styles of what is said also where only results and errors are wanted


def say(line: str, style: str = "") -> None:
    """One line on stderr; on a terminal broken between words, but for a command that people copy."""
    if verbosity.quiet and style not in ALWAYS:
        return
    text = Text(verbosity.stamped(line), style=style)
    if line.startswith("next:"):
        Console.print(err, text, soft_wrap=True)
    else:
        err.print(text, soft_wrap=True)


def in_runs(runs_dir: Path) -> str:
    """The option of a command that people copy which names a runs directory; "" for the default one."""
    return "" if runs_dir == Path("runs") else f" --runs-dir {shlex.quote(str(runs_dir))}"


def is_attended() -> bool:
    """True if a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, default: str, choices: Sequence[str]) -> str:
    """The answer of a person at the terminal; the default where nobody is there."""
    if not is_attended():
        return default
    listed = f" ({', '.join(choices[:8])})" if choices else ""
    return str(typer.prompt(for_terminal(question + listed), default=default or None, err=True))


def plain(text: str, end: str = "\n") -> None:
    """A text on stdout as it is, without wrapping."""
    print(for_terminal(text), end=end)


def figure(value: Any, name: str = "") -> str:
    """A figure as people write it: 1,234.50, 62.5 %, – for none."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return formatted(value, name)


def span(seconds: float | None) -> str:
    """A duration as people say it."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def table(title: str, spare: Sequence[str] = ()) -> Table:
    """An empty table in the house's style; columns in `spare` are left out where the terminal is too narrow."""
    grid = WholeTable(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        min_width=min(len(title), out.width),
    )
    grid.spare = spare
    return grid


def parameter(value: Any) -> str:
    """A parameter as it was given; of a long decimal what tells it apart (CSV and JSON have all of it)."""
    if isinstance(value, Mapping):  # such as a model
        values = cast("Mapping[str, Any]", value)
        kind = str(values.get("type", "")).rpartition(":")[2]
        return " ".join([kind, *(f"{k}={parameter(v)}" for k, v in values.items() if k != "type")]).strip()
    if isinstance(value, float) and len(str(value)) > 8:
        return f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def points(rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Settings, one a row."""
    grid = table(title)
    names = names_of(rows)
    for name in names:
        grid.add_column(short(name, names), justify="right")
    for row in rows:
        grid.add_row(*settings(row, names))
    return grid


def names_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The parameters of all settings; one that has a condition is not in each of them."""
    return list(dict.fromkeys(name for row in rows for name in row))


def settings(params: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """The values of a setting, one for each name."""
    return [parameter(params[name]) if name in params else "–" for name in names]


def short(name: str, names: Sequence[str]) -> str:
    """The last part of a parameter's name where that is unambiguous."""
    last = [n.rpartition(".")[2] for n in names]
    mine = name.rpartition(".")[2]
    return mine if last.count(mine) == 1 else name


def facts(pairs: Mapping[str, Any]) -> Table:
    """Names and values, aligned."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for name, value in pairs.items():
        grid.add_row(Text(name, style="dim"), str(value))
    return grid


def figures(metrics: Mapping[str, Any], title: str, currency: str) -> Table:
    """Every metric of one trial, in two columns; money in the reporting currency."""
    columns, cells = (
        table(f"{title}, money in {currency}"),
        [(name, figure(value, name)) for name, value in metrics.items()],
    )
    half = (len(cells) + 1) // 2
    for _ in range(2):
        columns.add_column("metric")
        columns.add_column("", justify="right", style="bold")
    for left, right in zip_longest(cells[:half], cells[half:], fillvalue=("", "")):
        columns.add_row(*left, *right)
    return columns


@contextmanager
def reading() -> Generator[Callable[[str, float, int], None]]:
    """A callback that shows how far a file has been read: (file, share, rows so far)."""
    last = [time.monotonic()]
    is_live = err.is_terminal and not verbosity.quiet
    with Live(console=err, refresh_per_second=4, transient=True) if is_live else nullcontext() as live:

        def show(file: str, share: float, rows: int) -> None:
            if live is not None:
                grid = Table.grid(padding=(0, 1))
                grid.add_row(ProgressBar(1.0, share, width=30), Text(f"{rows:,} rows of {file}"))
                live.update(grid)
            elif time.monotonic() - last[0] >= QUIET:
                last[0] = time.monotonic()
                print(for_terminal(f"{share:.0%}, {rows:,} rows of {file}"), file=sys.stderr, flush=True)

        yield show
