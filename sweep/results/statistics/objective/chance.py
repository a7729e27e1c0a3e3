"""White's Reality Check of an objective: the chance of a best this good in a search without an edge."""

from math import isfinite

import numpy as np

from sweep.results.statistics.arrays import Floats, Ints, chunks
from sweep.results.statistics.bootstrap import indices
from sweep.results.statistics.objective.drawn_figures import COUNTS, DAILY, FIGURES, PATHS, TRADES, Days, Sample
from sweep.results.statistics.trial_panel import ENOUGH_TRADES, Panel
from sweep.spec.constraints.array_formula import array_value
from sweep.spec.constraints.formula import is_formula, used_of
from sweep.trial import MIN_DAYS_FOR_DAILY_STATS

SAMPLES = 1_000
PATH_SAMPLES = 500  # each is followed from day to day
FEWEST_SAMPLES = 200
CELLS, PATH_CELLS = 5_000_000_000, 300_000_000  # days x trials x samples: some seconds
LOWER = ("max_drawdown", "max_drawdown_daily")  # an edge makes them lower, all others higher
SHARPE = ("", "sharpe_ratio")  # objectives that the word itself rests on
NO_VALUE = ("win_rate", "payoff_ratio")


def objective_chance(panel: Panel, block: float, *, samples: int | None = None, seed: int = 0) -> float | None:
    """Chance of a best objective as good as that of the panel's best, where `objection` has none; None without one.

    All trials are drawn by the same days, from daily returns without their means and closed positions without theirs.
    Figures are not divided by a deviation, so that trials of large or uncertain figures decide what chance gives.
    Trials that cannot be the best take no part.
    """
    name, sign = panel.chosen_by, 1 if panel.is_maximized else -1
    number = samples_of(panel) if samples is None else samples
    order = indices(panel.periods, number, block, seed)
    chosen, highest = _participants(panel), np.full(number, -np.inf)
    for part in chunks(max(panel.periods, number), chosen.size):
        days = _days(panel, chosen[part]).without_edge()
        values = sign * _values(name, Sample(days, order))
        np.fmax(highest, np.fmax.reduce(values, axis=1), out=highest)
    observed = sign * float(own_values(panel, np.array([panel.best]))[0])
    if not isfinite(observed):  # a formula that has no value by the ends of days
        return None
    reached = highest >= observed - 1e-12 * max(1.0, abs(observed))
    return float((1 + reached.sum()) / (1 + number))


def own_values(panel: Panel, columns: Ints | None = None) -> Floats:
    """The objective of trials (of all, without columns) by what they did on each day once."""
    days = _days(panel, np.arange(panel.trials) if columns is None else columns)
    return _values(panel.chosen_by, Sample(days, np.arange(panel.periods)[None, :]))[0]


def objection(panel: Panel) -> str:
    """Reason why the objective of a panel with a best trial is not judged; "" where it is."""
    name = panel.chosen_by
    if name in SHARPE:
        return "the word of the verdict rests on it"
    if panel.periods < MIN_DAYS_FOR_DAILY_STATS:
        return f"fewer than {MIN_DAYS_FOR_DAILY_STATS} days say nothing of the objective"
    if reason := _nothing_to_draw(name):
        return reason
    if not is_formula(name) and (name in LOWER) == panel.is_maximized:
        return "its objective is sought in the direction that an edge does not go"
    if _has_trades(name) and (reason := _too_few_trades(panel)):
        return reason
    return "" if samples_of(panel) else "the equity of so many trials and days is not drawn again"


def _nothing_to_draw(name: str) -> str:
    """Reason why an objective has no value without an edge that could be drawn; "" where it has."""
    if name in NO_VALUE:
        return f"{name} without an edge depends on how far stops and targets are, so that nothing can be drawn again"
    used = sorted(used_of(name))
    unknown = [each for each in used if each not in FIGURES]
    if not is_formula(name):
        return f"{name} cannot be drawn again from days" if unknown or name in COUNTS else ""
    if unknown or set(used) <= set(COUNTS):
        return f"{(unknown or used)[0]} in its formula cannot be drawn again from days"
    if set(used) & set(TRADES) and set(used) & {*DAILY, *PATHS}:  # a position is booked on the day of its close alone
        return "figures of trades and of daily returns in one formula are not drawn alike"
    try:
        array_value(name, {each: np.full(2, 2.0) for each in used})
    except ValueError:
        return "its formula is more than arithmetic and cannot be drawn again"
    return ""


def _too_few_trades(panel: Panel) -> str:
    if panel.positions is None:
        return "an earlier version recorded trials of it, without the days on which their positions were closed"
    closed = 0 if panel.best is None else int(panel.trades[panel.best])
    if closed < ENOUGH_TRADES:
        return f"the best closed {closed} positions, and fewer than {ENOUGH_TRADES} say nothing of {panel.chosen_by}"
    return ""


def samples_of(panel: Panel) -> int:
    """Number of samples that takes some seconds; 0 where that is too few of them."""
    most, cells = (PATH_SAMPLES, PATH_CELLS) if used_of(panel.chosen_by) & set(PATHS) else (SAMPLES, CELLS)
    samples = min(most, cells // max(1, panel.periods * panel.trials))
    return samples if samples >= FEWEST_SAMPLES else 0


def needs_positions(objective: str) -> bool:
    """True for an objective that closed positions decide."""
    return _has_trades(objective) and not _nothing_to_draw(objective)


def _has_trades(name: str) -> bool:
    return bool(used_of(name) & {*TRADES, *COUNTS})


def _participants(panel: Panel) -> Ints:
    """Columns of the trials that could be the best: those that trade as much as the bounds of the spec ask for."""
    could = np.ones(panel.trials, bool) if panel.is_eligible is None else panel.is_eligible.copy()
    if _has_trades(panel.chosen_by):
        could &= panel.trades >= ENOUGH_TRADES
    return np.flatnonzero(could)


def _days(panel: Panel, columns: Ints) -> Days:
    returns = np.asarray(panel.returns[:, columns], np.float64)
    equity = np.ones(columns.size) if panel.equity is None else panel.equity[columns]
    positions = panel.positions.of(columns) if panel.positions else None
    return Days(returns, equity, panel.year, positions)


def _values(name: str, sample: Sample) -> Floats:
    """The objective of each trial in each sample."""
    figures = {each: FIGURES[each](sample) for each in used_of(name)}
    return array_value(name, figures) if is_formula(name) else figures[name]
