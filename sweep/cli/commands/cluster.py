"""Commands for sweeps on a Ray cluster: submit, jobs, logs, stop, fetch."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import (
    ADDRESSES,
    RUNS,
    AsJson,
    RetryFailed,
    Reuse,
    RunsDir,
    Settings,
    SpecFile,
    Workers,
    reported,
)  # fmt: skip

app = typer.Typer()

Address = Annotated[
    str | None,
    typer.Option(envvar=list(ADDRESSES), help="HTTP address of the cluster's head: http://HEAD:8265."),
]
JobName = Annotated[
    str, typer.Argument(metavar="JOB", help="Id or name of the sweep, or the start of either; or the name of the job.")
]
Python = Annotated[str, typer.Option(help="Python interpreter on the cluster that has sweep installed.")]


Runs = Annotated[
    str | None,
    typer.Option(help="Directory of the results on the cluster: a shared folder, or s3://BUCKET/…"),
]


@app.command()
@reported
def submit(
    spec: SpecFile,
    settings: Settings = [],  # noqa: B006
    name: Annotated[str | None, typer.Option(help="Name of the sweep, instead of the spec's.")] = None,
    address: Address = None,
    runs: Runs = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow address, as seen from the cluster; none: no MLflow.")
    ] = None,
    workers: Workers = None,
    retry_failed: RetryFailed = False,
    reuse: Reuse = False,
    include: Annotated[
        list[str], typer.Option("--include", metavar="PATTERN", help="Also upload data files that match; repeatable.")
    ] = [],  # noqa: B006
    exclude: Annotated[
        list[str], typer.Option("--exclude", metavar="PATTERN", help="Do not upload files that match; repeatable.")
    ] = [],  # noqa: B006
    python: Python = "python",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the spec locally and list the files to upload.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show the log until the job ends.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a sweep on a cluster, or continue it. Your code is uploaded, the data is not."""
    from sweep.cli.handlers import cluster
    from sweep.cluster.submit import SubmitRequest

    settings = [*settings, *([f"name={name}"] if name else [])]
    request = SubmitRequest(
        spec=spec, settings=settings, runs=runs, tracking_uri=tracking_uri, workers=workers,
        retry_failed=retry_failed, reuse=reuse, include=include, exclude=exclude, python=python,
    )  # fmt: skip
    if dry_run:
        return cluster.rehearse(request, as_json=as_json)
    raise typer.Exit(cluster.submit(request, address, follow=follow, as_json=as_json))


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
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Follow the log until the job ends, then exit with its exit code.")
    ] = False,
    address: Address = None,
) -> None:
    """Show the log of the driver of a sweep."""
    from sweep.cli.handlers import cluster

    raise typer.Exit(cluster.logs(job, address, sys.stdout, follow=follow))


@app.command()
@reported
def fetch(
    job: JobName,
    address: Address = None,
    runs: Annotated[
        str | None,
        typer.Option(
            help="Directory of the results on the cluster, if Ray no longer lists the job (needs the full id)."
        ),
    ] = None,
    runs_dir: RunsDir = RUNS,
    python: Python = "python",
) -> None:
    """Copy the folder of a sweep to this machine, also while it runs."""
    from sweep.cli.handlers import cluster

    cluster.fetch(job, address, runs, Path(runs_dir), python)
