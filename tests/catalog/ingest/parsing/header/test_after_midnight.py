"""Numbers since midnight and prices in units, as LOBSTER, ThetaData and LEAN have them: each value by hand."""

import pyarrow as pa
import pytest

from sweep.catalog.ingest import IngestStep, InstrumentDraft, Layout, bars, trades
from sweep.catalog.ingest.parsing.cell_error import CellError
from sweep.catalog.ingest.parsing.header.after_midnight import is_within_day, written_out
from sweep.errors import InputError
from tests.catalog.ingest.test_vendor_layouts import at, held

SPY = InstrumentDraft(id="SPY.XNAS", template="equity")
NEW_YORK = {"time_zone": "America/New_York"}


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        ("34200.017459617", "s", "2012-06-21T09:30:00.017459617"), ("0", "ms", "2012-06-21T00:00:00.000000000"),
        ("34200123", "ms", "2012-06-21T09:30:00.123000000"), ("86399999999999", "ns", "2012-06-21T23:59:59.999999999"),
    ],
)  # fmt: skip
def test_exact_times(number, unit, text):
    assert written_out(pa.array([number]), unit, "2012-06-21").to_pylist() == [text]
    assert written_out(pa.array([number]), unit, pa.array(["20120621"])).to_pylist() == [text]


@pytest.mark.parametrize(("number", "unit"), [("86400", "s"), ("-1", "s"), ("1704186000", "s"), ("86400000", "ms")])
def test_numbers_that_are_no_time_of_day(number, unit):
    assert not is_within_day(number, unit)
    with pytest.raises(CellError, match="is no time of day in (milli)?seconds since midnight"):
        written_out(pa.array([number]), unit, "2012-06-21")


@pytest.mark.parametrize("columns", ["", "time=date+ms_of_day"])
def test_milliseconds_beside_a_date(tmp_path, columns):
    (tmp_path / "f.csv").write_text(
        "ms_of_day,size,price,date\n34200123,100,470.10,20240116\n34200223,7,470.11,20240116\n"
    )
    result = trades(tmp_path / "f.csv", SPY, tmp_path / "c", Layout(columns=columns, time_format="ms", **NEW_YORK))
    assert held(result) == [
        (at("2024-01-16T14:30:00.123"), "470.10", "100", "NO_AGGRESSOR"),
        (at("2024-01-16T14:30:00.223"), "470.11", "7", "NO_AGGRESSOR"),
    ]


def test_numbers_since_1970_beside_a_date_stay_what_they_are(tmp_path):
    (tmp_path / "f.csv").write_text("date,timestamp,price,size\n2024-01-02,1704186000000,1.0,5\n")
    assert trades(tmp_path / "f.csv", SPY, tmp_path / "c", Layout(time_format="ms")).first == at("2024-01-02T09:00")


def test_minutes_of_lean(tmp_path):
    (tmp_path / "f.csv").write_text(
        "34200000,4721600,4723000,4720000,4722000,152300\n34260000,4722000,4723000,4720000,4721000,7\n"
    )
    layout = Layout(date="2024-01-02", time_format="ms", price_unit="0.0001", **NEW_YORK)
    assert held(bars(tmp_path / "f.csv", SPY, tmp_path / "c", layout)) == [
        (at("2024-01-02T14:31"), "472.16", "472.30", "472.00", "472.20", "152300"),
        (at("2024-01-02T14:32"), "472.20", "472.30", "472.00", "472.10", "7"),
    ]


def test_prices_in_units_with_more_decimals_than_the_instrument(tmp_path):
    day = IngestStep(seconds=86_400)
    (tmp_path / "f.csv").write_text("20240102 00:00,4721600,4723050,4720000,4722000,5\n")
    with pytest.raises(
        InputError, match=r"1 prices of more than 2 decimals, such as 472\.3050.*price_increment=0\.001"
    ):
        bars(tmp_path / "f.csv", SPY, tmp_path / "c", Layout(price_unit="0.0001"), step=day)
    result = bars(tmp_path / "f.csv", SPY, tmp_path / "c", Layout(price_unit="0.0001", rounds=True), step=day)
    assert held(result)[0][2] == "472.30"
    assert "1 prices were rounded, by 0.005 at most" in result.notes


def test_times_of_five_digits_in_a_column_of_times(tmp_path):
    (tmp_path / "f.csv").write_text("date,time,price,size\n2024-01-02,93000,1.0,5\n2024-01-02,95959.5,1.0,5\n")
    times = [row[0] for row in held(trades(tmp_path / "f.csv", SPY, tmp_path / "c"))]
    assert times == [at("2024-01-02T09:30"), at("2024-01-02T09:59:59.5")]


@pytest.mark.parametrize(
    ("layout", "rule"),
    [
        (Layout(date="2012-6-21", time_format="s"), "must be a day"),
        (Layout(date="2012-02-31", time_format="s"), "must be a day"), (Layout(date="2012-06-21"), "since midnight"),
        (Layout(price_unit="0.003"), "must be 0.1"), (Layout(price_unit="10"), "must be 0.1"),
        (Layout(price_unit="0.0000000001"), "must be 0.1"),
    ],
)  # fmt: skip
def test_mistakes_in_the_options(layout, rule):
    assert rule in layout.problems()[0].rule
