"""All mistakes of a strategy's class are refused at once, before anything runs, each with its file and line."""

import pytest

from sweep.backtest import check
from tests.support.trials import trial
from tests.support.written_modules import line_of, write_module

SOURCE = """
class Base(Strategy):
    def on_quote_tick(self, tick): pass

class S(Base):
    def __init__(self):
        super().__init__()
        self.state = {}
        self.order = None

    def on_start(self):
        self.order = self.order_factory.market(SPY, OrderSide.BUY, Quantity.from_int(1))

    def on_quote(self, quote):
        self.order.is_open
"""


def test_every_mistake_at_once_in_the_order_of_the_file(spy, tmp_path, monkeypatch):
    module = write_module(tmp_path, monkeypatch, SOURCE)
    problems = check(trial(spy, {"path": f"{module.__name__}:S"}))
    lines = [line_of(module, text) for text in ("def on_quote_tick", "self.state", ".is_open")]
    assert [p.where for p in problems] == [f"{module.__file__}:{line}" for line in lines]
    assert all(p.remedy for p in problems)
    assert all(p.is_in_code for p in problems)


@pytest.mark.parametrize("name", ["Scripted", "Faulty", "Heir", "Publisher"])
def test_strategies_without_such_a_mistake(spy, name):
    path = f"tests.support.strategies:{name}"
    config = "FaultConfig" if name == "Faulty" else "ScriptedConfig"
    assert not check(trial(spy, {"path": path, "config_path": f"tests.support.strategies:{config}"}))
