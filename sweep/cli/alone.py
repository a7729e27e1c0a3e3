"""Commands that run one trial: a backtest without a search, or a trial of a sweep again."""

import json
from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import RUNS, AsJson, RunsDir, Settings, SpecFile, Sweep, reported

app = typer.Typer()


@app.command()
@reported
def backtest(
    spec: SpecFile,
    settings: Settings = [],  # noqa: B006
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to write; by default RUNS_DIR/backtests/ID.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables as CSV too.")] = False,
    runs_dir: RunsDir = RUNS,
    tracking_uri: Annotated[
        str | None, typer.Option(help="Where MLflow is, instead of the spec's tracking.uri; none: no mirror.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run one backtest, the spec as it stands without its search: its artifacts in a folder, a table on the screen."""
    from sweep import alone, single
    from sweep.plan import plan

    settings = [*settings]
    settings += [f"tracking.uri={json.dumps(tracking_uri)}"] if tracking_uri not in (None, "none") else []
    planned = plan(spec, settings, alone=True)
    options = single.Options(runs_dir=runs_dir, out=out, csv=csv, tracking=tracking_uri != "none")
    raise typer.Exit(alone.backtest(planned, options, as_json=as_json))


@app.command()
@reported
def replay(
    sweep: Sweep,
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Its number, or the first characters of its key.")],
    tearsheet: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw its tearsheet.")] = None,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Run one trial again, alone, and compare every figure: the same, or where it differs."""
    from sweep import alone
    from sweep.folder import Folder

    raise typer.Exit(alone.replay(Folder.find(runs_dir, sweep), trial, tearsheet, as_json=as_json))
