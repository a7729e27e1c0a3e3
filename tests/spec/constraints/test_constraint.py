"""Expressions over parameters."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from simpleeval import SimpleEval

from sweep.spec.constraints.constraint import Constraint


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a + 0.2 <= 0.3", True),  # exactly, as it is written
        ("a == 0.1 and strategy.b == 'x'", True),
        ("1 / (a - 0.1) > 0", False),  # has no value there
        ("c > 2", True),
        ("c", True),
        ("a < 'x'", False),
    ],
)
def test_it_is_computed_on_decimals_with_fixed_values_beside_the_parameters(text: str, holds: bool):
    names = {"a": "strategy.a", "strategy.b": "strategy.b"}
    rule = Constraint(text, {k: v for k, v in names.items() if k in text}, {"c": 3})
    assert rule.holds({"strategy.a": 0.1, "strategy.b": "x"}) == holds


def test_it_concerns_points_that_have_all_its_parameters_or_a_value_of_the_backtest_for_them():
    rule = Constraint("a < b", {"a": "strategy.a", "b": "strategy.b"}, {"b": 2})
    assert rule.concerns({"strategy.a": 1})
    assert rule.holds({"strategy.a": 1})
    assert not rule.holds({"strategy.a": 1, "strategy.b": 0})
    assert not rule.concerns({"strategy.b": 1})


def test_no_evaluator_ends_where_a_ctrl_c_would_be_lost(monkeypatch):
    """The library's `__del__` is Python code: an exception of a signal in it goes nowhere."""
    ended = list[object]()
    monkeypatch.setattr(SimpleEval, "__del__", ended.append)
    rule = Constraint("a < b", {"a": "strategy.a", "b": "strategy.b"}, {})
    assert [rule.holds({"strategy.a": n, "strategy.b": 2}) for n in range(4)] == [True, True, False, False]
    assert not ended


def test_threads_do_not_see_the_values_of_others():
    rule = Constraint("a == b", {"a": "strategy.a", "b": "strategy.b"}, {})
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda n: rule.holds({"strategy.a": n, "strategy.b": n}), range(2_000)))
