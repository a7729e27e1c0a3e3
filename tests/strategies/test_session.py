from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sweep.strategies.session import SECOND, Session, minutes


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("start", "end", "now", "expected"),
    [
        ("09:30", "16:00", "2026-05-04 13:30", "2026-05-04 20:00"),  # the start is in the session
        ("09:30", "16:00", "2026-05-04 13:29:59", None),
        ("09:30", "16:00", "2026-05-04 20:00", None),  # the end is not
        ("09:30", "16:00", "2026-01-05 20:59", "2026-01-05 21:00"),  # winter: an hour later in UTC
        ("17:00", "17:00", "2012-02-06 21:59", "2012-02-06 22:00"),  # round the clock
        ("17:00", "17:00", "2012-02-06 22:00", "2012-02-07 22:00"),
        ("17:00", "17:00", "2012-03-10 22:00", "2012-03-11 21:00"),  # 23 hours: the clocks went forward
        ("18:00", "02:00", "2026-05-04 22:30", "2026-05-05 06:00"),  # over midnight, before it
        ("18:00", "02:00", "2026-05-05 05:59", "2026-05-05 06:00"),  # and after it
        ("18:00", "02:00", "2026-05-05 06:00", None),
    ],
)
def test_a_session_knows_its_end(start: str, end: str, now: str, expected: str | None):
    session = Session(time.fromisoformat(start), time.fromisoformat(end), NEW_YORK)
    assert session.end_after(utc(now)) == (utc(expected) if expected else None)


def test_minutes_are_nanoseconds():
    assert minutes(1.5) == 90 * SECOND
