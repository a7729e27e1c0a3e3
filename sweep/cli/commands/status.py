"""Command that shows the status of a sweep, or of a cluster."""

from typing import Annotated

import typer

from sweep.cli.options import ADDRESSES, RUNS, AsJson, RunsDir, reported

app = typer.Typer()


@app.command()
@reported
def status(
    sweep: Annotated[
        str | None, typer.Argument(metavar="[SWEEP]", help="Id or name of a sweep. Default: all that run.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            envvar=list(ADDRESSES),
            help="Cluster to look at: http://HEAD:8265, or auto on the cluster itself. Without one, or with local: the "
            "runs directory of this machine.",
        ),
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show the status of a sweep, also while it runs, or of a cluster with all its running sweeps."""
    if address not in (None, "local"):
        from sweep.cli.handlers import cluster

        return cluster.status(address, sweep, runs_dir, as_json=as_json)
    from sweep.cli.handlers import status as handlers

    return handlers.local(runs_dir, sweep, as_json=as_json)
