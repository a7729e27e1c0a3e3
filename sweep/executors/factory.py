"""Executors by name. The module of an executor is imported only when it is chosen."""

import os
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from sweep.common import addresses
from sweep.errors import InputError, Problem
from sweep.executors import tight_limits
from sweep.executors.base import Executor, ExecutorOptions

type ExecutorName = Literal["ray", "inline"]

NAMES: tuple[str, ...] = get_args(ExecutorName.__value__)


def check(name: str, place: str, address: str = "local") -> None:
    """Raise InputError if no executor has this name (`place` is where the user wrote it), or the address a password."""
    if name not in NAMES:
        raise InputError(Problem(place, f"must be {' or '.join(NAMES)}", name))
    _check_address(address)


def check_options(name: str, address: str, workers: int | None) -> None:
    """Raise InputError as `check` does, and if limits of this shell are too low for the executor on this machine."""
    check(name, "executor", address)
    if name == "ray" and address == "local" and (problems := tight_limits.problems(workers)):
        raise InputError(problems)


def _check_address(address: str) -> None:
    """Raise InputError if an address of Ray, or the one of the environment that `auto` stands for, holds a password."""
    places = {"--address": address} | ({"RAY_ADDRESS": os.environ.get("RAY_ADDRESS", "")} if address == "auto" else {})
    remedy = "give HOST:PORT, and export RAY_AUTH_TOKEN"
    urls = {place: url if "://" in url else f"ray://{url}" for place, url in places.items()}
    if problems := [p for place, url in urls.items() for p in addresses.problem(place, url, remedy)]:
        raise InputError(problems)


def load(name: str, address: str = "") -> Callable[[Mapping[str, Any], ExecutorOptions], Executor]:
    """Import the executor of this name; call the result with a sweep's backtest and options to start it.

    With the address at which it will be started, what its workers import is imported beside it.
    """
    check(name, "executor")
    if name == "inline":
        from sweep.executors.inline import InlineExecutor

        return InlineExecutor
    if address == "local":
        from sweep.executors.ray.fork_server_handle import fork_server

        fork_server.begin()
    from sweep.executors.ray.executor import RayExecutor

    return RayExecutor
