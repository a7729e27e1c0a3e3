"""Executors by name. The module of an executor is imported only when it is chosen."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from sweep.errors import InputError, Problem
from sweep.executors.base import Executor, ExecutorOptions

type ExecutorName = Literal["ray", "inline"]

NAMES: tuple[str, ...] = get_args(ExecutorName.__value__)


def check(name: str, place: str) -> None:
    """Raise InputError if no executor has this name; `place` is where the user wrote it."""
    if name not in NAMES:
        raise InputError(Problem(place, f"must be {' or '.join(NAMES)}", name))


def load(name: str) -> Callable[[Mapping[str, Any], ExecutorOptions], Executor]:
    """Import the executor of this name; call the result with a sweep's backtest and options to start it."""
    check(name, "executor")
    if name == "inline":
        from sweep.executors.inline import InlineExecutor

        return InlineExecutor
    from sweep.executors.ray.executor import RayExecutor

    return RayExecutor
