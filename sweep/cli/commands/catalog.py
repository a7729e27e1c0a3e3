"""Commands that make, fill and look into catalogs."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import AsJson, reported

app = typer.Typer(no_args_is_help=True, help="Make, fill and look into data catalogs.")


@app.command("demo")
@reported
def demo(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A new directory; data/demo, data/demo-options …")
    ] = None,
    options: Annotated[bool, typer.Option("--options", help="The same week with a chain of 0DTE options.")] = False,
    perpetual: Annotated[bool, typer.Option("--perpetual", help="A week of a perpetual with its funding.")] = False,
    days: Annotated[int | None, typer.Option(min=1, max=250, help="Sessions of the stock. Default: 5.")] = None,
) -> None:
    """Write the built-in data: five synthetic sessions of SPY quotes with scored events."""
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.demo(
        directory, [k for k, wanted in (("options", options), ("perpetual", perpetual)) if wanted], days
    )


@app.command("inspect")
@reported
def inspect(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A catalog.")],
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Also read the times: days, missing days, longest gaps.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is in a catalog: instruments, kinds, ranges, counts."""
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.inspect(directory, gaps=gaps, as_json=as_json)


@app.command("verify")
@reported
def verify(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A catalog.")],
    as_json: AsJson = False,
) -> None:
    """Hold the data against its instruments: what would give wrong figures, and what is worth a look."""
    from sweep.cli.handlers import catalog as handlers_catalog

    raise typer.Exit(handlers_catalog.verified(directory, as_json=as_json))


@app.command("instruments")
@reported
def instruments(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A YAML file with a list of instruments.")
    ] = None,
    catalog: Annotated[Path | None, typer.Option(help="The catalog to write to; a new one is made.")] = None,
    template: Annotated[
        str | None, typer.Option(help="A ready instrument; without any option they are listed.")
    ] = None,
    names: Annotated[list[str], typer.Option("--id", help="Its id, SYMBOL.VENUE; may be repeated.")] = [],  # noqa: B006
    values: Annotated[list[str], typer.Option("--set", help="KEY=VALUE: another value than the template's.")] = [],  # noqa: B006
    source: Annotated[Path | None, typer.Option("--from", help="Another catalog, whose definitions are taken.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of what is defined otherwise.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write definitions of instruments: from a file, a template or another catalog. Alone: list the templates."""
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.instruments(
        catalog,
        file=file,
        template=template,
        names=names,
        values=values,
        source=source,
        replace=replace,
        as_json=as_json,
    )
