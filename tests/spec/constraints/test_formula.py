"""Formulas over metrics: values by hand, and every mistake with a remedy that helps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spec.constraints.formula import is_formula, mistake, used_of, value_of
from sweep.spec.metric_table import METRIC_TABLE

FIGURES = {"sharpe_ratio": 1.5, "max_drawdown": 0.2, "trades": 40, "sqn": None, "strategies.fast.pnl_total": 7.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sharpe_ratio - 2 * max_drawdown", 1.1),
        ("sharpe_ratio * min(1, trades / 100)", 0.6),
        ("sharpe_ratio * (trades >= 30)", 1.5),
        ("abs(-strategies.fast.pnl_total) + 1", 8.0),
        ("sharpe_ratio", 1.5),
        ("sharpe_ratio + sqn", None),  # one of the metrics is undefined
        ("1 / (trades - 40)", None),
        ("(-1 * trades) ** 0.5 + trades", None),  # no real number
        ("sqn", None),
        ("sharpe_ratio + missing", None),
    ],
)
def test_the_value_of_a_formula(text, value):
    assert value_of(text, FIGURES) == (value if value is None else pytest.approx(value, rel=1e-12))


@pytest.mark.parametrize("name", [*METRIC_TABLE, "my_metric", "strategies.fast.pnl_total", "strategies.my-fast.trades"])
def test_a_name_is_no_formula(name):
    assert not is_formula(name)


@pytest.mark.parametrize(
    ("text", "rule", "remedy"),
    [
        ("sharpe_ratio - 2 * max_drawdwn", "names 'max_drawdwn', which is not a metric", "max_drawdown"),
        ("sharpe_ratio -", "is neither a metric nor a formula over metrics", "functions: abs, min, max"),
        ("sqrt(sharpe_ratio)", "is neither a metric nor a formula over metrics", "functions: abs, min, max"),
        ("sharpe_ratio.real() + 1", "it calls sharpe_ratio.real", "functions"),
        ("1 + 1", "names no metric", "sharpe_ratio - 2 * max_drawdown"),
        ("-" * 200 + "trades", "neither a metric nor", "functions"),
    ],
)
def test_a_mistake_has_its_rule_and_a_remedy(text, rule, remedy):
    problem = mistake(text, list(METRIC_TABLE))
    assert rule in problem[0]
    assert remedy in problem[1]


def test_a_right_formula_has_no_mistake():
    assert mistake("sharpe_ratio - 2 * max_drawdown", list(METRIC_TABLE)) == ("", "")


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_it_is_computed_as_written(one, other):
    figures = {"a": one, "b": other}
    assert value_of("2 * a - b", figures) == pytest.approx(2 * one - other, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("beta", {"beta"}),
        ("alpha - 2 * beta", {"alpha", "beta"}),
        ("min(beta, strategies.fast.trades)", {"beta", "strategies.fast.trades"}),
        ("2 +", set()),
    ],
)
def test_names_of_the_metrics_of_a_formula(text: str, names: set[str]):
    assert used_of(text) == names
