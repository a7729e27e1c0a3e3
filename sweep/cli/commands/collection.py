"""Commands that list, search and keep the sweeps of a runs directory: tags, notes, names, removal, archives."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli import completion
from sweep.cli.options import RUNS, AsJson, RunsDir, Sweep, reported

app = typer.Typer()

RunsAnywhere = Annotated[
    str, typer.Option("--runs-dir", envvar="SWEEP_RUNS_DIR", help="Directory with the folders of sweeps, or s3://….")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be removed; remove nothing.")]
Tracking = Annotated[bool, typer.Option(help="Also change the runs in MLflow.")]
Sweeps = Annotated[list[str], typer.Argument(metavar="SWEEP…", help="Ids or names of sweeps.")]


@app.command("list")
@reported
def list_(runs_dir: RunsDir = RUNS, as_json: AsJson = False) -> None:
    """List the sweeps, newest first."""
    from sweep.cli.handlers import collection as handlers

    handlers.sweeps(runs_dir, as_json=as_json)


@app.command()
@reported
def find(
    expression: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help="Condition, as 'sharpe_ratio > 1 and trades >= 30'.")
    ] = "",
    sort: Annotated[
        str | None,
        typer.Option(
            help="Metric or other name to sort by. Default: the first metric of the expression.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="Show the worst first.")] = False,
    strategy: Annotated[str | None, typer.Option(help="Import path of the strategy, or its class.")] = None,
    data: Annotated[
        str | None, typer.Option(help="Part of an instrument or bar type, a catalog, or the start of a fingerprint.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Earliest creation of the sweep: a date, a time, or 7d, 12h.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Latest creation of the sweep, written as --since.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Number of trials; 0: all.")] = 20,
    everywhere: Annotated[
        bool,
        typer.Option("--all", help="Include trials that are not COMPLETE, outside of a changed space, or repeats."),
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the trials as CSV.")] = False,
    runs_dir: RunsAnywhere = "runs",
    as_json: AsJson = False,
) -> None:
    """Find trials of all sweeps by their metrics, parameters, tags, verdict and more."""
    from sweep.cli.handlers.many import find as handlers
    from sweep.collection.index.query import Question

    question = Question(
        expression=expression, sort=sort, reverse=reverse, strategy=strategy, data=data, since=since, until=until,
        limit=limit or None, everywhere=everywhere,
    )  # fmt: skip
    handlers.find(runs_dir, question, as_json=as_json, as_csv=as_csv)


@app.command()
@reported
def sql(
    text: Annotated[str, typer.Argument(metavar="SQL", help="Query of the tables trials, sweeps and tags.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the rows as CSV.")] = False,
    runs_dir: RunsAnywhere = "runs",
    as_json: AsJson = False,
) -> None:
    """Query all sweeps in SQL, read-only."""
    from sweep.cli.handlers.many import find as handlers

    handlers.select(runs_dir, text, as_json=as_json, as_csv=as_csv)


@app.command()
@reported
def tag(
    sweep: Sweep,
    tags: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]…", help="Tags to set.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="Name of a tag to remove; repeatable.")] = None,
    tracking: Tracking = True,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Set and remove tags of a sweep, also while it runs; `sweep list`, the report and MLflow show them."""
    from sweep.cli.handlers import collection as handlers

    handlers.tag(runs_dir, sweep, tags or [], remove or [], tracking=tracking)


@app.command()
@reported
def note(
    sweep: Sweep,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; '' removes it.")],
    tracking: Tracking = True,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Set the note of a sweep; `sweep list`, the report and MLflow show it."""
    from sweep.cli.handlers import collection as handlers

    handlers.note(runs_dir, sweep, text, tracking=tracking)


@app.command()
@reported
def rename(
    sweep: Sweep,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name; the hash in its id stays.")],
    tracking: Tracking = True,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Rename a sweep. Its MLflow runs are written again, in the experiment of the new name."""
    from sweep.cli.handlers import collection as handlers

    handlers.rename(runs_dir, sweep, name, tracking=tracking)


@app.command()
@reported
def rm(
    sweeps: Sweeps, yes: Yes = False, dry_run: DryRun = False, tracking: Tracking = True, runs_dir: RunsDir = RUNS
) -> None:
    """Remove sweeps: their folders for good, their MLflow runs to MLflow's trash."""
    from sweep.cli.handlers import collection as handlers

    raise typer.Exit(handlers.remove(runs_dir, sweeps, yes=yes, dry_run=dry_run, tracking=tracking))


@app.command()
@reported
def gc(
    tearsheets: Annotated[bool, typer.Option("--tearsheets", help="Also tearsheets of ended sweeps.")] = False,
    cache: Annotated[bool, typer.Option("--cache", help="Also copies of remote catalogs that no sweep uses.")] = False,
    keep_days: Annotated[float, typer.Option(min=0, help="Keep tearsheets of sweeps that ended so recently.")] = 0,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow store: also runs there of sweeps whose folder was deleted by hand.")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Free disk space: remove remains of interrupted commands and, on request, reproducible files. Keeps all sweeps."""
    from sweep.cli.handlers import collection as handlers

    cleaning = handlers.Cleaning(tearsheets=tearsheets, cache=cache, keep_days=keep_days, tracking_uri=tracking_uri)
    raise typer.Exit(handlers.clean(runs_dir, cleaning, yes=yes, dry_run=dry_run))


@app.command()
@reported
def archive(
    sweep: Sweep,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file, SOMETHING.tar.gz.")],
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write a sweep to one file, with the hash of each file in it; `sweep restore` reads it, on any machine."""
    from sweep.cli.handlers import collection as handlers

    handlers.archive(runs_dir, sweep, file)


@app.command()
@reported
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File that `sweep archive` wrote.")],
    as_json: AsJson = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Put the sweep of an archive into the runs directory, whole or not at all."""
    from sweep.cli.handlers import collection as handlers

    handlers.restore(file, runs_dir, as_json=as_json)
