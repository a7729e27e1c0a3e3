"""User code by import path, "module:Class"; and libraries without what of them is not needed."""

import importlib
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from sweep.common import nautilus1
from sweep.errors import Problem, did_you_mean, shorten

LONGEST = 500  # characters of the name of a module


class ImportPathError(Exception):
    """An import path that leads nowhere; carries the Problem without its place."""

    def __init__(self, rule: str, value: object, remedy: str = "") -> None:
        self.rule, self.value, self.remedy = rule, value, remedy
        super().__init__(rule)

    def at(self, where: str) -> Problem:
        """The mistake, with its place in the spec."""
        return Problem(where, self.rule, self.value, self.remedy)


def load(path: object) -> Any:
    """The class or function that "package.module:Name" names. Raises ImportPathError."""
    module, colon, name = path.partition(":") if isinstance(path, str) else ("", "", "")
    if not (colon and module and name):
        raise ImportPathError("must be an import path, 'package.module:Class'", path)
    if len(module) > LONGEST:  # a package inside of each dot would be looked for
        raise ImportPathError(f"must have at most {LONGEST:,} characters before its colon", path)
    value = load_module(module, path)
    if not hasattr(value, name):
        raise ImportPathError(f"module {module!r} has no {name!r}", path, did_you_mean(name, public(value)))
    return getattr(value, name)


def load_module(module: str, path: object) -> ModuleType:
    if module in sys.modules:
        return sys.modules[module]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            remedy = "is it on the Python path? Run where it can be imported, or install it"
            raise ImportPathError(f"there is no module {shorten(error.name)}", path, remedy) from error
        raise _failed(module, path, error, str(error)) from error
    except Exception as error:  # user code at import time may raise anything
        raise _failed(module, path, error, f"{type(error).__name__}: {error}") from error


def _failed(module: str, path: object, error: Exception, reason: str) -> ImportPathError:
    """The mistake of a module that cannot be imported: it is written for 1.x, or what its import raised."""
    frames = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    for file in reversed(frames):
        if old := nautilus1.refusal(file):
            return ImportPathError(old.rule, path, old.remedy)
    return ImportPathError(f"importing {module!r} failed: {reason}", path)


def public(module: ModuleType) -> list[str]:
    return [name for name in vars(module) if not name.startswith("_")]
