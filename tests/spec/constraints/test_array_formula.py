"""Formulas over arrays: each element is what the formula of its own values is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spec.constraints.array_formula import array_value
from sweep.spec.constraints.formula import value_of

NAMES = st.sampled_from(["sqn", "max_drawdown", "trades"])
NUMBERS = st.sampled_from(["2", "0.5", "1.25"])
SMOOTH, WITH_STEPS = ["+", "-", "*", "/"], ["+", "-", "*", "//", "%", ">=", "<"]  # a quotient may round beside a step


def formulas(operators: list[str], functions: list[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        NAMES | NUMBERS,
        lambda inner: (
            st.builds("({} {} {})".format, inner, st.sampled_from(operators), inner)
            | st.builds("({} ** 2)".format, inner)
            | st.builds("-{}".format, inner)
            | st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner)
            | st.builds("{}({})".format, st.sampled_from(functions), inner)
        ),
        max_leaves=5,
    )


FORMULAS = formulas(SMOOTH, ["abs", "float"]) | formulas(WITH_STEPS, ["abs", "int"])
VALUES = st.none() | st.sampled_from([-2.0, -0.5, 0.0, 0.25, 1.0, 3.0, 40.0])  # sums and products are exact


@given(FORMULAS, st.lists(st.fixed_dictionaries({"sqn": VALUES, "max_drawdown": VALUES, "trades": VALUES}), min_size=2))
def test_each_element_is_the_formula_of_its_values(formula, trials):
    formula = f"{formula} + 0 * sqn"  # no formula of numbers alone
    used = [name for name in ("sqn", "max_drawdown", "trades") if name in formula]
    arrays = {name: np.array([np.nan if t[name] is None else t[name] for t in trials]) for name in used}
    expected = [np.nan if (v := value_of(formula, t)) is None else v for t in trials]
    assert array_value(formula, arrays) == pytest.approx(np.array(expected), rel=1e-9, abs=1e-9, nan_ok=True)


def test_by_hand():
    sqn, trades = np.array([[1.234, 2.0], [3.0, np.nan]]), np.array([[50.0, 20.0], [0.0, 1.0]])
    values = {"sqn": sqn, "trades": trades}
    assert array_value("round(sqn, 1) * (trades >= 30)", values).tolist() == [
        [1.2, 0],
        [0, pytest.approx(np.nan, nan_ok=True)],
    ]
    assert np.isnan(array_value("sqn / trades", values)).tolist() == [[False, False], [True, True]]
    assert np.isnan(array_value("1 * (trades >= 30) + 0 * sqn", values))[1, 1], "a name that does not exist"


@pytest.mark.parametrize(
    "formula", ["sqn if trades > 2 else 0", "sqn and trades", "not sqn", "0 < sqn < trades", "len(sqn)"]
)
def test_what_looks_at_one_value_is_refused(formula):
    with pytest.raises(ValueError, match=r"."):
        array_value(formula, {"sqn": np.ones(2), "trades": np.ones(2)})
