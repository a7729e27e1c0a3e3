"""The subclass that tells a guard what a strategy does is called as the user wrote it."""

from typing import Self

import pytest

from sweep.backtest.data.subscriptions import Deliverable
from sweep.backtest.engine.backtest_run import run
from sweep.backtest.engine.guards import Guard
from sweep.backtest.engine.instrumentation import instrument, wrap_callbacks
from sweep.backtest.setup.components import Component
from tests.support.markets import SECOND, equity, ns, quotes, write
from tests.support.strategies import Scripted, ScriptedConfig
from tests.support.trials import trial


def test_an_instrumented_class_keeps_its_name():
    wrapped = instrument(Component("strategy", "Scripted", "strategy", Scripted), Guard(), Deliverable([]))
    assert (wrapped.__name__, wrapped.__module__) == (Scripted.__name__, Scripted.__module__)
    assert issubclass(wrapped, Scripted)


def test_a_wrapped_callback_is_called_as_the_user_wrote_it():
    class Caller:
        def on_quote(self, quote):
            return quote

        def on_bar(self, bar=2, *, scale=1):
            return bar * scale

    guard = Guard()
    wrappers = wrap_callbacks(Caller, guard)
    wrapped = type("Wrapped", (Caller,), wrappers)()
    assert (wrapped.on_quote(1), wrapped.on_quote(quote=1), wrapped.on_bar(), wrapped.on_bar(2, scale=3)) == (
        1,
        1,
        2,
        6,
    )
    with pytest.raises(TypeError):
        wrapped.on_quote(tick=1)
    wrappers["on_quote"].__wrapped__.__code__ = (lambda self, quote: 1 / 0).__code__
    with pytest.raises(ZeroDivisionError):
        wrapped.on_quote(quote=1)
    assert guard.failure.message.startswith("on_quote raised ZeroDivisionError")


class Arguments(Scripted):
    """As Scripted, without a config: its constructor takes two values by name."""

    def __init__(self, at: int, amount: float = 10.0) -> None:
        super().__init__(ScriptedConfig(orders=[[at, amount]]))


class OwnNew(Arguments):
    """The same with a `__new__` of its own."""

    def __new__(cls, at: int, **_values: object) -> Self:
        strategy = super().__new__(cls)
        strategy.first = at
        return strategy


@pytest.mark.parametrize("kind", ["Arguments", "OwnNew"])
def test_a_class_without_a_config_takes_its_values_as_arguments(tmp_path, kind):
    # The engine's own `__new__` takes nothing by name. Bought 20 at 101, marked at 102.
    start = ns("2026-05-04T13:30:00")
    rows = [(start + n * SECOND, 100 + n, 100 + n) for n in range(3)]
    catalog = write(tmp_path / "catalog", [equity()], quotes=quotes(equity(), rows))
    plan = {"path": f"{__name__}:{kind}", "config": {"at": 1, "amount": 20}}
    assert run(trial(catalog, plan)).metrics["pnl_total"] == 20
    twice = trial(catalog, {}) | {"strategies": [{"name": name, **plan} for name in "ab"]}
    del twice["strategy"]
    assert run(twice).metrics["pnl_total"] == 40
