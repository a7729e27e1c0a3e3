"""Instruments from plain data: the engine's classes by name, their arguments by name, strictly."""

import inspect
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from nautilus_trader import model

from sweep.catalog.instruments.currencies import is_known
from sweep.catalog.instruments.templates import TEMPLATES, UnreadableError
from sweep.common.json_values import is_mapping
from sweep.common.units import nanos
from sweep.errors import Problem, did_you_mean

CLASSES = (
    "Equity", "CurrencyPair", "FuturesContract", "FuturesSpread", "OptionContract", "OptionSpread", "CryptoPerpetual",
    "CryptoFuture", "PerpetualContract", "Cfd", "Commodity", "IndexInstrument", "BinaryOption",
)  # fmt: skip
DECLARE = "declare it: --currency CODE, or currencies: [CODE] in the file"
OURS = {"instrument_id", "raw_symbol", "price_precision", "size_precision", "ts_event", "ts_init", "info"}  # made here

COINS = {("CryptoFuture", "underlying")}  # a currency there, a text elsewhere
EXAMPLES = {  # of values that a class needs
    "activation_ns": "2025-12-19T14:30:00Z", "expiration_ns": "2026-06-19T13:30:00Z", "asset_class": "INDEX",
    "currency": "USD", "base_currency": "BTC", "quote_currency": "USD", "settlement_currency": "USDT",
    "underlying": "BTC", "price_increment": "0.01", "size_increment": "1", "multiplier": "50", "lot_size": "1",
    "is_inverse": "false", "option_kind": "CALL", "strike_price": "100.00", "strategy_type": "VERTICAL",
}  # fmt: skip


class MissingValue(Problem):
    """A value that a class of instruments needs."""


def text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("must be text or a number")
    return format(Decimal(str(value)), "f") if isinstance(value, float) else str(value).replace("_", "")


def number(value: Any) -> Decimal:
    try:
        parsed = Decimal(text(value))
    except InvalidOperation:
        raise ValueError("must be a number") from None
    if not parsed.is_finite():
        raise ValueError("must be a number")
    return parsed


def positive(value: Any) -> str:
    if number(value) <= 0:
        raise ValueError("must be above 0")
    return text(value)


def moment(value: Any) -> int:
    return value if value == 0 else nanos(str(value))


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("must be true or false")
    return value


def currency(value: Any) -> Any:
    if not is_known(str(value)):
        raise ValueError(f"{value} is no currency that the engine knows; where it is a coin, {DECLARE}")
    return model.Currency.from_str(str(value), strict=True)


def member(kind: Any) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        try:
            return kind.from_str(str(value).upper())
        except ValueError:
            names = [v.name for v in kind.variants()]
            raise ValueError(f"must be a {kind.__name__}: {did_you_mean(str(value).upper(), names)}") from None

    return convert


PRICES = ("price_increment", "strike_price", "max_price", "min_price")
QUANTITIES = ("size_increment", "multiplier", "lot_size", "max_quantity", "min_quantity")
KINDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(PRICES, lambda v: model.Price.from_str(positive(v))),
    **dict.fromkeys(QUANTITIES, lambda v: model.Quantity.from_str(positive(v))),
    **dict.fromkeys(("currency", "base_currency", "quote_currency", "settlement_currency"), currency),
    **dict.fromkeys(("margin_init", "margin_maint"), number),
    **dict.fromkeys(("activation_ns", "expiration_ns"), moment),
    **dict.fromkeys(("max_notional", "min_notional"), lambda v: model.Money.from_str(str(v))),
    "asset_class": member(model.AssetClass),
    "option_kind": member(model.OptionKind),
    "is_inverse": truth,
}


def build(written: Any, where: str, problems: list[Problem]) -> Any:
    """The instrument that a mapping describes (`id`, `template` or `type`, values), or None and why."""
    count = len(problems)
    if not is_mapping(written):
        problems.append(Problem(where, "must be a mapping with an id", written))
        return None
    values, name = dict(written), str(written.get("id", ""))
    identifier = _identifier(values.pop("id", None), f"{where}.id", problems)
    basis = _basis(values, identifier, where, problems)
    if identifier is None or basis is None or len(problems) > count:
        return None
    kind, defaults = basis
    return _construct(kind, identifier, {**defaults, **values}, (where, name), problems)


