"""The hour that a clock shows twice: told by the order of the rows, against zoneinfo's own answer; never guessed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import IngestStep, InstrumentDraft, Layout, bars, quotes
from sweep.catalog.ingest.parsing import tables
from sweep.errors import InputError
from tests.support.effort import repeats

EURO = InstrumentDraft(id="EUR/USD.SIM")
START = datetime(2024, 11, 3, 3, tzinfo=UTC)  # 23:00 in New York; the clock goes back at 06:00 UTC
CHANGES = {
    "America/New_York": datetime(2024, 11, 3, 6, tzinfo=UTC),
    "Europe/London": datetime(2024, 10, 27, 1, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2024, 4, 6, 15, tzinfo=UTC),  # by half an hour
}


def read(place, times, zone="America/New_York", *, step=None, form="%Y-%m-%d %H:%M:%S.%f"):
    """UTC of the rows that are written with these times on the clock of a zone."""
    place.mkdir()
    lines = [t.astimezone(ZoneInfo(zone)).strftime(form) for t in times]
    file, layout = place / "f.csv", Layout(time_zone=zone)
    if step:
        file.write_text("time,open,high,low,close,volume\n" + "".join(f"{t},1,1,1,1,1\n" for t in lines))
        result = bars(file, EURO, place / "c", layout, step=IngestStep(seconds=step, stamp="close"))
        held = ParquetDataCatalog(str(result.catalog)).query_bars([result.identifier])
    else:
        file.write_text("time,bid,ask\n" + "".join(f"{t},1.1,1.2{n:03d}\n" for n, t in enumerate(lines)))
        result = quotes(file, EURO, place / "c", layout)
        held = ParquetDataCatalog(str(result.catalog)).query_quote_ticks(["EUR/USD.SIM"])
    assert sum(result.read.values()) == len(times)
    return [int(row.ts_init) for row in held], result


def nanos(times):
    return sorted(round(t.timestamp()) * 10**9 for t in times)


@pytest.mark.parametrize("step", [300, 900, 1800, 3600])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London"])
def test_bars_of_each_length_in_both_orders(tmp_path, monkeypatch, step, order, zone):
    monkeypatch.setattr(tables, "BLOCK", 200)  # bytes: the hour goes over several parts of the file
    times = [CHANGES[zone] - timedelta(hours=3) + timedelta(seconds=step * n) for n in range(6 * 3600 // step)][::order]
    read_times, result = read(tmp_path / "x", times, zone, step=step)
    assert read_times == nanos(times)
    rows = 2 * 3600 // step
    assert any(f"{rows} rows of the hour that the clock shows twice on" in note for note in result.notes)


@settings(max_examples=repeats(40, quick=20), deadline=None)
@given(
    offsets=st.lists(st.integers(0, 6 * 3600), min_size=2, max_size=60, unique=True),
    zone=st.sampled_from(list(CHANGES)),
    newest_first=st.booleans(), block=st.integers(100, 800),
)  # fmt: skip
def test_ticks_are_read_as_they_were_or_refused(tmp_path_factory, offsets, zone, newest_first, block):
    times = sorted(CHANGES[zone] - timedelta(hours=3) + timedelta(seconds=s) for s in offsets)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "BLOCK", block)
        try:
            read_times, _ = read(tmp_path_factory.mktemp("x") / "x", times[::-1] if newest_first else times, zone)
        except InputError as refused:
            assert "is there twice" in str(refused)  # noqa: PT017
            return
    assert read_times == nanos(times)


def test_the_same_two_years_running(tmp_path):
    times = [datetime(year, 11, day, 5, tzinfo=UTC) + timedelta(minutes=10 * n)
             for year, day in ((2023, 5), (2024, 3)) for n in range(-3, 15)]  # fmt: skip
    assert read(tmp_path / "x", times, step=600)[0] == nanos(times)


HOUR = [START + timedelta(minutes=m) for m in (90, 120, 130, 170)]  # 00:30, then the first 01:00, 01:10, 01:50
AGAIN = [START + timedelta(minutes=m) for m in (190, 200, 260)]  # the second 01:10, 01:20, and 02:20


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        (HOUR, "one hour alone, at the end of the file"),
        (AGAIN, "one hour alone, at the start of it"),
        ([*HOUR, AGAIN[-1]], "one hour alone, within it"),
        (HOUR[1:2], "nothing around it"),
        ([*HOUR[:3], HOUR[1], *HOUR[3:], AGAIN[0]], "back twice"),
        ([*HOUR, *AGAIN[:2], HOUR[0]], "a row behind it that is before it"),
        ([HOUR[0], HOUR[2] + timedelta(seconds=30), HOUR[2], AGAIN[-1]], "a tick that came late"),
    ],
)
def test_what_the_order_does_not_tell_is_refused(tmp_path, times, reason):
    with pytest.raises(InputError, match="is there twice.*the order of the rows does not tell") as refused:
        read(tmp_path / "x", times)
    assert reason
    assert "line " in str(refused.value)
    assert "--time-zone=-04:00" in str(refused.value)


def test_one_bar_of_an_hour_is_refused(tmp_path):
    times = [START + timedelta(hours=h) for h in (0, 1, 2, 5)]  # 23:00, 00:00, 01:00 once, 03:00
    with pytest.raises(InputError, match="is there twice"):
        read(tmp_path / "x", times, step=3600)


def test_a_time_that_is_never_there(tmp_path):
    (tmp_path / "f.csv").write_text("time,bid,ask\n2024-03-10 01:30:00,1.1,1.2\n2024-03-10 02:30:00,1.1,1.2\n")
    with pytest.raises(InputError, match="line 3.*is never there, as the clock is moved forward"):
        quotes(tmp_path / "f.csv", EURO, tmp_path / "c", Layout(time_zone="America/New_York"))
