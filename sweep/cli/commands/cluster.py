"""Commands about sweeps on a Ray cluster: submit, jobs, logs, stop, fetch."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import ADDRESSES, RUNS, AsJson, Reuse, RunsDir, Settings, SpecFile, reported

app = typer.Typer()

Address = Annotated[
    str | None,
    typer.Option(envvar=list(ADDRESSES), help="The head's HTTP port: http://HEAD:8265."),
]
JobName = Annotated[
    str, typer.Argument(metavar="JOB", help="The sweep's id, its name or beginning; or the job's name.")
]
Python = Annotated[str, typer.Option(help="The Python of the cluster that has sweep.")]


@app.command()
@reported
def submit(
    spec: SpecFile,
    settings: Settings = [],  # noqa: B006
    name: Annotated[str | None, typer.Option(help="Another name for the sweep.")] = None,
    address: Address = None,
    runs: Annotated[
        str | None,
        typer.Option(help="Where results are kept on the cluster: a shared folder, or s3://BUCKET/…"),
    ] = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="Where MLflow is, seen from the cluster; none: no mirror.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Trials at a time. Default: all CPUs.")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run FAILED trials again.")] = False,
    reuse: Reuse = False,
    include: Annotated[
        list[str], typer.Option("--include", metavar="PATTERN", help="Ship these data files as well.")
    ] = [],  # noqa: B006
    exclude: Annotated[list[str], typer.Option("--exclude", metavar="PATTERN", help="Do not ship these.")] = [],  # noqa: B006
    python: Python = "python",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check it here, list what would be shipped.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show the log until it ends.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a sweep on a cluster, or go on with it: your code is shipped, the data is not."""
    from sweep.cli.handlers import cluster
    from sweep.cluster.submit import SubmitRequest

    settings = [*settings, *([f"name={name}"] if name else [])]
    asked = SubmitRequest(
        spec=spec, settings=settings, runs=runs, tracking_uri=tracking_uri, workers=workers,
        retry_failed=retry_failed, reuse=reuse, include=include, exclude=exclude, python=python,
    )  # fmt: skip
    if dry_run:
        return cluster.rehearse(asked, as_json=as_json)
    raise typer.Exit(cluster.submit(asked, address, follow=follow, as_json=as_json))


@app.command()
@reported
def jobs(address: Address = None, as_json: AsJson = False) -> None:
    """List the sweeps that were submitted to a cluster, newest first."""
    from sweep.cli.handlers import cluster

    cluster.jobs(address, as_json=as_json)


@app.command()
@reported
def logs(
    job: JobName,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until it ends; then its exit code.")] = False,
    address: Address = None,
) -> None:
    """Show what the driver of a sweep says."""
    from sweep.cli.handlers import cluster

    raise typer.Exit(cluster.logs(job, address, sys.stdout, follow=follow))


@app.command()
@reported
def stop(job: JobName, address: Address = None) -> None:
    """Stop a sweep: what has ended is kept, and submitting it again goes on."""
    from sweep.cli.handlers import cluster

    raise typer.Exit(cluster.stop(job, address))


@app.command()
@reported
def fetch(
    job: JobName,
    address: Address = None,
    runs: Annotated[
        str | None, typer.Option(help="Where it is on the cluster, for a sweep whose job is forgotten (full id).")
    ] = None,
    runs_dir: RunsDir = RUNS,
    python: Python = "python",
) -> None:
    """Bring the folder of a sweep to this machine, also while it runs."""
    from sweep.cli.handlers import cluster

    cluster.fetch(job, address, runs, Path(runs_dir), python)
