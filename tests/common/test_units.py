"""Times, durations and sizes as people write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.common.units import children_policy, counted, cut, days, moment, nanos, quantity, sheets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1970-01-01T00:00:00.123456789+00:00", 123456789),
        ("2026-05-04T13:30:00Z", 1777901400 * 10**9),  # date -d 2026-05-04T13:30:00Z +%s
    ],
)
def test_nanoseconds_are_exact(text: str, expected: int):
    assert nanos(text) == expected


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_a_moment_keeps_its_instant(at: datetime, minutes: int):
    zoned = at.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    microseconds = (zoned - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert nanos(moment(zoned)) == microseconds * 1000
    assert moment(moment(zoned)) == moment(zoned)


def test_a_date_is_its_midnight_and_no_zone_is_utc():
    assert moment(date(2026, 5, 4)) == moment(datetime(2026, 5, 4)) == moment("2026-05-04") == "2026-05-04T00:00:00Z"


@pytest.mark.parametrize("value", ["yesterday", 5, None, "2026-13-01", True, "0001-01-01T00:00:00+23:59"])
def test_what_is_no_moment_is_refused(value: object):
    with pytest.raises(ValueError, match="must be a date"):
        moment(value)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("time", "10m", 600), ("time", "1.5 h", 5400), ("time", 30, 30), ("time", "250ms", 0.25),
        ("time", "2d", 172_800),
        ("size", "2 GiB", 2**31), ("size", "1MB", 10**6), ("size", 4096, 4096),
    ],
)  # fmt: skip
def test_quantities(kind, text, expected):
    assert quantity(kind, "")(text) == expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [("time", "parsecs"), ("time", "-1s"), ("time", "0s"), ("size", "2 m"), ("time", True), ("size", "")],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(kind, text):
    with pytest.raises(ValueError, match="must be"):
        quantity(kind, "an example")(text)


def test_how_many_tearsheets():
    assert (sheets("all"), sheets("none"), sheets("top 7"), sheets("top:7")) == (None, 0, 7, 7)
    for wrong in ("top", "top -1", 5, None):
        with pytest.raises(ValueError, match="top N"):
            sheets(wrong)


def test_which_trials_get_a_run():
    policies = [children_policy(text) for text in ("auto", "all", "none", "top:7", "top 7", "top 0")]
    assert policies == ["auto", "all", "none", "top:7", "top:7", "none"]
    with pytest.raises(ValueError, match="auto, all, none, or top:N"):
        children_policy("some")


@pytest.mark.parametrize(("text", "count"), [("60d", 60), ("0d", 0), (" 5 d ", 5)])
def test_trading_days(text: str, count: int):
    assert days(text) == count


@pytest.mark.parametrize("value", ["60", "1.5d", "-3d", "60 days", None, True])
def test_what_is_no_count_of_days_is_refused(value: object):
    with pytest.raises(ValueError, match="60d"):
        days(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("20 %", "20 %"),
        ("12.5%", "12.5 %"),
        ("5d", "5d"),
        (date(2026, 5, 8), "2026-05-08"),
        ("2026-05-08", "2026-05-08"),
    ],
)
def test_where_a_lockbox_begins(value: object, text: str):
    assert cut(value) == text
    assert cut(date(2026, 5, 8)) == "2026-05-08"  # as YAML reads it


@pytest.mark.parametrize("value", ["0 %", "100 %", "0d", 0.2, 5, "soon", True, "2026-05-08T12:00:00Z", "-1d"])
def test_what_is_no_beginning_of_a_lockbox_is_refused(value: object):
    with pytest.raises(ValueError, match="20 %"):
        cut(value)


def test_a_number_stands_for_so_many_values_but_not_for_a_billion():
    assert counted(3) == [0, 1, 2]
    with pytest.raises(ValueError, match="at most 10,000"):
        counted(10**9)
