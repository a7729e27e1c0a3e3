"""Several components in one trial: signals arrive, guards name the component, two of one class are told apart."""

from typing import Any

import pytest

from sweep.backtest import check, run
from sweep.errors import Reason, TrialError
from tests.support.portfolio_specs import component
from tests.support.trials import trial
from tests.support.written_modules import line_of, write_module


def portfolio(catalog: str, strategies: list[Any], **sections: Any) -> dict[str, Any]:
    """A backtest of these strategies and other components."""
    backtest = trial(catalog, {}) | {"strategies": strategies} | sections
    del backtest["strategy"]
    return backtest


def test_a_strategy_hears_the_signal_of_an_actor(spy):
    # bids 100 … 109; signals at the quotes 3 (1), 6 (-1) and 9 (1): buy at 102.02, sell at 105, buy at 108.02
    actors = [component("regime", "Regime", window=3)]
    figures = run(portfolio(spy, [component("follow", "Follower", trade_size=10)], actors=actors)).metrics
    assert figures["orders"] == 3
    assert figures["pnl_realized"] == pytest.approx(10 * (105 - 102.02))
    assert figures["pnl_total"] == pytest.approx(10 * (105 - 102.02) + 10 * (109 - 108.02))


def test_two_strategies_of_one_class_trade_for_themselves(spy):
    both = [component("fast", "Turning", every=2, trade_size=1), component("slow", "Turning", every=4, trade_size=10)]
    alone = [run(portfolio(spy, [one])).metrics for one in both]
    together = run(portfolio(spy, both)).metrics
    for name in ("orders", "trades", "pnl_total", "pnl_realized"):
        assert together[name] == pytest.approx(sum(figures[name] for figures in alone))
    assert [figures["orders"] for figures in alone] == [5, 2]


def test_an_error_names_its_component(spy):
    actors = [component("calm", "Regime"), component("loud", "Regime", fault="on_quote")]
    with pytest.raises(TrialError, match="actors.loud.on_quote raised ValueError: no regime") as caught:
        run(portfolio(spy, [component("follow", "Follower")], actors=actors))
    assert caught.value.reason is Reason.STRATEGY


def test_a_callback_that_one_of_two_instances_never_ran_is_told(spy):
    deaf = component("deaf", "Turning", instrument_id="QQQ.ARCA")
    backtest = portfolio(spy, [component("fast", "Turning"), deaf], data_missing={"allow": ["QuoteTick QQQ.ARCA"]})
    assert [w for w in run(backtest).warnings if "never called" in w] == [
        "never called: strategies.deaf.on_quote (nothing came: does on_start call subscribe_quotes?)"
    ]


def test_an_algorithm_of_python_executes_the_orders_of_a_strategy(spy):
    actors, halves = [component("regime", "Regime", window=3)], [component("Halves", "Halves")]
    follow = [component("follow", "Follower", trade_size=10, algo="Halves")]
    figures = run(portfolio(spy, follow, actors=actors, exec_algorithms=halves)).metrics
    assert figures["orders"] == 6  # each in two halves
    assert figures["pnl_total"] == pytest.approx(10 * (105 - 102.02) + 10 * (109 - 108.02))


def test_a_backtest_without_a_strategy_is_refused(spy):
    (problem,) = check(portfolio(spy, [], actors=[component("regime", "Regime")]))
    assert (problem.where, problem.remedy) == ("strategies", "leave one enabled")


def test_a_signal_of_an_actor_that_is_not_listed_is_refused(spy):
    # its class stands in the same file as the strategy's: without the actor nothing would ever come
    with pytest.raises(TrialError, match="nothing in the trial publishes the signal 'regime'"):
        run(portfolio(spy, [component("follow", "Follower")]))
    run(portfolio(spy, [component("follow", "Follower")], controller=component("", "Boss")))  # may create one


def test_an_algorithm_that_nobody_registered_is_named(spy):
    actors = [component("regime", "Regime", window=3)]
    with pytest.raises(TrialError, match="names an execution algorithm that `exec_algorithms:` does not list"):
        run(portfolio(spy, [component("follow", "Follower", algo="Nope")], actors=actors))


ORDERS = """
from nautilus_trader.model import ExecAlgorithmId
class S(Strategy):
    algo = 1
    def on_start(self):
        self.algo = ExecAlgorithmId("TWAP")
"""


def test_an_algorithm_that_orders_name_and_nobody_registered_is_a_mistake(spy, tmp_path, monkeypatch):
    module = write_module(tmp_path, monkeypatch, ORDERS)
    strategies = [{"name": "s", "path": f"{module.__name__}:S"}]
    (problem,) = check(portfolio(spy, strategies, exec_algorithms=[component("TWAPP", "Halves")]))
    assert problem.where.endswith(f"{module.__name__}.py:{line_of(module, 'ExecAlgorithmId(')}")
    assert "name the execution algorithm 'TWAP'" in problem.rule
    assert problem.remedy == "list it under `exec_algorithms:`; did you mean 'TWAPP'?"
    assert not check(portfolio(spy, strategies, exec_algorithms=[{"name": "TWAP", "native": "TWAP", "config": {}}]))
