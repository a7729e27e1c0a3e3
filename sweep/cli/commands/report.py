"""Commands that write what comes out of a sweep: its report, the best settings, an Optuna study, a script."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import RUNS, RunsDir, Sweep, reported, waiting

app = typer.Typer()


class PlotFormat(StrEnum):
    """Format of plots as files."""

    PNG = "png"
    SVG = "svg"


@app.command()
@reported
@waiting("drawing the report")
def report(
    sweep: Sweep,
    open_it: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="DIR", help="Also write the main plots as files to this folder.")
    ] = None,
    kind: Annotated[PlotFormat, typer.Option("--format", help="Format of the plots of --png.")] = PlotFormat.PNG,
    trial: Annotated[
        str | None, typer.Option("--trial", help="Trial of the price chart; it is run again.", show_default="the best")
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write the report of a sweep, one HTML file that opens without a network, and print its path."""
    from sweep.cli.handlers import report as handlers
    from sweep.ledger.run_directory import Folder

    handlers.report(Folder.find(runs_dir, sweep), png, kind.value, trial, open_it=open_it)


@app.command()
@reported
@waiting("loading the engine and the code of the trial")
def export(
    sweep: Annotated[
        str, typer.Argument(metavar="SWEEP[:TRIAL]", help="Id or name of a sweep; with --nautilus also the trial.")
    ],
    optuna: Annotated[
        Path | None,
        typer.Option("--optuna", metavar="FILE", help="New file: a journal, or SQLite for .db and .sqlite."),
    ] = None,
    nautilus: Annotated[
        Path | None,
        typer.Option("--nautilus", metavar="FILE", help="Python file: the trial as a plain NautilusTrader script."),
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write a sweep as an Optuna study (--optuna), or one of its trials as a NautilusTrader script (--nautilus)."""
    from sweep.cli.handlers import report as handlers
    from sweep.errors import InputError, Problem

    if (optuna is None) == (nautilus is None):
        raise InputError(Problem("export", "needs --optuna FILE or --nautilus FILE", remedy="choose one of them"))
    if optuna:
        handlers.export_study(runs_dir, sweep, optuna)
    elif nautilus:
        handlers.export_script(runs_dir, sweep, nautilus)


class By(StrEnum):
    """Rule by which a trial is the best."""

    OBJECTIVE = "objective"
    PLATEAU = "plateau"


@app.command()
@reported
def best(
    sweep: Sweep,
    by: Annotated[
        By, typer.Option("--by", help="Rule: the best objective, or the centre of the plateau of good settings.")
    ] = By.OBJECTIVE,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print YAML (default).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_python: Annotated[
        bool, typer.Option("--python", help="Print a Python module that builds the strategy.")
    ] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Print the settings of the best trial, as a config for live trading, with the ids of trial, engine and data."""
    from sweep.cli.handlers import report as handlers
    from sweep.cli.output import json_output
    from sweep.errors import InputError, Problem
    from sweep.ledger.run_directory import Folder
    from sweep.results.report import Report

    if as_yaml + as_json + as_python > 1:
        raise InputError(Problem("best", "prints one form", "--yaml, --json, --python", "choose one of the three"))
    form = "python" if as_python else "json" if as_json else "yaml"
    settings = handlers.best(Report(Folder.find(runs_dir, sweep)), by.value, form)
    print(settings, end="", file=json_output.reserved)
