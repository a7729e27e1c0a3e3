"""Python's own types from plain values."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.user_code.coercion.plain_values import PANDAS, as_datetime, as_decimal, as_int, as_timedelta
from sweep.backtest.user_code.coercion.refusal import RefusedError


@given(st.integers(0, 9), st.integers(0, 59), st.integers(0, 59))
def test_parts_of_a_duration_add_up(hours, minutes, seconds):
    expected = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert as_timedelta(f"{hours}h {minutes}m {seconds}s") == expected
    assert PANDAS["Timedelta"](f"{hours}h{minutes}min{seconds}sec") == expected


def test_a_time_with_a_zone_keeps_it():
    assert as_datetime("2026-05-04T09:30:00-04:00") == datetime(2026, 5, 4, 13, 30, tzinfo=UTC)


def test_numbers_are_exact():
    assert as_decimal(0.1) == Decimal("0.1")
    assert as_int(1e15) == 10**15
    with pytest.raises(RefusedError, match="whole number"):
        as_int(0.5)
