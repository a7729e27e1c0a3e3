"""Shared CLI options and error handling."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

Sweep = Annotated[str, typer.Argument(metavar="SWEEP", help="Its id, or its name (the newest of that name).")]
SpecFile = Annotated[Path, typer.Argument(metavar="SPEC.yaml", help="The spec; see search_spaces/ for ready ones.")]
Settings = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Overwrite a value of the spec; can be given often.")
]
RunsDir = Annotated[Path, typer.Option("--runs-dir", envvar="SWEEP_RUNS_DIR", help="Where the folders of sweeps are.")]
Reuse = Annotated[
    bool, typer.Option("--reuse", help="Take what another sweep in the runs directory has completed with the same key.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]

RUNS = Path("runs")
ADDRESSES = ("SWEEP_ADDRESS", "RAY_API_SERVER_ADDRESS")  # variables that name a cluster


def reported[**P](command: Callable[P, None]) -> Callable[P, None]:
    """Turn mistakes into a clear block and exit code 2, other failures into a sentence and exit code 1."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        from sweep.errors import InputError, SweepError

        try:
            command(*args, **kwargs)
        except InputError as error:
            if kwargs.get("as_json"):
                problems = [
                    {k: getattr(p, k) for k in ("where", "line", "rule", "value", "remedy")} for p in error.problems
                ]
                print(json.dumps({"problems": problems}, default=str))
            from sweep.cli.console import mistakes

            mistakes(error.problems, str(kwargs.get("spec") or "sweep"), starts="spec" in kwargs)
            raise typer.Exit(2) from None
        except SweepError as error:
            from sweep.cli.console import say

            say(str(error), "bold red")
            raise typer.Exit(1) from None

    return guarded
