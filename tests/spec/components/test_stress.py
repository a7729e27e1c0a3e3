"""Section `stress`."""

import pytest
from pydantic import ValidationError

from sweep.spec.components.stress import TESTS, StressRules


def test_all_tests_run_by_default():
    rules = StressRules()
    assert rules.tests == list(TESTS)
    assert (rules.top, rules.trials, rules.delay) == (5, 20, 10.0)
    assert StressRules.model_validate({"delay": "2m"}).delay == 120.0


@pytest.mark.parametrize("wrong", [
    {"top": 0}, {"trials": 1}, {"drop": 1.0}, {"skip": -0.1}, {"fees": []}, {"latency": [0.5]}, {"tests": []},
    {"tests": ["rain"]}, {"other": 1},
])  # fmt: skip
def test_what_is_no_size(wrong):
    with pytest.raises(ValidationError):
        StressRules.model_validate(wrong)
