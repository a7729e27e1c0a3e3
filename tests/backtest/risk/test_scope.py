"""Parts of a risk scope that need no engine; tests/backtest/risk/test_monitor.py has the rest."""

from decimal import Decimal

from sweep.backtest.risk.scope import Scope
from sweep.spec.components.risk import RiskLimits


def scope(**limits: object) -> Scope:
    return Scope("", RiskLimits.model_validate(limits), None, list, Decimal(100))  # type: ignore[arg-type]


def test_the_next_day_ends_a_stop_unless_it_is_to_the_end():
    limited = scope(daily_loss=0.1)
    limited.stopped, limited.is_full = "daily_loss", True
    assert limited.is_halted and limited.flattens
    limited.begin_day(Decimal(90), 5)
    assert (limited.is_halted, limited.day_start, limited.day_began) == (False, 90, 5)
    limited.stopped, limited.until_end = "max_drawdown", True
    limited.begin_day(Decimal(80), 6)
    assert limited.is_halted


def test_a_full_day_closes_nothing():
    limited = scope(max_trades_per_day=1)
    limited.is_full = True
    assert (limited.is_halted, limited.flattens) == (True, False)
