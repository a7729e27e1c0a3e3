"""The commands. They parse, call and print; what they do is elsewhere."""

from typing import Annotated

import typer

import sweep
from sweep.cli.commands import (
    backtest,
    catalog,
    cluster,
    collection,
    diff,
    doctor,
    ingest,
    init,
    port,
    report,
    run,
    show,
    spec,
    status,
    validate,
)
from sweep.cli.groups import Groups


def _version(is_asked: bool) -> None:
    if is_asked:
        print(f"sweep {sweep.__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Groups,
    help="Parameter sweeps for NautilusTrader: grids and studies, local or on a Ray cluster.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version of sweep.")
    ] = False,
) -> None:
    """Parameter sweeps for NautilusTrader: grids and studies, local or on a Ray cluster."""


for commands in (
    init,
    run,
    validate,
    backtest,
    diff,
    port,
    show,
    report,
    status,
    cluster,
    collection,
    doctor,
    spec,
):
    app.add_typer(commands.app)
catalog.app.add_typer(ingest.app, name="ingest")
app.add_typer(catalog.app, name="catalog")
