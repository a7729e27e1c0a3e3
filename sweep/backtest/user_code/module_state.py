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
from collections import defaultdict, deque
from collections.abc import Buffer, Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import PurePath
from typing import Any

from sweep.backtest.user_code.module_variables import OF_IMPORTS, attributes, variables

MOST_OBJECTS, MOST_BYTES = 20_000, 16 * 2**20

VALUES = (int, float, str, bytes, complex, bool, type(None), Decimal, Fraction, date, time, timedelta, tzinfo, PurePath,
          range, slice, type(...), type(NotImplemented), re.Pattern, types.GenericAlias, types.UnionType)  # fmt: skip
CACHE = type(functools.cache(len))  # the class of what functools.cache and lru_cache make
IMMUTABLE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: nothing can be set on such a class
OF_LOGGERS = ("name", "manager", "parent", "_cache", "handlers", "filters")
STATELESS = ("LogRecord", "TypeVar", "ParamSpec", "TypeAliasType")
ENUM_FIELDS = ("_value_", "_name_", "__objclass__", "_sort_order_")
HOLDERS = (types.BuiltinFunctionType, types.WrapperDescriptorType, types.MethodDescriptorType,
           types.MemberDescriptorType, types.GetSetDescriptorType, types.MethodWrapperType,
           types.ClassMethodDescriptorType)  # fmt: skip
type Token = tuple[Any, ...]
type Reader = tuple[Callable[[Look, Any], Token], bool]  # and whether an object has further fields


class OpaqueError(Exception):
    """Something that cannot be compared."""


def state_of(names: Iterable[str], most: int = MOST_OBJECTS) -> dict[str, Token] | None:
    """State of these modules, as far as they are loaded, by "module.variable"; None where it cannot be seen."""
    modules = {name: sys.modules[name] for name in names if name in sys.modules}
    look = Look(modules, most)
    try:
        return {name: look.token(value) for name, value in variables(modules)}
    except Exception:  # noqa: BLE001 (too much, too deep, or the objects of users raise when they are looked at)
        return None


def differences(then: Mapping[str, Token], now: Mapping[str, Token]) -> list[str]:
    """The variables that are not what they were, by name."""
    return [name for name in dict.fromkeys((*then, *now)) if then.get(name) != now.get(name)]


def clear_caches(names: Iterable[str]) -> None:
    """Empty every `functools.cache` of these modules: what it remembers is remembered within a trial alone."""
    modules = {name: sys.modules[name] for name in names if name in sys.modules}
    for _, value in variables(modules):
        inner = getattr(value, "__func__", value)
        if isinstance(inner, CACHE):
            inner.cache_clear()


class Look:
    """One look at all that modules hold; an object that is met again is told by its number."""

    def __init__(self, modules: Mapping[str, types.ModuleType], most: int) -> None:
        self._most = most
        self._modules, self._met, self._referenced = modules, dict[int, int](), list[Any]()
        self._readers = dict[type, Reader]()
        self._bytes = 0

    def token(self, value: Any) -> Token:
        """A value that is equal only while all that can be reached from `value` is what it was."""
        kind = type(value)
        if kind is float:
            return ("float", repr(value))
        if kind in _PLAIN:
            return (kind.__name__, value)
        if id(value) in self._met:
            return ("met", self._met[id(value)])
        self._met[id(value)] = len(self._met)
        self._referenced.append(value)  # so that no other object gets its id meanwhile
        if len(self._met) > self._most or self._bytes > MOST_BYTES:
            raise OpaqueError
        if (reader := self._readers.get(kind)) is None:
            reader = self._readers[kind] = _reader(kind)
        read, has_fields = reader
        return (read(self, value), self.all(_own(value))) if has_fields else read(self, value)

    def all(self, values: Iterable[Any]) -> Token:
        """The tokens of several values in their order."""
        return tuple(self.token(value) for value in list(values))

    def weighed(self, content: bytes) -> int:
        """A checksum in place of much content."""
        self._bytes += len(content)
        return zlib.crc32(content)

    def plain(self, value: Any) -> Token:
        """A plain value, by its text; of a user's class by that of its base, whose text cannot be overridden."""
        kind = type(value)
        base: Any = next(b for b in VALUES if issubclass(kind, b)) if kind.__module__ in self._modules else kind
        return (kind.__qualname__, base.__repr__(value))

    def function(self, value: types.FunctionType) -> Token:
        """State of a user's function: defaults, closure, attributes, and globals that are no module's."""
        if self._is_library(value):
            return ("function", value.__module__, value.__qualname__)
        itself = (id(value.__code__), value.__name__, value.__doc__, *value.__annotations__)
        own = () if self._is_of_module(value.__globals__) else (_without_imports(value.__globals__),)
        if not (value.__defaults__ or value.__kwdefaults__ or value.__closure__ or vars(value) or own):
            return ("function", itself)
        cells = [_content(cell) for cell in value.__closure__ or ()]
        parts = (value.__defaults__, value.__kwdefaults__, cells, own)
        return ("function", itself, self.all(parts), self.all(vars(value).items()))

    def _is_library(self, value: Any) -> bool:
        """True for a function or class that is in its module under its name, and that module is not the user's."""
        if value.__module__ in self._modules:
            return False
        place: Any = sys.modules.get(value.__module__)
        for name in value.__qualname__.split("."):
            place = getattr(place, name, None)
        return place is value

    def _is_of_module(self, names: Mapping[str, Any]) -> bool:
        return names is vars(sys.modules.get(str(names.get("__name__")), sys))

    def module(self, value: types.ModuleType) -> Token:
        """A module by its name; one that was made by hand by what it holds."""
        if sys.modules.get(value.__name__) is value:
            return ("module", value.__name__)
        return ("module", value.__name__, self.all(_without_imports(vars(value)).items()))

    def logger(self, value: logging.Logger) -> Token:
        """A logger, with the handlers and filters of users' classes."""
        mine = [x for x in (*value.handlers, *value.filters) if type(x).__module__ in self._modules]
        fields = {n: v for n, v in vars(value).items() if n not in OF_LOGGERS}
        return ("logger", [*map(id, value.handlers)], [*map(id, value.filters)], self.all(mine), self.token(fields))

    def kind(self, value: type) -> Token:
        """A class: of the user's its attributes, of a library its name."""
        if value.__flags__ & IMMUTABLE or self._is_library(value):
            return ("class", value.__module__, value.__qualname__)
        return ("class", value.__qualname__, self.all(value.__bases__), self.all(attributes(value)))

    def array(self, value: Any) -> Token:
        """A numpy array."""
        look = (value.dtype.str, value.shape, value.flags.writeable, self.all(_own(value)))
        if value.dtype.hasobject:
            return ("array", *look, self.all(value.ravel().tolist()))
        return ("array", *look, self.weighed(value.tobytes()))

    def enumerated(self, value: Any) -> Token:
        """A member of an enumeration, with the fields that a user's has."""
        kind = type(value)
        fields = [(n, v) for n, v in vars(value).items() if n not in ENUM_FIELDS]
        more = [value.value, *fields] if kind.__module__ in self._modules else []
        return ("enum", kind.__qualname__, value.name, self.all(more))

    def object(self, value: Any) -> Token:
        """Any other object."""
        kind = type(value)
        top = kind.__module__.partition(".")[0]
        if kind.__name__ in STATELESS and kind.__module__ not in self._modules:
            return ("stateless", kind.__qualname__)
        if top == "nautilus_trader" and hasattr(kind, "variants"):
            return ("enum", kind.__qualname__, value.name)
        if any(base.__module__.partition(".")[0] == "numpy" for base in kind.__mro__):
            return self._of_numpy(value)
        if top == "pandas":
            import pickle

            public = [field for field in _own(value) if not field[0].startswith("_")]
            return ("pandas", kind.__qualname__, self.weighed(pickle.dumps(value, 5)), self.all(public))
        if kind.__module__ in self._modules or top == "threading":
            return ("object", kind.__qualname__, self.all(_fields(value)))
        return self._reduced(value)

    def _of_numpy(self, value: Any) -> Token:
        if hasattr(value, "dtype") and hasattr(value, "flags"):
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
    """State of an object of a user's class: its own fields, and the bytes of a structure of ctypes."""
    yield from _own(value)
    if isinstance(value, Buffer):
        yield bytes(value)


