"""Lists that a program wrote into a spec: refused before their checks, which would take minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import InputError
from sweep.spec.forms.list_lengths import ITEMS, NAMES, too_long
from sweep.spec.reader import read

LISTS = ["data", "venues", "strategies", "actors", "metrics", "objective", "search.constraints", "search.enqueue"]


def written(where: str, length: int) -> dict[str, object]:
    section, _, key = where.partition(".")
    items = [f"x < {n}" for n in range(length)]
    return {section: {key: items} if key else items}


@given(st.sampled_from(LISTS), st.integers(0, 3))
def test_a_list_may_have_so_many_entries_and_no_more(where: str, more: int):
    assert too_long(written(where, ITEMS)) == []
    problems = too_long(written(where, ITEMS + more))
    assert [p.where for p in problems] == [where] * bool(more)


@pytest.mark.parametrize("key", ["instruments", "bar_types"])
def test_names_are_counted_over_all_data(key: str):
    entry = {"type": "QuoteTick", key: ["A.X"] * (NAMES // 2)}
    assert too_long({"data": [entry, entry]}) == []
    (problem,) = too_long({"data": [entry, entry, {key: ["A.X"]}, "text", {key: None}]})
    assert (problem.where, "names 10,001" in problem.rule) == ("data", True)


def test_values_of_parameters_and_of_configs_may_be_many():
    many = list(range(5 * ITEMS))
    assert too_long({"search": {"space": {"strategy.x": many}}, "strategy": {"config": {"x": many}}}) == []


def test_such_a_spec_is_refused_before_all_other_checks():
    constraints = "".join(f"  - fast < slow + {n}\n" for n in range(20_000))
    with pytest.raises(InputError) as refused:
        read(f"search:\n  constraints:\n{constraints}")
    assert [p.where for p in refused.value.problems] == ["search.constraints"]
