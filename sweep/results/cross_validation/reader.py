"""Cross-validation of a sweep, read from the ledgers of its groups."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from sweep.errors import LedgerError
from sweep.ledger.facts import SweepFacts
from sweep.ledger.run_directory import Folder
from sweep.results.cross_validation.paths import SHARPE, TOTAL, Paths, paths
from sweep.results.cross_validation.splits import Splits
from sweep.results.statistics.arrays import Floats
from sweep.trial import State

SUMS = ("pnl_total", "pnl_realized", "return_total")  # objectives by which a setting is chosen by its sum of returns


def cross_validation(folder: Folder, facts: SweepFacts) -> Paths | None:
    """The paths; None where the spec asks for none, or before all groups have ended."""
    if not (rules := facts.cpcv):
        return None
    groups, year = list[Mapping[str, Floats]](), 252
    for part in rules["parts"]:
        group, year = _group(folder.part(part["search"]), year)
        groups.append(group)
    settings = [name for name in groups[0] if all(name in group for group in groups)]
    if not settings:
        return None
    by = TOTAL if facts.objective["metric"] in SUMS and facts.objective["direction"] == "maximize" else SHARPE
    returns: Floats = np.concatenate([np.column_stack([group[name] for name in settings]) for group in groups])
    sizes = tuple(len(group[settings[0]]) for group in groups)
    splits = Splits(sizes, rules["test"], rules["purge"], rules["embargo"])
    return paths(returns, splits, by=by, year=year)


def _group(part: Folder, year: int) -> tuple[Mapping[str, Floats], int]:
    """Daily returns of each setting that completed on a group, and the trading days of a year."""
    returns: dict[str, Floats] = {}
    with suppress(LedgerError), part.open() as ledger:
        if not ledger.facts.finished:
            return {}, year
        for row in ledger.rows():
            if row.state is State.COMPLETE:
                _, values, stats = ledger.series(row.number)
                returns[_name(row.params)] = np.array(values, np.float64)
                year = stats.get("days_per_year", year)
    return returns, year


def _name(params: Mapping[str, Any]) -> str:
    return repr(sorted(params.items()))
