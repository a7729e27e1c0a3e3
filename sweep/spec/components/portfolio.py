"""Section `portfolio` of a spec: shares of several strategies, and the sizes that follow from them before a run."""

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from fractions import Fraction
from math import floor, gcd, inf, lcm
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from sweep.common.json_values import is_mapping, texts
from sweep.errors import Problem, did_you_mean
from sweep.spec.components import volatility
from sweep.spec.components.places import Place, components
from sweep.spec.components.volatility import CLOSES, INVERSE, LOOKBACK
from sweep.spec.sections import Days, Period, Section

EQUAL = "equal"
LOTS = "lots"  # in a backtest: instrument → the step of its sizes; written by the plan
NO_INSTRUMENT = "names no instrument of `data`, to whose lots the portfolio rounds"
NOISE = Fraction(1, 10**9)  # of a step
OFF = "switched_off"  # in a resolved backtest: strategies without a size

type Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
type Weights = Annotated[
    Annotated[Literal["equal", "inverse_volatility"], Tag("(one)")] | Annotated[dict[str, Weight], Tag("(several)")],
    Discriminator(lambda value: "(several)" if is_mapping(value) else "(one)"),
]


class PortfolioRules(Section):
    """Shares of the strategies. The size in a config is that of a strategy which is alone: of the share 1."""

    weights: Weights = Field(
        default=EQUAL,
        description="equal, inverse_volatility, or a number for each strategy by its name, over the sum of all",
    )
    lookback: Days | None = Field(
        default=None, description=f"trading days before the start whose volatility counts; {LOOKBACK} by default"
    )
    period: Period | None = Field(
        default=None, description="in place of lookback: a period before the start whose volatility counts"
    )
    size: str = Field(default="trade_size", min_length=1, description="parameter of the configs that holds the size")


def traders(backtest: Mapping[str, Any]) -> list[Place]:
    """The strategies among which a portfolio is divided."""
    return [place for place in components(backtest) if place.section == "strategies"]


def sized(backtest: dict[str, Any]) -> dict[str, Any]:
    """The backtest with the sizes in place of its portfolio; a strategy without a size is switched off.

    A portfolio with mistakes stays as it is; a trial of it fails with them.
    """
    if "portfolio" in backtest and any(mistakes(backtest, searched=True)):
        return backtest
    if wants_closes(backtest) and CLOSES not in backtest:  # without a catalog
        return backtest
    places = [place for place in traders(backtest) if place.data.get("enabled", True)]
    weights = _by_volatility(backtest, places)
    lots: Mapping[str, str] = backtest.pop(LOTS, {})
    backtest.pop(CLOSES, None)
    section: Mapping[str, Any] | None = backtest.pop("portfolio", None)
    if section is None or "strategies" not in backtest:
        return backtest
    size, off = section["size"], list[str]()
    for place, share in zip(places, shares(weights or section["weights"], [p.name for p in places]), strict=True):
        whole = place.config[size]
        units = _units(place, lots, whole)
        item: Any = place.data
        steps = share * Fraction(str(whole)) / units
        is_noise = bool(weights) and abs(steps - round(steps)) < NOISE  # of a square root
        item["config"][size] = _like(whole, (round(steps) if is_noise else floor(steps)) * units)
        if not Fraction(str(item["config"][size])):
            item["enabled"] = False
            off.append(place.name)
    return backtest | ({OFF: off} if off else {})


def sizes(backtest: Mapping[str, Any]) -> dict[str, Any]:
    """Sizes that the strategies of a backtest get from its portfolio, by name; empty without one."""
    section = backtest.get("portfolio")
    if not is_mapping(section):
        return {}
    resolved = sized(deepcopy(dict(backtest)))
    return {place.name: place.config.get(section["size"]) for place in traders(resolved)}


def wants_closes(backtest: Mapping[str, Any]) -> bool:
    """True if the shares follow from closes."""
    section = backtest.get("portfolio")
    return is_mapping(section) and section.get("weights") == INVERSE and "strategies" in backtest


def _by_volatility(backtest: Mapping[str, Any], places: list[Place]) -> dict[str, Fraction]:
    """The weights of strategies by their instruments' volatility; empty where the spec has others."""
    if not wants_closes(backtest):
        return {}
    return {p.name: volatility.weight(backtest, _instruments(p, backtest[LOTS])) for p in places}


def shares(weights: Any, names: list[str]) -> list[Fraction]:
    """Exact shares of these strategies; they add up to 1, unless all weights are 0."""
    each = [Fraction(1) if weights == EQUAL else _exact(weights[name]) for name in names]
    total = sum(each) or 1
    return [weight / total for weight in each]


def _exact(weight: Any) -> Fraction:
    return weight if isinstance(weight, Fraction) else Fraction(str(weight))


