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
) -> None:
    """Write the built-in data: five synthetic sessions of SPY quotes with scored events."""
    from sweep import catalogs

    kind = "options" if options else "perpetual" if perpetual else "stock"
    catalogs.demo(directory or Path("data/demo" if kind == "stock" else f"data/demo-{kind}"), kind)


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
    from sweep import catalogs

    catalogs.inspect(directory, gaps=gaps, as_json=as_json)


@app.command("verify")
@reported
def verify(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A catalog.")],
    as_json: AsJson = False,
) -> None:
    """Hold the data against its instruments: what would give wrong figures, and what is worth a look."""
    from sweep import catalogs

    raise typer.Exit(catalogs.verified(directory, as_json=as_json))
