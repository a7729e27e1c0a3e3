"""Figures of a trial beside a benchmark, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.ledger.facts import SweepFacts
from sweep.results.curves.benchmark import Benchmark, with_comparison, without_comparison
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.trial import Result, State

DAYS = ("2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07")
UNDEFINED = dict.fromkeys(BENCHMARK)


def closes(*prices: float) -> Benchmark:
    return Benchmark("SPY.ARCA", dict(zip(DAYS, prices, strict=False)))


def test_by_hand():
    # b: 10 %, -10 %, 0; r: 6 %, -4 %, 1 %. Means 0 and 1 %; sums of products 0.01 and of squares 0.02: beta 0.5.
    figures = closes(100, 110, 99, 99).figures(DAYS, (0.5, 0.06, -0.04, 0.01), 250)
    assert figures["beta"] == pytest.approx(0.5, abs=1e-12)
    assert figures["alpha"] == pytest.approx((0.01 - 0.5 * 0) * 250, abs=1e-12)
    assert figures["correlation"] == pytest.approx(0.01 / (0.02 * 0.005) ** 0.5, abs=1e-12)


def test_a_day_counts_where_the_benchmark_has_it_and_the_trial_s_day_before():
    returns = (0.1, 0.2, -0.1, 0.3, 0.05, -0.2)
    days = (*DAYS, "2026-05-08", "2026-05-11")
    prices = {"2026-05-03": 7.0, **dict(zip(days, (100, 120, 108, 0, 151.2, 120.96), strict=True)), "2026-06-01": 9.0}
    del prices["2026-05-07"]  # so the 7th and the 8th do not count
    # What counts are 20 %, -10 % and -20 % of both: the same series.
    assert Benchmark("x", prices).figures(days, returns, 252) == pytest.approx(
        {"beta": 1, "alpha": 0, "correlation": 1}
    )


@pytest.mark.parametrize(
    "benchmark",
    [closes(), closes(100, 101, 102), closes(5, 5, 5, 5), closes(1, 1.01, 1.01**2, 1.01**3)],
    ids=["no overlap", "two days", "unchanging", "the same return each day"],
)
def test_undefined(benchmark: Benchmark):
    assert benchmark.figures(DAYS, (0.1, 0.2, 0.1, 0.3), 252) == UNDEFINED


def test_without_variation_of_the_trial_only_the_correlation_is_undefined():
    figures = closes(100, 110, 99, 99).figures(DAYS, (0.0, 0.0, 0.0, 0.0), 252)
    assert figures == {"beta": 0, "alpha": 0, "correlation": None}


SERIES = st.lists(st.floats(-0.2, 0.2), min_size=4, max_size=12)


@given(SERIES, st.floats(0.1, 3), st.floats(-0.01, 0.01))
def test_a_multiple_of_the_benchmark_with_a_gain_each_day(changes: list[float], slope: float, gain: float):
    days = [f"2026-05-{n + 1:02d}" for n in range(len(changes))]
    prices, returns = {days[0]: 100.0}, [0.0]
    for before, day, change in zip(days, days[1:], changes[1:], strict=False):
        prices[day] = prices[before] * (1 + change)
        returns.append(slope * change + gain)
    figures = Benchmark("x", prices).figures(days, returns, 252)
    if max(changes[1:]) - min(changes[1:]) > 1e-6:
        assert figures["beta"] == pytest.approx(slope, rel=1e-6)
        assert figures["alpha"] == pytest.approx(252 * gain, abs=1e-6)
        assert figures["correlation"] == pytest.approx(1)


def test_a_result_has_the_figures_of_one_benchmark_alone():
    result = Result(
        State.COMPLETE, {"pnl_total": 1.0, "beta": 9.0}, days=DAYS, returns=(0.0, 0.06, -0.04, 0.01),
        stats={"days_per_year": 365},
    )  # fmt: skip
    compared = with_comparison(closes(100, 110, 99, 99), result)
    assert compared.metrics["beta"] == pytest.approx(0.5)
    assert compared.metrics["alpha"] == pytest.approx(3.65)
    assert with_comparison(None, result) == result
    of_benchmark = SweepFacts(benchmark=closes(1, 2).plain())
    assert without_comparison(of_benchmark, compared).metrics == {"pnl_total": 1.0}
    assert without_comparison(SweepFacts(), compared) == compared  # a metric of the user's own may have that name
    failed = Result(State.FAILED)
    assert with_comparison(closes(1, 2), failed) == failed


def test_plain_and_back():
    benchmark = closes(1, 2, 3)
    assert Benchmark.of(benchmark.plain()) == benchmark
    assert Benchmark.of(None) is None
