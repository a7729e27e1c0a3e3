"""Closed positions of a trial by instrument, hour or weekday, as people see them."""

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.errors import InputError, Problem, SweepError
from sweep.results.curves.trade_tables import OTHER, TITLES, By, trade_table
from sweep.results.sweep_reader import SweepReader


def show(report: SweepReader, by: By | None, trial: str | None, *, as_json: bool) -> None:
    """Print the table of a trial, of the best one unless another is named. SweepError where it has none."""
    if by is None:
        raise InputError(Problem("--trial", "is for --by", trial, "add --by instrument, --by hour or --by weekday"))
    row = report.best() if trial is None else report.trial(trial)
    with report.folder.open() as ledger:
        _, _, stats = ledger.series(row.number)
    if (table := trade_table(by, stats, row.metrics)) is None:
        reason = f"is {row.state or 'not ended'}" if not row.metrics else "was run by a version that did not record it"
        raise SweepError(f"{report.id}: trial {row.number} {reason}: no trades by {by}")
    if as_json:
        print_json({"id": report.id, "trial": row.number, "currency": stats.get("currency")} | table.plain())
        return
    board = console.table(f"{report.id}, trial {row.number}: closed positions by {TITLES[by]}")
    for name in (by, "trades", "pnl", "win_rate"):
        board.add_column(name, justify="left" if name == by else "right", no_wrap=True)
    for r in table.rows:
        board.add_row(
            r.name, f"{r.trades:,}", console.figure(r.pnl, "pnl_total"), console.figure(r.win_rate, "win_rate")
        )
    if table.other:
        board.add_row(OTHER, "", console.figure(table.other, "pnl_total"), "")
    board.add_row("pnl_total", "", console.figure(table.total, "pnl_total"), "", style="bold")
    console.out.print(board)
