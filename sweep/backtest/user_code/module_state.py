"""State of user modules between trials, as comparable values: globals, class attributes, defaults, closures.

Whatever cannot be looked into (a generator, an object of a library that hides its state) makes the module OPAQUE: it is
imported again for each trial, as are modules that hold so much that looking takes longer than importing.
"""

# whatever user modules hold is looked at here
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

import enum
import functools
import logging
import random
import re
import sys
import types
import zlib
from array import array
from collections import deque
from collections.abc import Buffer, Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import PurePath
from typing import Any

MOST_OBJECTS, MOST_BYTES = 20_000, 16 * 2**20

VALUES = (int, str, bytes, complex, bool, type(None), Decimal, Fraction, date, time, timedelta, tzinfo, PurePath,
          range, slice, type(...), type(NotImplemented), re.Pattern, types.GenericAlias, types.UnionType)  # fmt: skip
CACHE = type(functools.cache(len))  # the class of what functools.cache and lru_cache make
STATELESS = ("LogRecord", "TypeVar", "ParamSpec", "TypeAliasType")
ENUM_FIELDS = ("_value_", "_name_", "__objclass__", "_sort_order_")
HOLDERS = (types.BuiltinFunctionType, types.WrapperDescriptorType, types.MethodDescriptorType,
           types.MemberDescriptorType, types.GetSetDescriptorType, types.MethodWrapperType,
           types.ClassMethodDescriptorType)  # fmt: skip
OF_IMPORTS = frozenset({  # what Python itself keeps in a module, or adds when a warning is shown
    *("__name__", "__package__", "__loader__", "__spec__", "__file__", "__cached__", "__path__", "__builtins__"),
    *("__warningregistry__", "__annotations__"),
})  # fmt: skip
OF_CLASSES = frozenset({  # what Python, dataclasses and copying keep in a class
    *("__module__", "__qualname__", "__dict__", "__weakref__", "__abstractmethods__", "__slotnames__"),
    *("__dataclass_fields__", "__dataclass_params__", "__parameters__", "__orig_bases__", "__annotations__"),
    "__non_callable_proto_members__",
})  # fmt: skip
OF_LIBRARIES = ("__pydantic", "__attrs", "__struct", "_abc_")  # begin what libraries keep in a class
type Token = tuple[Any, ...]


class OpaqueError(Exception):
    """Something that cannot be compared."""


def state_of(names: Iterable[str]) -> dict[str, Token] | None:
    """State of these modules, as far as they are loaded, by "module.variable"; None where it cannot be seen."""
    modules = {name: sys.modules[name] for name in names if name in sys.modules}
    look = Look(modules)
    try:
        return {name: look.token(value) for name, value in _variables(modules)}
    except (OpaqueError, RecursionError):
        return None


def differences(then: Mapping[str, Token], now: Mapping[str, Token]) -> list[str]:
    """The variables that are not what they were, by name."""
    return [name for name in dict.fromkeys((*then, *now)) if then.get(name) != now.get(name)]


def _variables(modules: Mapping[str, types.ModuleType]) -> Iterator[tuple[str, Any]]:
    """Every variable of the modules, and every attribute of the classes that they define."""
    for name, module in modules.items():
        for variable, value in list(vars(module).items()):
            if variable in OF_IMPORTS:
                continue
            if isinstance(value, type) and value.__module__ == name:
                yield f"{name}.{variable}", (value.__qualname__, *value.__bases__)
                yield from ((f"{name}.{variable}.{n}", v) for n, v in _attributes(value))
            else:
                yield f"{name}.{variable}", value
        yield from ((f"{name}.__annotations__", sorted(held)) for held in _annotations(module))


def _attributes(kind: type) -> Iterator[tuple[str, Any]]:
    for name, value in list(vars(kind).items()):
        is_enums = issubclass(kind, enum.Enum) and name.startswith(("_member", "_value2member", "_hashable", "_unhash"))
        if not (is_enums or name in OF_CLASSES or name.startswith(OF_LIBRARIES)):
            yield name, value
    yield from (("__annotations__", sorted(held)) for held in _annotations(kind))


