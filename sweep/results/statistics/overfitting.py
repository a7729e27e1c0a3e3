"""Probability of backtest overfitting: selection on one half of the data, evaluation on the other half."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sweep.results.statistics.arrays import Floats, Ints, Returns, chunks

MANY = 2_000  # trials above which fewer blocks are cut


@dataclass(frozen=True, slots=True)
class Splits:
    """The trial that was best in sample, over all splits of the data in halves."""

    in_sample: Floats  # its Sharpe ratio (per period) in the half where it was chosen
    out_of_sample: Floats  # and in the other half
    logits: Floats  # ln(w / (1 - w)), w: its rank out of sample / (trials + 1), from 0 (worst) to 1
    blocks: int

    @property
    def pbo(self) -> float:
        """Share of splits in which the best in sample is in the worse half out of sample."""
        return float((self.logits <= 0).mean())

    @property
    def loss(self) -> float:
        """Share of splits in which the best in sample loses out of sample."""
        return float((self.out_of_sample < 0).mean())

    @property
    def slope(self) -> float:
        """Degradation: slope (least squares) of the out of sample on those in sample; 0 where these are all equal."""
        centred = self.in_sample - self.in_sample.mean()
        square = float(centred @ centred)
        return float(centred @ self.out_of_sample) / square if square > 0 else 0.0


def blocks_for(periods: int, trials: int) -> int:
    """Number of blocks: 16, fewer for short data (at least 10 periods each) and for very many trials; even."""
    return max(2, min(16 if trials <= MANY else 12, periods // 10 // 2 * 2))


def cscv(returns: Returns, blocks: int) -> Splits:
    """Combinatorially symmetric cross-validation of the choice by Sharpe ratio (returns: days x trials).

    Bailey, Borwein, López de Prado and Zhu, "The Probability of Backtest Overfitting" (2017). Periods that do not fill
    a block are left out at the beginning. A trial without variation in a half has a ratio of 0 there; equal ranks are
    shared.
    """
    sums, squares = _blocks(returns, blocks)
    length = len(returns) // blocks * blocks // 2
    halves = np.zeros((len(splits := list(combinations(range(blocks), blocks // 2))), blocks))
    np.put_along_axis(halves, np.array(splits), 1.0, axis=1)
    parts = [_choose(halves[part], sums, squares, length) for part in chunks(sums.shape[1], len(halves))]
    inside, outside, rank = (np.concatenate(column) for column in zip(*parts, strict=True))
    share = rank / (sums.shape[1] + 1)
    return Splits(inside, outside, np.log(share / (1 - share)), blocks)


def _blocks(returns: Returns, blocks: int) -> tuple[Floats, Floats]:
    """Sums and sums of squares by block (blocks x trials)."""
    cut = returns[len(returns) % blocks :]
    sums, squares = np.empty((2, blocks, returns.shape[1]))
    for part in chunks(len(returns), returns.shape[1]):
        values = np.asarray(cut[:, part], np.float64).reshape(blocks, -1, part.stop - part.start)
        sums[:, part], squares[:, part] = values.sum(axis=1), (values**2).sum(axis=1)
    return sums, squares


def _choose(halves: Floats, sums: Floats, squares: Floats, length: int) -> tuple[Floats, Floats, Floats]:
    """For some splits: the ratios of the best in sample, in and out of it, and its rank out of it (1: the worst)."""
    inside = sharpe_of_sums(halves @ sums, halves @ squares, length)
    outside = sharpe_of_sums((1 - halves) @ sums, (1 - halves) @ squares, length)
    best, row = inside.argmax(axis=1), np.arange(len(halves))
    chosen = outside[row, best]
    below = (outside < chosen[:, None]).sum(axis=1)
    equal = (outside == chosen[:, None]).sum(axis=1)
    return inside[row, best], chosen, below + (equal + 1) / 2


def sharpe_of_sums(sums: Floats, squares: Floats, periods: int | Ints) -> Floats:
    """Sharpe ratios from sums and sums of squares over so many periods; 0 without variation."""
    variance = (squares - sums**2 / periods) / (periods - 1)
    some = variance > 1e-12 * squares
    spread = np.sqrt(variance, out=np.ones_like(sums), where=some)
    return np.where(some, sums / periods / spread, 0.0)
