"""A controller of the user's creates, stops and removes guarded strategies while a trial runs."""

import pytest

from sweep.backtest import check, run, sources
from sweep.errors import TrialError
from tests.support.portfolio_specs import component
from tests.support.trials import trial
from tests.support.written_modules import write_module

BOSS = """
from nautilus_trader.trading import Controller, ImportableStrategyConfig

class Boss(Controller):
    def __init__(self):
        super().__init__(None)
        self.n = 0
    def on_start(self):
        self.subscribe_quotes(SPY)
    def on_quote(self, quote):
        self.n += 1
        if self.n == 2:
            self.trader = self.create_strategy_from_config(ImportableStrategyConfig({path!r}, {config!r}, {values}))
        if self.n == 7:
            {at_seven}
"""
TURNING = {"path": "tests.support.portfolio:Turning", "config": "tests.support.portfolio:ClockConfig"}


def backtest(spy, module, **config):
    whole = trial(spy, {}) | {"controller": {"path": f"{module.__name__}:Boss", "config": config}}
    del whole["strategy"]
    return whole


def boss(tmp_path, monkeypatch, values="{'every': 2, 'trade_size': 1}", at_seven="pass", **paths):
    source = BOSS.format(**TURNING | paths, values=values, at_seven=at_seven)
    return write_module(tmp_path, monkeypatch, "import tests.support.portfolio\n" + source)


@pytest.mark.parametrize("end", ["self.stop_strategy(self.trader)", "self.remove_strategy(self.trader)", "pass"])
def test_what_a_controller_creates_trades_until_it_is_stopped(spy, tmp_path, monkeypatch, end):
    # created at quote 2, it sees the quotes 3 to 10, or to 7: an order at each second one
    result = run(backtest(spy, boss(tmp_path, monkeypatch, at_seven=end)))
    assert result.metrics["orders"] == (4 if end == "pass" else 2)
    assert not [w for w in result.warnings if "never called" in w]


def test_a_bad_config_of_what_it_creates_fails_the_trial(spy, tmp_path, monkeypatch):
    module = boss(tmp_path, monkeypatch, values="{'evry': 2}")
    with pytest.raises(TrialError, match=r"controller\.Turning\.config\.evry: ClockConfig has no parameter 'evry'"):
        run(backtest(spy, module))


def test_a_class_that_is_in_no_key_is_refused_and_may_be_named_in_the_config(spy, tmp_path, monkeypatch):
    other = write_module(tmp_path, monkeypatch, "class S(Strategy):\n    def on_start(self):\n        pass\n")
    path = f"{other.__name__}:S"
    module = boss(tmp_path, monkeypatch, path=path, config="", values="{}")
    with pytest.raises(TrialError, match=r"no part of the trial's key: name the path in the controller's config"):
        run(backtest(spy, module))
    assert other.__name__ in sources({"controller": {"path": f"{module.__name__}:Boss", "config": {"class": path}}})


def test_an_error_in_a_controller_names_it(spy, tmp_path, monkeypatch):
    module = boss(tmp_path, monkeypatch, at_seven="1 / 0")
    with pytest.raises(TrialError, match=r"controller\.on_quote raised ZeroDivisionError"):
        run(backtest(spy, module))


def test_a_constructor_that_raises_fails_the_trial(spy, tmp_path, monkeypatch):
    source = "import nautilus_trader.trading as t\nclass Boss(t.Controller):\n    def __init__(self):\n        1 / 0\n"
    with pytest.raises(TrialError, match="the engine could not be built: ZeroDivisionError"):
        run(backtest(spy, write_module(tmp_path, monkeypatch, source)))


def test_a_controller_is_checked_before_it_runs(spy):
    whole = trial(spy, {}) | {"controller": component("", "Boss", strt=1)}
    del whole["strategy"]
    assert [(p.where, p.remedy) for p in check(whole)] == [("controller.config.strt", "did you mean 'start'?")]
