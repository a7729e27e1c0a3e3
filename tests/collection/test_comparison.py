"""Sweeps side by side, by hand."""

from sweep.collection.comparison import compare, distribution, flat
from tests.support import ledgers


def test_the_figures_of_a_distribution():
    d = distribution([4, None, 1, 2.0, 3])
    assert d
    assert (d.trials, d.lowest, d.quarter, d.median, d.three_quarters, d.highest, d.mean) == (
        4,
        1,
        1.75,
        2.5,
        3.25,
        4,
        2.5,
    )
    assert distribution([None]) is None
    one = distribution([7])
    assert one and one.median == one.quarter == 7


def test_the_same_setting_is_shared_however_its_name_is_written(tmp_path):
    a = ledgers.write(
        ledgers.folder(tmp_path, "a"),
        [({"strategy.fast": 1}, {"pnl_total": 2.0}), ({"strategy.fast": 2}, {"pnl_total": 1.0})],
    )
    b = ledgers.write(
        ledgers.folder(tmp_path, "b"),
        [({"strategy.config.fast": 2}, {"pnl_total": 3.0}), ({"strategy.config.fast": True}, {"pnl_total": 0.0})],
        backtest=ledgers.BACKTEST | {"strategy": {"path": "strategies.cross:Cross", "config": {"size": 3}}},
    )
    comparison = compare([a, b])
    assert [(p.trials, p.values) for p in comparison.points] == [((1, 0), (1.0, 3.0))]
    assert [(d.part, d.name, d.values) for d in comparison.differences] == [
        ("spec", "strategy.config", ({}, None)), ("spec", "strategy.config.size", (None, 3))
    ]  # fmt: skip
    assert [s.best and s.best.number for s in comparison.sweeps] == [0, 0]


def test_values_of_lists_have_the_names_of_their_items():
    assert dict(flat("venues", [{"name": "ARCA", "balances": [1, 2]}, {"x": {}}])) == {
        "venues.ARCA.name": "ARCA", "venues.ARCA.balances": [1, 2], "venues.1.x": {}
    }  # fmt: skip
