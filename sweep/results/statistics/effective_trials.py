"""Effective number of independent trials among similar ones. Diagnostics: the verdict does not need them."""

from dataclasses import dataclass

import numpy as np

from sweep.results.statistics.arrays import Returns, standardised

MOST = 2_000  # trials that are looked at; of more, every so many-th


@dataclass(frozen=True, slots=True)
class EffectiveTrials:
    """Three estimates; they differ by an order of magnitude, which is why none of them decides anything here."""

    average_correlation: float  # Bailey and López de Prado (2014), appendix 3: rho + (1 - rho) N
    effective_rank: float  # Roy and Vetterli (2007): exp of the entropy of the correlation matrix's eigenvalues
    participation: float  # (sum of eigenvalues)^2 / sum of their squares


def effective_trials(returns: Returns) -> EffectiveTrials:
    """Effective number of trials (days x trials) by three estimates; trials without variation are left out of them."""
    varied = np.flatnonzero(np.ptp(returns, axis=0) > 0)
    count = varied.size
    if count < 2 or returns.shape[0] < 3:
        return EffectiveTrials(float(count), float(count), float(count))
    chosen = varied[:: -(-count // MOST)]
    values = standardised(returns[:, chosen])
    periods, columns = values.shape
    mean = (float((values.sum(axis=1) ** 2).sum()) / (periods - 1) - columns) / (columns * (columns - 1))
    gram = values @ values.T if periods < columns else values.T @ values
    eigenvalues = np.linalg.eigvalsh(gram / (periods - 1))
    shares = eigenvalues[eigenvalues > 1e-12 * eigenvalues[-1]] / eigenvalues.sum()
    rank = float(np.exp(-(shares * np.log(shares)).sum()))
    return EffectiveTrials(mean + (1 - mean) * count, rank, float(1 / (shares**2).sum()))
