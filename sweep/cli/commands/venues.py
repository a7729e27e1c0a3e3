"""Commands about the spec: keys and models of venues, JSON schema."""

import json

import typer

from sweep.cli.options import AsJson, reported

app = typer.Typer()
specs = typer.Typer(no_args_is_help=True, help="Show information about the spec file.")
app.add_typer(specs, name="spec")


@app.command()
@reported
def venues(as_json: AsJson = False) -> None:
    """List the models and flags of a venue, with their arguments."""
    from sweep.cli.handlers import venues as handlers

    handlers.venues(as_json=as_json)


@specs.command("schema")
@reported
def schema() -> None:
    """Print the JSON schema of a spec, for editors."""
    from sweep.spec.model import schema

    print(json.dumps(schema(), indent=2))