def _identifier(written: Any, where: str, problems: list[Problem]) -> Any:
    try:
        return model.InstrumentId.from_str(written)
    except (TypeError, ValueError):
        problems.append(Problem(where, "must be SYMBOL.VENUE", written, "for example SPY.ARCA"))
        return None


def _basis(
    values: dict[str, Any], identifier: Any, where: str, problems: list[Problem]
) -> tuple[str, Mapping[str, Any]] | None:
    """The class and the values that a template gives."""
    template, kind = values.pop("template", None), values.pop("type", None)
    if (template is None) == (kind is None):
        problems.append(Problem(where, "needs a template or a type", remedy=f"template: {', '.join(TEMPLATES)}"))
        return None
    if template is None:
        if kind not in CLASSES:
            problems.append(Problem(f"{where}.type", "is no instrument", kind, did_you_mean(str(kind), CLASSES)))
            return None
        return kind, {}
    if template not in TEMPLATES:
        remedy = did_you_mean(str(template), TEMPLATES)
        problems.append(Problem(f"{where}.template", "is no template", template, remedy))
        return None
    template_class = TEMPLATES[template]
    try:
        derived: Mapping[str, Any] = {} if identifier is None else template_class.derive(identifier.symbol.value)
    except UnreadableError as unreadable:
        problems.append(Problem(f"{where}.id", str(unreadable), str(identifier)))
        return None
    return template_class.type, {**template_class.values, **derived}


def _construct(
    kind: str, identifier: Any, values: Mapping[str, Any], place: tuple[str, str], problems: list[Problem]
) -> Any:
    where, name = place
    cls: Any = getattr(model, kind)
    parameters = set(inspect.signature(cls).parameters)
    takes, count = parameters - OURS, len(problems)
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        if key not in takes:
            problems.append(Problem(f"{where}.{key}", f"{kind} has no {key!r}", value, did_you_mean(key, takes)))
        elif value is not None:
            convert = currency if (kind, key) in COINS else KINDS.get(key, str)
            _convert(arguments, key, value, convert, (f"{where}.{key}", problems))
    lacking = [key for key in _required(cls) if values.get(key) is None]
    problems += [
        MissingValue(f"{where}.{key}", f"is missing: {kind} needs it", remedy=_example(key)) for key in lacking
    ]
    if len(problems) > count:
        return None
    arguments |= _precisions(arguments, parameters)
    arguments |= {"instrument_id": identifier, "raw_symbol": identifier.symbol, "ts_event": 0, "ts_init": 0}
    try:
        return cls(**arguments)
    except (TypeError, ValueError) as refused:
        problems.append(Problem(where, f"{kind} refused its values: {refused}", name))
        return None


def _required(cls: Any) -> list[str]:
    """The values that an instrument of this class cannot be without; the decimals follow from the steps."""
    named = inspect.signature(cls).parameters.items()
    return [key for key, p in named if p.default is p.empty and key not in OURS]


def _example(key: str) -> str:
    return f"add it, such as {key}={EXAMPLES[key]} (--set, or {key}: in the file)"


def _convert(
    arguments: dict[str, Any], key: str, value: Any, convert: Callable[[Any], Any], place: tuple[str, list[Problem]]
) -> None:
    where, problems = place
    try:
        arguments[key] = convert(value)
    except (TypeError, ValueError, InvalidOperation) as refused:
        problems.append(Problem(where, f"is refused: {refused}", value))


def _precisions(arguments: Mapping[str, Any], parameters: set[str]) -> dict[str, int]:
    """The decimals of prices and sizes are those of tick and step."""
    pairs = {"price_precision": "price_increment", "size_precision": "size_increment"}
    return {name: arguments[step].precision for name, step in pairs.items() if name in parameters and step in arguments}
