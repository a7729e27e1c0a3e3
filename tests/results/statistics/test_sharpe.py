"""Published figures, to every digit that was printed (sources beside them), and what must hold of any series."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.results.statistics import sharpe as s
from sweep.results.statistics.sharpe import Moments

HEDGE = Moments(0.036 / 0.079, 24, -2.448, 10.164, 0.2)  # López de Prado, Lipton and Zoonekynd (2026)


def test_deflated_sharpe_of_its_paper():
    m = Moments(2.5 / sqrt(250), 1250, -3, 10)  # Bailey and López de Prado (2014), section "a numerical example"
    assert s.deflated(m, 100, 0.5 / 250) == pytest.approx(0.90039683444939034, abs=1e-12)
    assert sqrt(0.5 / 250) * s.expected_maximum(100) == pytest.approx(0.1132, abs=5e-5)
    assert s.deflated(m, 1, 0.5 / 250) == s.probabilistic(m)


def test_probabilistic_sharpe_of_its_paper():
    assert s.probabilistic(Moments(0.458, 24)) == pytest.approx(0.982, abs=5e-4)
    assert s.probabilistic(Moments(0.458, 24, -2.448, 10.164)) == pytest.approx(0.913, abs=5e-4)
    assert s.probabilistic(Moments(0.458, 24), 0.458) == pytest.approx(0.5, abs=1e-12)


def test_standard_error_and_track_record_of_the_same_paper():
    fund = Moments(0.7079, 134, -0.2250, 2.9570)  # HFR index, monthly
    assert s.standard_error(fund) == pytest.approx(0.1028, abs=5e-5)
    assert s.minimum_track_record(fund) / 12 == pytest.approx(0.7152, abs=5e-5)
    assert s.minimum_track_record(fund, 0.7079) == inf


def test_expected_maximum_and_backtest_length_of_their_paper():
    assert s.expected_maximum(10) == pytest.approx(1.57459830134575, abs=1e-9)
    assert s.expected_maximum(100) == pytest.approx(2.5306028932016846, abs=1e-12)
    assert s.minimum_backtest_years(45) == pytest.approx(4.9980870044434038, abs=1e-12)
    assert s.minimum_backtest_years(7) == pytest.approx(1.923143406664121, abs=1e-9)
    assert (s.most_trials(5), s.most_trials(2)) == (45, 7)
    assert s.expected_maximum(1) == s.expected_maximum(0) == 0
    assert s.minimum_backtest_years(45, 2) == pytest.approx(s.minimum_backtest_years(45) / 4)


def test_expected_maximum_is_near_the_exact_one():
    draws = np.random.default_rng(0).standard_normal((20_000, 100)).max(axis=1)
    assert s.expected_maximum(100) == pytest.approx(draws.mean(), rel=0.02)


def test_errors_with_autocorrelation_of_their_paper():
    assert s.standard_error_ar1(HEDGE) == pytest.approx(0.379, abs=5e-4)
    assert s.standard_error_ar1(Moments(HEDGE.sharpe, 24)) == pytest.approx(0.214, abs=5e-4)
    assert s.probabilistic_ar1(HEDGE) == pytest.approx(0.966, abs=5e-4)
    assert s.probabilistic_ar1(HEDGE, 0.1) == pytest.approx(0.900, abs=5e-4)
    assert s.minimum_track_record_ar1(HEDGE) == pytest.approx(19.543, abs=5e-4)
    assert s.minimum_track_record_ar1(HEDGE, 0.1) == pytest.approx(39.369, abs=5e-4)
    assert 1 - s.power(HEDGE, 0.5) == pytest.approx(0.411, abs=5e-4)
    assert 1 - s.power(Moments(HEDGE.sharpe, 24), 0.5) == pytest.approx(0.224, abs=5e-4)
    assert s.minimum_track_record_ar1(HEDGE, 1.0) == inf


@pytest.mark.parametrize(("rho", "factor"), [(-0.2, 4.17), (0, 3.46), (0.2, 2.88), (0.5, 2.12)])
def test_annual_factors_of_lo(rho, factor):
    assert s.annual_factor(12, rho) == pytest.approx(factor, abs=5e-3)


def test_a_trial_without_variation_has_a_ratio_of_zero():
    returns = np.array([[0.01, 0.0, 0.1], [0.03, 0.0, 0.1], [0.02, 0.0, 0.1]])
    assert s.sharpe(returns) == pytest.approx([2.0, 0.0, 0.0])
    assert Moments.of(returns[:, 1]) == Moments(0.0, 3)
    assert s.probabilistic(Moments(0.0, 3)) == 0.5


def test_chunks_change_nothing(monkeypatch):
    returns = np.random.default_rng(3).standard_normal((50, 40))
    whole = s.sharpe(returns)
    monkeypatch.setattr("sweep.results.statistics.arrays.CELLS", 130)
    assert np.array_equal(s.sharpe(returns), whole)
    assert np.allclose(whole, returns.mean(axis=0) / returns.std(axis=0, ddof=1))


@given(st.integers(0, 10_000), st.floats(0.1, 100))
def test_moments_do_not_depend_on_the_scale(seed, scale):
    returns = np.random.default_rng(seed).standard_normal(50)
    one, other = Moments.of(returns), Moments.of(returns * scale)
    assert other == pytest.approx(one)
    assert one.kurtosis >= 1 + one.skew**2 - 1e-9


@given(st.floats(-1, 1), st.integers(3, 5000), st.floats(-1, 1))
def test_more_data_and_a_lower_benchmark_give_more_confidence(ratio, periods, benchmark):
    here = s.probabilistic(Moments(ratio, periods), benchmark)
    assert s.probabilistic(Moments(ratio, periods), benchmark - 0.1) >= here
    if ratio > benchmark:
        assert s.probabilistic(Moments(ratio, periods + 100), benchmark) >= here
