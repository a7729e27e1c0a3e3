"""Samplers: what a spec may say of them, and that they search."""

from importlib.util import find_spec
from statistics import fmean

import pytest
from optuna.samplers import BaseSampler, RandomSampler

from sweep.search.base import SearchMethod
from sweep.search.optuna.samplers import SAMPLERS, check, make, seed_of
from sweep.spec.objectives import Goal
from sweep.spec.space import Range, Space
from sweep.spec.space_parser import parse
from sweep.trial import Params
from tests.support.effort import repeats
from tests.support.searches import GOAL, hill, number, run, study

SEEDS = repeats(20, quick=8)
SURFACE = Space((Range("ratio", 0.0, 1.0), Range("level", 0.0, 1.0), Range("count", 1, 9)))


class Mine(RandomSampler):
    """A sampler of the user's own."""


def said(**settings) -> dict[str, str]:
    return {p.where: f"{p.rule}; {p.remedy}" for p in check({"method": "optuna", **settings})}


def test_good_ones():
    for name in SAMPLERS.keys() - {"gp"}:
        assert said(sampler=name) == {}
    assert said() == {}
    assert said(sampler="tpe", sampler_options={"n_ei_candidates": 48, "group": True}, startup_trials=5) == {}
    assert said(sampler=f"{__name__}:Mine") == {}


@pytest.mark.parametrize(
    ("settings", "where", "part"),
    [
        ({"sampler": "tpee"}, "search.sampler", "did you mean 'tpe'"),
        ({"sampler": "nowhere.at:All"}, "search.sampler", "no module"),
        ({"sampler": "json:JSONDecoder"}, "search.sampler", "subclass of"),
        ({"sampler_options": {"n_ei_candidate": 1}}, "search.sampler_options.n_ei_candidate", "'n_ei_candidates'"),
        ({"sampler_options": {"seed": 1}}, "search.sampler_options.seed", "search.seed"),
        ({"sampler": "nsga2", "sampler_options": {"population_size": 1}}, "search.sampler_options", "refused by nsga2"),
        ({"sampler": "random", "startup_trials": 3}, "search.startup_trials", "random has none"),
    ],
)
def test_bad_ones(settings, where, part):
    assert part in said(**settings)[where]


def test_several_mistakes_at_once():
    assert len(said(sampler="qmc", startup_trials=3, sampler_options={"sed": 1, "seed": 2})) == 3


def test_one_that_needs_a_library_says_so():
    assert ("pip install torch" in said(sampler="gp").get("search.sampler", "")) == (find_spec("torch") is None)


def test_seeds_are_unrelated_and_fixed():
    seeds = {seed_of(s, n, a) for s in range(3) for n in range(50) for a in range(3)}
    assert len(seeds) == 450
    assert seed_of(0, 0, 0) == 2968811710


def test_a_sampler_of_the_users_own_is_used():
    settings = {"sampler": f"{__name__}:Mine", "seed": 0}
    assert isinstance(make(settings, 1), BaseSampler)
    assert type(make(settings, 1)).__name__ == "Mine"


def reached(sampler: str, seed: int, window: int = 2) -> float:
    """The mean of the best ten of sixty trials on a surface with one top."""
    search = SearchMethod(study(sampler, space=SURFACE, seed=seed), 60, window)
    values = [result.metrics["value"] or 0.0 for _, result in run(search) if result]
    return fmean(sorted(values)[-10:])


@pytest.fixture(scope="module")
def by_chance() -> list[float]:
    return [reached("random", seed) for seed in range(SEEDS)]


LEARNS = [
    "tpe",
    pytest.param("cmaes", marks=pytest.mark.slow),
    *([pytest.param("gp", marks=pytest.mark.slow)] if find_spec("torch") else []),
]


@pytest.mark.parametrize("sampler", LEARNS)
def test_it_beats_chance(by_chance: list[float], sampler: str):
    """Over all seeds; a tell that is lost, of the wrong sign or of the wrong trial turns this red."""
    mine = [reached(sampler, seed) for seed in range(SEEDS)]
    wins = sum(a > b for a, b in zip(mine, by_chance, strict=True))
    assert fmean(mine) > fmean(by_chance)
    assert wins >= 0.9 * SEEDS, wins


