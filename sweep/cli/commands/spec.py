"""Commands about the spec: check it, explain its keys, list the keys and models of venues, print its JSON schema."""

from typing import Annotated

import typer

from sweep.cli import completion
from sweep.cli.options import AsJson, Settings, SpecFile, reported, waiting
from sweep.cli.output.json_output import print_json

app = typer.Typer()
specs = typer.Typer(no_args_is_help=True, help="Show information about the spec file.")
app.add_typer(specs, name="spec")


@app.command()
@reported
def check(spec: SpecFile, settings: Settings = [], as_json: AsJson = False) -> None:  # noqa: B006
    """Check a spec against its catalog, the engine and your code; no trial runs."""
    from sweep.cli.console import say
    from sweep.cli.handlers import spec as handlers
    from sweep.runner.plan import plan

    handlers.check(spec, plan(spec, settings, say=say), as_json=as_json)


@app.command()
@reported
@waiting("loading the engine")
def venues(as_json: AsJson = False) -> None:
    """List the models and flags of a venue, with their arguments."""
    from sweep.cli.handlers import spec as handlers

    handlers.venues(as_json=as_json)


@app.command()
@reported
@waiting("loading the engine")
def components(as_json: AsJson = False) -> None:
    """List the engine's own strategies and execution algorithms, and the settings of its parts."""
    from sweep.cli.handlers import spec as handlers

    handlers.components(as_json=as_json)


@specs.command("schema")
@reported
def schema() -> None:
    """Print the JSON schema of a spec, for editors."""
    from sweep.spec.forms.json_schema import schema

    print_json(schema())


@specs.command("explain")
@reported
def explain(
    path: Annotated[
        str,
        typer.Argument(
            metavar="[PATH]",
            help="A key, such as search.pruner.rungs or venues.fee_model.",
            autocompletion=completion.keys,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Explain a key of the spec: its meaning, type, default, an example, and the keys inside. Default: all sections."""
    from sweep.cli.handlers import spec as handlers

    handlers.explain(path, as_json=as_json)
