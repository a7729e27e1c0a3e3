"""Commands that check the machine and open the MLflow UI."""

from typing import Annotated

import typer

from sweep.cli.options import RUNS, AsJson, RunsDir, reported, waiting

app = typer.Typer()


@app.command()
@reported
@waiting("starting MLflow's server")
def ui(
    uri: Annotated[str, typer.Option("--tracking-uri", help="MLflow store to show.")] = "sqlite:///mlflow.db",
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 5000,
) -> None:
    """Serve the MLflow UI of the store that sweeps write to, until Ctrl-C."""
    from sweep.tracking.factory import tracker

    tracker(uri).serve(port)


@app.command()
@reported
def doctor(
    tracking_uri: Annotated[str, typer.Option(help="MLflow store to check.")] = "sqlite:///mlflow.db",
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Check the installation, the machine and the MLflow store."""
    from sweep.cli.handlers import doctor

    raise typer.Exit(doctor.main(tracking_uri, runs_dir, as_json))
