"""Fill, fee, latency and margin models and simulation modules from plain data: {"type": name or "module:Class", …}."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from nautilus_trader import backtest, execution, model

from sweep.backtest.user_code import classes
from sweep.backtest.user_code.coercion.convert import convert
from sweep.backtest.user_code.coercion.refusal import RefusedError
from sweep.common.import_path import ImportPathError, load
from sweep.common.json_values import is_mapping
from sweep.errors import Problem, did_you_mean
from sweep.spec.sections import READY_FEE_MODELS

type Rates = dict[model.InstrumentId, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a model: its type, what it means, whether it must be given."""

    kind: Any
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """One model that the engine brings: its class, what it does, its arguments."""

    build: Any
    meaning: str
    arguments: Mapping[str, Argument] = field(default_factory=dict[str, Argument])


FILL = {
    "prob_fill_on_limit": Argument(
        float, "probability that a limit order at the best price of its own side fills, 0 to 1 (default 1)"
    ),
    "prob_slippage": Argument(
        float, "probability that a fill slips by one tick, also beyond an order's limit; 0 to 1 (default 0)"
    ),
    "random_seed": Argument(int, "seed of the model's random numbers: same seed, same fills", required=True),
}
RATES = {
    "maker_rate": Argument(Decimal, "fraction of notional, e.g. 0.0002", required=True),
    "taker_rate": Argument(Decimal, "fraction of notional, e.g. 0.0005", required=True),
    "overrides": Argument(Rates, "rates of single instruments: {instrument: [maker, taker]}"),
}
LATENCY = {
    "base_latency_nanos": Argument(int, "added to each of the others, nanoseconds"),
    "insert_latency_nanos": Argument(int, "until a new order arrives, nanoseconds"),
    "update_latency_nanos": Argument(int, "until a modification arrives, nanoseconds"),
    "cancel_latency_nanos": Argument(int, "until a cancellation arrives, nanoseconds"),
}


def fill(name: str, meaning: str, **more: Argument) -> tuple[str, Model]:
    return name, Model(getattr(execution, name), meaning, FILL | more)


FILL_MODELS: dict[str, Model] = dict(
    [
        fill("DefaultFillModel", "fills at the touch; beyond its size one tick worse, without limit"),
        fill(
            "BestPriceFillModel",
            "any size at the best price; a limit order at the touch or inside the spread fills at once",
        ),
        fill("OneTickSlippageFillModel", "every fill one tick worse; a limit order inside the spread does not fill"),
        fill("ProbabilisticFillModel", "half of the fills at the touch, half one tick worse, by the seed"),
        fill("TwoTierFillModel", "10 units at the touch, the rest one tick worse"),
        fill(
            "ThreeTierFillModel", "50, 30 and 20 units on three ticks and no more: a larger order stays partly filled"
        ),
        fill(
            "LimitOrderPartialFillModel", "5 units at the touch, the rest one tick worse; of a limit order 5 at a time"
        ),
        fill("SizeAwareFillModel", "10 units at the touch, the rest one tick worse"),
        fill(
            "CompetitionAwareFillModel",
            "1000 x liquidity_factor units at the touch and no more: a larger order stays partly filled",
            liquidity_factor=Argument(float, "share of 1000 units that can be taken, 0 to 1 (default 0.3)"),
        ),
        fill(
            "VolumeSensitiveFillModel",
            "250 units at the touch, the rest one tick worse: its volume cannot be set from Python",
        ),
        fill(
            "MarketHoursFillModel",
            "500 units at the touch and no more: a larger order stays partly filled; its hours cannot be set",
        ),
    ]
)
SHALLOW = ("ThreeTierFillModel", "CompetitionAwareFillModel", "MarketHoursFillModel")  # what they hold has an end
MONEY = Argument(model.Money, "amount and currency, e.g. 0.65 USD", required=True)
FEE_MODELS: dict[str, Model] = {
    "MakerTakerFeeModel": Model(execution.MakerTakerFeeModel, "a rate of notional, by liquidity side", RATES),
    "PerContractFeeModel": Model(
        execution.PerContractFeeModel, "an amount for each unit filled", {"commission": MONEY}
    ),
    "FixedFeeModel": Model(
        execution.FixedFeeModel,
        "an amount for each order",
        {"commission": MONEY, "charge_commission_once": Argument(bool, "once for an order, not for each of its fills")},
    ),
    "ProbabilityPriceFeeModel": Model(
        execution.ProbabilityPriceFeeModel, "a rate of price x (1 - price), for prediction markets", RATES
    ),
    "TieredNotionalOptionFeeModel": Model(
        execution.TieredNotionalOptionFeeModel, "a rate of the option's notional", RATES
    ),
    "CappedOptionFeeModel": Model(
        execution.CappedOptionFeeModel,
        "a rate of the underlying (quoted in `data`), capped by a share of the premium",
        RATES | {"cap_rate": Argument(Decimal, "the cap, a fraction of the premium")},
    ),
}
LATENCY_MODELS: dict[str, Model] = {
    "StaticLatencyModel": Model(execution.StaticLatencyModel, "the same delay every time", LATENCY)
}
MARGIN_MODELS: dict[str, Model] = {
    "StandardMarginModel": Model(model.StandardMarginModel, "margin rate x notional; ignores leverage"),
    "LeveragedMarginModel": Model(model.LeveragedMarginModel, "margin rate x notional / leverage"),
}


