"""Risk limits of a backtest as checked values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from sweep.catalog.data_files import instrument_of
from sweep.errors import Problem, did_you_mean
from sweep.spec.components import places
from sweep.spec.components.risk import RiskRules
from sweep.spec.data_kinds import BOOK_KINDS, MARKING_KINDS
from sweep.spec.sections import TAGS


def build(backtest: Mapping[str, Any], problems: list[Problem]) -> RiskRules | None:
    """The limits, None where there are none; mistakes go to `problems`."""
    if not (section := backtest.get("risk")):
        return None
    strategies = places.strategies(backtest)
    for place in strategies:
        if place.data.get("native"):
            rule = "cannot hold one of the engine's own strategies, which send their orders unseen"
            problems.append(Problem("risk", rule, place.name, "leave out risk, or that strategy"))
    nothing = dict[str, Any]()
    if bypass := ((backtest.get("engine") or nothing).get("risk_engine") or nothing).get("bypass"):
        rule = "cannot go with risk, whose limits the engine's risk checks enforce"
        problems.append(Problem("engine.risk_engine.bypass", rule, bypass, "leave out risk, or bypass"))
    problems += _without_marks([entry for entry in backtest.get("data") or () if not entry.get("chain")])
    try:
        rules = RiskRules.model_validate(section)
    except ValidationError as error:
        for mistake in error.errors():
            where = ".".join(str(part) for part in ("risk", *mistake["loc"]) if part not in TAGS)
            problems.append(Problem(where, mistake["msg"].removeprefix("Value error, "), mistake["input"]))
        return None
    names = [place.name for place in strategies]
    for name in rules.strategies.keys() - set(names):
        rule = "is no strategy of this backtest"
        problems.append(Problem(f"risk.strategies.{name}", rule, name, did_you_mean(name, names)))
    return rules


def _without_marks(entries: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Data at which no limit can be checked: order books are marks at the end of a window alone."""
    marks = ", ".join(MARKING_KINDS)
    if not {entry.get("type") for entry in entries} & set(MARKING_KINDS):
        yield Problem("risk", f"needs data that marks positions: {marks}")
        return
    names = {kind: _instruments(e for e in entries if e.get("type") in kind) for kind in (BOOK_KINDS, MARKING_KINDS)}
    for name in sorted(names[BOOK_KINDS] - names[MARKING_KINDS]):
        rule = "needs data that marks positions in every instrument: order books alone do not"
        yield Problem("risk", rule, name, f"add data of it: one of {marks}")


def _instruments(entries: Iterable[Mapping[str, Any]]) -> set[str]:
    kinds = ((str(e["type"]), e.get("instruments") or e.get("bar_types") or ()) for e in entries)
    return {instrument_of(kind, str(name)) for kind, listed in kinds for name in listed}
