"""Plain data and its digest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.common.json_values import digest, is_list, is_mapping, is_number, repeated

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(values)
def test_a_digest_does_not_depend_on_the_order_of_keys_and_survives_json(value):
    assert digest(value) == digest(json.loads(json.dumps(value, sort_keys=True)))


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (1, "1"), (0.1, 0.1 + 2**-56), ([1], 1), ({}, []), (None, 0)]
)
def test_what_differs_has_another_digest(one, other):
    assert digest(one) != digest(other)


def test_a_digest_refuses_what_is_no_figure():
    with pytest.raises(ValueError, match="JSON"):
        digest(float("nan"))


def test_kinds():
    assert [is_number(v) for v in (1, 1.5, True, "1", float("inf"), None)] == [True, True, False, False, False, False]
    assert is_mapping({})
    assert not is_mapping([])
    assert is_list([])
    assert not is_list(())


@given(st.lists(st.integers(0, 4)))
def test_repeated_values_are_those_that_stand_before(numbers):
    assert repeated(numbers) == [n for n, number in enumerate(numbers) if number in numbers[:n]]
