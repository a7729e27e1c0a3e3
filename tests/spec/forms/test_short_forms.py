"""Short forms are the long ones: the same sections, and so the same keys."""

import pytest

from sweep.search.optuna.samplers import SAMPLERS as OPTUNAS
from sweep.spec.forms.short_forms import SAMPLERS
from sweep.spec.reader import read

SPEC = """name: small
catalog: data
period: { start: 2026-05-04, end: 2026-05-09 }
data: [{ type: QuoteTick, instruments: [SPY.ARCA] }]
venues: [{ name: ARCA }]
strategy: { path: "mine:Mine", config_path: "mine:Config" }
search: { space: { strategy.x: [1, 2] } }
"""


def sections(text: str, *settings: str):
    parsed = read(SPEC + text, settings)
    assert parsed.spec, parsed.problems
    return {name: getattr(parsed.spec, name) for name in type(parsed.spec).model_fields}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("objective: sharpe_ratio", "objective: {metric: sharpe_ratio, direction: maximize}"),
        ("objective: max_drawdown", "objective: {metric: max_drawdown, direction: minimize}"),
        (
            "objective: [pnl_total, fees]",
            "objective: [{metric: pnl_total, direction: maximize}, {metric: fees, direction: minimize}]",
        ),
    ],
)
def test_a_metric_is_an_objective_in_its_own_direction(short, long):
    assert sections(short) == sections(long)
    value = short.removeprefix("objective: ")
    assert sections("", f"objective={value}") == sections(long)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_sampler_is_a_method(sampler):
    more = ("search.trials=5",)
    long = sections("", "search.method=optuna", f"search.sampler={sampler}", *more)
    assert sections("", f"search.method={sampler}", *more) == long
    assert long["search"].window  # with the defaults of a study


def test_the_samplers_are_those_that_a_study_has():
    assert set(SAMPLERS) == set(OPTUNAS)


def test_a_pruner_is_its_type():
    early = "search.pruner={type: asha, rungs: [0.1, 0.5], reduction_factor: [8, 2]}"
    assert sections("", "search.pruner=asha") == sections("", early)
    assert sections("", "search.pruner=median") == sections("", "search.pruner={type: median, rungs: [0.25, 0.5]}")


def test_a_setting_reaches_into_a_short_form():
    assert sections("objective: pnl_total", "objective.metric=fees")["objective"].metric == "fees"


@pytest.mark.parametrize(
    ("setting", "listed"),
    [
        ("search.method=calmar", "grid, optuna, or a sampler of Optuna: tpe, random, qmc, cmaes, nsga2, nsga3, gp"),
        ("search.pruner=calmar", "'median', 'percentile', 'asha'"),
    ],
)
def test_an_unknown_name_lists_what_there_is(setting, listed):
    (problem,) = read(SPEC, [setting]).problems
    assert listed in problem.rule


@pytest.mark.parametrize("value", ["7", "null", "{}", "[1]", "[[tpe]]", "{a: b}", "true"])
@pytest.mark.parametrize("key", ["objective", "search", "search.pruner", "search.method", "strategy"])
def test_anything_else_is_left_to_the_rules_of_the_section(key, value):
    read(SPEC, [f"{key}={value}"])


def test_the_config_class_is_filled_in_where_it_is_left_out():
    without = SPEC.replace(', config_path: "mine:Config"', "")
    assert read(without, config_of={"mine:Mine": "mine:Config"}.get).spec == read(SPEC).spec
    assert read(SPEC, config_of={"mine:Mine": "mine:Other"}.get).spec == read(SPEC).spec  # what is written stands
    assert read(without).spec.strategy.config_path is None  # arguments of the constructor


def test_each_of_several_components_gets_its_config_class():
    several = SPEC.replace(
        'strategy: { path: "mine:Mine", config_path: "mine:Config" }',
        """
strategies: [{ path: "mine:A" }, { path: "mine:B", config_path: "mine:Own" }]
actors: [{ path: "mine:C" }]""",
    ).replace("strategy.x", "strategies.A.x")
    spec = read(several, config_of=lambda path: f"{path}Config").spec
    assert [s.config_path for s in (*spec.strategies, *spec.actors)] == ["mine:AConfig", "mine:Own", "mine:CConfig"]


@pytest.mark.parametrize("form", ["[{}, FixedFeeModel]", "{{values: [{}, FixedFeeModel], when: x > 1}}"])
def test_a_ready_fee_model_is_named_in_a_space_as_in_a_venue(form):
    fixed = "venues.0.fee_model={type: FixedFeeModel}"

    def searched(name: str):
        space = f"search.space={{strategy.x: [1, 2], venues.ARCA.fee_model.type: {form.format(name)}}}"
        first = f"search.enqueue=[{{strategy.x: 2, venues.ARCA.fee_model.type: {name}}}]"
        return sections("", fixed, "search.method=tpe", "search.trials=5", space, first)

    assert searched("SpreadFeeModel") == searched('"sweep.costs:SpreadFeeModel"')
    whole = sections("", fixed, "search.space={venues.ARCA.fee_model: [{type: SpreadFeeModel}, {type: FixedFeeModel}]}")
    assert "sweep.costs:SpreadFeeModel" in str(whole["search"].space)
