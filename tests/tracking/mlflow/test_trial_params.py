"""Parameters of a trial's run: a backtest by hand."""

from typing import Any

from sweep.ledger.facts import SweepFacts
from sweep.tracking.mlflow.trial_params import params

ONE: dict[str, Any] = {
    "catalog": "/data",
    "period": {"start": "2026-05-04", "end": "2026-05-09"},
    "data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}],
    "venues": [
        {
            "name": "ARCA", "starting_balances": ["100_000 USD"],
            "fee_model": {"type": "FixedFeeModel", "commission": "1 USD"},
        },
        {"name": "SIM"},
    ],
    "strategy": {"path": "m:S", "config": {"size": 10, "threshold": 5, "path": "x", "levels": [1, 2], "empty": {}}},
    "code": ["mine"],
}  # fmt: skip


def of(backtest: dict[str, Any], searched: dict[str, Any]) -> dict[str, Any]:
    return params(SweepFacts(backtest=backtest), searched)


def test_searched_ones_first_then_the_strategy_then_the_market():
    chosen = {"venues.ARCA.fee_model.commission": "2 USD", "strategy.threshold": 7}
    logged = of(ONE, chosen)
    assert list(logged.items()) == [
        ("venues.ARCA.fee_model.commission", "2 USD"),
        ("strategy.threshold", 7),
        ("strategy.path", "m:S"),
        ("strategy.size", 10),
        ("strategy.config.path", "x"),
        ("strategy.levels", [1, 2]),
        ("catalog", "/data"),
        ("period.start", "2026-05-04"),
        ("period.end", "2026-05-09"),
        ("data", ONE["data"]),
        ("venues.ARCA.starting_balances", ["100_000 USD"]),
        ("venues.ARCA.fee_model.type", "FixedFeeModel"),
        ("venues.SIM", True),
    ]


def test_a_searched_part_replaces_all_below_it():
    logged = of(ONE, {"venues.ARCA.fee_model": {"type": "MakerTakerFeeModel"}})
    assert [name for name in logged if "fee_model" in name] == ["venues.ARCA.fee_model"]


def test_a_value_whose_part_is_searched_is_not_logged_with_the_old_part():
    logged = of(ONE, {"strategy.levels.0": 9})
    assert "strategy.levels" not in logged


def test_a_wildcard_stands_for_each_strategy_that_has_the_parameter():
    parts = [{"name": n, "path": "m:S", "config": {"size": 10, "stop": 3}} for n in ("fast", "slow")]
    backtest = {"strategies": parts, "wildcards": {"strategies.*.stop": ["fast", "slow"]}}
    assert of(backtest, {"strategies.*.stop": 4}) == {
        "strategies.*.stop": 4,
        "strategies.fast.path": "m:S", "strategies.fast.size": 10,
        "strategies.slow.path": "m:S", "strategies.slow.size": 10,
    }  # fmt: skip
