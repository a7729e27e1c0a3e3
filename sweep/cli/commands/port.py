"""The command that brings strategies over from NautilusTrader 1.x."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import AsJson, Settings, reported, waiting

app = typer.Typer()


@app.command()
@reported
@waiting("loading LibCST")
def port(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Files of 1.x, or folders of them.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder to write to. Default: the files are rewritten in place."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; state which files would change, and what is left to do by hand."),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print the changes as a diff.")] = False,
    compat: Annotated[
        bool, typer.Option("--compat", help="Use indicators with the figures of 1.x, from sweep.compat.")
    ] = False,
    prove: Annotated[
        Path | None,
        typer.Option("--prove", metavar="SPEC.yaml", help="Run the old file under 1.231, the spec under 2.0."),
    ] = None,
    old: Annotated[Path | None, typer.Option("--old", metavar="PATH", help="With --prove: the file of 1.x.")] = None,
    settings: Settings = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Rewrite strategies of NautilusTrader 1.x for 2.0; the exit code is 1 while something is left to do by hand."""
    from sweep.common import extras

    extras.require("port", "sweep port")
    from sweep.cli.handlers import port as handler

    options = handler.PortOptions(out=out, write=not (check or diff), diff=diff, compat=compat, as_json=as_json)
    if prove or old:
        raise typer.Exit(handler.prove(prove, old, settings, as_json=as_json))
    raise typer.Exit(handler.port(paths or [], options))
