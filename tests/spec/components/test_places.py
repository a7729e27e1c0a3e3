"""Names and addresses of components: short names, wildcards, switched off ones, values for constraints."""

import pytest

from sweep.spec.components.places import addresses, complete, components, constants, full_name, label
from sweep.spec.model import resolve

FAST = {"name": "fast", "path": "m:Trend", "config": {"lookback": 10, "trade_size": 1}}
SLOW = {"name": "slow", "path": "m:Trend", "config": {"lookback": 50}, "enabled": False}
REGIME = {"name": "regime", "path": "m:Regime", "config": {"window": 20}}
PERIOD = {"start": "2026-05-04", "end": "2026-05-05"}
BASE = {"catalog": "c", "period": PERIOD, "strategies": [FAST, SLOW], "actors": [REGIME]}


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("strategies.fast.lookback", "strategies.fast.config.lookback"),
        ("strategies.fast.config.lookback", "strategies.fast.config.lookback"),
        ("strategies.fast.enabled", "strategies.fast.enabled"),
        ("strategies.fast.path", "strategies.fast.path"),
        ("strategies.*.lookback", "strategies.*.config.lookback"),
        ("actors.regime.window", "actors.regime.config.window"),
        ("exec_algorithms.TWAP.horizon", "exec_algorithms.TWAP.config.horizon"),
        ("controller.start", "controller.config.start"),
        ("strategies.fast", "strategies.fast"),
        ("venues.ARCA.oms_type", "venues.ARCA.oms_type"),
    ],
)
def test_a_parameter_of_a_component_is_short_for_its_config(name, full):
    assert full_name(name) == full


def test_a_wildcard_is_written_to_all_that_have_it():
    assert addresses(BASE, "strategies.*.trade_size") == ["strategies.fast.config.trade_size"]
    assert addresses(BASE, "strategies.*.enabled") == ["strategies.fast.enabled", "strategies.slow.enabled"]
    named = BASE | {"wildcards": {"strategies.*.trade_size": ["fast", "slow"]}}  # as the plan knows from the classes
    after = resolve(named, {"strategies.*.trade_size": 7, "strategies.slow.enabled": True})
    assert [s["config"]["trade_size"] for s in after["strategies"]] == [7, 7]
    assert "wildcards" not in after


def test_a_component_that_is_switched_off_is_no_part_of_the_backtest():
    # the same key, whatever its parameters: the same backtest has the same key
    one, other = (resolve(BASE, {"strategies.slow.lookback": value}) for value in (1, 2))
    assert one == other
    assert [s["name"] for s in one["strategies"]] == ["fast"]
    assert len(resolve(BASE, {"strategies.slow.enabled": True})["strategies"]) == 2
    assert "actors" not in resolve(BASE, {"actors.regime.enabled": False})
    assert BASE["strategies"] == [FAST, SLOW]  # unchanged


def test_a_component_without_a_name_has_that_of_its_class():
    data = {"strategies": [{"path": "m:Trend"}, {"native": "EmaCross"}, {}], "strategy": {"path": "m:C"}}
    complete(data)
    assert [s.get("name") for s in data["strategies"]] == ["Trend", "EmaCross", None]
    assert data["strategy"] == {"path": "m:C", "config": {}}


def test_components_start_in_the_order_of_the_spec_with_actors_first():
    assert [place.where for place in components(BASE)] == ["actors.regime", "strategies.fast", "strategies.slow"]


def test_values_for_constraints_have_a_short_name_where_it_is_clear():
    assert constants(BASE) == {
        "strategies.fast.lookback": 10, "strategies.slow.lookback": 50, "strategies.fast.trade_size": 1,
        "actors.regime.window": 20, "trade_size": 1, "window": 20,
    }  # fmt: skip


def test_a_backtest_is_labelled_by_its_strategies():
    assert label(BASE) == "m:Trend"
    assert label({"strategies": [FAST, {"native": "EmaCross"}]}) == "m:Trend, EmaCross"
    assert label({"strategy": {"path": "m:C"}}) == "m:C"
