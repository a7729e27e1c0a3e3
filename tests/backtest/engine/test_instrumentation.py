"""The subclass that tells a guard what a strategy does is called as the user wrote it."""

import pytest

from sweep.backtest.data.subscriptions import Deliverable
from sweep.backtest.engine.guards import Guard
from sweep.backtest.engine.instrumentation import instrument, wrap_callbacks
from sweep.backtest.setup.components import Component
from tests.support.strategies import Scripted


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
