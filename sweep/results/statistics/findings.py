"""Everything that is found out about the best trial of a sweep: the arrays behind the plots, and the figures."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from sweep.results.statistics.arrays import CELLS, Floats, Ints, Returns
from sweep.results.statistics.drawdown import outcomes
from sweep.results.statistics.effective_trials import effective_trials
from sweep.results.statistics.objective.chance import objection, objective_chance
from sweep.results.statistics.overfitting import Splits, blocks_for, cscv
from sweep.results.statistics.plateau import Plateau, grid_plateau, nearest_plateau
from sweep.results.statistics.reality_check import Luck, implied_trials, interval, luck
from sweep.results.statistics.sharpe import (
    Moments,
    deflated,
    minimum_backtest_years,
    minimum_track_record,
    probabilistic,
    sharpe,
)
from sweep.results.statistics.trial_panel import ENOUGH_TRADES, Panel
from sweep.results.statistics.walk_forward import WalkForward, usual, walk_forward
from sweep.trial import MIN_DAYS_FOR_DAILY_STATS

RANDOM = 20  # trials of an adaptive search chosen before it knew anything: from so many on they are split in halves

CROWDED = (  # figures over all trials that say nothing where trials crowd around what did well
    "beyond_luck", "deflated_sharpe_all_trials", "variance", "profitable", "median_sharpe", "effective_implied",
    "effective_average", "effective_rank", "effective_participation",
)  # fmt: skip

type Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Findings:
    """Results of all statistics; parts are None where the data or the search do not allow them."""

    luck: Luck | None
    splits: Splits | None
    walk: WalkForward | None
    plateau: Plateau  # of the objective
    figures: Figures
    year: float  # periods a year of what luck was drawn from


def find(panel: Panel, *, seed: int = 0) -> Findings:
    """All findings about a panel. Sharpe ratios among the figures are annual, those in the parts per day."""
    plateau = around(panel, panel.objective)
    figures = _counts(panel) | _objective(panel, plateau) | _trades(panel)
    if panel.best is None or panel.periods < MIN_DAYS_FOR_DAILY_STATS:
        return _short(panel, plateau, figures, seed)
    drawn = luck(panel.returns, seed=seed)
    splits, walk = _splits(panel), _followed(panel)
    figures |= _luck(panel.returns, panel.best, drawn, panel.year)
    if not objection(panel) and (chance := objective_chance(panel, drawn.block, seed=seed)) is not None:
        figures["objective_p"] = chance
    figures |= _best(panel, panel.best, drawn) | (_walk(panel, walk, drawn.block) if walk else {})
    figures |= _neighbours(panel, panel.best, drawn.observed)
    if splits:
        figures |= {"pbo": splits.pbo, "halves_loss": splits.loss, "halves_slope": splits.slope}
    figures |= _crowded(panel, drawn.observed)
    return Findings(drawn, splits, walk, plateau, figures, panel.year)


def _blind(panel: Panel) -> Ints | None:
    """Columns of the trials that were chosen before anything was known; None where an adaptive search has too few."""
    if not panel.is_adaptive:
        return np.arange(panel.trials)
    chosen = np.flatnonzero(panel.numbers < panel.startup)
    return chosen if chosen.size >= RANDOM else None


def _followed(panel: Panel) -> WalkForward | None:
    """Walk-forward over trials that were not themselves found on all of the data."""
    if (chosen := _blind(panel)) is None:
        return None
    walk = walk_forward(panel.returns[:, chosen], usual(panel.periods))
    return replace(walk, chosen=chosen[walk.chosen])


def _crowded(panel: Panel, ratios: Floats) -> Figures:
    """Figures that an adaptive search distorts: absent, or computed from its random trials alone."""
    if not panel.is_adaptive:
        return {}
    chosen, year = _blind(panel), sqrt(panel.year)
    figures: Figures = dict.fromkeys(CROWDED, None)
    if chosen is not None:
        figures |= {
            "profitable": float((ratios[chosen] > 0).mean()),
            "median_sharpe": float(np.median(ratios[chosen])) * year,
        }
    return figures


def _short(panel: Panel, plateau: Plateau, figures: Figures, seed: int) -> Findings:
    """Findings from too few days: luck, drawn from parts of the days where there are enough of them; else none."""
    if panel.best is None or panel.parts is None or len(panel.parts) < MIN_DAYS_FOR_DAILY_STATS:
        return Findings(None, None, None, plateau, figures, panel.year)
    drawn = luck(panel.parts, seed=seed)
    year = panel.year * len(panel.parts) / panel.periods
    figures |= {"parts": len(panel.parts), "part_minutes": panel.part}
    return Findings(drawn, None, None, plateau, figures | _luck(panel.parts, panel.best, drawn, year), year)


def around(panel: Panel, values: Floats) -> Plateau:
    """The neighbours' values of each trial, by the kind of search, of trials that trade as much as the bounds ask."""
    return (grid_plateau if panel.is_grid else nearest_plateau)(panel.places, values, panel.is_eligible)


