"""Bad studies: every mistake at once, each with its place and what to do."""

from typing import Any

import pytest
import yaml

from sweep.spec.reader import read
from sweep.spec.search_rules import starting_points
from sweep.spec.space import Choice, LogRange, Range, Space
from sweep.spec.space_parser import parse

SPEC = """
name: small
catalog: nowhere
period: {start: 2026-05-04, end: 2026-05-06}
data: [{type: QuoteTick, instruments: [SPY.ARCA]}]
venues: [{name: ARCA}]
strategy: {path: "a:B", config_path: "a:C", config: {fast: 5, slow: 20}}
"""
SPACE = {"strategy.fast": {"low": 1, "high": 9}, "strategy.slow": [10, 20]}


def said(search: dict[str, Any], **sections: Any) -> dict[str, str]:
    """Place and sentence of each mistake."""
    document = yaml.safe_load(SPEC) | {"search": {"space": SPACE} | search} | sections
    problems = read(yaml.safe_dump(document, sort_keys=False)).problems
    return {p.where: f"{p.rule}; {p.remedy}" for p in problems}


def study(**more: Any) -> dict[str, Any]:
    return {"method": "optuna", "trials": 10, **more}


TWO = [{"metric": "pnl_total", "direction": "maximize"}, {"metric": "max_drawdown", "direction": "minimize"}]
ASHA = {"type": "asha", "rungs": [0.1, 0.5]}
MEDIAN = {"type": "median", "rungs": [0.5]}


def test_good_ones():
    assert said(study()) == {}
    assert said(study(pruner=MEDIAN, stop={"no_improvement": 50, "wall_clock": "1h", "target": 1.0})) == {}
    assert said(study(pruner={"type": "none", "rungs": [0.5], "reduction_factor": 3})) == {}
    assert said(study(enqueue=[{"strategy.fast": 3}], constraints=["fast < slow"])) == {}
    assert said(study(sampler="nsga2"), objective=TWO, prefer=["max_drawdown"]) == {}
    assert said(study(), objective=TWO, prefer={"max_drawdown": 2, "pnl_total": 1}) == {}
    assert said({"space": {"strategy.slow": [10, 20]}, "pruner": MEDIAN, "window": 3}) == {}


@pytest.mark.parametrize(
    ("search", "where", "part"),
    [
        ({"method": "optuna"}, "search.trials", "is missing"),
        (study(trials=0), "search.trials", "at least 1"),
        (study(trials="many"), "search.trials", "whole number"),
        (study(window=0), "search.window", "at least 1"),
        (study(seed=-1), "search.seed", "at least 0"),
        (study(samplr="tpe"), "search.samplr", "did you mean 'sampler'"),
        (study(pruner={"type": "medain", "rungs": [0.5]}), "search.pruner.type", "did you mean 'median'"),
        (study(pruner={"type": "median"}), "search.pruner.rungs", "at least one place"),
        (study(pruner={"type": "median", "rungs": [0.0]}), "search.pruner.rungs.0", "share of the period"),
        (study(pruner={"type": "median", "rungs": [1.5]}), "search.pruner.rungs.0", "whole number of days"),
        (study(pruner={"type": "median", "rungs": [0.5, 3]}), "search.pruner.rungs", "mixes"),
        (study(pruner={"type": "median", "rungs": [0.5, 0.2]}), "search.pruner.rungs", "rungs: [0.2, 0.5]"),
        (study(pruner=MEDIAN | {"lower": 1}), "search.pruner.lower", "not a key of the pruner median"),
        (study(pruner=MEDIAN | {"lowr": 1}), "search.pruner.lowr", "did you mean 'lower'"),
        (study(pruner={"type": "threshold", "rungs": [1]}), "search.pruner", "needs lower or upper"),
        (
            study(pruner=MEDIAN | {"type": "asha", "reduction_factor": 1}),
            "search.pruner.reduction_factor",
            "at least 2",
        ),
        (study(pruner=ASHA | {"reduction_factor": []}), "search.pruner.reduction_factor", "at least 2"),
        (study(pruner=ASHA | {"reduction_factor": [4, True]}), "search.pruner.reduction_factor", "at least 2"),
        (study(pruner=ASHA | {"reduction_factor": 2.5}), "search.pruner.reduction_factor", "at least 2"),
        (study(pruner=ASHA | {"reduction_factor": [8, 4, 2]}), "search.pruner.reduction_factor", "than the 2 rungs"),
        (
            study(pruner=ASHA | {"type": "hyperband", "reduction_factor": [4, 2]}),
            "search.pruner.reduction_factor",
            "must be one number for hyperband",
        ),
        (study(pruner=MEDIAN | {"p_threshold": 0.1}), "search.pruner.p_threshold", "not a key of the pruner median"),
        (
            study(pruner={"type": "wilcoxon", "rungs": [0.5], "p_threshold": 2}),
            "search.pruner.p_threshold",
            "less than 1",
        ),
        (
            study(pruner={"type": "wilcoxon", "rungs": [0.5]}, space=SPACE | {"period.start": ["2026-05-04"]}),
            "search.pruner.type",
            "period.start gives trials different days",
        ),
        (study(stop={"no_improvment": 3}), "search.stop.no_improvment", "did you mean 'no_improvement'"),
        (study(stop={"wall_clock": "soon"}), "search.stop.wall_clock", "must be a time"),
        (study(metric_constraints=["max_drawdown < 0.1"]), "search.metric_constraints.0", "METRIC <= NUMBER"),
        (study(enqueue=[{"strategy.fsat": 3}]), "search.enqueue.0.strategy.fsat", "did you mean 'strategy.fast'"),
        (study(enqueue=[{"strategy.fast": 99}]), "search.enqueue.0.strategy.fast", "not a value of the space"),
        (study(constraints=["fast > 99"]), "search.constraints", "no point of the space"),
        ({}, "search.space.strategy.fast", "countable"),
        ({"trials": 5}, "search.trials", "is for studies"),
        ({"seed": 5}, "search.seed", "is for studies"),
        ({"window": 5}, "search.window", "is for studies and for grids with a pruner"),
    ],
)
def test_one_mistake(search, where, part):
    assert part in said(search).get(where, "nothing"), said(search)


