"""Commands for catalogs at URLs: `sweep catalog manifest | stage | cache`."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import AsJson, Settings, SpecFile, reported

app = typer.Typer()


@app.command("manifest")
@reported
def manifest(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A catalog on this machine.")],
    as_json: AsJson = False,
) -> None:
    """Write the list of its files, with sizes and hashes, into a catalog: its copies are held against it."""
    from sweep.cli.handlers import staging

    staging.manifest(directory, as_json=as_json)


@app.command("stage")
@reported
def stage(spec: SpecFile, settings: Settings = [], as_json: AsJson = False) -> None:  # noqa: B006
    """Bring what a spec needs of its catalog at a URL to this machine, ahead of its sweep."""
    from sweep.cli.handlers import staging

    staging.stage(spec, settings, as_json=as_json)


@app.command("cache")
@reported
def cache(
    evict: Annotated[bool, typer.Option("--evict", help="Take away what no sweep uses now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what this machine keeps of catalogs at URLs, and free it."""
    from sweep.cli.handlers import staging

    staging.cache(evict=evict, as_json=as_json)
