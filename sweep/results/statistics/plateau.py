"""Plateau of a trial: the results of its neighbours in the parameter space."""

# scipy has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass

import numpy as np

from sweep.results.statistics.arrays import Flags, Floats, Ints

NEAREST = 8  # neighbours in a search that is no grid
FEW = 6  # dimensions up to which diagonal neighbours count: 3^6 - 1 = 728 of them


@dataclass(frozen=True, slots=True)
class Plateau:
    """For each trial: how many neighbours it has, and their mean and lowest value (NaN without neighbours)."""

    values: Floats
    count: Ints
    mean: Floats
    lowest: Floats

    @property
    def level(self) -> Floats:
        """The lower of a trial's own value and its neighbours' mean: neither a spike nor the foot of one is high."""
        return np.minimum(self.values, self.mean)

    @property
    def centre(self) -> int:
        """The trial of the highest level, the first of equal ones; without any neighbours the best."""
        level = self.level if self.count.any() else self.values
        return int(np.argmax(np.where(np.isnan(level), -np.inf, level)))

    def ratio(self, trial: int) -> float | None:
        """Mean of the neighbours over the trial's own value; None without neighbours, or for a value below 0."""
        if not self.count[trial] or not self.values[trial] > 0:
            return None
        return float(self.mean[trial] / self.values[trial])


def grid_plateau(positions: Floats, values: Floats, counts: Flags | None = None) -> Plateau:
    """Over the points of a grid: neighbours differ by at most one step in each dimension.

    `positions` (trials x dimensions) counts steps; dimensions without an order are spaced two steps apart, so that
    other values of them are no neighbours. With more than six dimensions neighbours differ in one dimension only.
    Trials without a value (NaN), and those that do not count, are nobody's neighbours. An idea as old as the
    optimisation of trading systems: Pardo (1992), ch. 6.
    """
    norm = np.inf if positions.shape[1] <= FEW else 1
    valid = np.flatnonzero(np.isfinite(values))
    if valid.size < 2 or not positions.shape[1]:
        return _plateau(values, *np.empty((2, 0), np.int64))
    from scipy.spatial import KDTree

    pairs = KDTree(positions[valid]).query_pairs(1.0, p=norm, output_type="ndarray")
    one, other = valid[np.concatenate([pairs, pairs[:, ::-1]]).T]
    inside = np.ones(one.size, bool) if counts is None else counts[other]
    return _plateau(values, one[inside], other[inside])


def nearest_plateau(places: Floats, values: Floats, counts: Flags | None = None, *, nearest: int = NEAREST) -> Plateau:
    """Over any points, each dimension scaled to [0, 1]: neighbours are the nearest few by Euclidean distance.

    Trials that do not count are nobody's neighbours.
    """
    valid = np.flatnonzero(np.isfinite(values))
    near = valid if counts is None else valid[counts[valid]]
    few = min(nearest, near.size - 1)
    if few < 1 or not places.shape[1]:
        return _plateau(values, *np.empty((2, 0), np.int64))
    from scipy.spatial import KDTree

    neighbours = near[np.atleast_2d(KDTree(places[near]).query(places[valid], k=few + 1)[1])]
    own = neighbours == valid[:, None]
    own[~own.any(axis=1), -1] = True  # of a trial that does not count, or among many equal points: the farthest
    return _plateau(values, np.repeat(valid, few), neighbours[~own])


def _plateau(values: Floats, one: Ints, other: Ints) -> Plateau:
    count = np.bincount(one, minlength=values.size)
    total = np.bincount(one, values[other], minlength=values.size)
    lowest = np.full(values.size, np.inf)
    np.minimum.at(lowest, one, values[other])
    mean = np.divide(total, count, out=np.full(values.size, np.nan), where=count > 0)
    return Plateau(values, count, mean, np.where(count > 0, lowest, np.nan))
