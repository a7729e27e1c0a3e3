"""Readings within the days of a short backtest."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from sweep.backtest.accounting.intraday_equity import Steps
from sweep.backtest.data.trading_days import NANOS, Calendar, sessions
from sweep.backtest.data.windows import Histogram
from sweep.errors import Reason, TrialError
from sweep.trial import MIN_DAYS_FOR_DAILY_STATS

HOUR, DAY = 3600 * NANOS, 24 * 3600 * NANOS
START = int(datetime(2026, 5, 4, tzinfo=UTC).timestamp()) * NANOS  # a Monday


def histogram(days: int, minutes: range) -> tuple[Histogram, list]:
    """Market data each minute of some of the day."""
    counts = Histogram(START, START + days * DAY)
    times = [START + d * DAY + m * 60 * NANOS for d in range(days) for m in minutes]
    counts.add(np.array(times, np.int64), is_market=True)
    return counts, sessions(Calendar.CRYPTO, START, START + days * DAY)


@pytest.mark.parametrize(
    ("days", "minutes", "hours"),
    [
        (5, range(13 * 60 + 30, 20 * 60), 0.5),  # 13 half hours a day
        (10, range(13 * 60 + 30, 20 * 60), 1),  # 13:30 to 14:00 is a part too
        (20, range(24 * 60), 6),
        (30, range(24 * 60), 12),
        (60, range(24 * 60), 0),  # days suffice
        (2, range(60), 0),  # not even quarters of an hour suffice
    ],
)
def test_the_longest_parts_of_which_there_are_enough(days, minutes, hours):
    counts, cut = histogram(days, minutes)
    assert counts.step(cut) == hours * HOUR
    if hours:
        assert (
            MIN_DAYS_FOR_DAILY_STATS
            <= sum(len(counts.steps(d, counts.step(cut))) for d in cut)
            < 3 * MIN_DAYS_FOR_DAILY_STATS
        )


def test_where_parts_begin():
    counts, (day, *_) = histogram(5, range(13 * 60 + 30, 20 * 60))
    assert counts.steps(day, HOUR // 2) == [START + 13 * HOUR + n * HOUR // 2 for n in range(1, 14)]


def test_returns_of_the_parts():
    steps = Steps.of(*histogram(5, range(13 * 60 + 30, 20 * 60)))
    for n in range(65):
        steps.read(lambda n=n: Decimal(100 + n % 2))
    steps.settle(Decimal(200))
    starts, returns = steps.returns(Decimal(100))
    assert len(starts) == len(returns) == 65
    assert (starts[0], starts[13]) == ("2026-05-04T13:30:00Z", "2026-05-05T13:30:00Z")
    assert returns[:3] == pytest.approx((0, 0.01, 1 / 1.01 - 1))
    assert np.prod([1 + r for r in returns]) == pytest.approx(2)


def unknown() -> Decimal:
    raise TrialError(Reason.DATA, "no rate yet")


@pytest.mark.parametrize("equity", [unknown, lambda: Decimal(-1)])
def test_a_reading_that_cannot_be_leaves_no_returns_and_fails_nothing(equity):
    steps = Steps.of(*histogram(5, range(13 * 60 + 30, 20 * 60)))
    steps.read(lambda: Decimal(100))
    steps.read(equity)
    steps.read(lambda: Decimal(100))
    assert steps.returns(Decimal(100)) == ((), ())


def test_enough_days_are_not_read_within():
    steps = Steps.of(*histogram(60, range(24 * 60)))
    assert steps.width == 0
    steps.settle(Decimal(1))
    assert steps.returns(Decimal(1)) == ((), ())
