"""The trials of each test: their parameters, their keys, and reasons where there are none."""

from typing import Any

import pytest
import yaml

from sweep.runner.plan import SweepPlan, plan
from sweep.runner.stress import stress_tests
from sweep.runner.stress.stress_run import stress_plan
from sweep.spec.components.stress import StressRules
from tests.support import eight_sessions, sweeps
from tests.support.all_data_strategy import BARS

ZERO = {"noise": 0, "drop": 0, "jitter": 0, "start": 0, "spread": [1], "latency": [1], "fees": [1]}
LATENCY = {"type": "StaticLatencyModel", "base_latency_nanos": 1_000_000}
PARAMS = {"strategy.threshold": 0.3, "strategy.hold": 20}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return eight_sessions.catalog(tmp_path_factory.mktemp("catalog"), minutes=2)


def planned(catalog: str, **more: Any) -> SweepPlan:
    venue = sweeps.spec("", {})["venues"][0] | {"latency_model": LATENCY}
    return plan(yaml.safe_dump(eight_sessions.spec(catalog, venues=[venue], **more), sort_keys=False))


@pytest.fixture(scope="module")
def ordinary(catalog) -> SweepPlan:
    return planned(catalog)


def listed(plan_: SweepPlan, **rules: Any) -> dict[str, stress_tests.StressTest]:
    return {t.name: t for t in stress_tests.tests(plan_, StressRules.model_validate(rules), PARAMS)}


def test_each_trial_differs_from_the_leader_by_its_perturbation_alone(ordinary):
    tests = listed(ordinary, trials=2, seed=7, delay=3)
    added = {name: [{k: v for k, v in p.items() if PARAMS.get(k) != v} for p in t.points] for name, t in tests.items()}
    place = "venues.ARCA"
    assert added == {
        "noise": [{"perturbation.noise": 0.5, "perturbation.seed": n} for n in (7, 8)],
        "spread": [{"perturbation.spread": f, "perturbation.seed": 7} for f in (1.5, 2.0)],
        "dropped": [{"perturbation.drop": 0.05, "perturbation.seed": n} for n in (7, 8)],
        "delayed": [{"perturbation.delay": 3.0, "perturbation.seed": n} for n in (7, 8)],
        "latency": [{f"{place}.latency_model.base_latency_nanos": n} for n in (1_500_000, 2_000_000)],
        "fees": [{f"{place}.fee_model.commission": "0.02 USD"}] * 2,
        "parameters": [
            {"strategy.threshold": 0.6}, {"strategy.threshold": 0.285}, {"strategy.threshold": 0.315},
            {"strategy.hold": 7}, {"strategy.hold": 1000}, {"strategy.hold": 19}, {"strategy.hold": 21},
        ],
        "start": [{"period.start": f"2026-05-0{day}T00:00:00Z"} for day in (5, 6)],  # of eight days
    }  # fmt: skip
    perturbed = stress_plan(ordinary)
    keys = [perturbed.key(p) for t in tests.values() for p in t.points]
    assert len(set(keys)) == len(keys) - 1  # the two fees are the same in cents


def test_perturbations_of_size_zero_are_the_trial_itself(ordinary):
    sized = {"noise", "spread", "dropped", "latency", "fees"}
    perturbed = stress_plan(ordinary)
    tests = {name: t for name, t in listed(ordinary, **ZERO).items() if name in sized}
    assert {perturbed.key(p) for t in tests.values() for p in t.points} == {ordinary.key(PARAMS)}
    assert {name for name, t in tests.items() if t.points} == sized
    assert perturbed.id != ordinary.id


def test_the_section_changes_neither_the_id_nor_a_key(ordinary, catalog):
    with_section = planned(catalog, stress={"top": 2})
    assert (with_section.id, with_section.key(PARAMS)) == (ordinary.id, ordinary.key(PARAMS))
    assert "stress" in with_section.yaml()


def test_data_without_quotes_or_events_has_reasons(catalog):
    bars = planned(catalog, data=[{"type": "Bar", "bar_types": [BARS]}])
    tests = listed(bars)
    assert tests["spread"].reason == "no quotes in `data`"
    assert tests["delayed"].reason == "no events of your own in `data`"
    assert tests["noise"].points
    assert tests["start"].points
    assert not tests["start"].reason


def test_the_chosen_tests_alone_in_their_order(ordinary):
    assert list(listed(ordinary, tests=["fees", "noise", "trades"])) == ["fees", "noise"]
