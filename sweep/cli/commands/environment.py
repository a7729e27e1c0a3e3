"""Commands about what surrounds a sweep: the MLflow UI, the machine, the models of a venue, the spec's schema."""

import json
from typing import Annotated

import typer

from sweep.cli.options import RUNS, AsJson, RunsDir, reported

app = typer.Typer()
specs = typer.Typer(no_args_is_help=True, help="About the spec file itself.")
app.add_typer(specs, name="spec")


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


@app.command()
@reported
def venues(as_json: AsJson = False) -> None:
    """List the models and flags that a venue takes, with their arguments."""
    from sweep.cli.handlers import results

    results.venues(as_json=as_json)


@specs.command("schema")
@reported
def schema() -> None:
    """Print the JSON schema of a spec, for editors."""
    from sweep.spec.model import schema

    print(json.dumps(schema(), indent=2))
