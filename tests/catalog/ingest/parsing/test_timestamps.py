from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.catalog.ingest.parsing.timestamps import check, nanoseconds

MOMENTS = st.lists(st.datetimes(datetime(1970, 1, 2), datetime(2261, 1, 1)), min_size=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(texts: list[str], form: str = "iso", zone: str = "UTC") -> list[int]:
    return nanoseconds(pa.chunked_array([texts]), form, zone).tolist()


def micros(moment: datetime) -> int:
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - EPOCH) // timedelta(microseconds=1)


@given(MOMENTS, st.sampled_from(["%Y%m%d %H%M%S%f", "%d.%m.%Y %H:%M:%S.%f", "%f-%S-%M-%H-%m-%d-%Y"]))
def test_a_pattern_reads_what_it_writes(moments, form):
    assert read([m.strftime(form) for m in moments], form) == [micros(m) * 1000 for m in moments]


@given(MOMENTS)
def test_iso_with_and_without_a_zone(moments):
    exact = [micros(m) * 1000 for m in moments]
    assert read([m.isoformat(" ", "microseconds") for m in moments]) == exact
    assert read([m.isoformat(timespec="microseconds") + "Z" for m in moments], zone="-05:00") == exact
    later = [n + 5 * 3600 * 10**9 for n in exact]
    assert read([m.isoformat(timespec="microseconds") for m in moments], zone="UTC-5") == later
    assert read([m.isoformat(timespec="microseconds") + "-05:00" for m in moments]) == later


@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)))
def test_a_named_zone_is_that_of_the_clock_there_or_refused(moment):
    local = moment.astimezone(ZoneInfo("America/New_York"))
    text = local.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        with pytest.raises(ValueError, match="is there twice|is never there"):
            read([text], zone="America/New_York")
    else:
        assert read([text], zone="America/New_York") == [micros(moment) * 1000]


@pytest.mark.parametrize("text", ["2012-11-04 01:30:00", "2012-03-11 02:30:00"])
def test_a_time_that_the_clock_shows_twice_or_never(text):
    with pytest.raises(ValueError, match="is there twice|is never there"):
        read([text], zone="America/New_York")


@pytest.mark.parametrize(("form", "unit"), [("s", 10**9), ("ms", 10**6), ("us", 1000), ("ns", 1)])
def test_epoch_times(form, unit):
    assert read(["0", "1335"], form) == [0, 1335 * unit]


def test_new_york_without_daylight_saving():
    assert read(["20200101 170000065"], "%Y%m%d %H%M%S%f", "UTC-5") == [1_577_916_000_065_000_000]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("20201301", "%Y%m%d"), ("20210229", "%Y%m%d"), ("20200100", "%Y%m%d"), ("00010101", "%Y%m%d"),
        ("2020010a", "%Y%m%d"), ("2020/01/01", "%Y-%m-%d"), ("2020010", "%Y%m%d"), ("202001011", "%Y%m%d"),
        ("2020010124", "%Y%m%d%H"), ("202001012360", "%Y%m%d%H%M"), ("20200101 ", "%Y%m%d %f"),
        ("٢٠٢٠٠١٠١", "%Y%m%d"), ("soon", "iso"), ("2020-01-01T25:00", "iso"), ("1969-12-31", "iso"), ("-1", "s"),
        ("20200101", "%Y%m%d%f"), ("1.0000000001", "s"), ("1577916000065", "s"), ("", "iso"), ("9999-01-01", "iso"),
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(text, form):
    with pytest.raises(ValueError, match=r"\w"):
        read([text], form)


def test_the_first_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match="'20200199'"):
        read(["20200101", "20200199", "20200198"], "%Y%m%d")
    with pytest.raises(ValueError, match="'2020011'"):
        read(["20200101", "2020011"], "%Y%m%d")


def test_options():
    assert check("iso", "UTC") == check("%Y%m%d", "America/New_York") == check("ms", "+05:30") == []
    for form in ("%Y%m", "%Y%m%d%Y", "ISO", "%Y%m%d%p", ""):
        assert [option for option, _ in check(form, "UTC")] == ["--time-format"]
    for zone in ("Mars/Base", "../../etc/passwd", "", "EST5"):
        assert [option for option, _ in check("iso", zone)] == ["--time-zone"]
