"""Kinds of data that the strategies of a spec also read before its period."""

from dataclasses import replace

from sweep.backtest import history_kinds
from sweep.spec.reader import ParsedSpec
from sweep.spec.sample_points import well_formed
from sweep.spec.space import Choice


def with_history(draft: ParsedSpec) -> ParsedSpec:
    """The draft with the kinds whose history its code requests; as it is where there are none."""
    values = [v for d in well_formed(draft).dimensions if isinstance(d, Choice) for v in (d[n] for n in range(len(d)))]
    paths = [{"path": value} for value in values if isinstance(value, str) and ":" in value]
    kinds = sorted({kind for code in (draft.backtest, *paths) for kind in history_kinds(code)})
    return replace(draft, backtest={**draft.backtest, "history": kinds}) if kinds else draft
