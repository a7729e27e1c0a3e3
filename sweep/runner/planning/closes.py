"""Closes from before a backtest, where a portfolio is divided by volatility."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from sweep.backtest.setup.daily_closes import daily_closes
from sweep.common.units import days, moment_of, nanos
from sweep.errors import Problem, TrialError
from sweep.spec.components.places import full_name
from sweep.spec.components.volatility import CLOSES, INVERSE, LOOKBACK
from sweep.spec.model import applied
from sweep.spec.reader import ParsedSpec
from sweep.spec.sample_points import sample, well_formed
from sweep.trial import Params

DAY = 86_400 * 10**9


class Span(NamedTuple):
    """Time in which closes are looked for, nanoseconds."""

    start: int
    end: int

    @property
    def period(self) -> dict[str, str]:
        """As the section `period` of a backtest."""
        return {"start": moment_of(self.start), "end": moment_of(self.end)}


def span(draft: ParsedSpec) -> Span | None:
    """Time whose closes some trial may need; None without such a portfolio.

    Of N trading days that are looked back on it has 2 N + 14 days: weekends, holidays and a gap.
    """
    if draft.sections.get("portfolio") is None or not {"data", "period", "portfolio"} <= draft.backtest.keys():
        return None
    spans = [s for point in _points(draft) if (s := _needed(applied(draft.backtest, point)))]
    return Span(min(s.start for s in spans), max(s.end for s in spans)) if spans else None


def _points(draft: ParsedSpec) -> Iterator[Params]:
    """Settings that differ in what the closes depend on."""
    space = well_formed(draft)
    first = space.first() or {}
    yield first
    for dimension in space.dimensions if first else ():
        if full_name(dimension.name).partition(".")[0] in {"period", "portfolio"}:
            yield from (first | {dimension.name: value} for value in sample(dimension))


def _needed(backtest: dict[str, Any]) -> Span | None:
    section = backtest["portfolio"]
    if section.get("weights") != INVERSE:
        return None
    try:
        start, end = (nanos(backtest["period"][key]) for key in ("start", "end"))
        if period := section.get("period"):
            return Span(nanos(period["start"]), min(nanos(period["end"]), end))
        return Span(max(0, start - (2 * days(section.get("lookback") or LOOKBACK) + 14) * DAY), end)
    except (TypeError, ValueError, KeyError):  # said by the check of the portfolio
        return None


def with_closes(draft: ParsedSpec, problems: list[Problem]) -> ParsedSpec:
    """The draft with the closes that its trials may need; as it is where there are none."""
    if "catalog" not in draft.backtest or not (needed := span(draft)):
        return draft
    try:
        catalog = Path(draft.backtest["catalog"])
        closes = daily_closes(catalog, draft.backtest["data"], *needed)
    except TrialError as error:
        problems.append(Problem("portfolio", error.message))
        return draft
    return replace(draft, backtest={**draft.backtest, CLOSES: closes})
