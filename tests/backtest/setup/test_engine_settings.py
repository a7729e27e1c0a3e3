"""Settings of the engine's parts: each key by the engine's own name and type, and with its effect."""

import pytest

from sweep.backtest import check, run
from sweep.backtest.setup.engine_settings import PARTS, REFUSED
from sweep.backtest.user_code.engine_stubs import stub_arguments
from tests.support.portfolio_specs import component
from tests.support.trials import trial


def backtest(spy, **engine):
    whole = trial(spy, {}) | {"strategies": [component("fast", "Turning", every=1)], "engine": engine}
    del whole["strategy"]
    return whole


def test_a_limit_of_the_risk_engine_denies_orders(spy):
    assert run(backtest(spy)).metrics["orders_denied"] == 0
    limited = run(backtest(spy, risk_engine={"max_order_submit_rate": "1/00:00:05"}))
    assert limited.metrics["orders_denied"] == 8  # one an order for each five seconds of ten
    assert "RATE_LIMIT_EXCEEDED" in limited.warnings[0]


@pytest.mark.parametrize(
    ("part", "values", "where", "rule"),
    [
        ("risk_engine", {"max_order_submit_rat": "1/00:00:01"}, "max_order_submit_rat", "has no parameter"),
        ("risk_engine", {"max_order_submit_rate": 5}, "max_order_submit_rate", "must be text"),
        ("risk_engine", {"max_order_submit_rate": "often"}, "", "refused its values"),
        ("cache", {"tick_capacity": "many"}, "tick_capacity", "must be a whole number"),
        ("exec_engine", {"purge_closed_orders_interval_mins": 5}, "purge_closed_orders_interval_mins", "cannot be set"),
        ("portfolio", {"bar_updates": 1}, "bar_updates", "must be true or false"),
    ],
)
def test_each_mistake(spy, part, values, where, rule):
    (problem,) = check(backtest(spy, **{part: values}))
    assert problem.where == f"engine.{part}.{where}".rstrip(".")
    assert rule in problem.rule


def test_every_refused_key_is_one_of_the_engine():
    for key in REFUSED:
        part, _, name = key.partition(".")
        assert name in stub_arguments(PARTS[part])
