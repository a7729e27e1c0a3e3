import pytest

from sweep.spec.forms.json_schema import schema
from sweep.spec.search_sections import WINDOW, SearchRules

SPACE = {"strategy.fast": [1, 2]}


def test_what_a_study_runs_with_is_written_back():
    rules = SearchRules.model_validate({"method": "optuna", "space": SPACE, "trials": 5})
    assert (rules.seed, rules.sampler, rules.window) == (0, "tpe", WINDOW)
    again = SearchRules.model_validate(rules.model_dump(exclude_defaults=True) | {"method": "optuna"})
    assert again == rules


def test_a_plain_grid_has_nothing_of_a_study():
    rules = SearchRules.model_validate({"space": SPACE})
    assert rules.model_dump(exclude_defaults=True) == {"space": SPACE}
    assert not rules.is_study
    assert not rules.prunes


@pytest.mark.parametrize(
    ("pruner", "factor"),
    [
        ({"type": "asha", "rungs": [0.1, 0.5]}, [8, 2]),
        ({"type": "successive_halving", "rungs": [0.1, 0.2, 0.5]}, [8, 2]),
        ({"type": "asha", "rungs": [0.5]}, [8]),
        ({"type": "asha", "rungs": [0.1, 0.5], "reduction_factor": 3}, 3),
        ({"type": "hyperband", "rungs": [0.1, 0.5]}, None),
    ],
)
def test_the_factors_of_a_pruner_are_kept_in_the_spec_so_that_a_later_default_changes_no_study(pruner, factor):
    rules = SearchRules.model_validate({"space": SPACE, "pruner": pruner})
    assert rules.pruner
    assert rules.pruner.model_dump(exclude_defaults=True).get("reduction_factor") == factor


def test_a_grid_with_a_pruner_has_a_window():
    pruner = {"type": "asha", "rungs": [0.5]}
    assert SearchRules.model_validate({"space": SPACE, "pruner": pruner}).window == WINDOW
    assert SearchRules.model_validate({"space": SPACE, "pruner": {"type": "none"}}).window is None


def test_an_editor_knows_the_keys_of_a_study():
    definitions = schema()["$defs"]
    assert "hyperband" in definitions["PrunerRules"]["properties"]["type"]["enum"]
    assert {"no_improvement", "target"} <= definitions["StopRule"]["properties"].keys()
    assert {"sampler", "window", "metric_constraints"} <= definitions["SearchRules"]["properties"].keys()
