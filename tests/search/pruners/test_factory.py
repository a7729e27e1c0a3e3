import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.search.pruners import factory
from sweep.search.pruners.base import Pruner
from sweep.search.pruners.halving import halving
from sweep.search.pruners.percentile import share
from sweep.spec.objectives import Bound, Goal
from sweep.spec.search_sections import PRUNERS
from sweep.trial import Result, Rung, State
from tests.support.searches import GOAL

ROOT = Path(__file__).parents[3]
LOW = Goal((("value", "minimize"),))
whole = st.lists(st.integers(-5, 5).map(float), max_size=20)


def make(kind: str, goal: Goal = GOAL, **more) -> Pruner:
    return factory.create({"type": kind, "rungs": [0.25, 0.5], **more}, goal, 0)


def learn(judge: Pruner, *values: tuple[float | None, ...], state: State = State.COMPLETE) -> Pruner:
    for n, at in enumerate(values):
        judge.learn(n, Result(state, rungs=at))
    return judge


@given(values=whole, own=st.integers(-5, 5), factor=st.integers(2, 5))
def test_halving_keeps_who_is_among_the_best_of_all_with_itself(values: list[float], own: int, factor: int):
    least = halving(factor, 0)(values)
    everyone = sorted([*values, float(own)], reverse=True)
    threshold = everyone[max(1, len(everyone) // factor) - 1]
    assert (least is None or own >= least) == (own >= threshold)


@given(values=whole, percent=st.integers(1, 99))
def test_a_share_keeps_that_share(values: list[float], percent: int):
    least = share(percent / 100, 0)(values)
    if not values:
        assert least is None
    else:
        assert sum(v >= least for v in values) >= max(1, percent / 100 * len(values))
        assert sum(v > least for v in values) < max(1, percent / 100 * len(values))


def test_nobody_is_judged_before_there_is_somebody_to_compare_with():
    assert make("median").rungs(0) == (Rung(0.25, "value"), Rung(0.5, "value"))
    judge = learn(make("median", startup_trials=3), (1.0, 1.0), (2.0,))
    assert judge.rungs(2)[0].lower is None
    assert learn(make("asha"), (1.0,)).rungs(1) == (Rung(0.25, "value", lower=1.0), Rung(0.5, "value"))


def test_the_median_of_all_that_reached_the_rung():
    judge = learn(make("median", startup_trials=1), (1.0, 5.0), (2.0, 7.0), (3.0,), (None, None))
    assert judge.rungs(4) == (Rung(0.25, "value", lower=2.0), Rung(0.5, "value", lower=7.0))
    assert learn(make("percentile", percentile=30, startup_trials=1), (1.0,), (2.0,), (3.0,)).rungs(3)[0].lower == 3.0


def test_each_rung_has_its_factor_and_the_last_one_counts_for_the_others():
    values = [(float(n),) * 3 for n in range(1, 9)]

    def lowest(factors: object) -> list[float | None]:
        judge = factory.create({"type": "asha", "rungs": [1, 2, 3], "reduction_factor": factors}, GOAL, 0)
        return [rung.lower for rung in learn(judge, *values).rungs(8)]

    assert lowest([9, 3]) == [8.0, 6.0, 6.0]  # of nine, itself included: the best one, three, three
    assert lowest(3) == lowest([3]) == [6.0, 6.0, 6.0]


def test_what_is_minimized_is_bounded_from_above():
    judge = learn(make("median", LOW, startup_trials=1), (1.0,), (2.0,), (3.0,))
    assert judge.rungs(3)[0] == Rung(0.25, "value", upper=2.0)


def test_pruned_ones_count_and_failed_ones_do_not():
    pruned = learn(make("asha", reduction_factor=2), (5.0,), (1.0,), state=State.PRUNED)
    assert pruned.rungs(2)[0].lower == 5.0
    assert learn(make("asha"), (5.0,), state=State.FAILED).rungs(1)[0].lower is None


def test_fixed_thresholds():
    judge = learn(make("threshold", lower=-1.0, upper=9.0), (5.0,))
    assert judge.rungs(7) == (Rung(0.25, "value", -1.0, 9.0), Rung(0.5, "value", -1.0, 9.0))


def test_brackets_of_hyperband_are_compared_apart_and_the_strict_ones_are_larger():
    judge = make("hyperband")
    sizes = [sum(judge.bracket(n) == b for n in range(3000)) for b in range(3)]
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) > 100
    first = next(n for n in range(100) if judge.bracket(n) == 0)
    judge.learn(first, Result(State.COMPLETE, rungs=(3.0, 3.0)))
    bounds = {judge.bracket(n): tuple(r.lower for r in judge.rungs(n)) for n in range(100)}
    assert bounds == {0: (3.0, 3.0), 1: (None, None), 2: (None, None)}
    free = next(n for n in range(100) if judge.bracket(n) == 1)
    judge.learn(free, Result(State.COMPLETE, rungs=(1.0, 2.0)))
    assert tuple(r.lower for r in judge.rungs(free)) == (None, 2.0)


@pytest.mark.parametrize("kind", ["asha", "successive_halving"])
def test_two_names_of_one_rule(kind: str):
    values = [(float(v),) for v in (4, 1, 3, 9, 7, 2)]
    assert learn(make(kind), *values).rungs(6)[0].lower == 7.0


def test_wilcoxon_sends_the_days_of_the_best_so_far_along():
    """The best that keeps its bounds; each rung has the days since the one before, the last day is no rung."""
    goal = Goal((("value", "maximize"),), (Bound("cost", 1, 1.0),))
    judge = factory.create({"type": "wilcoxon", "rungs": [0.25, 0.5, 1.0 - 1e-9], "p_threshold": 0.2}, goal, 0)
    plain = tuple(Rung(at, "value") for at in (0.25, 0.5, 1.0 - 1e-9))
    assert judge.rungs(0) == plain
    best, other = tuple(n / 100 for n in range(8)), (0.5,) * 8
    judge.learn(0, Result(State.COMPLETE, {"value": 9.0, "cost": 2.0}, returns=other))
    judge.learn(1, Result(State.PRUNED, {"value": 9.0, "cost": 0.0}, returns=other[:2]))
    judge.learn(2, Result(State.FAILED))
    assert judge.rungs(3) == plain
    judge.learn(3, Result(State.COMPLETE, {"value": 5.0, "cost": 0.0}, returns=best))
    judge.learn(4, Result(State.COMPLETE, {"value": 4.0, "cost": 0.0}, returns=other))
    first, second, last = judge.rungs(5)
    assert (first.p, first.against, first.lower) == (0.2, best[:2], None)
    assert second.against == best[2:4]
    assert last.against == ()


def test_a_rung_comes_back_from_text_as_it_was():
    for rung in (Rung(0.25, "x"), Rung(3, "x", 0.0, 1.5), Rung(0.5, "x", p=0.1, against=(0.1, -0.0, 0.3))):
        assert Rung.of(json.loads(json.dumps(rung.plain()))) == rung
    assert Rung(0.25, "x").plain() == {"at": 0.25, "metric": "x"}


@pytest.mark.parametrize("kind", PRUNERS)
def test_every_name_of_the_table_makes_a_pruner(kind: str):
    assert isinstance(make(kind), Pruner)


def test_a_pruner_is_added_by_a_file_and_a_row(tmp_path):
    shutil.copytree(ROOT / "sweep", tmp_path / "sweep", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "sweep/search/pruners/constant.py").write_text(NEW_PRUNER)
    table = tmp_path / "sweep/spec/search_sections.py"
    lines = table.read_text().splitlines(keepends=True)
    row = '    "constant": PrunerRow("constant", {"level": (float, Field(default=None, gt=0))}),\n'
    lines.insert(next(n for n, line in enumerate(lines) if line.startswith("PRUNERS:")) + 1, row)
    table.write_text("".join(lines))
    process = subprocess.run([sys.executable, "-c", USE_IT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    rung, *mistakes = map(json.loads, process.stdout.splitlines())
    assert rung == {"at": 0.5, "metric": "value", "lower": 7.5}
    assert mistakes == [
        ["search.pruner.level", "is not a key of the pruner median"],
        ["search.pruner.lower", "is not a key of the pruner constant"],
    ]


NEW_PRUNER = """
from sweep.search.pruners.threshold import Threshold

def create(options, goal, seed):
    return Threshold(options["rungs"], goal, options["level"], None)
"""
USE_IT = """
import json
from sweep.search.pruners import factory
from sweep.spec.objectives import Goal
from sweep.spec.search_rules import mistakes
from sweep.spec.search_sections import PrunerRules

rules = PrunerRules.model_validate({"type": "constant", "rungs": [0.5], "level": 7.5})
pruner = factory.create(rules.model_dump(), Goal((("value", "maximize"),)), 0)
print(json.dumps(pruner.rungs(0)[0].plain()))
for wrong in ({"type": "median", "level": 1.0}, {"type": "constant", "lower": 1.0}):
    for problem in mistakes({"search": {"space": {}, "pruner": {"rungs": [0.5], **wrong}, "window": 1}}):
        print(json.dumps([problem.where, problem.rule]))
"""
