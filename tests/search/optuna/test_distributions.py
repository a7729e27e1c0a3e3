import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.search.optuna.distributions import Axis, distribution
from sweep.spec.space import Choice, LogRange, Range


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Choice("x", (5, 10, 20)), CategoricalDistribution((5, 10, 20))),
        (Choice("x", ("a", None, True)), CategoricalDistribution(("a", None, True))),
        (Choice("x", (1, True)), CategoricalDistribution(("1", "true"))),
        (Choice("x", ({"type": "a"}, [1])), CategoricalDistribution(('{"type": "a"}', "[1]"))),
        (Range("x", 10, 50, 5), IntDistribution(0, 8)),
        (Range("x", 0.1, 0.5, 0.1), IntDistribution(0, 4)),
        (Range("x", 1, 9), IntDistribution(1, 9)),
        (Range("x", 1.0, 9.0), FloatDistribution(1.0, 9.0)),
        (Range("x", 1, 9.0), FloatDistribution(1.0, 9.0)),
        (LogRange("x", 1, 1000, 4), IntDistribution(0, 3)),
        (LogRange("x", 1, 1000), IntDistribution(1, 1000, log=True)),
        (LogRange("x", 0.1, 10.0), FloatDistribution(0.1, 10.0, log=True)),
    ],
)
def test_each_kind_of_dimension(dimension, expected):
    assert distribution(dimension) == expected


DIMENSIONS = [
    Choice("x", (1, True, {"a": 1}, "b")),
    Range("x", 0.1, 0.9, 0.1),
    Range("x", 2, 40, 2),
    LogRange("x", 0.01, 10.0, 13),
    Range("x", 1, 9),
    LogRange("x", 1, 50),
]


@given(st.sampled_from(DIMENSIONS), st.randoms(use_true_random=False))
def test_there_and_back_exactly(dimension, random):
    axis, value = Axis.of(dimension), dimension.draw(random)
    converted = axis.value(value)
    assert axis.distribution._contains(axis.distribution.to_internal_repr(converted))
    assert axis.plain(converted) == value
    assert type(axis.plain(converted)) is type(value)
