"""Attributes of the libraries that user code names: what a trial sets on them would live on, so it is set back."""

# what libraries hold is anything
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from sweep.backtest.user_code.attribute_paths import named_things
from sweep.backtest.user_code.source_snapshot import SourceSnapshot

COPIED = (dict, list, set)
PLAIN = (str, bytes, int)
LARGEST = 5_000  # entries of a container of a library that are set back
CODE = ("__code__", "__defaults__", "__kwdefaults__")  # of a function
LIVE = (sys, threading)  # modules whose objects change by themselves; `process_state` has what may be set there


@dataclass(frozen=True)
class NamedLibraries:
    """The libraries that user modules name, and the classes, functions, objects and containers of these."""

    things: tuple[tuple[str, Any, Mapping[str, Any]], ...]
    containers: tuple[tuple[str, Any, Any], ...]

    @classmethod
    def now(cls, code: SourceSnapshot, modules: frozenset[str], libraries: frozenset[str]) -> "NamedLibraries":
        """As they are now, for the loaded user modules and the libraries that they import."""
        named: dict[int, tuple[str, Any]] = {
            id(m): (name, m) for name in libraries if (m := sys.modules.get(name)) not in (None, sys)
        }
        for name, thing in _named(code, modules):
            named[id(thing)] = name, thing
        things = tuple((name, x, _attributes(x)) for name, x in named.values() if type(x) not in COPIED)
        held = (c for name, thing in named.values() for c in _containers(name, thing))
        return cls(things, tuple(held))

    def restore(self) -> list[str]:
        """Set back what was set on them, and what their dictionaries, lists and sets held; its names."""
        changed = [name for thing in self.things for name in _set_back(*thing)]
        return changed + [name for name, held, before in self.containers if _refill(held, before)]


def _named(code: SourceSnapshot, modules: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Everything of a library that user modules hold or name, with its own name."""
    for name in modules & sys.modules.keys():
        variables = vars(sys.modules[name])
        source = code.modules[name].content if name in code.modules else b""
        for value in variables.values():
            if _is_library(value, code) and value is not sys:
                yield _name(value), value
        for holder, value in named_things(source, sys.modules, variables):
            if not _is_live(holder) and not _is_live(value) and _home(holder) not in code.modules:
                yield from _held(holder, value, code)


def _is_live(thing: Any) -> bool:
    return any(thing is module for module in LIVE)


def _held(holder: Any, value: Any, code: SourceSnapshot) -> Iterator[tuple[str, Any]]:
    """A thing that lies in a library, unless it is of the user's."""
    if isinstance(value, type | FunctionType | ModuleType):
        if _is_library(value, code):
            yield _name(value), value
    elif type(value) in COPIED or (hasattr(value, "__dict__") and type(value).__module__ not in code.modules):
        name = next((n for n, v in vars(holder).items() if v is value), type(value).__name__)
        yield f"{_name(holder)}.{name}", value


def _is_library(value: Any, code: SourceSnapshot) -> bool:
    with suppress(Exception):  # a class of the user's may raise whatever it is asked
        return issubclass(type(value), (type, FunctionType, ModuleType)) and _home(value) not in code.modules
    return False


def _home(thing: Any) -> str:
    """The module that a thing is, or that defines it."""
    return str(getattr(thing, "__name__" if isinstance(thing, ModuleType) else "__module__", ""))


def _name(thing: Any) -> str:
    return thing.__name__ if isinstance(thing, ModuleType) else f"{thing.__module__}.{thing.__qualname__}"


def _attributes(thing: Any) -> dict[str, Any]:
    """Attributes that may be set on a thing; a function's code and defaults too."""
    fields: dict[str, Any] = dict(vars(thing))
    return fields | {n: getattr(thing, n) for n in CODE} if isinstance(thing, FunctionType) else fields


def _containers(name: str, thing: Any) -> Iterator[tuple[str, Any, Any]]:
    """A dictionary, list or set, and those that a library shows, with what they hold."""
    if type(thing) in COPIED:
        candidates = [(name, thing)]
    else:
        attributes = vars(thing).items() if isinstance(thing, ModuleType) else ()
        candidates = [(f"{name}.{key}", held) for key, held in attributes if not key.startswith("_")]
    for full, held in candidates:
        if type(held) in COPIED and len(held) <= LARGEST:
            yield full, held, held.copy()


def _refill(held: Any, before: Any) -> bool:
    """Give a container what it held; False where that is what it holds."""
    if type(held) is dict:
        same = held.keys() == before.keys() and all(map(_is, held.values(), before.values()))
    else:
        same = held == before if type(held) is set else len(held) == len(before) and all(map(_is, held, before))
    if not same:
        held.clear()
        held.extend(before) if type(held) is list else held.update(before)
    return not same


def _set_back(name: str, thing: Any, before: Mapping[str, Any]) -> Iterable[str]:
    now = _attributes(thing)
    if len(now) == len(before) and all(map(_is, now.values(), before.values())):
        return
    names: list[str] = [key for key in {**before, **now} if not _is(now.get(key, thing), before.get(key, thing))]
    for key in names:
        if not _is_of_library(key, before.get(key), now.get(key)):
            with suppress(AttributeError, TypeError):
                delattr(thing, key) if key not in before else setattr(thing, key, before[key])
            yield f"{name}.{key}"


def _is(a: object, b: object) -> bool:
    """True for one object, and for equal plain values that never change: `import pandas` makes `time.tzname` anew."""
    if a is b or type(a) is not type(b):
        return a is b
    if type(a) is tuple and type(b) is tuple:
        return len(a) == len(b) and all(map(_is, a, b))
    return type(a) in PLAIN and a == b


def _is_of_library(name: str, before: object, now: object) -> bool:
    """Return whether a library does that by itself: submodules and lazily made attributes come, private ones change."""
    if name in CODE:
        return False
    is_made = before is None and isinstance(now, ModuleType | type)
    if callable(before) and not isinstance(before, ModuleType):
        return False  # also a private function, and one such as __len__ of a class
    return is_made or (name.startswith("__") and not callable(now)) or (before is not None and name.startswith("_"))
