"""Settings of decimal arithmetic are set back."""

import decimal

import pytest

from sweep.executors.worker.process_state import ProcessState


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: decimal.DefaultContext.traps.update({decimal.Inexact: True}), "decimal.DefaultContext"),
        (lambda: setattr(decimal.ExtendedContext, "prec", 5), "decimal.ExtendedContext"),
        (lambda: decimal.setcontext(decimal.Context(prec=7)), "decimal.getcontext()"),
    ],
)
def test_each_is_named_and_set_back(change, named):
    before = ProcessState.now()
    change()
    assert before.restore() == [named]
    assert before.restore() == []


def test_flags_which_any_computation_sets_are_set_back_without_a_word():
    before = ProcessState.now()
    flags = dict(decimal.getcontext().flags)
    assert not flags[decimal.Clamped]
    decimal.getcontext().flags[decimal.Clamped] = True
    decimal.ExtendedContext.divide(decimal.Decimal(1), 3)
    assert before.restore() == []
    assert decimal.getcontext().flags == flags
    assert not decimal.ExtendedContext.flags[decimal.Inexact]
