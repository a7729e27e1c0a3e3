"""Values of options, arguments and their variables that no command takes: addresses with a password, unusable paths."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import typer

ADDRESS = "address"  # has rules of its own: it may be HOST:PORT, or a page of the dashboard
PLACES = ("runs_dir", "runs", "uri", "tracking_uri", "directory", "catalog")  # are addresses, also without a scheme
LOCAL = (
    "sweep find and sweep sql read an object store, sweep run writes to one; sweep fetch copies a sweep from a cluster"
)


def check_arguments(context: typer.Context | None, arguments: Mapping[str, object]) -> None:
    """Raise InputError with every value that is refused, before a command shows or writes it."""
    from sweep.common import addresses
    from sweep.common.files import path_names
    from sweep.errors import InputError, Problem

    problems: list[Problem] = []
    for name, text, is_path in _texts(arguments):
        where = _label(context, name)
        before, _, after = text.partition("=")  # of PATH=VALUE
        refused = addresses.problem(where, text, bare=name in PLACES)
        refused = refused or addresses.problem(f"{where} {before}", after.strip("'\" "))
        if name != ADDRESS and refused:
            problems += refused
        elif name == "runs_dir" and is_path and addresses.SCHEME.match(text):
            problems.append(Problem(where, "must be a directory of this machine for this command", _url(text), LOCAL))
        elif rule := path_names.rule(text if is_path else "/" + text):
            problems.append(Problem(where, rule, text, path_names.REMEDY))
        elif name == "runs_dir" and is_path and (rule := _no_directory(Path(text))):
            problems.append(Problem(where, rule, text, "name a directory, or one that can be made"))
    if problems:
        raise InputError(problems)


def _url(path: str) -> str:
    """The address that a path was, which has one of its slashes left."""
    scheme, _, rest = path.partition(":")
    return f"{scheme}://{rest.lstrip('/')}"


def _no_directory(path: Path) -> str:
    """The rule that a runs directory breaks which is something else, or cannot be looked into; "" for a missing one."""
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            return "is a file, not a directory"
        return "" if os.access(path, os.R_OK | os.X_OK) else "cannot be read: permission denied"
    except FileNotFoundError:
        return "is a link to nothing" if path.is_symlink() else ""
    except OSError as error:
        return f"cannot be read: {(error.strerror or str(error)).lower()}"


def _texts(arguments: Mapping[str, object]) -> Iterator[tuple[str, str, bool]]:
    """Name and text of each value, and True for a path."""
    for name, value in arguments.items():
        values = cast("list[object]", value) if isinstance(value, list) else [value]
        for one in values:
            if isinstance(one, (str, Path)):
                yield name, os.fspath(one), isinstance(one, Path) or (name in PLACES and "://" not in one)


def _label(context: typer.Context | None, name: str) -> str:
    """The name of an option or argument as it is typed."""
    for parameter in context.command.params if context else ():
        if parameter.name == name:
            is_option = parameter.param_type_name == "option"
            return max(parameter.opts, key=len) if is_option else str(parameter.metavar or name.upper())
    return f"--{name.replace('_', '-')}"
