"""Commands that run one trial: a single backtest, or the replay of a trial."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli import completion
from sweep.cli.options import RUNS, AsJson, RunsDir, Settings, Tracking, TrackingUri, reported, tracked, waiting

app = typer.Typer()


@app.command()
@reported
def backtest(
    spec: Annotated[
        Path, typer.Argument(metavar="SPEC.yaml|SWEEP:TRIAL", help="Spec file, or a trial of a sweep (spy-grid:17).")
    ],
    settings: Settings = [],  # noqa: B006
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Output folder. Default: RUNS_DIR/backtests/ID.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables also as CSV.")] = False,
    runs_dir: RunsDir = RUNS,
    tracking_uri: TrackingUri = None,
    tracking: Tracking = True,
    as_json: AsJson = False,
) -> None:
    """Run the backtest of a spec or of a trial once, without a search; write its files and print a table."""
    from sweep.cli.handlers import backtest as handlers_backtest
    from sweep.runner import single_backtest

    tracking, place_of_mlflow = tracked(tracking_uri, tracking=tracking)
    settings = [*settings, *place_of_mlflow]
    options = single_backtest.BacktestOptions(runs_dir=runs_dir, out=out, csv=csv, tracking=tracking)
    planned = handlers_backtest.planned(spec, settings, runs_dir)
    raise typer.Exit(handlers_backtest.backtest(planned, options, as_json=as_json))


SweepOrTrial = Annotated[
    str,
    typer.Argument(
        metavar="SWEEP[:TRIAL]",
        help="Id or name of a sweep; or the id of a trial's MLflow run.",
        autocompletion=completion.sweeps,
    ),
]
Number = Annotated[
    str,
    typer.Argument(
        metavar="[TRIAL]",
        help="Number of the trial, or the first characters of its key.",
        autocompletion=completion.trials,
    ),
]
Others = Annotated[
    list[str],
    typer.Option("--set", metavar="PATH=VALUE", help="Run it with another value, and compare nothing; repeatable."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Also write orders, fills, positions and account to this folder."),
]


@app.command()
@reported
@waiting("loading the engine and the code of the sweep")
def replay(
    sweep: SweepOrTrial,
    trial: Number = "",
    settings: Others = [],  # noqa: B006
    tearsheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write its tearsheet to this file.")
    ] = None,
    out: Out = None,
    csv: Annotated[bool, typer.Option("--csv", help="With --out: write the tables also as CSV.")] = False,
    log: Annotated[
        Path | None,
        typer.Option("--log", metavar="FILE", help="Also write the strategy's log, with its fills, to this file."),
    ] = None,
    pdb: Annotated[bool, typer.Option("--pdb", help="Open a debugger where the strategy raises.")] = False,
    stops: Annotated[
        list[str], typer.Option("--break", metavar="FILE:LINE", help="Open a debugger at this line; repeatable.")
    ] = [],  # noqa: B006
    tracking_uri: Annotated[
        str, typer.Option(help="MLflow store to query for a run that no local ledger contains.")
    ] = "sqlite:///mlflow.db",
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Run one trial again and compare every figure with its record; with --set, run it with other values."""
    from sweep.cli.handlers import backtest as handlers

    options = handlers.ReplayOptions(
        tearsheet=tearsheet, out=out, csv=csv, log=log, pdb=pdb, stops=stops, as_json=as_json
    )  # fmt: skip
    folder, number = handlers.find(runs_dir, sweep, trial, tracking_uri)
    if settings:
        raise typer.Exit(handlers.replay_otherwise(folder, number, settings, runs_dir, options))
    raise typer.Exit(handlers.replay(folder, number, options))