TWO_SURFACES, _ = parse(
    {"kind": ["flat", "hill"], "ratio": {"low": 0.0, "high": 1.0, "when": "kind == 'hill'"},
     "level": {"low": 0.0, "high": 1.0, "when": "kind == 'hill'"},
     "count": {"low": 1, "high": 9, "when": "kind == 'flat'"}},
    [], {},
)  # fmt: skip


def branch(params: Params) -> dict[str, float | None]:
    """The top is in one branch, whose parameters the other has not."""
    return (
        hill({"count": 5} | dict(params))
        if params["kind"] == "hill"
        else {"value": -0.2 - number(params["count"]) / 90}
    )


def climbed(sampler: str, seed: int) -> float:
    trials = run(SearchMethod(study(sampler, space=TWO_SURFACES, seed=seed), 50, 2), branch)
    return fmean(sorted(r.metrics["value"] or 0.0 for _, r in trials if r)[-10:])


def test_parameters_with_conditions_are_learned():
    """Over twelve seeds, as above, where half of the trials lack the parameters that matter."""
    mine, chance = ([climbed(sampler, seed) for seed in range(12)] for sampler in ("tpe", "random"))
    assert sum(a > b for a, b in zip(mine, chance, strict=True)) >= 11


def cells(sampler: str, seed: int) -> int:
    """Number of the 8 x 8 cells of the square that 64 trials visit."""
    square = Space((Range("ratio", 0.0, 1.0), Range("level", 0.0, 1.0)))
    settings = [
        p.params for p, _ in run(SearchMethod(study(sampler, space=square, seed=seed), 64, 8), lambda _: {"value": 0.0})
    ]
    return len({(int(number(s["ratio"]) * 8), int(number(s["level"]) * 8)) for s in settings})


def test_qmc_leaves_no_holes():
    """It does not learn; what it promises is that it covers the space evenly."""
    assert min(cells("qmc", seed) for seed in range(SEEDS)) >= 60
    assert max(cells("random", seed) for seed in range(SEEDS)) < 55


def covered(sampler: str, seed: int) -> float:
    """Share of the square that two objectives cover after 120 trials (the hypervolume against 0, 1)."""
    goal = Goal((("value", "maximize"), ("cost", "minimize")))
    options = {"sampler_options": {"population_size": 12}} if sampler.startswith("nsga") else {}

    def two(params):
        x, y, z = (number(params[n]) for n in ("ratio", "level", "count"))
        rough = (y - 0.4) ** 2 + ((z - 5) / 8) ** 2
        return {"value": x - rough, "cost": x**2 + rough}

    search = SearchMethod(study(sampler, space=SURFACE, goal=goal, seed=seed, **options), 120, 2)
    figures = [result.metrics for _, result in run(search, two) if result]
    points = sorted((f["cost"] or 0.0, f["value"] or 0.0) for f in figures)
    area, best = 0.0, 0.0
    for (cost, value), (after, _) in zip(points, [*points[1:], (1.0, 0.0)], strict=True):
        best = max(best, value)
        area += best * max(0.0, min(after, 1.0) - min(cost, 1.0))
    return area


@pytest.mark.parametrize(
    "sampler",
    ["nsga2", pytest.param("nsga3", marks=pytest.mark.slow), pytest.param("tpe", marks=pytest.mark.slow)],
)
def test_two_objectives_beat_chance(sampler: str):
    pairs = [
        (covered(sampler, seed), covered("random", seed))
        for seed in range(repeats(20 if sampler != "tpe" else 8, quick=5))
    ]
    assert fmean(a for a, _ in pairs) > fmean(b for _, b in pairs)
    assert sum(a > b for a, b in pairs) >= 0.75 * len(pairs)


def test_a_study_without_results_is_chance():
    """The control of the test above: failures teach nothing."""
    search = SearchMethod(study("tpe", space=SURFACE, seed=1), 60, 2)
    trials = run(search, hill, fails=lambda n: True)
    assert all(result and result.metrics == {} for _, result in trials)
    assert GOAL.is_single
