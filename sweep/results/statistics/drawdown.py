"""Drawdown of the same trades, or days, in another order or another bootstrap sample."""

from dataclasses import dataclass

import numpy as np

from sweep.results.statistics.arrays import Floats
from sweep.results.statistics.bootstrap import indices


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Totals and deepest falls from a peak (positive), in the unit of the results, over the bootstrap's samples."""

    totals: Floats
    drawdowns: Floats

    @property
    def loss(self) -> float:
        """Share of samples that do not end with a profit."""
        return float((self.totals <= 0).mean())

    @property
    def drawdown_95(self) -> float:
        """The drawdown that one sample in twenty exceeds."""
        return float(np.quantile(self.drawdowns, 0.95))

    @property
    def total_5(self) -> float:
        """The total that one sample in twenty falls short of."""
        return float(np.quantile(self.totals, 0.05))


def outcomes(results: Floats, *, block: float = 1.0, samples: int = 2_000, seed: int = 0) -> Outcomes:
    """Bootstrap with replacement of the PnL of trades (block 1: independent), or of returns of days in blocks.

    Efron (1979); with blocks Politis and Romano (1994). A mere shuffle would leave the total as it is. It corrects for
    no search: the results are those of a trial that was chosen.
    """
    drawn = np.asarray(results, np.float64)[indices(len(results), samples, block, seed)]
    equity = np.cumsum(drawn, axis=1)
    peak = np.maximum(np.maximum.accumulate(equity, axis=1), 0.0)
    return Outcomes(equity[:, -1], (peak - equity).max(axis=1))


def shuffled(results: Floats, *, samples: int = 2_000, seed: int = 0) -> Outcomes:
    """The same results in random orders: informs of the drawdown alone."""
    drawn = np.random.default_rng(seed).permuted(np.tile(np.asarray(results, np.float64), (samples, 1)), axis=1)
    equity = np.cumsum(drawn, axis=1)
    peak = np.maximum(np.maximum.accumulate(equity, axis=1), 0.0)
    return Outcomes(equity[:, -1], (peak - equity).max(axis=1))
