"""The same figures by skfolio, and further published ones (sources beside them)."""

from math import sqrt

import numpy as np
import pytest

from sweep.results.statistics import sharpe as s
from sweep.results.statistics.findings import find
from sweep.results.statistics.sharpe import Moments
from tests.results.statistics.markets import panel


def returns(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.standard_t(4, 400) / 100 + 0.001


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("benchmark", [0.0, 0.08])
def test_the_probabilistic_ratio_is_skfolios(seed, benchmark):
    from skfolio import measures  # slow to import

    series = returns(seed)
    ours = s.probabilistic(Moments.of(series), benchmark)
    assert ours == pytest.approx(measures.probabilistic_sharpe_ratio(series, benchmark), abs=1e-9)


@pytest.mark.parametrize("trials", [2, 10, 100, 3600])
def test_the_expected_maximum_is_skfolios(trials):
    from skfolio import measures  # slow to import

    ours = 0.05 * s.expected_maximum(trials)
    assert ours == pytest.approx(measures.expected_max_sharpe_ratio(trials, 0.05), abs=1e-9)


def test_the_deflated_ratio_of_a_whole_search_is_skfolios():
    from skfolio import measures  # slow to import

    it = panel(edge=0.1)
    ratios = it.returns.mean(axis=0) / it.returns.std(axis=0, ddof=1)
    theirs = measures.deflated_sharpe_ratio(it.returns[:, it.best], ratios)
    assert find(it).figures["deflated_sharpe_all_trials"] == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("trials", "skew", "kurtosis"), [(46, -3, 10), (88, 0, 3)])
def test_how_many_trials_the_deflated_ratio_of_its_paper_bears(trials, skew, kurtosis):
    """Bailey and López de Prado (2014): 0.9505 after 46 trials, and after 88 if the returns had been normal."""
    m = Moments(2.5 / sqrt(250), 1250, skew, kurtosis)
    assert s.deflated(m, trials, 0.5 / 250) == pytest.approx(0.9505, abs=5e-5)


@pytest.mark.parametrize(
    ("periods", "skew", "kurtosis", "years"),
    [(250, 0, 3, 2.73), (52, 0, 3, 2.83), (12, 0, 3, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_track_records_of_their_paper(periods, skew, kurtosis, years):
    """Bailey and López de Prado (2012): for an annual ratio of 2 to be above 1, daily, weekly, monthly, hedge funds."""
    m = Moments(2 / sqrt(periods), 100, skew, kurtosis)
    assert s.minimum_track_record(m, 1 / sqrt(periods)) / periods == pytest.approx(years, abs=5e-3)


@pytest.mark.parametrize(
    ("ratio", "periods", "error"),
    [(0.5, 12, 0.306), (0.5, 60, 0.137), (1.0, 12, 0.354), (1.5, 12, 0.421), (3.0, 500, 0.105)],
)
def test_standard_errors_of_lo(ratio, periods, error):
    """Lo (2002), table 1, independent returns; it divides by T where the later papers divide by T - 1."""
    assert s.standard_error(Moments(ratio, periods + 1)) == pytest.approx(error, abs=5e-4)


def test_the_best_of_a_thousand_worthless_strategies():
    """López de Prado, "The false strategy theorem" (2018): an annual Sharpe ratio of 3.26 is to be expected."""
    assert s.expected_maximum(1000) == pytest.approx(3.26, abs=5e-3)
