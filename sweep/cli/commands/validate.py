"""Command that opens the lock-box of a sweep."""

from typing import Annotated

import typer

from sweep.cli.options import RUNS, AsJson, RunsDir, Sweep, Tracking, TrackingUri, reported, tracked, waiting

app = typer.Typer()


@app.command()
@reported
@waiting("loading the engine and the code of the sweep")
def validate(
    sweep: Sweep,
    trial: Annotated[
        str | None,
        typer.Option(metavar="TRIAL", help="Trial to run instead of the best, such as the centre of the plateau."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Open it once more; the number of looks is shown with the lock-box.")
    ] = False,
    tracking_uri: TrackingUri = None,
    tracking: Tracking = True,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Open the lock-box (hold-out period), once: run the best trial on days that no search has seen."""
    from sweep.cli.handlers import validate as handlers
    from sweep.ledger.run_directory import Folder

    tracking, _ = tracked(tracking_uri, tracking=tracking)
    folder = Folder.find(runs_dir, sweep)
    raise typer.Exit(
        handlers.validate(folder, trial, again=again, tracking=tracking, uri=tracking_uri, as_json=as_json)
    )
