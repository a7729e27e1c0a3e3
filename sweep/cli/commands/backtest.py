"""Commands that run one trial: a single backtest, or the replay of a trial."""

import json
from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import RUNS, AsJson, RunsDir, Settings, SpecFile, reported

app = typer.Typer()


@app.command()
@reported
def backtest(
    spec: SpecFile,
    settings: Settings = [],  # noqa: B006
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Output folder. Default: RUNS_DIR/backtests/ID.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables also as CSV.")] = False,
    runs_dir: RunsDir = RUNS,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow address, instead of the spec's tracking.uri; none: no MLflow.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the backtest of a spec once, without its search; write its files and print a table."""
    from sweep.cli import console
    from sweep.cli.handlers import backtest as handlers_backtest
    from sweep.runner import single_backtest
    from sweep.runner.plan import plan

    settings = [*settings]
    settings += [f"tracking.uri={json.dumps(tracking_uri)}"] if tracking_uri not in (None, "none") else []
    planned = plan(spec, settings, alone=True, say=console.say)
    options = single_backtest.BacktestOptions(runs_dir=runs_dir, out=out, csv=csv, tracking=tracking_uri != "none")
    raise typer.Exit(handlers_backtest.backtest(planned, options, as_json=as_json))


Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Also write orders, fills, positions and account to this folder."),
]


@app.command()
@reported
def replay(
    sweep: Annotated[
        str, typer.Argument(metavar="SWEEP", help="Id or name of a sweep; or the id of a trial's MLflow run.")
    ],
    trial: Annotated[
        str, typer.Argument(metavar="[TRIAL]", help="Number of the trial, or the first characters of its key.")
    ] = "",
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
    """Run one trial again, alone, and compare every figure with its record."""
    from sweep.cli.handlers import backtest as handlers_backtest
    from sweep.ledger.run_directory import Folder
    from sweep.runner import replay as runner_replay

    options = handlers_backtest.ReplayOptions(
        tearsheet=tearsheet, out=out, csv=csv, log=log, pdb=pdb, stops=stops, as_json=as_json
    )  # fmt: skip
    folder, number = (
        (Folder.find(runs_dir, sweep), trial) if trial else runner_replay.of_run(runs_dir, sweep, tracking_uri)
    )
    raise typer.Exit(handlers_backtest.replay(folder, str(number), options))
