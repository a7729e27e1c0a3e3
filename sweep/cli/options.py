"""Shared CLI options and error handling."""

import inspect
import json
import os
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, cast

import typer

from sweep.cli import completion, verbosity
from sweep.cli.output.json_output import print_json

Sweep = Annotated[
    str,
    typer.Argument(
        metavar="SWEEP",
        help="Id of a sweep, or its name (the newest sweep of that name).",
        autocompletion=completion.sweeps,
    ),
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
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Run FAILED trials again, whatever the reason.")]
Address = Annotated[str, typer.Option(help="Address of Ray: local, auto, or HOST:PORT.")]
Executor = Annotated[str, typer.Option(help="Executor: ray, or inline (one trial after another in this process).")]
Workers = Annotated[int | None, typer.Option(min=1, help="Maximum number of simultaneous trials. Default: all cores.")]
TrackingUri = Annotated[
    str | None, typer.Option(help="MLflow address, instead of the spec's tracking.uri; none: no MLflow.")
]
Tracking = Annotated[
    bool,
    typer.Option("--tracking/--no-tracking", help="Copy the results to MLflow."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print the time of each message, and the versions.")]

RUNS = Path("runs")
NO_TRACKING = "none"  # in the place of an address
ADDRESSES = ("SWEEP_ADDRESS", "RAY_API_SERVER_ADDRESS")  # variables that name a cluster


def cluster_of(address: str | None) -> str | None:
    """The cluster that an address means, by default that of the environment; None for this machine, or Ray's own port.

    Only an address with http:// is that of a cluster: HOST:PORT has always been Ray's for the commands that run trials.
    """
    if address is None:
        address = next((url for name in ADDRESSES if (url := os.environ.get(name))), None)
        return None if address in (None, "local", "auto") else address
    return address if address.startswith(("http://", "https://")) else None


def tracked(uri: str | None, *, tracking: bool) -> tuple[bool, list[str]]:
    """True if results go to MLflow, and the setting of the spec that says where."""
    is_wanted = tracking and uri != NO_TRACKING
    return is_wanted, [f"tracking.uri={json.dumps(uri)}"] if is_wanted and uri else []


def reported[**P](command: Callable[P, None]) -> Callable[P, None]:
    """Report input errors as a block with exit code 2, other failures as a sentence with exit code 1.

    Every such command also has --quiet and --verbose.
    """

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        verbosity.use(quiet=bool(kwargs.pop("quiet", False)), verbose=bool(kwargs.pop("verbose", False)))
        context = cast("typer.Context | None", kwargs.pop("context", None))
        from sweep.cli.argument_checks import check_arguments
        from sweep.errors import SweepError

        try:
            check_arguments(context, kwargs)
            if spec := kwargs.get("spec"):
                verbosity.first(f"{spec}: loading the engine and your code …")
            command(*args, **kwargs)
        except (SweepError, OSError) as error:
            raise typer.Exit(_told(error, kwargs)) from None

    signature = inspect.signature(command)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in (("quiet", Quiet), ("verbose", Verbose))
    ]
    more.append(inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context))
    whole = signature.replace(parameters=[*signature.parameters.values(), *more])
    guarded.__signature__ = whole  # pyright: ignore[reportAttributeAccessIssue]
    guarded.__annotations__ = {**command.__annotations__, "quiet": Quiet, "verbose": Verbose, "context": typer.Context}
    return guarded


def waiting(line: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Say on a terminal, before a command imports anything heavy, what its user waits for."""

    def decorated[**P](command: Callable[P, None]) -> Callable[P, None]:
        @wraps(command)
        def announced(*args: P.args, **kwargs: P.kwargs) -> None:
            verbosity.first(f"{line} …")
            command(*args, **kwargs)

        return announced

    return decorated


def _told(error: Exception, arguments: Mapping[str, object]) -> int:
    """The exit code for an error, which is told to the user; one that is a bug is raised again."""
    from sweep.cli.console import mistakes, say
    from sweep.common.addresses import redact
    from sweep.errors import InputError

    if isinstance(error, InputError):
        if arguments.get("as_json"):
            keys = ("where", "line", "rule", "value", "remedy")
            print_json(
                {"problems": [{k: getattr(p, k) for k in keys} for p in error.problems]}, indent=None, default=str
            )
        mistakes(error.problems, redact(str(arguments.get("spec") or "sweep")), starts="spec" in arguments)
        return 2
    if isinstance(error, OSError):  # of a file that was there, or of a disk that is full
        if not error.filename or not error.strerror:
            raise error
        say(f"{error.filename}: {error.strerror.lower()}; run the command again when that is mended", "bold red")
        return 1
    say(str(error), "bold red")
    return 1
