"""Scaled costs as parameters, by hand; with a model that cannot be scaled the reason."""

from typing import Any

import pytest

from sweep.runner.stress.changed_costs import higher_fees, longer_latencies
from sweep.spec.model import resolve
from tests.support.trials import strategy, trial, venue


def backtest(**keys: Any) -> dict[str, Any]:
    return trial("", strategy(), venues=[venue(**keys)])


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"type": "PerContractFeeModel", "commission": "0.65 USD"}, {"commission": "0.98 USD"}),  # 0.975, to cents
        ({"type": "FixedFeeModel", "commission": "1_000 JPY"}, {"commission": "1500 JPY"}),
        ({"type": "MakerTakerFeeModel", "maker_rate": -0.0001, "taker_rate": 0.0004}, {"taker_rate": "0.0006"}),
        (
            {"type": "MakerTakerFeeModel", "maker_rate": 0, "taker_rate": 0, "overrides": {"SPY.ARCA": [0, 0.002]}},
            {"overrides": {"SPY.ARCA": [0, "0.003"]}},
        ),
        (
            {"type": "sweep.costs:PerShareFeeModel", "tiers": [[0, 0.005], [300_000, 0.002]], "minimum": 1},
            {"minimum": "1.5", "tiers": [[0, "0.0075"], [300_000, "0.003"]]},
        ),
    ],
)
def test_every_cost_grows_and_rebates_and_thresholds_do_not(model, expected):
    changed = higher_fees(backtest(fee_model=model), 1.5)
    assert changed == {f"venues.ARCA.fee_model.{name}": value for name, value in expected.items()}


def test_the_factor_one_changes_nothing():
    plain = backtest(fee_model={"type": "MakerTakerFeeModel", "maker_rate": 0.0, "taker_rate": 0.0004})
    changed = higher_fees(plain, 1.0)
    assert isinstance(changed, dict)
    assert resolve(plain, changed) == resolve(plain, {})


def test_what_cannot_be_scaled_has_a_reason():
    assert "no venue charges a fee" in higher_fees(backtest(), 2)
    own = backtest(fee_model={"type": "mine:Fees", "rate": 1})
    assert higher_fees(own, 2) == "the fees of mine:Fees cannot be scaled from outside"
    assert "no venue has a latency" in longer_latencies(backtest(), 2)
    none = {"type": "StaticLatencyModel", "base_latency_nanos": 0}
    assert "no venue has a latency" in longer_latencies(backtest(latency_model=none), 2)
    assert longer_latencies(backtest(latency_model={"type": "mine:Slow"}), 2).startswith("the latency of mine:Slow")


def test_latencies_grow():
    model = {"type": "StaticLatencyModel", "base_latency_nanos": 25_000_001, "insert_latency_nanos": 0}
    changed = longer_latencies(backtest(latency_model=model), 1.5)
    assert changed == {"venues.ARCA.latency_model.base_latency_nanos": 37_500_002}
