import pytest

from sweep.search.base import SearchMethod
from sweep.search.early_stopping import EarlyStopping
from sweep.search.grid import Grid
from sweep.spec.objectives import Bound, Goal
from sweep.spec.space import Choice, Space
from sweep.trial import Result, State
from tests.support.searches import GOAL, run, study

TWO = Goal((("value", "maximize"), ("cost", "minimize")))


def learn(patience: EarlyStopping, *figures: dict[str, float] | None) -> str:
    for f in figures:
        patience.learn(Result(State.COMPLETE, f) if f else Result(State.FAILED))
    return patience.verdict()


def values(*numbers: float) -> list[dict[str, float]]:
    return [{"value": v} for v in numbers]


def test_nothing_better_for_long_enough():
    assert not learn(EarlyStopping(GOAL, 3), *values(1, 5, 4, 5))
    assert "nothing better in 3 trials" in learn(EarlyStopping(GOAL, 3), *values(1, 5, 4, 5, 2))
    assert not learn(EarlyStopping(GOAL, 3), *values(1, 5, 4, 5, 6, 0, 0))
    assert learn(EarlyStopping(Goal((("value", "minimize"),)), 2), *values(1, 5, 4))


def test_failures_and_what_breaks_a_bound_are_no_improvement():
    goal = Goal(GOAL.objectives, (Bound("value", 1, 10),))
    assert learn(EarlyStopping(goal, 2), *values(1, 99), None)
    assert not learn(EarlyStopping(goal, 2), None, None, None)  # nothing is known yet


@pytest.mark.parametrize(("way", "reached", "not_reached"), [("maximize", 7, 6.9), ("minimize", 7, 7.1)])
def test_the_target(way, reached, not_reached):
    goal = Goal((("value", way),))
    assert "target" in learn(EarlyStopping(goal, target=7), *values(reached, 0 if way == "maximize" else 99))
    assert not learn(EarlyStopping(goal, target=7), *values(not_reached))


def test_with_several_objectives_the_front_must_move():
    points = [{"value": 1, "cost": 1}, {"value": 2, "cost": 2}, {"value": 0, "cost": 3}]
    assert not learn(EarlyStopping(TWO, 2), *points)
    assert learn(EarlyStopping(TWO, 2), *points, {"value": 1, "cost": 1})
    assert not learn(EarlyStopping(TWO, 2), *points, {"value": 9, "cost": 0}, points[0])


def test_a_study_ends_at_the_same_trial_whatever_the_order_and_can_be_extended():
    def make(patience: int) -> SearchMethod:
        return SearchMethod(study("random"), 100, 4, patience=EarlyStopping(GOAL, patience))

    ended = [make(10) for _ in range(3)]
    points = [[p.params for p, _ in run(search, slots=slots, order=slots)] for slots, search in enumerate(ended, 1)]
    assert points[0] == points[1] == points[2]
    assert 10 < len(points[0]) < 100
    assert all("nothing better" in search.ended for search in ended)
    longer = [p.params for p, _ in run(make(40))]
    assert len(longer) > len(points[0])
    assert longer[: len(points[0])] == points[0]


def test_a_grid_stops_too():
    grid = SearchMethod(
        Grid(Space((Choice("count", tuple(range(50))),))), window=2, patience=EarlyStopping(GOAL, target=20)
    )
    trials = run(grid, lambda p: {"value": float(p["count"])}, order=1)  # type: ignore[arg-type]
    assert len(trials) == 22
