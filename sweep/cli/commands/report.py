"""Commands that write files about a sweep: its report, an Optuna study."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import RUNS, RunsDir, Sweep, reported

app = typer.Typer()


@app.command()
@reported
def report(
    sweep: Sweep,
    open_it: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="DIR", help="Also write the main plots as PNG files to this folder.")
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write the report of a sweep, one HTML file that opens without a network, and print its path."""
    from sweep.cli.handlers import report as handlers
    from sweep.ledger.run_directory import Folder

    handlers.report(Folder.find(runs_dir, sweep), png, open_it=open_it)


@app.command()
@reported
def export(
    sweep: Sweep,
    optuna: Annotated[
        Path, typer.Option("--optuna", metavar="FILE", help="New file: a journal, or SQLite for .db and .sqlite.")
    ],
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write a sweep as an Optuna study, for optuna-dashboard."""
    from sweep.cli import console
    from sweep.ledger.run_directory import Folder
    from sweep.results.report import Report

    count = Report(Folder.find(runs_dir, sweep)).export(optuna)
    console.say(f"{count:,} trials in {optuna}; look at them with: optuna-dashboard {optuna}")
