from pathlib import Path

import yaml

from sweep.port.notes import left_to_do
from sweep.port.script.spec import spec_of

SCRIPT = """from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import ImportableActorConfig
from nautilus_trader.examples.algorithms.twap import TWAPExecAlgorithm
from nautilus_trader.examples.algorithms.blank import MyExecAlgorithm

from mine import Pacer, Regime, RegimeConfig, Trend, TrendConfig

engine = BacktestEngine()
engine.add_venue("SIM", oms_type="NETTING", account_type="MARGIN", starting_balances=["1 USD"])
slow = Trend(TrendConfig(instrument_id="A.SIM", period=30))
both = [Trend(TrendConfig(instrument_id="A.SIM", period=10)), slow]
engine.add_strategies(both)
engine.add_actor(Regime(config=RegimeConfig(window=5)))
engine.add_exec_algorithm(TWAPExecAlgorithm())
engine.add_exec_algorithm(Pacer())
%s
engine.run()
"""


def of(more=""):
    text = spec_of(Path("run_it.py"), SCRIPT % more)
    return yaml.safe_load(text), "\n".join(text.splitlines()[line - 1] for line in left_to_do(text))


def test_each_component_of_a_script_stands_in_its_list_with_a_name_of_its_own():
    spec, left = of()
    common = {"path": "mine:Trend", "config_path": "mine:TrendConfig"}
    assert "strategy" not in spec and spec["strategies"] == [
        {"name": "Trend_1", **common, "config": {"instrument_id": "A.SIM", "period": 10}},
        {"name": "Trend_2", **common, "config": {"instrument_id": "A.SIM", "period": 30}},
    ]
    assert spec["actors"] == [
        {"name": "Regime", "path": "mine:Regime", "config_path": "mine:RegimeConfig", "config": {"window": 5}}
    ]
    assert spec["exec_algorithms"] == [
        {"name": "TWAP", "native": "TWAP"}, {"name": "Pacer", "path": "mine:Pacer"}
    ]  # fmt: skip
    assert "Trend" not in left and "Regime" not in left and "TWAP" not in left


def test_what_the_text_does_not_tell_of_components_is_left_by_hand():
    _, left = of(
        "for n in (1, 2):\n    engine.add_actor(Regime(config=RegimeConfig(window=n)))\n"
        "engine.add_strategies(make())\nengine.add_exec_algorithm(MyExecAlgorithm())\nengine.add_actor(made)\n"
    )
    for part in (
        "stands in a loop", "engine.add_strategies(make()); list each under strategies",
        "MyExecAlgorithm came with the engine", "engine.add_actor(made); name the class",
    ):  # fmt: skip
        assert part in left


def test_components_by_their_import_paths():
    more = 'x = ImportableActorConfig(actor_path="mine:Other", config_path="mine:OtherConfig", config={"a": 1})'
    spec, _ = of(more)
    assert {"name": "Other", "path": "mine:Other", "config_path": "mine:OtherConfig", "config": {"a": 1}} in spec[
        "actors"
    ]


def test_a_dictionary_of_settings_keeps_what_the_text_tells():
    more = (
        'x = ImportableActorConfig(actor_path="mine:Other", config=dict(a=1, b=unknown))\n'
        "y = BacktestDataConfig(data_cls=QuoteTick.fully_qualified_name(), instrument_id='A.SIM')"
    )
    spec, left = of(more)
    assert spec["actors"][0]["config"] == {"a": 1, "b": None} or spec["actors"][1]["config"] == {"a": 1, "b": None}
    assert "config.b is unknown" in left and spec["data"] == [{"type": "QuoteTick", "instruments": ["A.SIM"]}]
