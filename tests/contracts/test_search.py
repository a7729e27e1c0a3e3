"""Any search: the same trials whatever the number of workers, the order in which trials end, and crashes in between."""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from random import Random

import pytest

from sweep.search.base import SearchMethod
from sweep.search.grid import Grid
from sweep.search.pruners import factory as pruners
from sweep.spec.constraints.constraint import Constraint
from sweep.spec.objectives import Bound, Goal
from sweep.spec.space import Choice, Range, Space
from sweep.spec.space_parser import parse
from sweep.trial import Params, Proposal
from tests.support import searches
from tests.support.effort import repeats
from tests.support.searches import GOAL, SPACE, hill, run, study, through_json

TRIALS, WINDOW, AT = 40, 5, (0.2, 0.6)
SMALL = Space((Choice("count", tuple(range(1, 8))), Range("ratio", 0.1, 0.9, 0.2), Choice("level", (0.1, 0.3))))
SAMPLERS = ("tpe", "random", "qmc", "cmaes", "nsga2", "nsga3")
GP = [pytest.param("gp", marks=pytest.mark.slow)] if find_spec("torch") else []  # seconds for each ask
EACH = [*(pytest.param(s, marks=pytest.mark.slow) if s in {"qmc", "nsga2", "nsga3"} else s for s in SAMPLERS), *GP]


def median(goal: Goal = GOAL):
    return pruners.create({"type": "median", "rungs": [0.2, 0.6], "startup_trials": 3}, goal, 0)


def grid() -> SearchMethod:
    return SearchMethod(Grid(SMALL), window=WINDOW, pruner=median())


def optuna(sampler: str) -> Callable[[], SearchMethod]:
    return lambda: SearchMethod(study(sampler), TRIALS, WINDOW, median())


SEARCHES = {"grid": grid} | {name: optuna(name) for name in (*SAMPLERS, "gp")}


def trace(search: SearchMethod, **how) -> list[tuple]:
    """All that must be the same: settings, bounds, values, states."""
    trials = run(search, at=AT, fails=lambda n: n % 11 == 7, **how)
    return [(p.number, dict(p.params), p.rungs, r and (r.state, r.metrics, r.rungs)) for p, r in trials]


@pytest.fixture(scope="module", params=["grid", *EACH])
def search_and_trials(request: pytest.FixtureRequest) -> tuple[Callable[[], SearchMethod], list[tuple]]:
    """A search, and what it does with one worker."""
    return SEARCHES[request.param], trace(SEARCHES[request.param](), slots=1)


def test_a_search_is_whole_and_prunes_some(search_and_trials):
    _, expected = search_and_trials
    assert [n for n, *_ in expected] == list(range(len(expected)))
    assert len(expected) in {TRIALS, SMALL.size}
    states = {str(result[0]) for *_, result in expected}
    assert states == {"COMPLETE", "PRUNED", "FAILED"}


@pytest.mark.parametrize(("slots", "order"), [(2, None), (2, 1), (4, 2), (WINDOW, 3), (50, 4)])
def test_workers_and_their_pace_change_nothing(search_and_trials, slots: int, order: int | None):
    make, expected = search_and_trials
    assert trace(make(), slots=slots, order=order) == expected


@pytest.mark.parametrize("kind", ["percentile", "asha", "hyperband"])
def test_a_pruner_decides_the_same_whatever_the_pace_and_after_a_crash(kind: str):
    def make(recorded: list[Proposal]) -> SearchMethod:
        judge = pruners.create({"type": kind, "rungs": list(AT)}, GOAL, 0)
        return SearchMethod(study("tpe"), TRIALS, WINDOW, judge, recorded=through_json(recorded))

    expected = trace(make([]), slots=1)
    assert {str(result[0]) for *_, result in expected} == {"COMPLETE", "PRUNED", "FAILED"}
    assert trace(make([]), slots=WINDOW, order=3) == expected
    half = [p for p, _ in run(make([]), at=AT, fails=lambda n: n % 11 == 7, order=6, trials=25)]
    assert trace(make(half), order=7) == expected


@pytest.mark.parametrize("seed", range(repeats(5, quick=2)))
def test_a_study_that_is_killed_often_goes_on_as_if_nothing_had_been(seed: int):
    expected = trace(optuna("tpe")())
    random, recorded = Random(seed), list[Proposal]()
    for cut in sorted(random.sample(range(1, TRIALS), 5)):
        search = SearchMethod(study("tpe"), TRIALS, WINDOW, median(), recorded=through_json(recorded))
        trials = run(search, at=AT, fails=lambda n: n % 11 == 7, order=random.randrange(99), trials=cut)
        recorded = [p for p, _ in trials]
    last = SearchMethod(study("tpe"), TRIALS, WINDOW, median(), recorded=through_json(recorded))
    assert trace(last, order=seed) == expected


@pytest.mark.parametrize("sampler", EACH)
def test_every_sampler_goes_on_after_a_crash(sampler: str):
    whole = run(optuna(sampler)(), at=AT, order=5)
    half = [p for p, _ in run(optuna(sampler)(), at=AT, order=6, trials=25)]
    again = SearchMethod(study(sampler), TRIALS, WINDOW, median(), recorded=through_json(half))
    assert [(p.params, p.rungs, r) for p, r in run(again, at=AT, order=7)] == [(p.params, p.rungs, r) for p, r in whole]


