"""Types of the engine's constructors, from its stubs."""

from pathlib import Path

from nautilus_trader import model, trading

from sweep.backtest.user_code.classes import parameters
from sweep.backtest.user_code.engine_stubs import stub_arguments


def test_a_constructor_has_the_types_and_defaults_of_its_stub():
    arguments = stub_arguments(trading.EmaCrossConfig)
    assert arguments["instrument_id"] == (model.InstrumentId, None)
    assert arguments["fast_period"] == (int, "10")
    assert stub_arguments(trading.StrategyConfig)["oms_type"] == (model.OmsType | None, "None")
    assert "_kwargs" not in stub_arguments(trading.StrategyConfig)


def test_a_subclass_takes_the_base_own_fields_in_their_types():
    class Own(trading.StrategyConfig):
        def __new__(cls, lookback: int = 3, **fields):
            return super().__new__(cls, **fields)

    declared = parameters(Own)
    assert (declared["lookback"].kind, declared["oms_type"].kind) == (int, model.OmsType | None)


def test_a_class_without_a_stub_has_none():
    assert stub_arguments(Path) == {}