def _units(place: Place, lots: Mapping[str, str], whole: Any) -> Fraction:
    """The step of a strategy's sizes: that of all instruments of its config, whole where the size is written whole."""
    steps = [Fraction(lots[name]) for name in _instruments(place, lots)]
    steps += [Fraction(1)] if isinstance(whole, int) else []
    if not steps:
        return Fraction(1, 10**9)  # the engine's precision
    return Fraction(lcm(*(s.numerator for s in steps)), gcd(*(s.denominator for s in steps)))


def _instruments(place: Place, lots: Mapping[str, str]) -> list[str]:
    """Instruments that a config names, also in a type of bars."""
    written = list(texts(place.config))
    return [name for name in lots if any(text == name or text.startswith(f"{name}-") for text in written)]


def instrument_of(text: str) -> str:
    """Id of the instrument that a text of the section `data` names, which may be a type of bars."""
    return text.partition("@")[0].rsplit("-", 4)[0] if text.count("-") > 3 else text


def _like(written: Any, size: Fraction) -> Any:
    """A size in the form of the one that was written: whole number, number or text."""
    if isinstance(written, int):
        return int(size)
    digits = next(n for n in range(19) if (size * 10**n).denominator == 1)
    text = f"{int(size * 10**digits):0{digits + 1}d}"
    text = f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return text if isinstance(written, str) else float(text)


def mistakes(backtest: Mapping[str, Any], *, searched: bool) -> Iterator[Problem]:
    """Mistakes in a portfolio into whose backtest parameters were written; `searched`: its weights are parameters."""
    section = backtest.get("portfolio")
    if not is_mapping(section) or "strategies" not in backtest:
        if section and {"strategy", "controller"} & backtest.keys():
            remedy = "write the strategies as the list `strategies`, or leave out portfolio"
            yield Problem("portfolio", "divides the list `strategies`, which is not there", remedy=remedy)
        return
    places, weights = traders(backtest), section["weights"]
    if is_mapping(weights):
        yield from _weights(weights, [place.name for place in places], searched=searched)
    elif weights not in (EQUAL, INVERSE):
        yield Problem("portfolio.weights", "must be equal, inverse_volatility, or a mapping of strategies", weights)
    if section.get("lookback") and section.get("period"):
        yield Problem("portfolio.lookback", "stands beside `period`", section["lookback"], "keep one of them")
    for place in places:
        yield from _size(place, section["size"], backtest)
        if wants_closes(backtest) and CLOSES in backtest and (names := _instruments(place, backtest[LOTS])):
            yield from volatility.mistakes(backtest, names)


def _weights(weights: Mapping[str, Any], names: list[str], *, searched: bool) -> Iterator[Problem]:
    for name in weights:
        if name not in names:
            where = f"portfolio.weights.{name}"
            yield Problem(where, "is no strategy of this backtest", name, did_you_mean(name, names))
    for name in names:
        if name not in weights:
            yield Problem("portfolio.weights", f"has no weight of {name}", remedy=f"add {name}: 0, or another number")
    sound = {name: value for name, value in weights.items() if _is_number(value) and 0 <= value < inf}
    for name in weights.keys() - sound.keys():
        if weights[name] is not None:  # whose form was refused
            yield Problem(f"portfolio.weights.{name}", "must be a number, at least 0", weights[name])
    if sound == weights and weights and not any(weights.values()) and not searched:
        yield Problem("portfolio.weights", "must have a weight greater than 0", dict(weights))


def _size(place: Place, size: str, backtest: Mapping[str, Any]) -> Iterator[Problem]:
    lots: Mapping[str, str] | None = backtest.get(LOTS)
    where, value = f"{place.where}.config.{size}", place.config.get(size)
    if size not in place.config:
        rule = f"has no {size}, which the portfolio divides"
        remedy = f"add {size}: the size that {place.name} would have alone"
        yield Problem(f"{place.where}.config", rule, remedy=remedy)
    elif not _is_size(value):
        yield Problem(where, "must be a size greater than 0, which the portfolio divides", value)
    named = dict.fromkeys(map(instrument_of, texts(backtest.get("data"))), "")  # the catalog may lack them
    if lots is not None and not _instruments(place, {**lots, **named}):
        yield Problem(f"{place.where}.config", NO_INSTRUMENT, remedy=did_you_mean("", lots, listed=5))


def follows(problem: Problem, places: Collection[str]) -> bool:
    """True for a mistake in a strategy's size or instrument that follows from those of its config, at these places."""
    strategy, is_own, _ = problem.where.partition(".config")
    if not is_own or not strategy.startswith("strategies."):
        return False
    if problem.rule == NO_INSTRUMENT:
        return any(place.startswith(f"{strategy}.config") for place in places)
    size = problem.rule.partition("has no ")[2].partition(",")[0]
    return not {problem.where, f"{strategy}.config.{size}", f"{strategy}.config"}.isdisjoint(places)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    """A number greater than 0, or the text of one."""
    try:
        return not isinstance(value, bool) and 0 < float(value) < inf and bool(Fraction(str(value)))
    except (TypeError, ValueError):
        return False