def _own(value: Any) -> Iterator[Any]:
    """Fields and slots of an object."""
    yield from list(vars(value).items()) if hasattr(value, "__dict__") else ()
    slots = [_mangled(s, base) for base in type(value).__mro__ for s in _names(vars(base).get("__slots__", ()))]
    yield from ((name, getattr(value, name)) for name in slots if name != "__dict__" and hasattr(value, name))


def _without_imports(names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in names.items() if name not in OF_IMPORTS}


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
    more = getattr(value, "default_factory", None) if isinstance(value, defaultdict) else None
    return (type(value).__qualname__, look.all(value.items()), look.token(more))


def _sequence(look: Look, value: Any) -> Token:
    return (type(value).__qualname__, look.all(value))


def _bag(look: Look, value: Any) -> Token:
    return (type(value).__qualname__, frozenset(look.token(v) for v in value))


READERS: tuple[tuple[Any, Callable[[Look, Any], Token]], ...] = (
    (enum.Enum, Look.enumerated),
    (VALUES, Look.plain),
    (types.FunctionType, Look.function),
    (type, Look.kind),
    (types.ModuleType, Look.module),
    ((list, tuple, deque), _sequence),
    ((dict, types.MappingProxyType), _mapping),
    ((set, frozenset), _bag),
    ((staticmethod, classmethod), lambda look, v: ("method", look.token(v.__func__))),
    (property, lambda look, v: ("property", look.all((v.fget, v.fset, v.fdel)))),
    (CACHE, lambda look, v: ("cache", v.cache_info().currsize, look.token(v.__wrapped__))),
    (functools.partial, lambda look, v: ("partial", look.all((v.func, v.args, v.keywords)))),
    (types.MethodType, lambda look, v: ("bound", look.all((v.__func__, v.__self__)))),
    (HOLDERS, lambda look, v: ("builtin", getattr(v, "__qualname__", ""), look.token(_bound_to(v)))),
    (logging.Logger, Look.logger),
    (ContextVar, lambda look, v: ("context", look.token(v.get(None)))),
    (count, lambda _, v: ("count", repr(v))),
    (random.Random, lambda _, v: ("random", hash(v.getstate()))),
    ((bytearray, array, memoryview), lambda look, v: (type(v).__name__, look.weighed(bytes(v)))),
)
WHOLE = (enum.Enum, type, types.FunctionType, types.ModuleType, logging.Logger)  # whose readers see their fields
PLAIN_KINDS = frozenset({list, dict, tuple, set, frozenset, deque, *VALUES})  # without fields of their own


def _reader(kind: type) -> Reader:
    """Reader of the objects of a class; it goes by the class, since an object may give any `__class__`."""
    read = next((read for kinds, read in READERS if issubclass(kind, kinds)), Look.object)
    return read, not (read is Look.object or kind in PLAIN_KINDS or issubclass(kind, WHOLE))
