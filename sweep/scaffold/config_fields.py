"""The fields of a strategy's config class: types, defaults and bounds, whatever library declares them."""

# classes of users may be anything
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import dataclasses
import inspect
import operator
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union

from sweep.backtest.user_code.classes import native_constructor, parameters

MISSING = dataclasses.MISSING
BOUNDS = {
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}  # as pydantic and msgspec name them


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One field."""

    name: str
    kind: Any  # its type, without None and annotations
    default: Any  # MISSING where a value must be given
    bounds: dict[str, Any]

    @property
    def choices(self) -> list[Any]:
        """The values of a field that has few; none for a number or a text."""
        if typing.get_origin(self.kind) is Literal:
            return list(typing.get_args(self.kind))
        if self.kind is bool:
            return [False, True]
        kind: Any = self.kind
        is_enum = isinstance(kind, type) and issubclass(kind, Enum)
        return [member.value for member in kind.__members__.values()] if is_enum else []

    @property
    def is_number(self) -> bool:
        return self.kind in (int, float, Decimal)

    def admits(self, value: Any) -> bool:
        """True if a value is within the bounds."""
        return all(BOUNDS[name](value, bound) for name, bound in self.bounds.items())


def fields_of(kind: Any) -> list[ConfigField]:
    """The fields of a config class in its order, without those of the engine's own base."""
    native = {name for function in native_constructor(kind) for name in inspect.signature(function).parameters}
    defaults, fields = _defaults(kind), list[ConfigField]()
    hints = _hints(kind)
    for name, parameter in parameters(kind).items():
        if name in native and name not in vars(kind).get("__annotations__", {}):
            continue
        base, metadata = _plain(hints.get(name, parameter.kind))
        extra = getattr(getattr(kind, "model_fields", {}).get(name), "metadata", ())
        default = MISSING if parameter.required else defaults.get(name, MISSING)
        fields.append(ConfigField(name, base, default, _bounds((*metadata, *extra))))
    return fields


def _hints(kind: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind, include_extras=True) | _of_arguments(kind)
    except Exception:  # noqa: BLE001 (names that exist for type checkers only)
        return {}


def _of_arguments(kind: Any) -> dict[str, Any]:
    """The annotations of a hand-written `__init__`."""
    function = vars(kind).get("__init__")
    is_own = inspect.isfunction(function) and not dataclasses.is_dataclass(kind)
    return typing.get_type_hints(function, include_extras=True) if is_own else {}


def _defaults(kind: Any) -> dict[str, Any]:
    if fields := getattr(kind, "model_fields", None):
        return {name: f.get_default(call_default_factory=True) for name, f in fields.items() if not f.is_required()}
    if dataclasses.is_dataclass(kind):
        return {
            f.name: f.default if f.default_factory is MISSING else f.default_factory()
            for f in dataclasses.fields(kind) if f.default is not MISSING or f.default_factory is not MISSING
        }  # fmt: skip
    signature = inspect.signature(kind).parameters
    return {name: p.default for name, p in signature.items() if p.default is not p.empty}


def _plain(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type without `Annotated` and without None, and what annotations say."""
    if typing.get_origin(kind) is Annotated:
        base, *metadata = typing.get_args(kind)
        inner, more = _plain(base)
        return inner, (*metadata, *more)
    if typing.get_origin(kind) in (Union, UnionType):
        others = [a for a in typing.get_args(kind) if a is not type(None)]
        return _plain(others[0]) if len(others) == 1 else (kind, ())
    return kind, ()


def _bounds(metadata: Iterable[Any]) -> dict[str, Any]:
    return {name: bound for m in metadata for name in BOUNDS if (bound := getattr(m, name, None)) is not None}
