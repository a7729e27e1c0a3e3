"""Lots of the instruments to which a portfolio rounds the sizes of its strategies."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sweep.catalog.instruments.stored import lots
from sweep.common.json_values import texts
from sweep.spec.components.places import full_name
from sweep.spec.components.portfolio import LOTS, instrument_of
from sweep.spec.reader import ParsedSpec
from sweep.spec.sample_points import well_formed
from sweep.spec.space import Choice


def with_lots(draft: ParsedSpec) -> ParsedSpec:
    """The draft with the lots of all instruments of its data; as it is without a portfolio, a catalog or sound data."""
    if any(problem.where.startswith("data.") for problem in draft.problems):
        return draft
    if draft.sections.get("portfolio") is None or not {"data", "catalog"} <= draft.backtest.keys():
        return draft
    steps = lots(Path(draft.backtest["catalog"]), instruments(draft))
    return replace(draft, backtest={**draft.backtest, LOTS: steps})


def instruments(draft: ParsedSpec) -> Iterator[str]:
    """Ids of the instruments in the section `data`, and in parameters that change it."""
    searched = [d for d in well_formed(draft).dimensions if full_name(d.name).partition(".")[0] == "data"]
    values = [d[n] for d in searched if isinstance(d, Choice) for n in range(len(d))]
    entries: list[Any] = [*draft.backtest["data"], *values]
    yield from map(instrument_of, texts(entries))