@pytest.mark.parametrize(
    ("objective", "prefer", "where", "part"),
    [
        ([{"metric": "pnl_total"}], [], "objective.0.direction", "is missing"),
        ([{"metric": "pnl_total", "direction": "up"}], [], "objective.0.direction", "'maximize'"),
        ([TWO[0], TWO[0]], [], "objective.0", "named twice"),
        ([], [], "objective", "at least one"),
        (TWO, ["sharpe_ratio"], "prefer.0", "not one of the objectives"),
        (TWO, {"pnl_totl": 1}, "prefer.pnl_totl", "did you mean 'pnl_total'"),
        (TWO[0], ["pnl_total"], "prefer", "there is one"),
    ],
)
def test_several_objectives(objective, prefer, where, part):
    rules = said(study(), objective=objective, prefer=prefer)
    assert part in rules.get(where, "nothing"), rules


@pytest.mark.parametrize(
    "objective", [{"metric": "sharpe_ratio"}, {"metric": "pnl_total", "direction": "minimize"}, {"metric": "trades"}]
)
def test_wilcoxon_needs_an_objective_that_days_add_up_to(objective):
    wilcoxon = {"type": "wilcoxon", "rungs": [0.5]}
    assert "must be to maximize pnl_total" in said(study(pruner=wilcoxon), objective=objective)["search.pruner.type"]
    assert said(study(pruner=wilcoxon), objective={"metric": "return_total"}) == {}
    assert said(study(pruner=wilcoxon)) == {}


def test_what_takes_one_objective_says_so():
    rules = said(study(sampler="cmaes", pruner=MEDIAN, stop={"target": 3}), objective=TWO)
    assert set(rules) == {"search.sampler", "search.pruner", "search.stop.target"}


def test_all_at_once():
    search = study(trials=0, pruner={"type": "median", "rungs": [7.5], "lower": 1}, metric_constraints=["x"])
    del search["trials"]
    rules = said(search | {"enqueue": [{"strategy.no": 1}], "stop": {"x": 1}}, objective=[{"metric": "pnl_total"}])
    assert {"search.trials", "search.pruner.rungs.0", "search.pruner.lower", "search.metric_constraints.0"} <= set(
        rules
    )
    assert {"search.enqueue.0.strategy.no", "search.stop.x", "objective.0.direction"} <= set(rules)


def test_a_start_that_breaks_a_constraint():
    space, _ = parse(SPACE, ["fast < 5"], {})
    assert "breaks a constraint" in starting_points([{"strategy.fast": 7, "strategy.slow": 10}], space)[0].rule
    assert starting_points([{"strategy.fast": 7}], space) == []


@pytest.mark.parametrize(
    ("dimension", "inside", "outside"),
    [
        (Choice("x", (1, "a")), [1, "a"], [True, 1.0, "b", None]),
        (Range("x", 1, 9, 2), [1, 9, 3], [2, 11, 0, "1", True]),
        (Range("x", 0.1, 0.9, 0.1), [0.1, 0.3, 0.9], [0.35, 0.95]),
        (Range("x", 1, 9), [1, 5], [5.5, 0]),
        (LogRange("x", 1, 100, 3), [1, 10, 100], [11]),
        (LogRange("x", 1.0, 100.0), [1.0, 55.5, 7], [0.5, "x"]),
    ],
)
def test_what_lies_in_a_dimension(dimension, inside, outside):
    assert [v for v in [*inside, *outside] if v in dimension] == inside
    assert starting_points([{"x": outside[0]}], Space((dimension,)))


def test_a_start_with_a_parameter_that_is_not_there():
    space, _ = parse(
        {"a": [1, 2], "b": {"values": [3, 4], "when": "a == 2"}, "c": {"values": [5], "when": "b == 4"}}, [], {}
    )
    good = [{"a": 1}, {"a": 2, "b": 3}, {"b": 4}, {"c": 5}, {"a": 2, "c": 5}]
    assert starting_points(good, space) == []
    bad = [{"a": 1, "b": 3}, {"a": 1, "c": 5}, {"b": 3, "c": 5}]
    wrong = [(p.where, p.rule) for p in starting_points(bad, space)]
    idle = "does not exist beside the other values"
    assert wrong == [("search.enqueue.0.b", idle), ("search.enqueue.1.c", idle), ("search.enqueue.2.c", idle)]
