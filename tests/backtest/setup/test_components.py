"""Components are built from their data: classes of the right base, verified arguments, mistakes with their places."""

import pytest
from nautilus_trader import trading
from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig

from sweep.backtest.engine.error_log import error_log
from sweep.backtest.setup.components import build
from sweep.backtest.setup.native_components import STRATEGIES, UNSUPPORTED, strategy_id
from tests.support.portfolio_specs import component


def problems(**sections):
    mistakes = []
    build(sections, mistakes)
    return [(p.where, p.rule) for p in mistakes]


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


def native(kind, **config):
    return {"name": "x", "native": kind, "config": config}


EMA = {"instrument_id": "SPY.ARCA", "trade_size": 10}


def test_natives_have_their_config_in_the_engines_types_and_ids_of_their_own():
    sections = {
        "strategies": [
            component("fast", "Turning"),
            native("EmaCross", **EMA),
            native("EmaCross", **EMA) | {"name": "y"},
        ]
    }
    built = build(sections, [])
    assert [strategy_id(c.arguments[0]) for c in built[1:]] == ["EmaCross-001", "EmaCross-002"]
    assert str(built[1].arguments[0].trade_size) == "10"
    algorithm = build(sections | {"exec_algorithms": [native("TWAP")]}, [])[-1]
    assert str(algorithm.arguments[0].exec_algorithm_id) == "x"


@pytest.mark.parametrize(
    ("kind", "config", "place", "rule", "remedy"),
    [
        ("EmaCros", EMA, "native", "the engine has no such strategy of its own", "did you mean 'EmaCross'?"),
        ("DeltaNeutralVol", {}, "native", "cannot run in a trial: it needs option greeks", ""),
        ("EmaCross", EMA | {"fast": 3}, "config.fast", "EmaCrossConfig has no parameter 'fast'", "fast_period"),
        ("EmaCross", EMA | {"fast_period": "3"}, "config.fast_period", "must be a whole number", ""),
        (
            "GridMarketMaker",
            {"instrument_id": "SPY.ARCA", "max_position": 5, "use_uuid_client_order_ids": True},
            "config.use_uuid_client_order_ids",
            "must be false: ids would be random",
            "",
        ),
        ("EmaCross", {"trade_size": 10}, "config.instrument_id", "EmaCrossConfig needs a value for", ""),
    ],
)
def test_a_mistake_in_a_native_component(kind, config, place, rule, remedy):
    problems = []
    build({"strategies": [native(kind, **config)]}, problems)
    assert [p.where for p in problems] == [f"strategies.x.{place}"]
    assert problems[0].rule.startswith(rule)
    assert remedy in problems[0].remedy


def test_every_native_that_the_engine_lists_is_known_here():
    names = {name.removesuffix("Config") for name in dir(trading) if name.endswith("Config")}
    others = {
        "ExecutionAlgorithm",
        "ImportableController",
        "ImportableExecutionAlgorithm",
        "ImportableStrategy",
        "Strategy",
    }
    assert names - others == STRATEGIES.keys() | UNSUPPORTED.keys()
    engine = BacktestEngine(BacktestEngineConfig(logging=error_log().config()))
    for name in STRATEGIES:
        with pytest.raises(TypeError, match="is not an instance of"):  # it is there, and wants its own config
            engine.add_builtin_strategy(name, object())
    engine.dispose()
