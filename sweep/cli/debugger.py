"""A replay under pdb: where user code raises, and at the lines that one names."""

import pdb  # noqa: T100 (this is what it is for)
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sweep.errors import InputError, Problem


def post_mortem(error: BaseException) -> None:
    """Open pdb where an exception was raised, while the backtest stands still there."""
    print(f"{type(error).__name__}: {error}")
    pdb.post_mortem(error.__traceback__)


def stopping[T](function: Callable[[], T], stops: Sequence[str]) -> T:
    """Call a function under pdb with breakpoints at FILE:LINE. InputError if one cannot be set."""
    inside = pdb.Pdb(nosigint=True)
    inside.rcLines = ["continue"]  # it stops at the first line of what it runs
    problems = [p for stop in stops if (p := _set(inside, stop))]
    if problems:
        raise InputError(problems)
    results: list[T] = []
    inside.runcall(lambda: results.append(function()))
    return results[0]


def _set(inside: pdb.Pdb, stop: str) -> Problem | None:
    name, _, line = stop.rpartition(":")
    file = _file(name)
    if not line.isdecimal() or file is None:
        return Problem("--break", "must be FILE:LINE or MODULE:LINE", stop, "for example my_strategy.py:42")
    error = inside.set_break(str(file), int(line))
    return Problem("--break", str(error), stop) if error else None


def _file(name: str) -> Path | None:
    """The source file that a path or the name of a module stands for."""
    if Path(name).is_file():
        return Path(name).resolve()
    from importlib.util import find_spec

    sys.path[:0] = [] if "." in sys.path else ["."]
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.has_location else None
