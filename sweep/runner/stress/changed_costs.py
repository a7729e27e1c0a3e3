"""Higher fees and longer latencies of the venues of a backtest, as parameters."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sweep.backtest import currency_digits
from sweep.common.json_values import Plain, is_list, is_mapping

FEES = {  # the arguments of ready fee models that are amounts or rates: with all of them the fee grows by the factor
    "MakerTakerFeeModel": ("maker_rate", "taker_rate", "overrides"),
    "ProbabilityPriceFeeModel": ("maker_rate", "taker_rate", "overrides"),
    "TieredNotionalOptionFeeModel": ("maker_rate", "taker_rate", "overrides"),
    "CappedOptionFeeModel": ("maker_rate", "taker_rate", "overrides", "cap_rate"),
    "PerContractFeeModel": ("commission",),
    "FixedFeeModel": ("commission",),
    "sweep.costs:PerShareFeeModel": ("rate", "minimum", "maximum", "tiers", "spread_bps"),
    "sweep.costs:PerContractMinimumFeeModel": ("rate", "minimum", "maximum", "tiers", "spread_bps"),
    "sweep.costs:VolumeTierFeeModel": ("tiers", "spread_bps"),
    "sweep.costs:SpreadFeeModel": ("spread_bps",),
}
LATENCIES = ("base_latency_nanos", "insert_latency_nanos", "update_latency_nanos", "cancel_latency_nanos")


def higher_fees(backtest: Mapping[str, Any], factor: float) -> dict[str, Plain] | str:
    """Parameters under which every fill costs `factor` times as much, rebates as they are; or why there are none.

    Amounts of money are rounded half up to the decimals of their currency.
    """
    changed: dict[str, Plain] = {}
    for venue in backtest["venues"]:
        model: Mapping[str, Any] = venue["fee_model"]
        if (arguments := FEES.get(model["type"])) is None:
            return f"the fees of {model['type']} cannot be scaled from outside"
        changed |= _scaled(f"venues.{venue['name']}.fee_model", model, arguments, lambda value: _cost(value, factor))
    return changed or "no venue charges a fee"


def longer_latencies(backtest: Mapping[str, Any], factor: float) -> dict[str, Plain] | str:
    """Parameters under which every command travels `factor` times as long; or why there are none."""
    changed: dict[str, Plain] = {}
    for venue in backtest["venues"]:
        model: Mapping[str, Any] = venue.get("latency_model") or {"type": "StaticLatencyModel"}
        if model["type"] != "StaticLatencyModel":
            return f"the latency of {model['type']} cannot be scaled from outside"
        place = f"venues.{venue['name']}.latency_model"
        changed |= _scaled(place, model, LATENCIES, lambda value: round(int(value) * factor))
    return changed or "no venue has a latency (venues: latency_model)"


def _scaled(
    place: str, model: Mapping[str, Any], arguments: tuple[str, ...], scale: Callable[[Any], Any]
) -> dict[str, Plain]:
    return {f"{place}.{name}": scale(model[name]) for name in arguments if _charges(model.get(name))}


def _charges(value: Any) -> bool:
    """True if some amount, rate or time in a value is above zero."""
    if is_mapping(value) or is_list(value):
        return any(map(_charges, value.values() if is_mapping(value) else value))
    return value is not None and Decimal(str(value).replace("_", "").partition(" ")[0]) > 0


def _cost(value: Any, factor: float) -> Any:
    """A rate, an amount with its currency, rates by instrument, or tiers (thresholds first); each times the factor."""
    if is_mapping(value):
        return {name: _cost(rates, factor) for name, rates in value.items()}
    if is_list(value):
        is_tiers = any(is_list(item) for item in value)
        return [[item[0], *(_cost(v, factor) for v in item[1:])] if is_tiers else _cost(item, factor) for item in value]
    amount, blank, currency = str(value).replace("_", "").partition(" ")
    number = Decimal(amount)
    if number <= 0 or factor == 1:
        return value
    product = (number * Decimal(str(factor))).normalize()
    if currency:  # an amount of money has no more decimals than its currency
        product = product.quantize(Decimal(1).scaleb(-currency_digits(currency)), ROUND_HALF_UP)
    return f"{product:f}{blank}{currency}"
