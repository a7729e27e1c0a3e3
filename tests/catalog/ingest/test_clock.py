"""Sessions of exchanges in times that name no zone."""

import numpy as np
import pytest

from sweep.catalog.ingest.clock import DAY, MINUTE, SESSIONS, is_naive, session_of


def days(opens: int, closes: int, many: int = 5, step: int = 1):
    return np.array([d * DAY + m * MINUTE for d in range(many) for m in range(opens, closes, step)], np.int64)


@pytest.mark.parametrize(("opens", "closes", "zone"), SESSIONS)
@pytest.mark.parametrize("step", [1, 5])
def test_a_session_is_recognised(opens, closes, zone, step):
    session = session_of(days(opens, closes, step=step))
    assert session
    assert session.zone == zone
    assert session.first == f"{opens // 60:02}:{opens % 60:02}"


@pytest.mark.parametrize(
    "wall",
    [
        days(0, 1440), days(13 * 60 + 30, 20 * 60), days(570, 571), days(0, 1), np.empty(0, np.int64),
        np.concatenate([days(570, 960), days(60, 1300) + 5 * DAY]),
    ],
    ids=["round the clock", "New York in UTC", "a row a day", "midnights", "none", "half of the days"],
)  # fmt: skip
def test_nothing_else_is_a_session(wall):
    assert session_of(wall) is None


def test_rows_in_any_order_show_it():
    wall = days(570, 960)
    np.random.default_rng(1).shuffle(wall)
    assert str(session_of(wall)) == (
        "its times name no zone and run from 09:30 to 15:59, as a session in America/New_York does"
    )


@pytest.mark.parametrize(
    ("names", "texts", "expected"),
    [
        (("time",), ["2026-03-02 09:30:00"], True),
        (("Gmt time",), ["02.03.2026 09:30:00.000"], False),
        (("timestamp_utc",), ["2026-03-02 09:30:00"], False),
        (("time",), ["2026-03-02T09:30:00Z"], False),
        (("time",), ["2026-03-02T09:30:00-05:00"], False),
        (("date", "time"), ["09:30"], True),
    ],
)
def test_a_zone_in_a_name_or_a_text_counts(names, texts, expected):
    assert is_naive(names, texts) is expected
