"""Paths of a cross-validation: each split chooses a setting on its training days, which is booked on its test days."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from sweep.results.cross_validation.splits import Splits
from sweep.results.statistics.arrays import Floats, Ints

SHARPE, TOTAL = "Sharpe ratio", "sum of returns"  # by which a setting is chosen
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of a cross-validation; ratios are annual."""

    splits: Splits
    chosen: Ints  # setting (column) of each split
    inside: Floats  # Sharpe ratio of the choice on the training days of each split
    returns: Floats  # days × paths
    year: int

    @property
    def sharpe(self) -> Floats:
        """Sharpe ratio of each path."""
        return ratios(self.returns) * sqrt(self.year)

    @property
    def totals(self) -> Floats:
        """Compounded return of each path."""
        return np.expm1(np.log1p(self.returns).sum(axis=0))

    def figures(self) -> dict[str, float | int | None]:
        """Distribution of the paths."""
        sharpe, totals = self.sharpe, self.totals
        low, median, high = map(float, np.quantile(sharpe, [LOW, 0.5, HIGH]))
        return {
            "cpcv_groups": self.splits.groups, "cpcv_splits": self.splits.count, "cpcv_paths": self.splits.paths,
            "cpcv_settings": int(np.unique(self.chosen).size),
            "cpcv_sharpe_low": low, "cpcv_sharpe_median": median, "cpcv_sharpe_high": high,
            "cpcv_sharpe_inside": float(np.median(self.inside)) * sqrt(self.year),
            "cpcv_return_low": float(np.quantile(totals, LOW)), "cpcv_return_median": float(np.median(totals)),
            "cpcv_losses": float((totals < 0).mean()),
        }  # fmt: skip


def paths(returns: Floats, splits: Splits, *, by: str = SHARPE, year: int = 252) -> Paths:
    """The paths of daily returns (days × settings), each setting run anew on each group of days.

    A setting with a day that is not a number has failed there, and is not chosen.
    """
    chosen, inside = np.zeros(splits.count, np.int64), np.zeros(splits.count)
    sound = np.isfinite(returns).all(axis=0)
    if not sound.any():
        raise ValueError("no setting has returns on all days")
    for split in range(splits.count):
        training = returns[splits.training(split)]
        scores = ratios(training) if by == SHARPE else training.sum(axis=0)
        chosen[split] = np.where(sound, scores, -np.inf).argmax()
        inside[split] = ratios(training[:, [chosen[split]]])[0]
    borders, source = splits.borders, splits.chosen_by()
    booked = np.concatenate([
        returns[borders[g] : borders[g + 1]][:, chosen[source[g]]] for g in range(splits.groups)
    ])  # fmt: skip
    return Paths(splits, chosen, inside, booked, year)


def ratios(returns: Floats) -> Floats:
    """Sharpe ratio per day of each column; 0 where nothing varies."""
    deviation = returns.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(deviation > 0, returns.mean(axis=0) / deviation, 0.0)
