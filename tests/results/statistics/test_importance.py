import subprocess
import sys
from random import Random

import optuna
import pytest

from sweep.results.statistics.importance import distribution, importance, position
from sweep.spec.space import Choice, LogRange, Range, Space

SPACE = Space(
    (Range("much", 0.0, 1.0), Range("little", 0.1, 0.9, 0.1), Choice("none", (1, True, "x")), LogRange("log", 1, 100))
)


def trials(count: int = 300):
    random = Random(3)
    points = [SPACE.draw(random) or {} for _ in range(count)]
    return [(p, -((float(p["much"]) - 0.3) ** 2) - 0.05 * float(p["little"]) ** 2) for p in points]  # type: ignore[arg-type]


@pytest.mark.parametrize(("direction", "sign"), [("maximize", 1), ("minimize", -1)])
def test_what_decides_comes_first_and_shares_add_up(direction: str, sign: int):
    shares = importance(SPACE, [(p, sign * v) for p, v in trials()], direction)
    assert next(iter(shares)) == "much"
    assert shares["much"] > 0.6
    assert shares["none"] < 0.1
    assert sum(shares.values()) == pytest.approx(1.0)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_they_are_those_of_a_study_that_optuna_keeps_itself():
    some = [({k: v for k, v in p.items() if k != "much" or n % 9}, v) for n, (p, v) in enumerate(trials())]
    for sample in (trials(), some):
        study = optuna.create_study(direction="maximize")
        for params, value in sample:
            axes = {d.name: d for d in SPACE.dimensions if d.name in params}
            places = {name: position(d, params[name]) for name, d in axes.items()}
            kinds = {name: distribution(d) for name, d in axes.items()}
            study.add_trial(optuna.create_trial(value=value, params=places, distributions=kinds))
        shares = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
        )
        assert importance(SPACE, sample, "maximize") == pytest.approx(shares, rel=1e-12)


def test_of_too_little_nothing_is_said():
    assert importance(SPACE, trials(9), "maximize") == {}
    assert importance(SPACE, [(p, 1.0) for p, _ in trials(50)], "maximize") == {}


def test_it_does_without_what_takes_a_second_to_import_and_others_have_optuna_whole():
    code = """
import sys
from sweep.results.statistics.importance import importance
from sweep.spec.space import Range, Space
trials = [({"a": n / 20}, float(n % 7)) for n in range(20)]
assert importance(Space((Range("a", 0.0, 1.0),)), trials, "maximize") == {"a": 1.0}
print(sorted(m for m in ("pandas", "scipy.stats", "sklearn") if m in sys.modules))
import optuna
study = optuna.create_study()
study.optimize(lambda trial: trial.suggest_float("a", 0, 1) + trial.suggest_float("b", 0, 1), n_trials=5)
evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=2, seed=1)
print(len(optuna.importance.get_param_importances(study, evaluator=evaluator)))
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert process.stdout.splitlines() == ["[]", "2"], process.stderr
