"""Equity of the best trials as data of the report's chart, with the hold-out where it was opened."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from sweep.errors import LedgerError
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results.curves.equity_curve import EquityCurve, thinned
from sweep.results.out_of_sample import LockboxOpening, looks
from sweep.results.statistics.arrays import Floats
from sweep.trial import State

BEST = 10  # trials
MOST = 3_000  # points of all curves together share so many times

type Curves = dict[int, EquityCurve]  # by the number of the trial


def equity(folder: Folder, ledger: Ledger, leaders: Sequence[Row]) -> dict[str, Any] | None:
    """Curves on common times; None where no trial has a return."""
    results = {row.number: ledger.result(row) for row in leaders[:BEST]}
    curves = {number: curve for number, result in results.items() if len((curve := EquityCurve.of(result)).times)}
    if not curves:
        return None
    if len({curve.times[0].count("T") for curve in curves.values()}) > 1:  # some by parts of days, some by days
        days = {n: replace(results[n], steps=(), step_returns=()) for n in curves}
        curves = {n: EquityCurve.of(result) for n, result in days.items()}
    currency = next((r.stats["currency"] for r in results.values() if r.stats.get("currency")), None)
    held = _holdout(folder, ledger.facts, curves)
    times = sorted({time for curve in curves.values() for time in curve.times})
    columns = {number: _on(times, curve) for number, curve in curves.items()}
    places = sorted({place for column in columns.values() for place in thinned(column, MOST // len(columns))})
    drawn = {n: [float(f"{v:.7g}") for v in column[places]] for n, column in columns.items()}
    held = held and {**held, "from": sum(times[n - 1] < held["start"] for n in places if n)}
    if held:  # the curves of the others end where the search did
        for n in (n for n, curve in curves.items() if curve.times[-1] < held["start"]):
            drawn[n] = [*drawn[n][: held["from"] + 1], *[None] * (len(places) - held["from"] - 1)]
    return {
        "start": _day_before(times[0]), "times": [times[n - 1] for n in places if n],
        "currency": currency if all(c.is_money for c in curves.values()) else None,
        "curves": [{"trial": n, "values": values} for n, values in drawn.items()],
        "holdout": held,
    }  # fmt: skip


def _on(times: Sequence[str], curve: EquityCurve) -> Floats:
    """Values at the start and at common times; equity stays where the trial has no return."""
    equities = dict(zip(curve.times, curve.values[1:], strict=True))
    values = [float(curve.values[0])]
    for time in times:
        values.append(float(equities.get(time, values[-1])))
    return np.array(values)


def _day_before(time: str) -> str:
    return time if "T" in time else (date.fromisoformat(time) - timedelta(1)).isoformat()


def _holdout(folder: Folder, facts: SweepFacts, curves: Curves) -> dict[str, Any] | None:
    """The period of the lock-box; the curve of a trial that was run on it goes on there."""
    box: Mapping[str, Any] | None = facts.lockbox
    if not box:
        return None
    opened = [look for look in looks(facts) if look.state is State.COMPLETE and _go_on(folder, look, curves)]
    period = box["period"]
    return {"start": period["start"][:10], "end": period["end"][:10], "opened": bool(opened)}


def _go_on(folder: Folder, look: LockboxOpening, curves: Curves) -> bool:
    """Let the curve of the trial go on through the lock-box; False where it is not drawn, or the run is gone."""
    before = curves.get(look.trial)
    with suppress(LedgerError), folder.part(look.kept).open() as ledger:
        row = ledger.find(look.key)
        if before and row and row.state is State.COMPLETE:
            result = ledger.result(row)
            if "T" not in before.times[0]:
                result = replace(result, steps=(), step_returns=())
            after = EquityCurve.of(replace(result, stats={"starting_equity": float(before.values[-1])}))
            if (
                after.times
                and after.times[0] > before.times[-1]
                and ("T" in after.times[0]) == ("T" in before.times[0])
            ):
                values = np.concatenate((before.values, after.values[1:]))
                curves[look.trial] = EquityCurve(before.times + after.times, values, before.is_money)
                return True
    return False
