"""Plain values into the types that a class declares: strictly, and never silently into something else."""

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, Union, cast

from sweep.backtest.user_code.annotations import Unresolved, annotations_of
from sweep.backtest.user_code.coercion.engine_values import convert_native
from sweep.backtest.user_code.coercion.instruments import KINDS, convert_instrument
from sweep.backtest.user_code.coercion.plain_values import PANDAS, PLAIN
from sweep.backtest.user_code.coercion.refusal import RefusedError, expect, refuse
from sweep.common.json_values import is_mapping


def convert(value: Any, kind: Any) -> Any:
    """`value` as `kind` (an annotation). Raises RefusedError rather than guess."""
    if isinstance(kind, Unresolved):
        rule = f"cannot be checked: nothing defines the type {kind}"
        raise RefusedError(rule, "import it where the class is defined, outside of `if TYPE_CHECKING:` if need be")
    if kind is Any or kind is object or isinstance(kind, (str, typing.TypeVar)):
        return value
    if isinstance(kind, typing.TypeAliasType):
        return convert(value, kind.__value__)
    origin = typing.get_origin(kind)
    if origin is not None:
        return convert_generic(value, kind, origin)
    if kind is None or kind is types.NoneType:
        return expect(value is None, None, "must be null")
    return convert_class(value, kind)


def convert_generic(value: Any, kind: Any, origin: Any) -> Any:
    """`Optional[X]`, `Literal[…]`, `list[X]`, `dict[K, V]` and the like."""
    arguments: tuple[Any, ...] = typing.get_args(kind)
    if origin in (typing.Annotated, typing.Final, typing.ClassVar):
        return convert(value, arguments[0])
    if origin in (Union, types.UnionType):
        return convert_union(value, arguments)
    if origin is Literal:
        allowed = [a for a in arguments if type(a) is type(value) and a == value]
        return allowed[0] if allowed else refuse(f"must be one of {', '.join(map(repr, arguments))}", value, arguments)
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return convert_mapping(value, arguments)
    if inspect.isclass(origin) and issubclass(origin, Iterable):
        return convert_sequence(value, cast("Any", origin), arguments)
    return convert_class(value, origin)


def convert_union(value: Any, members: Sequence[Any]) -> Any:
    """By the member whose own type it is, else by the first that takes it."""
    exact = [m for m in members if type(value) is m]
    refusals: list[RefusedError] = []
    for member in [*exact, *(m for m in members if m not in exact)]:
        try:
            return convert(value, member)
        except RefusedError as refused:
            refusals.append(refused)
    rules = [r.rule for m, r in zip([*exact, *members], refusals, strict=False) if m is not types.NoneType]
    raise RefusedError(" or ".join(dict.fromkeys(rules)), next((r.remedy for r in refusals if r.remedy), ""))


def convert_mapping(value: Any, arguments: Sequence[Any]) -> dict[Any, Any]:
    if not is_mapping(value):
        raise RefusedError("must be a mapping")
    items: Any = value.items()
    if len(arguments) != 2:
        return dict(items)
    return {convert(k, arguments[0]): convert(v, arguments[1]) for k, v in items}


def convert_sequence(value: Any, origin: Any, arguments: Sequence[Any]) -> Any:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise RefusedError("must be a list")
    items = list(cast("Iterable[Any]", value))
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        if len(items) != len(arguments):
            raise RefusedError(f"must have {len(arguments)} items")
        return tuple(convert(v, k) for v, k in zip(items, arguments, strict=True))
    converted = [convert(v, arguments[0]) for v in items] if arguments else items
    build: Any = origin if origin in {tuple, set, frozenset} else list
    return build(converted)


def convert_class(value: Any, kind: Any) -> Any:
    """By the table of plain types, then enums, nested dataclasses, and NautilusTrader's own types."""
    if converter := TYPES.get(kind):
        return converter(value)
    if not isinstance(kind, type):
        return value
    if isinstance(value, cast("Any", kind)):
        return value
    if issubclass(kind, Enum):
        return convert_enum(value, kind)
    if dataclasses.is_dataclass(cast("Any", kind)) and is_mapping(value):
        return convert_dataclass(value, cast("Any", kind))
    if kind.__module__.partition(".")[0] == "nautilus_trader":
        return convert_instrument(value, kind) if kind in KINDS else convert_native(value, kind)
    if kind.__module__.partition(".")[0] == "pandas" and kind.__name__ in PANDAS:
        return cast("Any", kind)(PANDAS[kind.__name__](value))
    if is_mapping(value):
        return convert_model(value, kind)
    raise RefusedError(f"must be a {kind.__name__}")


def convert_model(value: Mapping[str, Any], kind: Any) -> Any:
    """A nested model (pydantic, msgspec) or other class from a mapping of its arguments."""
    if issubclass(kind, (Mapping, dict)):
        return value
    names = set(inspect.signature(kind).parameters)
    if unknown := sorted(set(value) - names):
        return refuse(f"{kind.__name__} has no field {unknown[0]!r}", unknown[0], names)
    hints = annotations_of(kind) | annotations_of(kind.__init__)
    try:
        return kind(**{name: convert(v, hints.get(name, Any)) for name, v in value.items()})
    except (TypeError, ValueError) as error:
        raise error if isinstance(error, RefusedError) else RefusedError(f"{kind.__name__}: {error}") from error


def convert_enum(value: Any, kind: type[Enum]) -> Enum:
    for member in kind:
        if value == member.value or (isinstance(value, str) and value.upper() == member.name.upper()):
            return member
    names = [member.name for member in kind]
    return refuse(f"must be a {kind.__name__}", value, names)


def convert_dataclass(value: Mapping[str, Any], kind: type) -> Any:
    """A nested frozen dataclass from a mapping of its fields."""
    hints = annotations_of(kind)
    names = {f.name for f in dataclasses.fields(kind) if f.init}
    if unknown := sorted(set(value) - names):
        return refuse(f"{kind.__name__} has no field {unknown[0]!r}", unknown[0], names)
    try:
        return kind(**{name: convert(v, hints[name]) for name, v in value.items()})
    except (TypeError, ValueError) as error:
        raise error if isinstance(error, RefusedError) else RefusedError(f"{kind.__name__}: {error}") from error


def _list(value: Any) -> Any:
    return convert_sequence(value, list, ())


def _tuple(value: Any) -> Any:
    return convert_sequence(value, tuple, ())


def _dict(value: Any) -> Any:
    return convert_mapping(value, ())


CONTAINERS: dict[Any, Callable[[Any], Any]] = {list: _list, tuple: _tuple, dict: _dict}
TYPES = PLAIN | CONTAINERS
