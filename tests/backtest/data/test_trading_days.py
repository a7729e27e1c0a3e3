"""Trading days on the instruments' own calendar."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.data import preflight
from sweep.backtest.data.trading_days import NANOS, Calendar, common, sessions
from tests.support import markets
from tests.support.markets import ns

MOMENTS = st.integers(ns("2020-01-01") // NANOS, ns("2030-01-01") // NANOS)


def days(calendar, start, end):
    return [(s.day, s.start, s.end) for s in sessions(calendar, ns(start), ns(end))]


def test_utc_days_without_weekends():
    # 8 May 2026 is a Friday: what comes on Saturday or Sunday belongs to Monday.
    assert days(Calendar.UTC, "2026-05-08", "2026-05-12") == [
        ("2026-05-08", ns("2026-05-08"), ns("2026-05-09")),
        ("2026-05-11", ns("2026-05-09"), ns("2026-05-12")),
    ]


def test_crypto_days_are_all_days():
    assert [d for d, *_ in days(Calendar.CRYPTO, "2026-05-08", "2026-05-11")] == [
        "2026-05-08",
        "2026-05-09",
        "2026-05-10",
    ]


@pytest.mark.parametrize(("month", "hour"), [("2026-01", 22), ("2026-07", 21)])
def test_fx_days_end_at_five_in_new_york_in_winter_and_summer(month, hour):
    (first, second) = days(Calendar.FX, f"{month}-14", f"{month}-15T23:00")[:2]
    assert first == (f"{month}-14", ns(f"{month}-14"), ns(f"{month}-14T{hour}:00"))
    assert second[0] == f"{month}-15"


def test_cme_days_end_at_five_in_chicago():
    assert days(Calendar.CME, "2026-05-04", "2026-05-05")[0] == ("2026-05-04", ns("2026-05-04"), ns("2026-05-04T22:00"))


def test_sunday_evening_is_monday():
    assert [d for d, *_ in days(Calendar.FX, "2026-05-10T21:00", "2026-05-11T20:00")] == ["2026-05-11"]


@given(st.sampled_from(Calendar), MOMENTS, st.integers(1, 40 * 86_400))
def test_sessions_cover_the_period_without_a_hole(calendar, start, length):
    days = sessions(calendar, start * NANOS, (start + length) * NANOS)
    assert (days[0].start, days[-1].end) == (start * NANOS, (start + length) * NANOS)
    assert all(a.end == b.start and a.day < b.day for a, b in pairwise(days))
    assert all(s.start < s.end for s in days)
    for s in days:
        weekday = datetime.fromisoformat(s.day).weekday()
        assert calendar is Calendar.CRYPTO or weekday < 5
        assert timedelta(seconds=(s.end - s.start) / NANOS) <= timedelta(days=3, hours=1)


@pytest.mark.parametrize(
    ("instrument", "calendar"),
    [
        (markets.equity(), Calendar.UTC),
        (markets.pair(), Calendar.FX),
        (markets.pair("XAU/USD.SIM", digits=2), Calendar.FX),
        (markets.pair("BTC/USDT.BINANCE"), Calendar.CRYPTO),
        (markets.perpetual(), Calendar.CRYPTO),
        (markets.future("ESM6.GLBX"), Calendar.CME),
        (markets.future("FDAX.XEUR"), Calendar.UTC),
    ],
)
def test_each_instrument_has_its_calendar(instrument, calendar):
    assert preflight.calendar(instrument) is calendar


def test_instruments_together_have_one_calendar():
    assert common([Calendar.FX, Calendar.FX]) is Calendar.FX
    assert common([Calendar.FX, Calendar.UTC]) is Calendar.UTC
    assert common([Calendar.UTC, Calendar.CRYPTO]) is Calendar.CRYPTO
    assert (Calendar.CRYPTO.days_per_year, Calendar.UTC.days_per_year) == (365, 252)
