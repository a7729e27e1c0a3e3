"""Command that lists sweeps."""

import typer

from sweep.cli.options import RUNS, AsJson, RunsDir, reported

app = typer.Typer()


@app.command("list")
@reported
def list_(runs_dir: RunsDir = RUNS, as_json: AsJson = False) -> None:
    """List the sweeps, newest first."""
    from sweep.cli.handlers import list as handlers

    handlers.sweeps(runs_dir, as_json=as_json)
