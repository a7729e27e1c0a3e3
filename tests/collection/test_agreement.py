"""Engines that agree, by pairs of sweeps."""

import pytest

from sweep.collection.agreement import are_apart


@pytest.mark.parametrize(
    ("sweeps", "expected"),
    [
        ([], False),
        ([("6", [])], False),
        ([("6", []), ("6", [])], False),
        ([("6", []), ("7", [])], True),
        ([("6", ["7"]), ("7", [])], False),  # the old sweep gives the same under the new engine
        ([("7", []), ("6", ["7"])], False),
        ([("6", ["5"]), ("7", ["5"])], True),  # in which neither ran
        ([("6", ["7"]), ("7", []), ("6", [])], True),  # the third was not compared
        ([("6", ["7"]), ("7", []), ("5", ["7", "6"])], False),
    ],
)
def test_two_sweeps_agree_if_one_of_them_gave_the_same_under_the_engine_of_the_other(sweeps, expected):
    assert are_apart(iter(sweeps)) is expected
