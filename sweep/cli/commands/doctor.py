"""Commands that check the machine and open the MLflow UI."""

from typing import Annotated

import typer

from sweep.cli.options import RUNS, AsJson, RunsDir, reported

app = typer.Typer()


@app.command()
@reported
def ui(
    uri: Annotated[str, typer.Option("--tracking-uri", help="The store to show.")] = "sqlite:///mlflow.db",
    port: Annotated[int, typer.Option(help="On 127.0.0.1.")] = 5000,
) -> None:
    """Open the MLflow UI on the store that sweeps write to. Ctrl-C ends it."""
    from sweep.tracking.factory import tracker

    tracker(uri).serve(port)


@app.command()
@reported
def doctor(
    tracking_uri: Annotated[str, typer.Option(help="The MLflow store to try.")] = "sqlite:///mlflow.db",
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Say what is installed, what is reachable, and what would go wrong."""
    from sweep.cli.handlers import doctor

    raise typer.Exit(doctor.main(tracking_uri, runs_dir, as_json))
