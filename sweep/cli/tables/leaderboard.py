"""Tables of the best trials: figures first and whole, parameters beside them or, where they are many, below."""

from collections.abc import Collection, Mapping, Sequence

from rich.console import Group
from rich.table import Table

from sweep.cli import console
from sweep.cli.console import figure, names_of, settings, short
from sweep.ledger.ledger import Row
from sweep.spec.metric_table import DEFAULT_COLUMNS, METRIC_TABLE, STRATEGY_METRICS, of_strategy, strategy_metric

type Columns = dict[str, list[str]]  # cells by the column's name

ALWAYS = ("pnl_total", "trades", "max_drawdown")  # beside the objectives, however narrow the terminal is
CUT = 24  # characters of a parameter's value and of its name
GAP = 3  # characters between columns


def leaderboard(rows: Sequence[Row], title: str, *objectives: str, columns: Sequence[str] = ()) -> Group:
    """Number, objectives and main metrics of each trial, or these columns instead, and its parameters.

    A long value of a parameter is cut, a figure never; `--csv` and `--json` have all of them whole.
    """
    names = list(dict.fromkeys((*objectives, *columns))) if columns else _metrics(rows, objectives)
    figures: Columns = {m: [figure(row.metrics.get(m), m) for row in rows] for m in names}
    warnings: Columns = (
        {"warnings": [str(len(r.warnings) or "") for r in rows]} if any(r.warnings for r in rows) else {}
    )
    params = _params(rows, {"trial", "warnings", *figures})
    numbers: Columns = {"trial": [str(row.number) for row in rows]}
    always = {name: cells for name, cells in figures.items() if name in {*objectives, *columns, *ALWAYS}}
    beside = params if _width(numbers | always | params | warnings) <= console.out.width else {}
    room = console.out.width - _width(numbers | always | beside | warnings)
    for name, cells in figures.items():
        if name not in always and _width({name: cells}) <= room:
            always[name] = cells
            room -= _width({name: cells})
    fitting = {name: cells for name, cells in figures.items() if name in always}
    tables = [_table(numbers | fitting | beside | warnings, title, params, objectives)]
    blocks = [] if beside else _blocks(params, console.out.width - _width(numbers))
    return Group(*tables, *(_table(numbers | block, "", params, ()) for block in blocks))


def by_strategy(rows: Sequence[Row], title: str) -> Table:
    """A row for each trial and strategy, with the strategy's own figures."""
    board = console.table(title, spare=("exposure", "fees"))
    for name in ("trial", "strategy", *STRATEGY_METRICS):
        board.add_column(name, justify="left" if name == "strategy" else "right", no_wrap=True)
    for row in rows:
        names = dict.fromkeys(place[0] for name in row.metrics if (place := of_strategy(name)))
        for name in names:
            cells = [figure(row.metrics.get(strategy_metric(name, f)), f) for f in STRATEGY_METRICS]
            board.add_row(str(row.number), name, *cells)
    return board


def _metrics(rows: Sequence[Row], objectives: Sequence[str]) -> list[str]:
    """Objectives, metrics of the user's own, built-in ones in the order of the screen that some trial has."""
    first = rows[0].metrics
    own = [name for name in first if name not in METRIC_TABLE and of_strategy(name) is None]
    ours = [name for name in DEFAULT_COLUMNS if any(row.metrics.get(name) is not None for row in rows)]
    return [name for name in dict.fromkeys((*objectives, *own, *ours)) if name in first]


def _params(rows: Sequence[Row], figures: Collection[str]) -> Columns:
    """Columns of the parameters; one with the name of a figure has `params.` before it, as in the tables on disk."""
    names = names_of([row.params for row in rows])
    columns: Columns = {}
    for name in names:
        heading = _cut(short(name, names))
        while heading in figures or heading in columns:
            heading = f"params.{heading}"
        columns[heading] = [_cut(settings(row.params, [name])[0]) for row in rows]
    return columns


def _blocks(params: Columns, room: int) -> list[Columns]:
    """The parameters in as many tables as the width of the terminal asks for."""
    blocks: list[Columns] = []
    for name, cells in params.items():
        if not blocks or _width(blocks[-1] | {name: cells}) > room:
            blocks.append({})
        blocks[-1][name] = cells
    return blocks


def _table(columns: Columns, title: str, params: Mapping[str, object], objectives: Sequence[str]) -> Table:
    board = console.table(title)
    for name in columns:
        style = "cyan" if name in params else "bold" if name in objectives else ""
        board.add_column(name, justify="right", style=style, no_wrap=True)
    for cells in zip(*columns.values(), strict=True):
        board.add_row(*cells)
    return board


def _width(columns: Columns) -> int:
    return sum(max(len(name), *map(len, cells)) + GAP for name, cells in columns.items())


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= CUT else f"{text[: CUT - 1]}…"