def _counts(panel: Panel) -> Figures:
    return {
        "trials": panel.searched, "complete": panel.trials, "days": panel.periods, "years": panel.periods / panel.year,
        "minimum_backtest_years": minimum_backtest_years(panel.searched),
    }  # fmt: skip


def _objective(panel: Panel, plateau: Plateau) -> Figures:
    """The middle of the search, and the middle of its plateau."""
    columns = np.flatnonzero(np.isfinite(panel.objective))
    if not columns.size:
        return {}
    figures: Figures = {"plateau_trial": int(panel.numbers[plateau.centre])}
    if (chosen := _blind(panel)) is None or not (columns := np.intersect1d(columns, chosen)).size:
        return figures  # half of the trials of a crowd are worse, which says nothing about settings
    ordered = columns[np.argsort(panel.objective[columns], kind="stable")]
    return {"median_trial": int(panel.numbers[ordered[(ordered.size - 1) // 2]])} | figures


def _luck(returns: Returns, best: int, drawn: Luck, periods: float) -> Figures:
    """The best trial against luck; `periods` is how many a year has."""
    low, high = interval(np.asarray(returns[:, best], np.float64), drawn.block)
    p, year = drawn.p_values, sqrt(periods)
    return {
        "sharpe": float(drawn.observed[best]) * year, "sharpe_low": low * year, "sharpe_high": high * year,
        "p": float(p[best]), "p_search": drawn.p, "beyond_luck": int((p <= 0.05).sum()),
        "luck_mean": drawn.mean * year, "luck_95": drawn.quantile_95 * year, "block": drawn.block,
    }  # fmt: skip


def _trades(panel: Panel) -> Figures:
    """Its closed positions drawn again: what other trades of the same kind could have come to. Knows of no search."""
    if panel.closed is None or panel.closed.size < ENOUGH_TRADES:
        return {}
    drawn = outcomes(panel.closed, samples=min(2_000, max(200, CELLS // panel.closed.size)))
    return {"trade_drawdown_95": drawn.drawdown_95, "trade_loss": drawn.loss, "trade_total_5": drawn.total_5}


def _best(panel: Panel, best: int, drawn: Luck) -> Figures:
    """The best trial for itself, and among the others."""
    returns = np.asarray(panel.returns[:, best], np.float64)
    m, ratios, year = Moments.of(returns), drawn.observed, sqrt(panel.year)
    spread = float(ratios.var(ddof=1)) if ratios.size > 1 else 0.0
    effective = effective_trials(panel.returns)
    return {
        "probabilistic_sharpe": probabilistic(m), "deflated_sharpe": probabilistic(m, max(0.0, drawn.mean)),
        "deflated_sharpe_all_trials": deflated(m, panel.searched, spread), "variance": spread,
        "skew": m.skew, "kurtosis": m.kurtosis, "autocorrelation": m.autocorrelation,
        "minimum_track_record": minimum_track_record(m),
        "drawdown_95": _drawdown(returns, drawn.block),
        "profitable": float((ratios > 0).mean()), "median_sharpe": float(np.median(ratios)) * year,
        "effective_implied": implied_trials(drawn.mean, panel.periods),
        "effective_average": effective.average_correlation, "effective_rank": effective.effective_rank,
        "effective_participation": effective.participation,
    }  # fmt: skip


def _drawdown(returns: Floats, block: float) -> float:
    """The fall from a peak that one in twenty draws of the same days exceeds; compounded, a fraction."""
    return float(1 - np.exp(-outcomes(np.log1p(np.maximum(returns, -1 + 1e-9)), block=block).drawdown_95))


def _splits(panel: Panel) -> Splits | None:
    """Choosing on halves: over all trials, in an adaptive search over those chosen before it knew anything."""
    chosen = _blind(panel)
    if chosen is None or not chosen.size:
        return None
    returns = panel.returns[:, chosen] if panel.is_adaptive else panel.returns
    return cscv(returns, blocks_for(panel.periods, returns.shape[1]))


def _walk(panel: Panel, walk: WalkForward, block: float) -> Figures:
    year = sqrt(panel.year)
    ratio = float(sharpe(walk.returns[:, None])[0])
    low, high = interval(walk.returns, block)
    before = float(walk.in_sample.mean())
    return {
        "walk_forward_sharpe": ratio * year, "walk_forward_low": low * year, "walk_forward_high": high * year,
        "walk_forward_efficiency": ratio / before if before > 0 else None,
        "walk_forward_profitable": float((walk.profits > 0).mean()),
        "walk_forward_largest_share": walk.largest_share, "walk_forward_windows": len(walk.windows),
    }  # fmt: skip


def _neighbours(panel: Panel, best: int, ratios: Floats) -> Figures:
    plateau = around(panel, ratios)
    ratio, lowest = plateau.ratio(best), float(plateau.lowest[best])
    return {
        "neighbours": int(plateau.count[best]), "neighbour_ratio": ratio,
        "neighbour_lowest": lowest * sqrt(panel.year) if plateau.count[best] else None,
    }  # fmt: skip
