"""The commands. They parse, call and print; what they do is elsewhere."""

import typer

from sweep.cli import alone, catalogs, cluster, compare, ingest, results, runs, staging, surroundings

app = typer.Typer(
    help="The fast, honest, distributed parameter sweep for NautilusTrader.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (runs, alone, compare, results, cluster, surroundings):
    app.add_typer(commands.app)
catalogs.app.add_typer(ingest.app, name="ingest")
catalogs.app.add_typer(staging.app)
app.add_typer(catalogs.app, name="catalog")
