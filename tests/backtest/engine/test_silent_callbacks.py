"""Callbacks that a class defines and that never run are told by its trial, with the likely reason."""

import pytest
from nautilus_trader.trading import Strategy

from sweep.backtest import run
from sweep.backtest.engine.silent_callbacks import REASONS
from sweep.backtest.shared.shared_run import run as run_shared
from sweep.backtest.user_code.source_checks.callback_names import called
from sweep.trial import NEVER_CALLED, Result
from tests.support.trials import trial
from tests.support.written_modules import write_module

CALLED = called(Strategy)
CLASS = """
class Base(Strategy):
    def {name}(self, *events): pass

class S(Base):
    def on_start(self):
        self.subscribe_quotes(SPY)
        self.n = 0
    def on_quote(self, quote):
        self.n += 1
        if self.n == {at}:
            self.submit_order(self.order_factory.market(SPY, OrderSide.BUY, Quantity.from_int(1)))
"""


def warnings(spy, tmp_path, monkeypatch, name, at=0):
    """The sentences about callbacks of a trial, the same alone and in a pack."""
    module = write_module(tmp_path, monkeypatch, CLASS.format(name=name, at=at))
    backtest = trial(spy, {"path": f"{module.__name__}:S"})
    alone = run(backtest)
    for packed in run_shared([(backtest, ()), (backtest, ())]):
        assert isinstance(packed, Result), packed
        assert packed.warnings == alone.warnings
    return [w.removeprefix(NEVER_CALLED) for w in alone.warnings if w.startswith(NEVER_CALLED)]


@pytest.mark.parametrize("name", sorted(REASONS.keys() - {"on_quote"}))
def test_each_callback_with_its_reason(spy, tmp_path, monkeypatch, name):
    assert warnings(spy, tmp_path, monkeypatch, name) == [f"{name} ({REASONS[name]})"]


@pytest.mark.parametrize("name", ["on_order_filled", "on_position_opened"])
def test_what_is_called_is_not_told(spy, tmp_path, monkeypatch, name):
    assert warnings(spy, tmp_path, monkeypatch, name, at=2) == []


@pytest.mark.parametrize("name", sorted(CALLED - REASONS.keys() - {"on_start", "on_stop", "on_save", "on_load"}))
def test_what_rarely_happens_is_not_told(spy, tmp_path, monkeypatch, name):
    assert warnings(spy, tmp_path, monkeypatch, name) == []


def test_only_callbacks_of_the_engine_have_a_reason():
    assert REASONS.keys() <= CALLED
