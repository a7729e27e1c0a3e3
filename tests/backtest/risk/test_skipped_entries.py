"""Skipped entries: the strategy is told, exits go, and the rest of the trial is as it would be without the order."""

import pytest

from sweep.backtest.data.windows import WindowCache
from sweep.backtest.engine.backtest_run import run
from sweep.spec.components.perturbation import PERTURBATION
from tests.support.trials import strategy, trial

ALL = 0.999999  # of the entries


def outcome(spy, orders, **rules):
    backtest = trial(spy, strategy(orders=orders)) | ({PERTURBATION: rules} if rules else {})
    return run(backtest, cache=WindowCache(0))


def test_a_skipped_entry_is_not_sent_and_an_entry_that_is_not_skipped_is(spy):
    assert outcome(spy, [[1, 100]], skip=ALL).metrics["orders"] == 0
    orders = [[n, 10] for n in range(1, 9)]
    counts = [outcome(spy, orders, skip=0.5, seed=seed).metrics["orders"] for seed in range(6)]
    assert len(set(counts)) > 1
    assert 0 < sum(counts) < 48


def test_it_is_the_trial_without_those_orders(spy):
    """Of two entries the seed skips one: the figures are those of a trial that never sends it."""
    orders = [[1, 100], [4, 50]]
    alone = [outcome(spy, [order]).metrics["pnl_total"] for order in orders]
    seen = {outcome(spy, orders, skip=0.5, seed=seed).metrics["pnl_total"] for seed in range(12)}
    assert seen == {0.0, *alone, outcome(spy, orders).metrics["pnl_total"]}


@pytest.mark.parametrize(("second", "sent"), [(-100, 2), (-40, 2), (-150, 1), (20, 1)])
def test_exits_go_and_what_enlarges_or_turns_a_position_is_an_entry(spy, second, sent):
    seed = next(s for s in range(99) if outcome(spy, [[1, 100]], skip=0.5, seed=s).metrics["orders"])
    later = next(
        s for s in range(seed, 99)
        if outcome(spy, [[1, 100]], skip=0.5, seed=s).metrics["orders"]
        and outcome(spy, [[1, 100], [3, 20]], skip=0.5, seed=s).metrics["orders"] == 1
    )  # fmt: skip
    assert outcome(spy, [[1, 100], [3, second]], skip=0.5, seed=later).metrics["orders"] == sent


def test_risk_limits_are_asked_as_well(spy):
    backtest = trial(spy, strategy(orders=[[1, 100], [3, 100]])) | {"risk": {"max_position": 150}}
    done = run(backtest | {PERTURBATION: {"skip": 1e-9}}, cache=WindowCache(0))
    assert (done.metrics["orders"], done.metrics["orders_refused"]) == (1, 1)