@pytest.mark.parametrize("sampler", EACH)
def test_a_study_with_constraints_keeps_them_and_goes_on_after_a_crash(sampler: str):
    """Suggestions that constraints exclude are part of the study: samplers count its trials."""
    odd = replace(
        SPACE, constraints=(Constraint("count % 2 == 1 and level < 0.5", {n: n for n in ("count", "level")}, {}),)
    )

    def make(recorded: list[Proposal]) -> SearchMethod:
        return SearchMethod(study(sampler, space=odd), TRIALS, WINDOW, recorded=through_json(recorded))

    whole = [p.params for p, _ in run(make([]), order=5)]
    assert all(odd.allows(params) for params in whole)
    half = [p for p, _ in run(make([]), order=6, trials=25)]
    assert sum(p.memo["refused"] for p in half if p.memo) > 5
    assert [p.params for p, _ in run(make(half), order=7)] == whole


CONDITIONAL, _ = parse(
    {"level": {"low": 0.0, "high": 1.0}, "ratio": {"low": 0.1, "high": 0.9, "step": 0.1, "when": "level < 0.5"},
     "count": {"low": 1, "high": 9, "when": "level < 0.5 and ratio > 0.3"}, "rate": [1, 2]},
    ["count > 2"], {},
)  # fmt: skip


def partly(params: Params) -> dict[str, float | None]:
    return hill({"ratio": 0.9, "count": 9} | dict(params))


@pytest.mark.parametrize("sampler", EACH)
def test_parameters_with_conditions(sampler: str):
    """Each trial has what its conditions say, and a crash changes nothing."""

    def make(recorded: list[Proposal]) -> SearchMethod:
        chooser = study(sampler, space=CONDITIONAL)
        return SearchMethod(chooser, TRIALS, WINDOW, median(), recorded=through_json(recorded))

    whole = run(make([]), partly, at=AT, order=5)
    assert all(CONDITIONAL.active(p.params) == p.params and CONDITIONAL.allows(p.params) for p, _ in whole)
    assert len({tuple(p.params) for p, _ in whole}) == 3
    half = [p for p, _ in run(make([]), partly, at=AT, order=6, trials=25)]
    assert [(p.params, p.rungs) for p, _ in run(make(half), partly, at=AT, order=7)] == [
        (p.params, p.rungs) for p, _ in whole
    ]


@pytest.mark.parametrize("sampler", EACH)
def test_a_study_that_is_extended_begins_the_same(sampler: str):
    short = run(SearchMethod(study(sampler), 20, WINDOW), order=1)
    longer = run(SearchMethod(study(sampler), 30, WINDOW), order=2)
    assert [p.params for p, _ in short] == [p.params for p, _ in longer[:20]]


@pytest.mark.parametrize("sampler", ["tpe", "nsga2", "nsga3", "random", "qmc", *GP])
def test_several_objectives_with_bounds(sampler: str):
    goal = Goal((("value", "maximize"), ("cost", "minimize")), (Bound("cost", 1, 0.6),))

    def make() -> SearchMethod:
        return SearchMethod(study(sampler, goal=goal), TRIALS, WINDOW)

    expected = [p.params for p, _ in run(make(), slots=1)]
    assert [p.params for p, _ in run(make(), order=3)] == expected
    assert len({str(p) for p in expected}) > TRIALS / 2


def test_the_seed_and_the_window_make_another_search():
    plain = [p.params for p, _ in run(SearchMethod(study("tpe"), TRIALS, WINDOW))]
    assert [p.params for p, _ in run(SearchMethod(study("tpe", seed=1), TRIALS, WINDOW))] != plain
    assert [p.params for p, _ in run(SearchMethod(study("tpe"), TRIALS, WINDOW + 1))] != plain


def test_ask_waits_for_exactly_what_the_window_says():
    search = SearchMethod(study("random"), TRIALS, 3)
    first, second, third = (search.ask() for _ in range(3))
    assert first and second and third
    assert search.ask() is None
    result = searches.Result(searches.State.COMPLETE, {"value": 1.0})
    search.tell(second.number, result)
    search.tell(third.number, result)
    assert search.ask() is None
    search.tell(first.number, result)
    assert [p.number for _ in range(3) if (p := search.ask())] == [3, 4, 5]
    assert search.ask() is None


def test_every_setting_lies_in_the_space():
    for sampler in SAMPLERS:
        for proposal, _ in run(SearchMethod(study(sampler), 30, WINDOW)):
            for dimension in SPACE.dimensions:
                assert proposal.params[dimension.name] in dimension, (sampler, dimension)


@pytest.mark.parametrize("sampler", EACH)
def test_a_study_asks_for_no_point_twice_until_it_has_all_and_goes_on_after_a_crash(sampler: str):
    def make(recorded: list[Proposal], *, avoid: bool = True) -> SearchMethod:
        chooser = study(sampler, space=SMALL, avoid_repeats=avoid)
        return SearchMethod(chooser, SMALL.size + 5, WINDOW, recorded=through_json(recorded))

    whole = run(make([]), order=5)
    points = [tuple(p.params.items()) for p, _ in whole]
    assert len(set(points[: SMALL.size])) == SMALL.size
    assert len(points) == SMALL.size + 5
    half = [p for p, _ in run(make([]), order=6, trials=40)]
    assert [p.params for p, _ in run(make(half), order=7)] == [p.params for p, _ in whole]
    if sampler != "qmc":  # a sequence that covers the space
        own = [tuple(p.params.items()) for p, _ in run(make([], avoid=False), order=5)]
        assert len(set(own[: SMALL.size])) < SMALL.size


def test_settings_to_start_with_are_asked_as_they_are_written():
    start = {"count": 3, "ratio": 0.5, "level": 0.1}
    chooser = study("tpe", space=SMALL, avoid_repeats=True, enqueue=[start, start])
    trials = run(SearchMethod(chooser, 4, WINDOW))
    assert [p.params for p, _ in trials[:2]] == [start, start]
    assert start not in [p.params for p, _ in trials[2:]]
