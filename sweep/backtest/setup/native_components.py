"""The engine's built-in strategies, actors and execution algorithms: their configs, and the data that they need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nautilus_trader import model, trading

from sweep.backtest.user_code import classes
from sweep.errors import Problem, did_you_mean
from sweep.spec.components.places import Place


@dataclass(frozen=True, slots=True)
class Native:
    """One component that the engine brings."""

    type_name: str  # by which the engine knows it
    config: Any
    meaning: str
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])  # argument: kinds of data


QUOTES = {"instrument_id": ("QuoteTick",)}
STRATEGIES = {
    "EmaCross": Native(
        "EmaCross",
        trading.EmaCrossConfig,
        "long while the fast average of mid prices is above the slow one, else short",
        QUOTES,
    ),
    "GridMarketMaker": Native(
        "GridMarketMaker", trading.GridMarketMakerConfig, "limit orders at levels around the mid price", QUOTES
    ),
    "CompositeMarketMaker": Native(
        "CompositeMarketMaker",
        trading.CompositeMarketMakerConfig,
        "limit orders around the mid price, moved by its position and by the price of another instrument",
        QUOTES | {"signal_instrument_id": ("QuoteTick",)},
    ),
    "HurstVpinDirectional": Native(
        "HurstVpinDirectional",
        trading.HurstVpinDirectionalConfig,
        "trades in the direction of order flow while returns persist",
        {"instrument_id": ("QuoteTick", "TradeTick"), "bar_type": ("Bar",)},
    ),
}
ALGORITHMS = {
    "TWAP": Native(
        "TwapAlgorithm",
        trading.ExecutionAlgorithmConfig,
        "equal parts of an order at equal times, by its exec_algorithm_params horizon_secs and interval_secs",
    ),
}
NATIVES = {"strategy": STRATEGIES, "strategies": STRATEGIES, "exec_algorithms": ALGORITHMS}
RANDOM_IDS = "use_uuid_client_order_ids"
OWN = {  # arguments that identify a component: its name in the spec stands for them
    "strategies": set[str](),
    "exec_algorithms": {"exec_algorithm_id", "log_events", "log_commands"},
}
UNSUPPORTED = {  # what the engine also has
    "DeltaNeutralVol": "it needs option greeks, which no data of a backtest has",
    "BookImbalanceActor": "it prints to standard output, and publishes nothing",
}


def build(place: Place, index: int, problems: list[Problem]) -> tuple[Native, Any] | None:
    """A native component and its config; None, and why, where there is none. `index` is its number among its kind."""
    table, name = NATIVES.get(place.section, {}), str(place.data["native"])
    if name not in table:
        why = f"cannot run in a trial: {UNSUPPORTED[name]}" if name in UNSUPPORTED else ""
        rule = why or f"the engine has no such {place.noun} of its own"
        problems.append(Problem(f"{place.where}.native", rule, name, "" if why else did_you_mean(name, table)))
        return None
    native, count = table[name], len(problems)
    values = classes.arguments(native.config, place.config, f"{place.where}.config", problems)
    if values.get(RANDOM_IDS):
        rule = "must be false: ids would be random, and no two runs of a trial the same"
        problems.append(Problem(f"{place.where}.config.{RANDOM_IDS}", rule, values[RANDOM_IDS]))
    if len(problems) > count:
        return None
    try:
        return native, native.config(**identified(place, name, index, values))
    except Exception as error:  # noqa: BLE001 (the engine refuses the values)
        rule = f"{name} refused its values: {error}"
        problems.append(Problem(f"{place.where}.config", rule, dict(place.config)))
        return None


def identified(place: Place, name: str, index: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with an id where the engine would give two of a kind the same."""
    if place.section == "exec_algorithms":
        return {"exec_algorithm_id": model.ExecAlgorithmId(place.name), **values}
    own = values.get("strategy_id")
    number = str(own).rpartition("-")[2] if own else f"{index:03d}"  # as the engine numbers strategies in Python
    tag = values.get("order_id_tag") or number
    return {**values, "strategy_id": own or model.StrategyId(f"{name}-{tag}"), "order_id_tag": tag}


def strategy_id(config: Any) -> str:
    """The id that the engine gives a native strategy of this config."""
    name = str(config.strategy_id)
    return name if name.endswith(f"-{config.order_id_tag}") else f"{name}-{config.order_id_tag}"


def missing_data(where: str, native: Native, config: Any, listed: Mapping[str, set[str]]) -> Iterator[Problem]:
    """Data that a native component needs and the backtest does not list: the engine would leave it idle, silently."""
    for argument, kinds in native.needs.items():
        name = str(getattr(config, argument))
        for kind in kinds:
            if name not in listed.get(kind, set()) and not (kind == "Bar" and "-INTERNAL" in name):
                rule = f"{native.type_name} needs {kind} of {name}, which `data:` does not list"
                yield Problem(f"{where}.config.{argument}", rule, name, f"add it to `data:` with type: {kind}")
