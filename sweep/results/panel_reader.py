"""The trials of a ledger as a panel of arrays."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from sweep.common.json_values import is_mapping
from sweep.ledger.ledger import Ledger, Row
from sweep.results.statistics.arrays import Flags, Floats, Ints, Returns
from sweep.results.statistics.objective.chance import needs_positions
from sweep.results.statistics.sharpe import Moments
from sweep.results.statistics.trial_panel import ClosedPositions, Panel, positions, scaled
from sweep.spec.objectives import Bound
from sweep.trial import MIN_DAYS_FOR_DAILY_STATS

BLIND = ("random", "qmc")  # samplers that look at no result
STARTUP = 10  # random trials that TPE begins with, where the spec does not say
# figures that say how much a trial trades, not how well
ACTIVITY = ("trades", "trades_long", "trades_short", "orders", "fills", "turnover", "exposure", "exposure_capital")
YEARS = 252, 365  # days of a year that ratios are annualised with


def read(ledger: Ledger, search: Mapping[str, Any], best: int | None) -> Panel:
    """The COMPLETE trials of a ledger. `search` is that section of the spec, `best` the number of the best trial."""
    objective = ledger.facts.objective
    rows, repeat = ledger.candidates(), ledger.repeat
    each = len(repeat.values) if repeat else 1
    place = {row.number: n for n, row in enumerate(rows)}
    days = ledger.calendar()
    returns, its_rows = _returns(ledger, place, days)
    parts, minutes = _parts(ledger, place) if len(days) < MIN_DAYS_FOR_DAILY_STATS else (None, 0)
    is_grid, is_adaptive = search.get("method", "grid") == "grid", _is_adaptive(search)
    column = None if best is None or _sent_nothing(rows) else place.get(best)
    params = [repeat.setting(row.params) if repeat else row.params for row in rows]
    space, startup = search.get("space"), search.get("startup_trials")
    startup = startup if isinstance(startup, int) and startup else STARTUP
    return Panel(
        numbers=np.array(list(place), np.int64), returns=returns,
        objective=_metric(rows, objective["metric"]) * (1 if objective["direction"] == "maximize" else -1),
        trades=np.nan_to_num(_metric(rows, "trades")),
        places=positions(params) if is_grid else scaled(params, space if is_mapping(space) else {}),
        best=column, searched=-(-sum(ledger.count().values()) // each), year=_year(rows, returns, column),
        is_grid=is_grid, is_adaptive=is_adaptive, startup=startup, days=tuple(days),
        parts=parts, part=minutes, closed=None if best is None or column is None else _closed(ledger, best),
        sharpe=None if column is None else rows[column].metrics.get("sharpe_ratio"),
        no_best="" if column is not None else no_best(ledger, rows), chosen_by=objective["metric"],
        is_maximized=objective["direction"] == "maximize", equity=_equity(rows),
        is_eligible=_eligible(rows, ledger.facts.goal.bounds),
        positions=_positions(ledger, place, its_rows) if needs_positions(objective["metric"]) else None,
    )  # fmt: skip


def no_best(ledger: Ledger, rows: Sequence[Row]) -> str:
    """The reason why none of the COMPLETE trials is the best."""
    goal, trials = ledger.facts.goal, sum(ledger.count().values())
    if not rows:
        return f"none of {trials:,} trials is complete"
    if _sent_nothing(rows):
        return f"no trial sent an order ({len(rows):,} of {trials:,} trials are complete)"
    missing = [metric for metric, _ in goal.objectives if all(row.metrics.get(metric) is None for row in rows)]
    if missing:
        return f"{' and '.join(missing)} is undefined in each of {len(rows):,} complete trials"
    if goal.bounds:
        return f"none of {len(rows):,} complete trials keeps {' and '.join(map(str, goal.bounds))}"
    return f"none of {len(rows):,} complete trials has all of {', '.join(metric for metric, _ in goal.objectives)}"


def _returns(ledger: Ledger, place: Mapping[int, int], days: Sequence[str]) -> tuple[Returns, dict[int, Ints]]:
    """Returns (days x trials), and the rows of the days of each trial."""
    returns = np.zeros((len(place), len(days)), np.float32).T  # a trial's days lie side by side
    at = {day: n for n, day in enumerate(days)}
    its_rows, calendars = dict[int, Ints](), dict[tuple[str, ...], Ints]()  # which trials share
    for number, its_days, values in ledger.returns():
        if number in place:
            if its_days not in calendars:
                calendars[its_days] = np.array([at[day] for day in its_days], np.int64)
            its_rows[number] = calendars[its_days]
            returns[its_rows[number], place[number]] = values
    return returns, its_rows


def _sent_nothing(rows: Sequence[Row]) -> bool:
    """True if no trial sent an order: their figures are equal, and none is the best."""
    return bool(rows) and not any(row.metrics.get("orders", 1) for row in rows)


def _parts(ledger: Ledger, place: Mapping[int, int]) -> tuple[Returns | None, int]:
    """Returns within the days, and how many minutes a part has; nothing unless all trials have the same parts."""
    steps = {number: (starts, values) for number, starts, values in ledger.steps() if number in place}
    calendars = {starts for starts, _ in steps.values()}
    if len(steps) < len(place) or len(calendars) != 1:
        return None, 0
    times = np.array([start.removesuffix("Z") for start in calendars.pop()], "datetime64[m]").astype(np.int64)
    return np.array([steps[number][1] for number in place], np.float32).T, int(np.diff(times).min(initial=24 * 60))


def _closed(ledger: Ledger, number: int) -> Floats | None:
    """PnL of each closed position of a trial over its equity at the start, where it left them."""
    stats = ledger.series(number)[2]
    if not stats.get("closed") or not stats.get("starting_equity"):
        return None
    return np.array(stats["closed"], np.float64) / stats["starting_equity"]


def _positions(ledger: Ledger, place: Mapping[int, int], its_rows: Mapping[int, Ints]) -> ClosedPositions | None:
    """Closed positions of all trials by the day of their close; None where an earlier version recorded one of them."""
    trials, days, pnls = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for number, stats in ledger.statistics():
        if number not in place:
            continue
        own, closed = np.array(stats.get("closed_days", ()), np.int64), np.array(stats.get("closed", ()), np.float64)
        if "closed_days" not in stats or own.size != closed.size or own.max(initial=-1) >= its_rows[number].size:
            return None
        trials.append(np.full(own.size, place[number]))
        days.append(its_rows[number][own])
        pnls.append(closed)
    return ClosedPositions(np.concatenate(trials), np.concatenate(days), np.concatenate(pnls))


def _equity(rows: Sequence[Row]) -> Floats:
    """Equity of each trial at the start; that of the others where it has no PnL."""
    pnl, share = _metric(rows, "pnl_total"), _metric(rows, "return_total")
    has_both = np.nan_to_num(pnl * share) != 0
    equity = pnl[has_both] / share[has_both]
    all_equity = np.full(len(rows), np.median(equity) if equity.size else 1.0)
    all_equity[has_both] = equity
    return all_equity


def _eligible(rows: Sequence[Row], bounds: Sequence[Bound]) -> Flags:
    """Trials that keep those bounds that ask how much a trial trades: others may have failed theirs by bad luck."""
    activity = [bound for bound in bounds if bound.metric in ACTIVITY]
    return np.array([all(bound.violation(row.metrics) <= 0 for bound in activity) for row in rows], bool)


def _is_adaptive(search: Mapping[str, Any]) -> bool:
    return search.get("method", "grid") != "grid" and search.get("sampler", "tpe") not in BLIND


def _metric(rows: Sequence[Row], name: str) -> Floats:
    """A metric of each trial; NaN where it does not exist."""
    return np.array([np.nan if (v := row.metrics.get(name)) is None else v for row in rows], np.float64)


def _year(rows: Sequence[Row], returns: Any, column: int | None) -> int:
    """The days of a year that the trials' own ratios were annualised with."""
    if column is None:
        return YEARS[0]
    annual, daily = rows[column].metrics.get("sharpe_ratio"), Moments.of(returns[:, column]).sharpe
    days_per_year = (annual / daily) ** 2 if annual and daily else float(YEARS[0])
    return min(YEARS, key=lambda days: abs(days - days_per_year)) if isfinite(days_per_year) else YEARS[0]
