"""Progress of a sweep while it runs: a table or a line in place on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweep.cli import console, verbosity
from sweep.runner.control.progress import Progress

BAR, SHORT = 30, 5  # columns of the bar, and the fewest that show something
WIDE = 100  # columns of a terminal from which on there is room for a table


def line(tally: Progress) -> str:
    """Progress of a sweep in one line."""
    about = "" if tally.exact else "about "
    parts = [f"{tally.done:,} of {about}{tally.total:,} trials", f"{tally.running} running"]
    parts += [tally.seeking] if tally.seeking else []
    parts += [f"{tally.failed} failed"] if tally.failed else []
    parts += [f"{tally.pruned} pruned"] if tally.pruned else []
    parts += [f"{tally.retried} retried"] if tally.retried else []
    parts += [f"{tally.skipped:,} known before"] if tally.skipped else []
    parts += [f"best {tally.best[1]:,.2f} (trial {tally.best[0]})"] if tally.best else []
    left = (
        "proof: {:,} of {:,} are run again alone".format(*tally.again)
        if tally.again
        else f"{console.span(tally.eta)} to go"
    )
    return " · ".join([*parts, f"{console.span(tally.elapsed)} gone", left])


def table(tally: Progress, width: int) -> RenderableType:
    """Progress of a sweep with its best trials and its last failures."""
    parts: list[RenderableType] = [_bar(tally, width)]
    if tally.leaders:
        names = console.names_of([leader.params for leader in tally.leaders])
        board = Table.grid(padding=(0, 2))
        for _ in ("trial", "objective", *names):
            board.add_column(justify="right", no_wrap=True, overflow="ellipsis")
        board.add_row(*(Text(n, style="dim") for n in ("best", "objective", *(console.short(n, names) for n in names))))
        for leader in tally.leaders:
            cells = [
                f"trial {leader.number}",
                console.figure(leader.objective),
                *console.settings(leader.params, names),
            ]
            board.add_row(*map(Text, cells))
        parts.append(board)
    for failure in tally.failures:
        text = f"trial {failure.number} FAILED ({failure.reason}): {' '.join(failure.message.split())}"
        parts.append(Text(text[: width - 1], style="red", no_wrap=True, overflow="ellipsis"))
    return Group(*parts)


def _bar(tally: Progress, width: int) -> RenderableType:
    """The line with a bar before it, as far as that has room in one line."""
    text = Text(line(tally))
    room = min(BAR, width - text.cell_len - 1)
    if room < SHORT:
        return text
    grid = Table.grid(padding=(0, 1))
    grid.add_row(ProgressBar(max(1, tally.total), tally.done, width=room), text)
    return grid


@contextmanager
def shown() -> Generator[Callable[[Progress], None]]:
    """A callback that shows the progress: in place on a terminal, now and then a plain line elsewhere."""
    if verbosity.quiet:
        yield lambda _: None
        return
    if not console.err.is_terminal:
        yield _plain()
        return
    with Live(console=console.err, refresh_per_second=4, transient=True) as live:

        def show(tally: Progress) -> None:
            width = console.err.width
            live.update(table(tally, width) if width >= WIDE else _bar(tally, width))

        yield show


def _plain() -> Callable[[Progress], None]:
    last, sought = [time.monotonic()], [False]

    def show(tally: Progress) -> None:
        begins, sought[0] = bool(tally.seeking) and not sought[0], bool(tally.seeking)
        if begins or time.monotonic() - last[0] >= console.QUIET:
            last[0] = time.monotonic()
            print(line(tally), file=sys.stderr, flush=True)

    return show
