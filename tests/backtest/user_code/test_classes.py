"""Parameters reach the strategy as they were asked, or the trial does not run."""

import pytest

from sweep.backtest import check, run
from sweep.backtest.user_code import classes
from tests.support import configs
from tests.support.trials import trial

STYLES = ["Frozen", "Pydantic", "Plain", "Untyped", "Tuple", "Native"]


def problems(name, **values):
    mistakes = []
    built = classes.build_verified(getattr(configs, name), values, "strategy.config", mistakes)
    assert (built is None) == bool(mistakes)
    return [(p.where, p.rule, p.remedy) for p in mistakes]


def built(name, **values):
    mistakes = []
    config = classes.build_verified(getattr(configs, name), values, "strategy.config", mistakes)
    assert not mistakes
    return config


@pytest.mark.parametrize("style", STYLES)
def test_values_arrive_in_every_style(style):
    config = built(style, threshold=90, size=3)
    assert (config.threshold, config.size) == (90, 3)
    if style != "Untyped":
        assert isinstance(config.threshold, float)


@pytest.mark.parametrize("style", STYLES)
def test_a_misspelt_parameter_is_refused_with_the_right_one(style):
    ((where, rule, remedy),) = problems(style, threshold=90, sise=3)
    assert (where, rule) == ("strategy.config.sise", f"{style} has no parameter 'sise'")
    assert "'size'" in remedy


@pytest.mark.parametrize("style", STYLES)
def test_a_missing_parameter_is_named(style):
    ((where, rule, _),) = problems(style, size=3)
    assert (where, rule) == ("strategy.config.threshold", f"{style} needs a value for 'threshold'")


@pytest.mark.parametrize("style", [s for s in STYLES if s != "Untyped"])
@pytest.mark.parametrize("value", ["abc", "2.5", True, None, [1], float("nan"), float("inf")])
def test_what_is_no_number_is_no_float(style, value):
    ((where, rule, _),) = problems(style, threshold=value)
    assert where == "strategy.config.threshold"
    assert "number" in rule


@pytest.mark.parametrize("value", [2.5, "3", True])
def test_what_is_no_whole_number_is_no_int(value):
    ((where, rule, _),) = problems("Frozen", threshold=1, size=value)
    assert (where, rule) == ("strategy.config.size", "must be a whole number")


def test_the_annotated_idiom_of_version_one_is_refused():
    ((where, rule, remedy),) = problems("Annotated", threshold=90.0)
    assert where == "strategy.config.threshold"
    assert "drops such a value" in rule
    assert "@dataclass(frozen=True)" in remedy


def test_the_engines_own_fields_may_be_set_through_a_native_config():
    config = built("Native", threshold=1.0, order_id_tag="007")
    assert config.order_id_tag == "007"


def test_dropped_changed_and_swallowed_values_are_found():
    assert problems("Hider", threshold=2.0)[0][1] == "Hider dropped this value"
    assert problems("Changer", threshold=60.0)[0][1] == "Changer changed this value to 50.0"
    assert problems("Swallower", treshold=2.0)[0][1] == "Swallower has no parameter 'treshold'"
    assert problems("Lenient", treshold=2.0)[0][1] == "Lenient has no parameter 'treshold'"


def test_a_value_that_is_within_bounds_is_not_changed():
    assert built("Changer", threshold=40).threshold == 40


def test_a_validator_of_the_user_speaks_for_itself():
    ((where, rule, _),) = problems("Pydantic", threshold=1.0, size=-1)
    assert where == "strategy.config"
    assert "must be positive" in rule


def test_every_mistake_at_once():
    mistakes = problems("Frozen", sise=1, size="x", oms="NETING")
    assert sorted(where.rpartition(".")[2] for where, _, _ in mistakes) == ["oms", "sise", "size", "threshold"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("strategy", ["TakesConfig", "TakesNone", "WithBase"])
def test_strategies_of_every_style_run(spy, style, strategy):
    plan = {
        "path": f"tests.support.configs:{strategy}",
        "config_path": f"tests.support.configs:{style}",
        "config": {"threshold": 2},
    }
    assert run(trial(spy, plan)).metrics["pnl_total"] == 0.0


def test_a_strategy_without_config_runs(spy):
    assert run(trial(spy, {"path": "tests.support.configs:NoConfig"})).metrics["orders"] == 0
    plan = {"path": "tests.support.configs:NoConfig", "config": {"x": 1}}
    assert [p.where for p in check(trial(spy, plan))] == ["strategy.config.x"]
