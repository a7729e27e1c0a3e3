"""Command that shows the status of a sweep, or of a cluster."""

from typing import Annotated

import typer

from sweep.cli.options import ADDRESSES, RUNS, AsJson, RunsDir, reported

app = typer.Typer()


@app.command()
@reported
def status(
    context: typer.Context,
    sweep: Annotated[
        str | None, typer.Argument(metavar="[SWEEP]", help="Id or name of a sweep. Default: the whole cluster.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            envvar=list(ADDRESSES), help="Address of a cluster: http://HEAD:8265, or auto on the cluster itself."
        ),
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show the status of a sweep, also while it runs, or of a cluster with all its running sweeps."""
    source = context.get_parameter_source("address")
    if sweep is None or (source and source.name == "COMMANDLINE"):
        from sweep.cli.handlers import cluster

        return cluster.status(address, sweep, runs_dir, as_json=as_json)
    from sweep.cli.handlers import status as handlers
    from sweep.ledger.run_directory import Folder

    return handlers.status(Folder.find(runs_dir, sweep), as_json=as_json)
