"""Commands that show, draw or write out what a sweep has found."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import ADDRESSES, RUNS, AsJson, RunsDir, Sweep, reported

app = typer.Typer()


@app.command("list")
@reported
def list_(runs_dir: RunsDir = RUNS, as_json: AsJson = False) -> None:
    """List the sweeps, newest first."""
    from sweep.cli.handlers import results

    results.sweeps(runs_dir, as_json=as_json)


@app.command()
@reported
def show(
    sweep: Sweep,
    sort: Annotated[
        str | None, typer.Option(metavar="METRIC", help="Sort by this metric, the best first, not by the objective.")
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="The worst first.")] = False,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Also trials that a changed spec left outside of its space.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, help="How many trials.")] = 10,
    failed: Annotated[bool, typer.Option("--failed", help="Group the failures by reason instead.")] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Where the time of the trials went.")] = False,
    importance: Annotated[bool, typer.Option("--importance", help="How much each parameter matters.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="All trials as CSV on stdout.")] = False,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show the leaderboard of a sweep, its failures, or its timing."""
    from sweep.cli.handlers import results
    from sweep.ledger.run_directory import Folder
    from sweep.results.report import Report

    report = Report(Folder.find(runs_dir, sweep), everywhere=everywhere)
    if csv:
        return print(report.frame().to_csv(index=False), end="")
    if failed:
        return results.failures(report, as_json=as_json)
    if timing:
        return results.timing(report, as_json=as_json)
    if importance:
        return results.matters(report, as_json=as_json)
    return results.show(report, sort, top, reverse=reverse, as_json=as_json)


@app.command()
@reported
def report(
    sweep: Sweep,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="DIR", help="Also the main plots as PNG files in this folder.")
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write the report of a sweep, one HTML file that opens without a network, and say where it is."""
    from sweep.cli.handlers import results
    from sweep.ledger.run_directory import Folder

    results.report(Folder.find(runs_dir, sweep), png, open_it=open_it)


@app.command()
@reported
def status(
    context: typer.Context,
    sweep: Annotated[
        str | None, typer.Argument(metavar="[SWEEP]", help="Its id or name; without one the whole cluster.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(envvar=list(ADDRESSES), help="A cluster: its http://HEAD:8265, or auto inside of it."),
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Say where a sweep stands, also while it runs; or a cluster, with all sweeps that run there."""
    source = context.get_parameter_source("address")
    if sweep is None or (source and source.name == "COMMANDLINE"):
        from sweep.cli.handlers import cluster

        return cluster.status(address, sweep, runs_dir, as_json=as_json)
    from sweep.cli.handlers import results
    from sweep.ledger.run_directory import Folder

    return results.status(Folder.find(runs_dir, sweep), as_json=as_json)


@app.command()
@reported
def export(
    sweep: Sweep,
    optuna: Annotated[
        Path, typer.Option("--optuna", metavar="FILE", help="A new file: a journal, or SQLite for .db and .sqlite.")
    ],
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write a sweep as an Optuna study, for optuna-dashboard."""
    from sweep.cli import console
    from sweep.ledger.run_directory import Folder
    from sweep.results.report import Report

    count = Report(Folder.find(runs_dir, sweep)).export(optuna)
    console.say(f"{count:,} trials in {optuna}; look at them with: optuna-dashboard {optuna}")
