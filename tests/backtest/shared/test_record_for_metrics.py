"""Metrics of the user's own read of a trial in a pack what they read of it in an engine of its own."""

import pytest

from sweep.backtest.shared import shared_run
from sweep.trial import Rung, State
from tests.backtest.shared.test_shared_run import alone, backtest, differences, market
from tests.support.random_strategy import SHARED


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return market(tmp_path_factory.mktemp("records") / "c", 3, 400)


def measured(catalog, *names: str, count: int = 4):
    config, own = {"often": 8, "actions": SHARED}, [{"name": n, "path": f"tests.support.metrics:{n}"} for n in names]
    many = [backtest(catalog, "random_strategy:RandomStrategy", config | {"seed": n}) for n in range(count)]
    return [one | {"metrics": own} for one in many]


def test_a_metric_reads_the_trial_as_it_is_alone(catalog):
    many = measured(catalog, "everything", "fills_per_day")
    outcomes = shared_run.run([(one, ()) for one in many])
    assert [differences(one, outcome) for one, outcome in zip(many, outcomes, strict=True)] == [[]] * 4
    assert len({outcome.metrics["everything"] for outcome in outcomes}) == 4
    assert all(outcome.stats["figures"] == outcome.metrics for outcome in outcomes)


def test_a_rung_judges_by_a_metric_of_the_users_own(catalog):
    many = measured(catalog, "everything", "fills_per_day", count=2)
    lowest = 1 + max(alone(one).metrics["fills_per_day"] for one in many)
    rungs = [(Rung(0.5, "fills_per_day", lower=2 * lowest),), (Rung(0.5, "fills_per_day", lower=0.0),)]
    outcomes = shared_run.run(list(zip(many, rungs, strict=True)))
    assert [outcome.state for outcome in outcomes] == [State.PRUNED, State.COMPLETE]
    assert [differences(*both) for both in zip(many, outcomes, rungs, strict=True)] == [[]] * 2


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("lowest_balance", "trial.balances of a metric cannot be answered"),
        ("drawn", "random.seed, random numbers that all strategies"),
        ("failing", "metric failing raised ZeroDivisionError"),
    ],
)
def test_a_metric_that_cannot_be_told_from_a_pack_makes_its_trial_run_alone(catalog, name, why):
    outcomes = shared_run.run([(one, ()) for one in measured(catalog, name, count=2)])
    assert [isinstance(outcome, str) and why in outcome for outcome in outcomes] == [True, True]
