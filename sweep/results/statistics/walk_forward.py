"""Choosing on the past and booking the future, window by window, from returns that are stored already."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sweep.results.statistics.arrays import Floats, Ints, Returns, chunks
from sweep.results.statistics.overfitting import sharpe_of_sums


@dataclass(frozen=True, slots=True)
class Fold:
    """Periods [train_start, train_end) where the best is chosen, and [test_start, test_end) that it is booked for."""

    train_start: int
    train_end: int
    test_start: int
    test_end: int


@dataclass(frozen=True, slots=True)
class WalkForward:
    """Result of following the best trial of each window."""

    windows: tuple[Fold, ...]
    chosen: Ints  # the trial (column) of each window
    in_sample: Floats  # its Sharpe ratio (per period) where it was chosen
    returns: Floats  # out of sample, stitched: one for each booked period
    profits: Floats  # sum of the returns of each window

    @property
    def largest_share(self) -> float | None:
        """The part of the whole profit that the best window brought; None without a profit."""
        total = float(self.profits.sum())
        return float(self.profits.max()) / total if total > 0 else None


def windows(
    periods: int, train: int, test: int, *, anchored: bool = False, purge: int = 0, embargo: int = 0
) -> Iterator[Fold]:
    """Windows that walk over the data, `test` periods at a time; anchored ones all begin with the first period.

    Pardo, "Design, Testing and Optimization of Trading Systems" (1992). `purge` drops so many periods at the end of
    each training (positions that reach into the test), `embargo` so many between training and booking, as after López
    de Prado, "Advances in Financial Machine Learning" (2018), ch. 7. The last window may be shorter.
    """
    if train - purge < 2 or test < 1:
        raise ValueError("a window trains on at least 2 periods after the purge and books at least 1")
    for begin in range(train, periods - embargo, test):
        start = 0 if anchored else begin - train
        yield Fold(start, begin - purge, begin + embargo, min(begin + embargo + test, periods))


def usual(periods: int) -> list[Fold]:
    """Rolling windows for so many periods: the first third trains, the rest is booked in eight parts."""
    train = max(2, periods // 3)
    return list(windows(periods, train, max(1, -(-(periods - train) // 8))))


def walk_forward(returns: Returns, over: list[Fold]) -> WalkForward:
    """Choose the trial with the highest Sharpe ratio on each training, book its returns (days x trials) of the test.

    Costs of changing from one trial to the next and positions that are open at a seam are not booked. Where the trials
    themselves were found on all of the data (an adaptive search) this is optimistic.
    """
    best, chosen = np.full(len(over), -np.inf), np.zeros(len(over), np.int64)
    for part in chunks(len(returns), returns.shape[1]):
        ratios = _training(returns[:, part], over)
        leader = ratios.argmax(axis=1)
        value = ratios[np.arange(len(over)), leader]
        chosen = np.where(value > best, leader + part.start, chosen)
        best = np.maximum(best, value)
    booked = [np.asarray(returns[w.test_start : w.test_end, n], np.float64) for w, n in zip(over, chosen, strict=True)]
    profits = np.array([b.sum() for b in booked])
    return WalkForward(tuple(over), chosen, best, np.concatenate(booked), profits)


def _training(returns: Returns, over: list[Fold]) -> Floats:
    """Sharpe ratios of the trials on each training (windows x trials), by prefix sums."""
    values = np.asarray(returns, np.float64)
    zero = np.zeros((1, values.shape[1]))
    sums, squares = (np.concatenate([zero, np.cumsum(v, axis=0)]) for v in (values, values**2))
    begin, end = np.array([(w.train_start, w.train_end) for w in over]).T
    return sharpe_of_sums(sums[end] - sums[begin], squares[end] - squares[begin], (end - begin)[:, None])
