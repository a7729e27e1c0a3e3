"""Command that shows a sweep."""

from enum import StrEnum
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


class GroupedBy(StrEnum):
    """Property by which trades are grouped."""

    INSTRUMENT = "instrument"
    HOUR = "hour"
    WEEKDAY = "weekday"


Reverse = Annotated[bool, typer.Option("--reverse", help="Show the worst trials first.")]
Top = Annotated[int, typer.Option(min=1, help="Number of trials.")]
Columns = Annotated[
    str | None,
    typer.Option(metavar="METRIC,…", help="Metrics to show beside the objective, instead of the usual ones."),
]
Failed = Annotated[bool, typer.Option("--failed", help="Show the failures by reason instead.")]
Timing = Annotated[bool, typer.Option("--timing", help="Show the run time of the trials by part.")]
Importance = Annotated[bool, typer.Option("--importance", help="Show the importance of each parameter.")]
ByStrategy = Annotated[
    bool, typer.Option("--by-strategy", help="Show the figures of each of several strategies instead.")
]
Csv = Annotated[bool, typer.Option("--csv", help="Print all trials as CSV on stdout.")]
By = Annotated[GroupedBy | None, typer.Option("--by", help="Show the trades of the best trial by this instead.")]
Trial = Annotated[str | None, typer.Option("--trial", help="Trial of --by, by number or key.", show_default="the best")]


@app.command()
@reported
def show(
    sweep: Sweep,
    sort: SortMetric = None,
    reverse: Reverse = False,
    everywhere: Everywhere = False,
    top: Top = 10,
    columns: Columns = None,
    failed: Failed = False,
    timing: Timing = False,
    importance: Importance = False,
    strategies: ByStrategy = False,
    by: By = None,
    trial: Trial = None,
    csv: Csv = False,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show the leaderboard of a sweep, its failures, or its timing."""
    from sweep.cli.handlers import show as handlers
    from sweep.cli.metric_options import listed
    from sweep.cli.tables import trade_tables
    from sweep.ledger.run_directory import Folder
    from sweep.results.report import Report

    report = Report(Folder.find(runs_dir, sweep), everywhere=everywhere)
    if csv:
        return handlers.as_csv(report)
    if failed:
        return handlers.failures(report, as_json=as_json)
    if timing:
        return handlers.timing(report, as_json=as_json)
    if by or trial is not None:
        return trade_tables.show(report, by.value if by else None, trial, as_json=as_json)
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
