"""Shared CLI options and error handling."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

Sweep = Annotated[
    str, typer.Argument(metavar="SWEEP", help="Id of a sweep, or its name (the newest sweep of that name).")
]
SpecFile = Annotated[Path, typer.Argument(metavar="SPEC.yaml", help="Spec file; examples are in search_spaces/.")]
Settings = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Overwrite a value of the spec; repeatable.")
]
RunsDir = Annotated[
    Path, typer.Option("--runs-dir", envvar="SWEEP_RUNS_DIR", help="Directory with the folders of sweeps.")
]
Reuse = Annotated[
    bool, typer.Option("--reuse", help="Reuse results with the same key from other sweeps in the runs directory.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")]

RUNS = Path("runs")
ADDRESSES = ("SWEEP_ADDRESS", "RAY_API_SERVER_ADDRESS")  # variables that name a cluster


def reported[**P](command: Callable[P, None]) -> Callable[P, None]:
    """Report input errors as a block with exit code 2, other failures as a sentence with exit code 1."""

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
        except OSError as error:  # of a file that was there, or of a disk that is full
            if not error.filename or not error.strerror:
                raise
            from sweep.cli.console import say

            say(f"{error.filename}: {error.strerror.lower()}; run the command again when that is mended", "bold red")
            raise typer.Exit(1) from None

    return guarded
