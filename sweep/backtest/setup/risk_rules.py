"""Risk limits of a backtest as checked values."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from sweep.errors import Problem, did_you_mean
from sweep.spec.components import places
from sweep.spec.components.risk import RiskRules
from sweep.spec.data_kinds import MARKING_KINDS


def build(backtest: Mapping[str, Any], problems: list[Problem]) -> RiskRules | None:
    """The limits, None where there are none; mistakes go to `problems`."""
    if not (section := backtest.get("risk")):
        return None
    strategies = places.strategies(backtest)
    for place in strategies:
        if place.data.get("native"):
            rule = "cannot hold one of the engine's own strategies, which send their orders unseen"
            problems.append(Problem("risk", rule, place.name, "leave out risk, or that strategy"))
    kinds = {entry.get("type") for entry in backtest.get("data") or () if not entry.get("chain")}
    if not kinds & set(MARKING_KINDS):
        problems.append(Problem("risk", f"needs data that marks positions: {', '.join(MARKING_KINDS)}"))
    try:
        rules = RiskRules.model_validate(section)
    except ValidationError as error:
        for mistake in error.errors():
            where = ".".join(str(part) for part in ("risk", *mistake["loc"]))
            problems.append(Problem(where, mistake["msg"].removeprefix("Value error, "), mistake["input"]))
        return None
    names = [place.name for place in strategies]
    for name in rules.strategies.keys() - set(names):
        rule = "is no strategy of this backtest"
        problems.append(Problem(f"risk.strategies.{name}", rule, name, did_you_mean(name, names)))
    return rules
