"""A config and a search space proposed from the fields of a strategy's config class and the market."""

# values of users' configs may be anything
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import combinations
from typing import Any

from sweep.errors import InputError, Problem
from sweep.scaffold.config_fields import MISSING, ConfigField
from sweep.scaffold.costs import balance, costs
from sweep.scaffold.market import Market, Traded

MOST = 4  # parameters that are searched; the others are listed as comments
SHARE = Decimal("0.1")  # of the starting balance that a position takes
MOST_SHARE = Decimal("0.5")  # that the positions in all instruments of a venue take
FIXED = ("size", "quantity", "qty", "amount", "notional", "seed", "id", "tag", "balance", "capital", "leverage", "port")
ORDERED = (("fast", "slow"), ("short", "long"), ("lower", "upper"), ("low", "high"), ("min", "max"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """Values of a config, and what is searched of it."""

    config: dict[str, Any]
    opaque: dict[str, str]  # fields whose default no YAML can say, with it
    space: dict[str, list[Any]]
    further: dict[str, list[Any]]  # that could be searched as well
    constraints: list[str]


def propose(fields: Sequence[ConfigField], market: Market, traded: Traded, settings: dict[str, Any]) -> Proposal:
    """Values for every field, and ½, 1 and 2 times the default of numbers. InputError with all that have none.

    Fields that name one instrument name `traded`, those that name several all of the market.
    """
    config, opaque, problems = dict[str, Any](), dict[str, str](), list[Problem]()
    field_names = {field.name for field in fields}
    problems += [
        Problem(f"--set {name}", "is no field of the config", settings[name])
        for name in settings
        if name not in field_names
    ]
    for field in fields:
        value = settings[field.name] if field.name in settings else _value(field, traded, market)
        if value is MISSING:
            remedy = f"--set {field.name}=VALUE"
            problems.append(Problem("--strategy", f"its config needs a value for {field.name!r}", remedy=remedy))
        elif _is_plain(plain := _as_yaml(value)):
            config[field.name] = plain
        else:
            opaque[field.name] = repr(value)
    if problems:
        raise InputError(problems)
    searchable = {
        f.name: v for f in fields if f.name not in settings and f.name in config and (v := _values(f, config[f.name]))
    }
    names = sorted(searchable, key=lambda name: not next(f for f in fields if f.name == name).is_number)
    space = {name: searchable[name] for name in known_order(fields, names[:MOST])}
    further = {name: searchable[name] for name in known_order(fields, names[MOST:])}
    return Proposal(config, opaque, space, further, list(_constraints(space)))


def known_order(fields: Sequence[ConfigField], names: Sequence[str]) -> list[str]:
    return [field.name for field in fields if field.name in names]


def _value(field: ConfigField, traded: Traded, market: Market) -> Any:
    """The value of a field by the market, else its default."""
    name, several = field.name.lower(), [*market.traded]
    is_list = name.endswith("s") and field.default is MISSING
    if "bar_type" in name:
        return [t.bar_type for t in several] if is_list else traded.bar_type
    if "instrument" in name or name == "symbol":
        return [t.id for t in several] if is_list else traded.id
    if field.default is MISSING and name == "venue":
        return traded.venue
    if field.default is MISSING and field.name.rpartition("_")[2] in {"size", "quantity", "qty"}:
        return trade_size(traded, market)
    return field.default


def trade_size(traded: Traded, market: Market) -> Decimal:
    """A size of about a tenth of the account, a round number that can be ordered; all of a venue take half of it."""
    several = sum(one.venue == traded.venue for one in market.traded)
    money = Decimal(balance(traded.currency)) * min(SHARE, MOST_SHARE / several) * costs(traded).leverage
    exact = money / (traded.price * traded.multiplier)
    digit = Decimal(1).scaleb(exact.adjusted())
    rounded = exact // digit * digit  # one digit, as people size
    return max(rounded // traded.size_step * traded.size_step, traded.size_step).normalize()


def _values(field: ConfigField, value: Any) -> list[Any]:
    """The values to search; none for a field that is no knob."""
    words = field.name.lower().split("_")
    if any(word in FIXED for word in words) or "instrument" in words or "bar_type" in field.name:
        return []
    if field.choices:
        return [_as_yaml(choice) for choice in field.choices]
    if not field.is_number or not isinstance(value, (int, float)) or isinstance(value, bool) or not value:
        return []
    if field.kind is int:
        scaled = [value // 2, value, value * 2]
    else:
        exact = Decimal(str(value))
        scaled = [float(exact / 2), float(exact), float(exact * 2)]
    admitted = list(dict.fromkeys(v for v in scaled if v and field.admits(v)))
    return admitted if len(admitted) > 1 else []


def _constraints(space: dict[str, list[Any]]) -> Iterator[str]:
    """Orders between parameters that their names say: fast below slow."""
    for a, b in combinations(space, 2):
        for low, high in ORDERED:
            for one, other in ((a, b), (b, a)):
                words, others = one.split("_"), other.split("_")
                if low in words and [high if w == low else w for w in words] == others:
                    yield f"{one} < {other}"


def _as_yaml(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return [_as_yaml(v) for v in value] if isinstance(value, (list, tuple, set, frozenset)) else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, int, float, bool))
