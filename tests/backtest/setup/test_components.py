"""Components are built from their data: classes of the right base, verified arguments, mistakes with their places."""

import pytest

from sweep.backtest.setup.components import build
from tests.support.portfolio_specs import component


def problems(**sections):
    found = []
    build(sections, found)
    return [(p.where, p.rule) for p in found]


def test_components_are_built_in_their_order_with_their_arguments():
    sections = {
        "strategies": [component("fast", "Turning", every=3), component("slow", "Turning", every=9)],
        "actors": [component("regime", "Regime")], "exec_algorithms": [component("Halves", "Halves")],
    }  # fmt: skip
    built = build(sections, [])
    assert [c.where for c in built] == ["actors.regime", "strategies.fast", "strategies.slow", "exec_algorithms.Halves"]
    assert [c.arguments[0].every for c in built[1:3]] == [3, 9]
    assert built[3].arguments == ()  # no config class: made without arguments


@pytest.mark.parametrize(
    ("section", "kind", "config", "place", "rule"),
    [
        ("actors", "Turning", {}, "path", "must be a subclass of nautilus_trader.common.DataActor"),
        ("exec_algorithms", "Regime", {}, "path", "must be a subclass of nautilus_trader.trading.ExecutionAlgorithm"),
        ("actors", "Regime", {"windw": 3}, "config.windw", "RegimeConfig has no parameter 'windw'"),
        ("actors", "Regime", {"window": "3"}, "config.window", "must be a whole number"),
        ("exec_algorithms", "Halves", {"speed": 1}, "config.speed", "Halves has no parameter 'speed'"),
    ],
)
def test_a_mistake_has_the_place_of_its_component(section, kind, config, place, rule):
    sections = {"strategies": [component("fast", "Turning")], section: [component("x", kind, **config)]}
    assert problems(**sections) == [(f"{section}.x.{place}", rule)]


def test_a_backtest_needs_a_strategy():
    assert problems(actors=[component("regime", "Regime")]) == [
        ("strategies", "a backtest needs a strategy, and none is switched on")
    ]
