"""Commands that check the machine and open the MLflow UI."""

import os
import sys
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
    open_it: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the latest sweep in the browser; only on a desktop.")
    ] = True,
) -> None:
    """Serve the MLflow UI of the store that sweeps write to, until Ctrl-C; it opens at the latest sweep."""
    from sweep.tracking.factory import tracker

    tracker(uri).serve(port, opens=open_it and _has_desktop())


def _has_desktop() -> bool:
    """True on a terminal from which a window can be opened, not a text browser."""
    is_shown = sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(is_shown) and sys.stdout.isatty()


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