@dataclass(frozen=True, slots=True)
class InterestRate:
    """A record of FXRolloverInterestModule: OECD location code, "2026-Q2" or "2026-05", percent."""

    location: str
    time: str
    value: float


@dataclass(frozen=True, slots=True)
class SwapRate:
    """A rate of CfdSwapModule."""

    instrument_id: model.InstrumentId
    long_rate: Decimal
    short_rate: Decimal


def rollover(records: list[InterestRate]) -> Any:
    return backtest.FXRolloverInterestModule(
        [backtest.InterestRateRecord(r.location, r.time, r.value) for r in records]
    )


def swap(rates: list[SwapRate], **options: int) -> Any:
    native = [backtest.CfdSwapRate(r.instrument_id, r.long_rate, r.short_rate) for r in rates]
    return backtest.CfdSwapModule(native, **options)


MODULES: dict[str, Model] = {
    "FXRolloverInterestModule": Model(
        rollover,
        "books rollover interest at 17:00 New York",
        {"records": Argument(list[InterestRate], "short-term rates: location, time, value", required=True)},
    ),
    "CfdSwapModule": Model(
        swap,
        "books a daily swap on open positions in CFDs; of other instruments none",
        {
            "rates": Argument(list[SwapRate], "instrument_id, long_rate, short_rate", required=True),
            "rollover_hour": Argument(int, "hour of the booking, 0 to 23, UTC (default 17)"),
            "rollover_minute": Argument(int, "minute of the booking, 0 to 59"),
            "triple_roll_weekday": Argument(int, "the weekday that books three days, 1 (Monday) to 7 (default 5)"),
        },
    ),
}
TABLES: dict[str, tuple[dict[str, Model], Any]] = {
    "fill_model": (FILL_MODELS, execution.FillModel),
    "fee_model": (FEE_MODELS, execution.FeeModel),
    "latency_model": (LATENCY_MODELS, None),
    "margin_model": (MARGIN_MODELS, None),
    "modules": (MODULES, backtest.SimulationModule),
}


def build(kind: str, spec: Any, where: str, problems: list[Problem]) -> Any:
    """The model that `spec` describes, or None and the reasons in `problems`. `kind` is a key of TABLES."""
    if not is_mapping(spec) or not isinstance(spec.get("type"), str):
        problems.append(
            Problem(where, "must be a mapping with a 'type'", spec, f"e.g. type: {next(iter(TABLES[kind][0]))}")
        )
        return None
    arguments = dict(spec)
    name = arguments.pop("type")
    table, base = TABLES[kind]
    if ":" in name:
        return build_own(name, base, arguments, where, problems)
    if name not in table:
        names = [*table, *READY_FEE_MODELS] if kind == "fee_model" else table
        problems.append(
            Problem(f"{where}.type", f"there is no such {kind.rstrip('s')}", name, did_you_mean(name, names))
        )
        return None
    return build_known(name, table[name], arguments, where, problems)


def build_known(name: str, model: Model, arguments: Mapping[str, Any], where: str, problems: list[Problem]) -> Any:
    count, values = len(problems), dict[str, Any]()
    for key, value in arguments.items():
        if key not in model.arguments:
            remedy = did_you_mean(key, model.arguments)
            problems.append(Problem(f"{where}.{key}", f"{name} has no argument {key!r}", value, remedy))
            continue
        try:
            values[key] = convert(value, model.arguments[key].kind)
        except RefusedError as refused:
            problems.append(Problem(f"{where}.{key}", refused.rule, value, refused.remedy))
    for key, argument in model.arguments.items():
        if argument.required and arguments.get(key) is None:
            problems.append(missing(f"{where}.{key}", name, key))
    return None if len(problems) > count else construction(model.build, name, values, where, problems)


def missing(where: str, name: str, key: str) -> Problem:
    if key == "random_seed":
        return Problem(
            where, f"{name} needs a random_seed: without one every run gives other figures", None, "any integer"
        )
    return Problem(where, f"{name} needs {key!r}")


def construction(make: Any, name: str, values: Mapping[str, Any], where: str, problems: list[Problem]) -> Any:
    try:
        return make(**values)
    except Exception as error:  # noqa: BLE001 (the engine refuses the values)
        problems.append(Problem(where, f"{name} refused its values: {error}", dict(values)))
        return None


def build_own(path: str, base: Any, arguments: Mapping[str, Any], where: str, problems: list[Problem]) -> Any:
    """A user's model by import path; a `random_seed` in its signature is as mandatory as in the engine's own."""
    try:
        cls = load(path)
    except ImportPathError as error:
        problems.append(error.at(f"{where}.type"))
        return None
    if base is None or not (inspect.isclass(cls) and issubclass(cls, base)):
        rule = (
            f"must be a subclass of {base.__name__}" if base else "must be one of the engine's own: it takes no other"
        )
        problems.append(Problem(f"{where}.type", rule, path))
        return None
    if "random_seed" in classes.parameters(cls) and arguments.get("random_seed") is None:
        problems.append(missing(f"{where}.random_seed", cls.__name__, "random_seed"))
        return None
    return classes.build(cls, arguments, where, problems)
