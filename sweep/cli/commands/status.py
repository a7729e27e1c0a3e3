"""Commands for sweeps that run: their status, or that of a cluster; stop and pause."""

from typing import Annotated

import typer

from sweep.cli.options import ADDRESSES, RUNS, AsJson, RunsDir, reported

app = typer.Typer()

SweepOrJob = Annotated[
    str,
    typer.Argument(metavar="SWEEP", help="Id or name of a sweep. On a cluster also the start of either, or of a job."),
]
Address = Annotated[
    str | None,
    typer.Option(
        envvar=list(ADDRESSES),
        help="Cluster to look at: http://HEAD:8265, or auto on the cluster itself. Without one, or with local: the "
        "runs directory of this machine.",
    ),
]


@app.command()
@reported
def status(
    sweep: Annotated[
        str | None, typer.Argument(metavar="[SWEEP]", help="Id or name of a sweep. Default: all running sweeps.")
    ] = None,
    address: Address = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Repeat every two seconds until the sweep has ended.")
    ] = False,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show the status of a sweep, also while it runs, or of a cluster with all its running sweeps."""
    if address not in (None, "local"):
        from sweep.cli.handlers import cluster
        from sweep.cli.handlers import status as handlers

        if watch:
            handlers.here_only("--watch", address)
        return cluster.status(address, sweep, runs_dir, as_json=as_json)
    from sweep.cli.handlers import status as handlers

    return handlers.local(runs_dir, sweep, watch=watch, as_json=as_json)


@app.command()
@reported
def stop(
    sweep: SweepOrJob,
    now: Annotated[bool, typer.Option("--now", help="Also end the running trials; they are run again later.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the driver has ended.")] = False,
    address: Address = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Stop a sweep as Ctrl-C does. Finished trials are kept; `sweep resume`, or `sweep submit` again, continues it."""
    if address not in (None, "local"):
        from sweep.cli.handlers import cluster

        raise typer.Exit(cluster.stop(sweep, address))
    from sweep.cli.handlers import status as handlers

    raise typer.Exit(handlers.request(runs_dir, sweep, "stop-now" if now else "stop", wait=wait))


@app.command()
@reported
def pause(sweep: SweepOrJob, address: Address = None, runs_dir: RunsDir = RUNS) -> None:
    """Pause a sweep: running trials end, and no new trial begins until `sweep resume`."""
    if address not in (None, "local"):
        from sweep.cli.handlers import cluster

        raise typer.Exit(cluster.request(sweep, address, "pause"))
    from sweep.cli.handlers import status as handlers

    raise typer.Exit(handlers.request(runs_dir, sweep, "pause"))


@app.command()
@reported
def watch(
    sweep: Annotated[
        str | None, typer.Argument(metavar="[SWEEP]", help="Id or name of a sweep. Default: the list of all sweeps.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on. Default: any free one.")] = 0,
    open_it: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Serve a page that follows sweeps while they run, for this machine alone, until Ctrl-C."""
    from sweep.cli.handlers import status as handlers

    handlers.watch(runs_dir, sweep, port, open_it=open_it)
