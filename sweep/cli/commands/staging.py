"""Commands for catalogs at URLs: `sweep catalog manifest | stage | cache`."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import AsJson, Settings, SpecFile, reported

app = typer.Typer()


@app.command("manifest")
@reported
def manifest(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Directory of a catalog on this machine.")],
    as_json: AsJson = False,
) -> None:
    """Write the manifest of a catalog: its files with sizes and hashes, against which copies are verified."""
    from sweep.cli.handlers import staging

    staging.manifest(directory, as_json=as_json)


@app.command("stage")
@reported
def stage(spec: SpecFile, settings: Settings = [], as_json: AsJson = False) -> None:  # noqa: B006
    """Download the files that a spec needs from its catalog at a URL, before its sweep."""
    from sweep.cli.handlers import staging

    staging.stage(spec, settings, as_json=as_json)


@app.command("cache")
@reported
def cache(
    evict: Annotated[bool, typer.Option("--evict", help="Delete files that no sweep is using.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the local cache of catalogs at URLs, and free it."""
    from sweep.cli.handlers import staging

    staging.cache(evict=evict, as_json=as_json)