def _annotations(thing: Any) -> Iterator[dict[str, Any]]:
    """The annotations, if there are any: looking at them makes an empty dictionary."""
    if held := vars(thing).get("__annotations__"):
        yield held


def clear_caches(names: Iterable[str]) -> None:
    """Empty every `functools.cache` of these modules: what it remembers is remembered within a trial alone."""
    modules = {name: sys.modules[name] for name in names if name in sys.modules}
    for _, value in _variables(modules):
        inner = getattr(value, "__func__", value)
        if isinstance(inner, CACHE):
            inner.cache_clear()


class Look:
    """One look at all that modules hold; an object that is met again is told by its number."""

    def __init__(self, modules: Mapping[str, types.ModuleType]) -> None:
        self._modules, self._met, self._referenced = modules, dict[int, int](), list[Any]()
        self._bytes = 0

    def token(self, value: Any) -> Token:
        """A value that is equal only while all that can be reached from `value` is what it was."""
        kind = type(value)
        if kind is float:
            return ("float", repr(value))
        if isinstance(value, enum.Enum):
            fields = [(n, v) for n, v in vars(value).items() if n not in ENUM_FIELDS]
            more = [value.value, *fields] if kind.__module__ in self._modules else []
            return ("enum", kind.__qualname__, value.name, self.all(more))
        if kind in _PLAIN:
            return (kind.__name__, value)
        if id(value) in self._met:
            return ("met", self._met[id(value)])
        self._met[id(value)] = len(self._met)
        self._referenced.append(value)  # so that no other object gets its id meanwhile
        if len(self._met) > MOST_OBJECTS or self._bytes > MOST_BYTES:
            raise OpaqueError
        for kinds, read in READERS:
            if isinstance(value, kinds):
                return read(self, value)
        return self._object(value)

    def all(self, values: Iterable[Any]) -> Token:
        """The tokens of several values in their order."""
        return tuple(self.token(value) for value in list(values))

    def weighed(self, content: bytes) -> int:
        """A checksum in place of much content."""
        self._bytes += len(content)
        return zlib.crc32(content)

    def function(self, value: types.FunctionType) -> Token:
        """State of a user's function: defaults, closure, attributes."""
        if value.__module__ not in self._modules:
            return ("function", value.__module__, value.__qualname__)
        itself = (id(value.__code__), value.__name__, value.__doc__, *value.__annotations__)
        if not (value.__defaults__ or value.__kwdefaults__ or value.__closure__ or vars(value)):
            return ("function", itself)
        cells = [_content(cell) for cell in value.__closure__ or ()]
        parts = (value.__defaults__, value.__kwdefaults__, cells)
        return ("function", itself, self.all(parts), self.all(vars(value).items()))

    def kind(self, value: type) -> Token:
        """A class: of the user's its attributes, of a library its name."""
        if value.__module__ not in self._modules:
            return ("class", value.__module__, value.__qualname__)
        return ("class", value.__qualname__, self.all(value.__bases__), self.all(_attributes(value)))

    def array(self, value: Any) -> Token:
        """A numpy array."""
        if value.dtype.hasobject:
            return ("array", self.all(value.ravel().tolist()))
        return ("array", value.dtype.str, value.shape, self.weighed(value.tobytes()))

    def _object(self, value: Any) -> Token:
        kind = type(value)
        top = kind.__module__.partition(".")[0]
        if kind.__name__ in STATELESS and kind.__module__ not in self._modules:
            return ("stateless", kind.__qualname__)
        if top == "nautilus_trader" and hasattr(kind, "variants"):
            return ("enum", kind.__qualname__, value.name)
        if top == "numpy":
            return self._of_numpy(value)
        if top == "pandas":
            import pickle

            return ("pandas", kind.__qualname__, self.weighed(pickle.dumps(value, 5)))
        if kind.__module__ in self._modules or top == "threading":
            return ("object", kind.__qualname__, self.all(_fields(value)))
        return self._reduced(value)

    def _of_numpy(self, value: Any) -> Token:
        if hasattr(value, "dtype") and hasattr(value, "tobytes"):
            return self.array(value)
        if hasattr(value, "bit_generator"):
            return ("generator", self.token(value.bit_generator.state))
        return ("generator", self.token(value.get_state())) if hasattr(value, "get_state") else self._reduced(value)

    def _reduced(self, value: Any) -> Token:
        """As pickling takes an object apart."""
        if isinstance(value, types.GeneratorType) or hasattr(value, "__next__"):
            raise OpaqueError
        try:
            parts = value.__reduce_ex__(4)
        except Exception as error:
            raise OpaqueError from error
        if isinstance(parts, str):
            return ("named", parts)
        return ("reduced", self.all(list(p) if hasattr(p, "__next__") else p for p in parts))


