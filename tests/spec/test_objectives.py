import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spec.objectives import ABSENT, Bound, Goal, dominates

TWO = Goal((("pnl", "maximize"), ("risk", "minimize")))
figures = st.fixed_dictionaries({"pnl": st.integers(-3, 3), "risk": st.integers(0, 4) | st.none()})


@pytest.mark.parametrize(
    ("text", "metric", "sign", "limit"),
    [
        ("max_drawdown <= 0.1", "max_drawdown", 1, 0.1),
        ("trades>=30", "trades", -1, 30),
        (" a <= -1_000.5 ", "a", 1, -1000.5),
        ("a >= 1e-3", "a", -1, 0.001),
    ],
)
def test_a_bound(text, metric, sign, limit):
    assert Bound.parse(text) == Bound(metric, sign, limit)


@pytest.mark.parametrize("text", ["a < 1", "a <= b", "1 <= a", "a <= ", "a <= 1 <= 2", "a == 1", "a <= 1__0", ""])
def test_no_bound(text):
    assert Bound.parse(text) is None


def test_violations():
    most, least = Bound("x", 1, 0.1), Bound("x", -1, 30)
    assert most.violation({"x": 0.1}) == 0
    assert most.violation({"x": 0.3}) == pytest.approx(0.2)
    assert least.violation({"x": 29}) == 1
    assert least.violation({"x": 31}) < 0
    assert most.violation({"x": None}) == most.violation({}) == ABSENT


@given(st.lists(figures, max_size=12))
def test_the_front_is_what_nobody_beats(trials):
    def beaten(n: int) -> bool:
        mine = TWO.scores(trials[n])
        return mine is None or any((s := TWO.scores(t)) is not None and dominates(s, mine) for t in trials)

    assert sorted(TWO.front(trials)) == [n for n in range(len(trials)) if not beaten(n)]


def test_who_breaks_a_bound_is_not_on_the_front():
    goal = Goal(TWO.objectives, (Bound("risk", 1, 2),))
    assert goal.front([{"pnl": 9, "risk": 3}, {"pnl": 1, "risk": 2}, {"pnl": 2, "risk": None}]) == [1]


FRONT = [{"pnl": 10, "risk": 5}, {"pnl": 9, "risk": 1}, {"pnl": 1, "risk": 0}, {"pnl": 0, "risk": 9}]


@pytest.mark.parametrize(
    ("prefer", "first"),
    [
        ((), 0),
        (("pnl",), 0),
        (("risk",), 2),
        ({"pnl": 1, "risk": 1}, 1),
        ({"risk": 1}, 2),
        ({"pnl": 100, "risk": 1}, 0),
    ],
)
def test_the_preferred_one_is_first(prefer, first):
    ranked = Goal(TWO.objectives, (), prefer).ranked(FRONT)
    assert ranked[0] == first
    assert sorted(ranked) == [0, 1, 2]


def test_nothing_to_rank():
    assert Goal(TWO.objectives, (), {"pnl": 1}).ranked([]) == []
    assert TWO.ranked([{"pnl": None, "risk": 1}]) == []


def test_from_the_facts_of_a_ledger():
    facts = {"objective": {"metric": "pnl", "direction": "maximize"}}
    assert Goal.of(facts) == Goal((("pnl", "maximize"),))
    facts |= {
        "objectives": [{"metric": "pnl", "direction": "maximize"}, {"metric": "risk", "direction": "minimize"}],
        "metric_constraints": ["risk <= 2"],
        "prefer": ["risk"],
    }
    assert Goal.of(facts) == Goal(TWO.objectives, (Bound("risk", 1, 2),), ("risk",))
