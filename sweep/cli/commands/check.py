"""Command that checks a spec and runs nothing."""

import typer

from sweep.cli.options import AsJson, Settings, SpecFile, reported

app = typer.Typer()


@app.command()
@reported
def check(spec: SpecFile, settings: Settings = [], as_json: AsJson = False) -> None:  # noqa: B006
    """Check a spec against its catalog, the engine and your code; no trial runs."""
    from sweep.cli.console import say
    from sweep.cli.handlers import check as handlers
    from sweep.runner.plan import plan

    handlers.check(spec, plan(spec, settings, say=say), as_json=as_json)
