"""Commands that run trials, or update their record."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import (
    RUNS,
    Address,
    AsJson,
    Executor,
    RetryFailed,
    Reuse,
    RunsDir,
    Settings,
    SpecFile,
    Sweep,
    Tracking,
    TrackingUri,
    Workers,
    cluster_of,
    reported,
    tracked,
    waiting,
)

app = typer.Typer()


RunsAddress = Annotated[
    str, typer.Option(envvar="SWEEP_RUNS_DIR", help="Directory with the folders of sweeps, or s3://BUCKET/…")
]


ResumeAddress = Annotated[
    str | None,
    typer.Option(
        "--address",
        help="Address of Ray: local, auto, or HOST:PORT. With http://HEAD:8265, or SWEEP_ADDRESS, the pause of a "
        "sweep on that cluster ends.",
        show_default="local",
    ),
]


@app.command()
@reported
def run(
    spec: SpecFile,
    settings: Settings = [],  # noqa: B006
    name: Annotated[str | None, typer.Option(help="Name of the sweep, instead of the spec's.")] = None,
    runs_dir: RunsAddress = str(RUNS),
    address: Address = "local",
    executor: Executor = "ray",
    workers: Workers = None,
    tracking_uri: TrackingUri = None,
    tracking: Tracking = True,
    retry_failed: RetryFailed = False,
    reuse: Reuse = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, run one trial, estimate the time of all.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a sweep. Trials that an earlier run completed are kept."""
    from sweep.cli.console import say
    from sweep.cli.handlers import run as handlers_run
    from sweep.runner.plan import plan

    settings = [*settings, *([f"name={name}"] if name else [])]
    tracking, place_of_mlflow = tracked(tracking_uri, tracking=tracking)
    settings += place_of_mlflow
    planned = plan(spec, settings, say=say)
    if dry_run:
        raise typer.Exit(handlers_run.rehearse(planned, workers, as_json=as_json))
    with _stored_runs(runs_dir, planned.id) as place:
        options = handlers_run.options(
            runs_dir=place, executor=executor, address=address, workers=workers, tracking=tracking,
            retry_failed=retry_failed, reuse=reuse,
        )  # fmt: skip
        code = handlers_run.run(planned, options, as_json=as_json)
    raise typer.Exit(code)


def _stored_runs(runs_dir: str, sweep: str) -> AbstractContextManager[Path]:
    """The runs directory on this machine; one in an object store is copied from there and back."""
    if "://" not in runs_dir:
        return nullcontext(Path(runs_dir))
    from sweep.cli import console
    from sweep.cluster.object_store_sync import stored_runs

    return stored_runs(runs_dir, sweep, console.say)


@app.command()
@reported
@waiting("loading the engine and the code of the sweep")
def resume(
    sweep: Sweep,
    runs_dir: RunsDir = RUNS,
    address: ResumeAddress = None,
    executor: Executor = "ray",
    workers: Workers = None,
    tracking_uri: TrackingUri = None,
    tracking: Tracking = True,
    retry_failed: RetryFailed = False,
    reuse: Reuse = False,
    as_json: AsJson = False,
) -> None:
    """Continue a sweep: only trials that are not COMPLETE run. Also ends a pause (`sweep pause`)."""
    if cluster := cluster_of(address):
        from sweep.cli.handlers import cluster as remote

        raise typer.Exit(remote.request(sweep, cluster, "resume", as_json=as_json))
    from sweep.cli import console
    from sweep.cli.handlers import run as handlers_run
    from sweep.cli.handlers import status
    from sweep.ledger.run_directory import Folder
    from sweep.runner import resume as resume_sweep

    folder = Folder.find(runs_dir, sweep)
    if status.goes_on(folder, as_json=as_json):
        return
    tracking, place_of_mlflow = tracked(tracking_uri, tracking=tracking)
    planned = resume_sweep.resume(folder, place_of_mlflow, say=console.say)
    options = handlers_run.options(
        runs_dir=runs_dir, executor=executor, address=address or "local", workers=workers, tracking=tracking,
        retry_failed=retry_failed, reuse=reuse,
    )  # fmt: skip
    raise typer.Exit(handlers_run.run(planned, options, as_json=as_json))


@app.command()
@reported
@waiting("loading the engine and the code of the sweep")
def stress(
    sweep: Sweep,
    top: Annotated[int | None, typer.Option(min=1, help="Number of the best trials. Default: 5.")] = None,
    trials: Annotated[
        int | None, typer.Option(min=2, max=1000, help="Seeds of each random perturbation. Default: 20.")
    ] = None,
    settings: Settings = [],  # noqa: B006
    runs_dir: RunsDir = RUNS,
    address: Address = "local",
    executor: Executor = "ray",
    workers: Workers = None,
    tracking_uri: TrackingUri = None,
    tracking: Tracking = True,
    as_json: AsJson = False,
) -> None:
    """Run the best trials again under noise, delays, higher costs and other parameters. Known trials are kept.

    Its sizes and tests are those of the section `stress` (docs/stress.md), which is written into the sweep's spec.
    """
    from sweep.cli import console
    from sweep.cli.handlers import run as handlers_run
    from sweep.ledger.run_directory import Folder
    from sweep.runner import resume as resume_sweep

    tracking, place_of_mlflow = tracked(tracking_uri, tracking=tracking)
    folder = Folder.find(runs_dir, sweep)
    numbers = {"top": top, "trials": trials}
    settings = [f"stress.{name}={value}" for name, value in numbers.items() if value is not None] + settings
    settings = ["stress={top: 5}", *settings] if not resume_sweep.is_stressed(folder) else settings
    planned = resume_sweep.resume(folder, [*settings, *place_of_mlflow], say=console.say)
    options = handlers_run.options(
        runs_dir=runs_dir, executor=executor, address=address, workers=workers, tracking=tracking
    )
    raise typer.Exit(handlers_run.run(planned, options, as_json=as_json))


@app.command()
@reported
@waiting("loading MLflow's client")
def sync(
    sweep: Sweep,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow address, instead of the spec's tracking.uri.")
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Repair MLflow: exactly one complete run for each ended trial."""
    from sweep.cli.handlers import run as handlers_run
    from sweep.ledger.run_directory import Folder

    raise typer.Exit(handlers_run.sync(Folder.find(runs_dir, sweep), tracking_uri))
