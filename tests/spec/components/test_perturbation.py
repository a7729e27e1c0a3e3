"""The perturbation in a resolved backtest: one form for equal ones, none for one that changes nothing."""

import pytest

from sweep.spec.components.perturbation import Perturbation, effective, of
from sweep.spec.model import resolve


@pytest.mark.parametrize("zero", [{}, {"seed": 3}, {"noise": 0.0, "spread": 1.0, "drop": 0.0}])
def test_one_that_changes_nothing_is_no_part_of_the_backtest(zero):
    assert effective({"name": 1, "perturbation": zero}) == {"name": 1}
    assert of({"perturbation": zero}) is None


def test_parameters_write_it_and_equal_ones_have_one_form():
    base = {"period": {"start": "2026-05-04T00:00:00Z", "end": "2026-05-05T00:00:00Z"}}
    one = resolve(base, {"perturbation.noise": 0.5})
    other = resolve(base, {"perturbation.seed": 0, "perturbation.noise": 0.5, "perturbation.drop": 0.0})
    assert one == other
    assert one["perturbation"]["noise"] == 0.5
    assert resolve(base, {"perturbation.noise": 0.0}) == resolve(base, {})


def test_a_delay_is_in_nanoseconds():
    assert Perturbation(delay=1.5).delay_ns == 1_500_000_000