_PLAIN = frozenset((int, str, bytes, complex, bool, type(None), type(...), type(NotImplemented)))


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return None


def _fields(value: Any) -> Iterator[Any]:
    """State of an object of a user's class: its own fields, slots, and the elements of a built-in base."""
    yield from sorted(vars(value).items()) if hasattr(value, "__dict__") else ()
    slots = [_mangled(s, base) for base in type(value).__mro__ for s in _names(vars(base).get("__slots__", ()))]
    yield from ((name, getattr(value, name)) for name in slots if name != "__dict__" and hasattr(value, name))
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple | set | frozenset | deque):
        yield list(value)
    elif isinstance(value, Buffer):  # a structure of ctypes, a subclass of an array
        yield bytes(value)


def _mangled(slot: str, kind: type) -> str:
    """Name of a slot as Python stores it: private ones carry the name of their class."""
    is_private = slot.startswith("__") and not slot.endswith("__")
    return f"_{kind.__name__.lstrip('_')}{slot}" if is_private else slot


def _bound_to(value: Any) -> Any:
    """Object that a built-in method is bound to; None for a function of a module."""
    owner = getattr(value, "__self__", None)
    return None if isinstance(owner, types.ModuleType | type) else owner


def _names(slots: Any) -> Iterable[str]:
    return (slots,) if isinstance(slots, str) else slots


def _mapping(look: Look, value: Any) -> Token:
    return (type(value).__qualname__, look.all(value.items()), look.all(_fields_of_a_subclass(value)))


def _fields_of_a_subclass(value: Any) -> Iterable[Any]:
    return (vars(value),) if hasattr(value, "__dict__") else (getattr(value, "default_factory", None),)


def _sequence(look: Look, value: Any) -> Token:
    return (type(value).__qualname__, look.all(value), look.all((vars(value),) if hasattr(value, "__dict__") else ()))


def _bag(look: Look, value: Any) -> Token:
    return (type(value).__qualname__, frozenset(look.token(v) for v in value))


READERS: tuple[tuple[Any, Callable[[Look, Any], Token]], ...] = (
    (VALUES, lambda _, v: (type(v).__qualname__, repr(v))),
    (types.FunctionType, Look.function),
    (type, Look.kind),
    (types.ModuleType, lambda _, v: ("module", v.__name__)),
    ((list, tuple, deque), _sequence),
    ((dict, types.MappingProxyType), _mapping),
    ((set, frozenset), _bag),
    ((staticmethod, classmethod), lambda look, v: ("method", look.token(v.__func__))),
    (property, lambda look, v: ("property", look.all((v.fget, v.fset, v.fdel)))),
    (CACHE, lambda look, v: ("cache", v.cache_info().currsize, look.token(v.__wrapped__))),
    (functools.partial, lambda look, v: ("partial", look.all((v.func, v.args, v.keywords)))),
    (types.MethodType, lambda look, v: ("bound", look.all((v.__func__, v.__self__)))),
    (HOLDERS, lambda look, v: ("builtin", getattr(v, "__qualname__", ""), look.token(_bound_to(v)))),
    (
        logging.Logger,
        lambda look, v: ("logger", v.name, v.level, v.disabled, v.propagate, look.all(map(id, v.handlers))),
    ),
    (ContextVar, lambda look, v: ("context", look.token(v.get(None)))),
    (count, lambda _, v: ("count", repr(v))),
    (random.Random, lambda _, v: ("random", hash(v.getstate()))),
    ((bytearray, array, memoryview), lambda look, v: (type(v).__name__, look.weighed(bytes(v)))),
)
