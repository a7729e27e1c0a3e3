"""Plain values into the types that a class declares: strictly, and never silently into something else."""

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, cast

from nautilus_trader import model

from sweep.backtest.user_code.annotations import Unresolved, annotations_of
from sweep.common.json_values import is_mapping
from sweep.errors import did_you_mean

UNITS = {"ms": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)")


class RefusedError(ValueError):
    """A value that does not fit its declared type: the rule it breaks, and a remedy."""

    def __init__(self, rule: str, remedy: str = "") -> None:
        self.rule, self.remedy = rule, remedy
        super().__init__(rule)


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
    if converter := PLAIN.get(kind):
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
        return convert_native(value, kind)
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


def convert_native(value: Any, kind: Any) -> Any:
    """A NautilusTrader value from its text: InstrumentId, BarType, Money, Price, Currency, any of its enums."""
    if members := [n for n in dir(kind) if isinstance(getattr(kind, n), kind)] if not hasattr(kind, "from_str") else []:
        return convert_member(value, kind, members)
    if not hasattr(kind, "from_str"):
        raise RefusedError(f"must be a {kind.__name__}, which plain data cannot give")
    if kind in NUMBERS and is_number(value):
        value = format(Decimal(str(value)), "f")
    if not isinstance(value, str):
        raise RefusedError(f"must be the text of a {kind.__name__}")
    names: list[str] = [v.name for v in kind.variants()] if hasattr(kind, "variants") else []
    try:
        if kind is model.Money:
            return exact_money(value)
        return (
            kind.from_str(value, strict=True)
            if kind is model.Currency
            else kind.from_str(value.upper() if names else value)
        )
    except RefusedError:
        raise
    except Exception as error:  # PyO3 raises ValueError, and PanicException for a few
        rule = f"must be a {kind.__name__}" + ("" if names else f" ({error})")
        raise RefusedError(rule, did_you_mean(value.upper(), names) if names else EXAMPLES.get(kind, "")) from error


def convert_member(value: Any, kind: Any, members: list[str]) -> Any:
    """A member of one of the engine's enums that takes no text, by its name in any spelling: SIMPLE for Simple."""
    plain = {name.replace("_", "").upper(): name for name in members}
    name = plain.get(value.replace("_", "").upper()) if isinstance(value, str) else None
    return getattr(kind, name) if name else refuse(f"must be a {kind.__name__}", value, members)


def exact_money(value: str) -> model.Money:
    """The amount as it was written: the engine rounds 0.005 USD to 0.00 without a word, and no fee is ever charged."""
    money = model.Money.from_str(plain := value.replace("_", ""))
    if money.as_decimal() != Decimal(plain.split()[0]):
        rule = f"must not have more decimals than {money.currency} has ({money.currency.precision})"
        raise RefusedError(
            rule, f"the engine would make it {money}; for less, take PerShareFeeModel (docs/guides/costs.md)"
        )
    return money


NUMBERS: tuple[Any, ...] = (model.Price, model.Quantity)
EXAMPLES: dict[Any, str] = {
    model.InstrumentId: "write SYMBOL.VENUE, e.g. SPY.ARCA",
    model.BarType: "e.g. SPY.ARCA-1-MINUTE-LAST-EXTERNAL",
    model.Money: "write the amount and the currency, e.g. 100_000 USD",
    model.Currency: "write an ISO 4217 code or a known crypto currency, e.g. USD",
}


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def expect(holds: bool, value: Any, rule: str, remedy: str = "") -> Any:
    if not holds:
        raise RefusedError(rule, remedy)
    return value


def refuse(rule: str, value: Any, choices: Iterable[Any]) -> Any:
    raise RefusedError(rule, did_you_mean(str(value), map(str, choices)))


def as_int(value: Any) -> int:
    """A whole number: also 10.0, as spaces with a step may give; never text, never a boolean."""
    return int(expect(is_number(value) and value == value // 1, value, "must be a whole number"))


def as_float(value: Any) -> float:
    expect(is_number(value) and value - value == 0, value, "must be a finite number")
    return expect(float(value) == value, float(value), "must be a number that a float holds exactly")


def as_decimal(value: Any) -> Decimal:
    """From a number or its text; exact for what the spec wrote."""
    expect(is_number(value) or isinstance(value, str), value, "must be a decimal number")
    try:
        number = Decimal(str(value).replace("_", ""))
    except InvalidOperation:
        raise RefusedError("must be a decimal number") from None
    return expect(number.is_finite(), number, "must be a finite decimal number")


def as_datetime(value: Any) -> datetime:
    """ISO 8601; UTC where it names no zone."""
    moment = parsed(datetime, value, "must be an ISO 8601 time, e.g. 2026-05-04T13:30:00Z")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_date(value: Any) -> date:
    return parsed(date, value, "must be an ISO date, e.g. 2026-05-04")


def as_time(value: Any) -> time:
    return parsed(time, value, "must be a time of day, e.g. 15:45")


def parsed(kind: Any, value: Any, rule: str) -> Any:
    if isinstance(value, kind):
        return value
    try:
        return kind.fromisoformat(expect(isinstance(value, str), value, rule))
    except ValueError:
        raise RefusedError(rule) from None


def as_timedelta(value: Any) -> timedelta:
    """From text such as 90s, 10m, 1h 30m or 2d; a bare number is refused: its unit would be a guess."""
    if isinstance(value, timedelta):
        return value
    rule = "must be a duration with its unit, e.g. 90s, 10m, 1h 30m, 2d"
    parts = DURATION.findall(expect(isinstance(value, str), value, rule))
    expect(bool(parts) and not DURATION.sub("", value).strip(), value, rule)
    return timedelta(seconds=sum(float(number) * UNITS[unit] for number, unit in parts))


def instance_of(kind: type, rule: str) -> Callable[[Any], Any]:
    return lambda value: expect(isinstance(value, kind), value, rule)


PANDAS: dict[str, Callable[[Any], Any]] = {"Timedelta": as_timedelta, "Timestamp": as_datetime}
PLAIN: dict[Any, Callable[[Any], Any]] = {
    bool: instance_of(bool, "must be true or false"),
    int: as_int,
    float: as_float,
    str: instance_of(str, "must be text"),
    Decimal: as_decimal,
    datetime: as_datetime,
    date: as_date,
    time: as_time,
    timedelta: as_timedelta,
    Path: lambda value: Path(expect(isinstance(value, (str, Path)), value, "must be a path")),
    list: lambda value: convert_sequence(value, list, ()),
    tuple: lambda value: convert_sequence(value, tuple, ()),
    dict: lambda value: convert_mapping(value, ()),
}
