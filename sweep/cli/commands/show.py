"""Command that shows a sweep."""

from typing import Annotated

import typer

from sweep.cli import completion
from sweep.cli.options import RUNS, AsJson, RunsDir, Sweep, reported

app = typer.Typer()

SortMetric = Annotated[
    str | None,
    typer.Option(
        metavar="METRIC",
        help="Metric to sort by, best first. Default: the objective.",
        autocompletion=completion.metrics,
    ),
]
Everywhere = Annotated[bool, typer.Option("--all", help="Include trials outside of a changed search space.")]


@app.command()
@reported
def show(
    sweep: Sweep,
    sort: SortMetric = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="Show the worst trials first.")] = False,
    everywhere: Everywhere = False,
    top: Annotated[int, typer.Option(min=1, help="Number of trials.")] = 10,
    columns: Annotated[
        str | None,
        typer.Option(metavar="METRIC,…", help="Metrics to show beside the objective, instead of the usual ones."),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Show the failures by reason instead.")] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Show the run time of the trials by part.")] = False,
    importance: Annotated[bool, typer.Option("--importance", help="Show the importance of each parameter.")] = False,
    strategies: Annotated[
        bool, typer.Option("--by-strategy", help="Show the figures of each of several strategies instead.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print all trials as CSV on stdout.")] = False,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show the leaderboard of a sweep, its failures, or its timing."""
    from sweep.cli.handlers import show as handlers
    from sweep.cli.metric_options import listed
    from sweep.ledger.run_directory import Folder
    from sweep.results.report import Report

    report = Report(Folder.find(runs_dir, sweep), everywhere=everywhere)
    if csv:
        return handlers.as_csv(report)
    if failed:
        return handlers.failures(report, as_json=as_json)
    if timing:
        return handlers.timing(report, as_json=as_json)
    if strategies:
        return handlers.by_strategy(report, sort, top)
    if importance:
        return handlers.matters(report, as_json=as_json)
    return handlers.show(report, sort, top, listed(columns), reverse=reverse, as_json=as_json)


@app.command()
@reported
def verify(sweep: Sweep, runs_dir: RunsDir = RUNS, as_json: AsJson = False) -> None:
    """Compare the record of a sweep with its checksums; exit code 1 if something is damaged."""
    from sweep.cli.handlers import show as handlers
    from sweep.ledger.run_directory import Folder

    raise typer.Exit(handlers.verify(Folder.find(runs_dir, sweep), as_json=as_json))
