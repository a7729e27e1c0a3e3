"""Commands that create, fill and inspect catalogs."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import AsJson, Settings, SpecFile, reported, waiting

app = typer.Typer(no_args_is_help=True, help="Create, fill and inspect data catalogs.")


@app.command("demo")
@reported
@waiting("loading the engine")
def demo(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="New directory. Default: data/demo, data/demo-options …")
    ] = None,
    options: Annotated[bool, typer.Option("--options", help="Add a chain of 0DTE options to the same week.")] = False,
    perpetual: Annotated[
        bool, typer.Option("--perpetual", help="Write a week of a perpetual with its funding instead.")
    ] = False,
    portfolio: Annotated[
        bool, typer.Option("--portfolio", help="Add a second stock, QQQ, with scored events to the same week.")
    ] = False,
    days: Annotated[
        int | None, typer.Option(min=1, max=250, help="Number of sessions of the stock. Default: 5.")
    ] = None,
) -> None:
    """Write synthetic data: five sessions of SPY quotes with scored events."""
    from sweep.cli.handlers import catalog as handlers_catalog

    chosen = {"options": options, "perpetual": perpetual, "portfolio": portfolio}
    handlers_catalog.demo(directory, [kind for kind, is_chosen in chosen.items() if is_chosen], days)


@app.command("inspect")
@reported
@waiting("loading the engine")
def inspect(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Directory of a catalog.")],
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Also read the timestamps and show days, missing days, longest gaps.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the contents of a catalog: instruments, kinds of data, time ranges, row counts."""
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.inspect(directory, gaps=gaps, as_json=as_json)


@app.command("verify")
@reported
@waiting("loading the engine")
def verify(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Directory of a catalog.")],
    as_json: AsJson = False,
) -> None:
    """Check the data of a catalog against its instruments: errors give wrong figures, warnings may."""
    from sweep.cli.handlers import catalog as handlers_catalog

    raise typer.Exit(handlers_catalog.verified(directory, as_json=as_json))


@app.command("instruments")
@reported
@waiting("loading the engine")
def instruments(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="YAML file with a list of instruments.")] = None,
    catalog: Annotated[Path | None, typer.Option(help="Catalog to write to; created if it does not exist.")] = None,
    template: Annotated[
        str | None, typer.Option(help="Template of an instrument; without any option the templates are listed.")
    ] = None,
    names: Annotated[list[str], typer.Option("--id", help="Id of the instrument, SYMBOL.VENUE; repeatable.")] = [],  # noqa: B006
    values: Annotated[
        list[str], typer.Option("--set", help="KEY=VALUE: overwrite a value of the template; repeatable.")
    ] = [],  # noqa: B006
    source: Annotated[Path | None, typer.Option("--from", help="Catalog from which to copy the definitions.")] = None,
    currency: Annotated[
        list[str],
        typer.Option(
            "--currency", metavar="CODE", help="Crypto currency that the engine lacks, such as PEPE; repeatable."
        ),
    ] = [],  # noqa: B006
    replace: Annotated[bool, typer.Option("--replace", help="Replace existing definitions that differ.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write instrument definitions from a file, a template or another catalog. Without options: list templates."""
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.declare_currencies(currency)
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


@app.command("manifest")
@reported
@waiting("listing the files of the catalog")
def manifest(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Directory of a catalog on this machine.")],
    as_json: AsJson = False,
) -> None:
    """Write the manifest of a catalog: its files with sizes and hashes, against which copies are verified."""
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.manifest(directory, as_json=as_json)


@app.command("stage")
@reported
def stage(spec: SpecFile, settings: Settings = [], as_json: AsJson = False) -> None:  # noqa: B006
    """Download the files that a spec needs from its catalog at a URL, before its sweep."""
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.stage(spec, settings, as_json=as_json)


@app.command("cache")
@reported
def cache(
    evict: Annotated[bool, typer.Option("--evict", help="Delete files that no sweep is using.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the local cache of catalogs at URLs, and free it."""
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.cache(evict=evict, as_json=as_json)
