"""Every model that the engine brings, and the user's own."""

import inspect

import nautilus_trader.backtest
import nautilus_trader.execution
import pytest

from sweep.backtest import run
from sweep.backtest.setup import models
from sweep.errors import TrialError
from tests.support.trials import strategy, trial, venue

OWN = "tests.support.strategies"
EXAMPLES = {
    "MakerTakerFeeModel": {"maker_rate": 0.001, "taker_rate": "0.001", "overrides": {"SPY.ARCA": [0, 0]}},
    "ProbabilityPriceFeeModel": {"maker_rate": 0, "taker_rate": 0},
    "TieredNotionalOptionFeeModel": {"maker_rate": 0, "taker_rate": 0},
    "CappedOptionFeeModel": {"maker_rate": 0, "taker_rate": 0, "cap_rate": 0.1},
    "PerContractFeeModel": {"commission": "0.65 USD"},
    "FixedFeeModel": {"commission": "1 USD", "charge_commission_once": True},
    "StaticLatencyModel": {"base_latency_nanos": 25_000_000, "insert_latency_nanos": 1},
    "FXRolloverInterestModule": {"records": [{"location": "USA", "time": "2026-05", "value": 5.0}]},
    "CfdSwapModule": {
        "rates": [{"instrument_id": "SPY.ARCA", "long_rate": "0.01", "short_rate": 0}],
        "rollover_hour": 16,
    },
}
ALL = [(kind, name) for kind, (table, _) in models.TABLES.items() for name in table]


def example(kind, name):
    seed = {"random_seed": 1, "prob_slippage": 0} if kind == "fill_model" else {}
    return {"type": name} | seed | EXAMPLES.get(name, {})


def problems(kind, spec):
    mistakes = []
    assert models.build(kind, spec, "here", mistakes) is None
    return {p.where: (p.rule, p.remedy) for p in mistakes}


def test_no_model_of_the_engine_is_missing():
    module = nautilus_trader.execution
    native = {n for n in dir(module) if n.endswith("Model")} - {"FillModel", "FeeModel"}
    assert native == set(models.FILL_MODELS) | set(models.FEE_MODELS) | set(models.LATENCY_MODELS)
    assert {n for n in dir(nautilus_trader.backtest) if n.endswith("Module")} - {"SimulationModule"} == set(
        models.MODULES
    )


@pytest.mark.parametrize(("kind", "name"), [x for x in ALL if x[0] != "modules"])
def test_arguments_are_those_of_the_class(kind, name):
    model = models.TABLES[kind][0][name]
    signature = set(inspect.signature(model.build).parameters) - {"self", "args", "kwargs"}
    assert set(model.arguments) <= signature
    assert signature - set(model.arguments) <= {"change_commission_once", "overrides"}  # an alias; later


OPTIONS_ONLY = {"ProbabilityPriceFeeModel", "TieredNotionalOptionFeeModel", "CappedOptionFeeModel"}


@pytest.mark.parametrize("name", sorted(OPTIONS_ONLY))
def test_a_fee_model_for_other_instruments_says_so(spy, name):
    with pytest.raises(TrialError, match=f"{name} requires"):
        run(trial(spy, strategy(orders=[[1, 2]]), venues=[venue(fee_model=example("fee_model", name))]))


@pytest.mark.parametrize(("kind", "name"), [x for x in ALL if x[1] not in OPTIONS_ONLY])
def test_every_model_is_built_and_taken_by_a_replay(spy, kind, name):
    spec = example(kind, name)
    keys = {kind: [spec] if kind == "modules" else spec}
    outcome = run(trial(spy, strategy(orders=[[1, 2], [4, -2]]), venues=[venue(**keys)]))
    assert outcome.metrics["fills"] >= 2


@pytest.mark.parametrize("name", models.FILL_MODELS)
def test_a_fill_model_without_a_seed_is_refused(name):
    rule, remedy = problems("fill_model", {"type": name})["here.random_seed"]
    assert "needs a random_seed" in rule
    assert remedy == "any integer"


@pytest.mark.parametrize("seed", [{}, {"random_seed": None}])
def test_a_users_random_model_without_a_seed_is_refused(seed):
    assert list(problems("fill_model", {"type": f"{OWN}:OwnFill"} | seed)) == ["here.random_seed"]


@pytest.mark.parametrize(
    ("kind", "spec", "where", "rule"),
    [
        ("fill_model", None, "here", "mapping with a 'type'"),
        ("fill_model", {"random_seed": 1}, "here", "mapping with a 'type'"),
        ("fill_model", {"type": "ThreeTierFilModel", "random_seed": 1}, "here.type", "no such fill_model"),
        (
            "fill_model",
            {"type": "ThreeTierFillModel", "random_sed": 1, "random_seed": 1},
            "here.random_sed",
            "no argument",
        ),
        ("fill_model", {"type": "DefaultFillModel", "random_seed": "x"}, "here.random_seed", "whole number"),
        (
            "fill_model",
            {"type": "DefaultFillModel", "random_seed": 1, "prob_slippage": 7.0},
            "here",
            "refused its values",
        ),
        ("fee_model", {"type": "PerContractFeeModel", "commission": 0.65}, "here.commission", "text of a Money"),
        ("fee_model", {"type": "PerContractFeeModel"}, "here.commission", "needs 'commission'"),
        ("fee_model", {"type": f"{OWN}:HalfFee"}, "here.type", "subclass of FeeModel"),
        ("fee_model", {"type": f"{OWN}:Nothing"}, "here.type", "has no 'Nothing'"),
        ("fee_model", {"type": "no.such:Thing"}, "here.type", "no module 'no'"),
        ("fee_model", {"type": f"{OWN}:FailingFee", "rate": 1}, "here.rate", "no parameter 'rate'"),
        ("latency_model", {"type": f"{OWN}:HalfFee"}, "here.type", "one of the engine's own"),
        ("latency_model", {"type": "StaticLatencyModel", "base_latency_nanos": -1}, "here", "refused"),
    ],
)
def test_what_is_refused(kind, spec, where, rule):
    rules = problems(kind, spec)
    assert where in rules
    assert rule in rules[where][0]


def test_a_near_miss_has_a_remedy():
    rules = problems("fill_model", {"type": "ThreeTierFilModel", "random_seed": 1})
    assert "'ThreeTierFillModel'" in rules["here.type"][1]
