"""Facts of files by their first rows."""

import pytest

from sweep.catalog.ingest import IngestStep, Layout
from sweep.catalog.ingest.file_facts import examine
from sweep.errors import InputError
from tests.support import vendor_files

EXPECTED = {  # kind, unit of the times, length of a bar, decimals of prices
    "Kibot": ("bars", "iso", "1-MINUTE-LAST", 2),
    "MetaTrader 5": ("bars", "iso", "5-MINUTE-LAST", 5),
    "HistData": ("bars", "iso", "5-MINUTE-LAST", 5),
    "Dukascopy's ticks": ("quotes", "iso", "1-MINUTE-LAST", 5),
    "Yahoo": ("bars", "iso", "1-DAY-LAST", 2),
    "TradingView": ("bars", "iso", "1-MINUTE-LAST", 2),
    "Polygon": ("bars", "ns", "1-MINUTE-LAST", 2),
    "CryptoDataDownload": ("bars", "iso", "1-HOUR-LAST", 2),
    "Binance's klines": ("bars", "ms", "1-HOUR-LAST", 2),
    "Nasdaq's site": ("bars", "iso", "1-DAY-LAST", 2),
    "Bybit's trades": ("trades", "s", "1-MINUTE-LAST", 1),
}


@pytest.mark.parametrize("vendor", vendor_files.VENDORS)
def test_a_vendors_file_is_recognised(tmp_path, vendor):
    vendor_files.write(vendor, tmp_path / "file.csv")
    facts = examine(tmp_path / "file.csv", Layout())
    assert (facts.noun, facts.layout.time_format, str(facts.step), facts.price_digits) == EXPECTED[vendor]
    assert facts.has_volume == (vendor != "HistData")
    assert (facts.session is not None) == (vendor == "Kibot")
    assert not facts.is_noisy


def lines(*times: str) -> str:
    return "\n".join(["time,open,high,low,close,volume", *(f"{t},1,1,1,1,1" for t in times)])


@pytest.mark.parametrize(
    ("times", "length"),
    [
        (["2026-01-05", "2026-01-12", "2026-01-19"], "1-WEEK-LAST"),
        (["2026-01-01", "2026-02-01", "2026-03-01"], "1-MONTH-LAST"),
        (["2026-01-02", "2026-01-05", "2026-01-06"], "1-DAY-LAST"),
        (["2026-01-02 09:30:00", "2026-01-02 09:30:15", "2026-01-02 09:31:00"], "15-SECOND-LAST"),
        (["2026-03-27T20:00:00+01:00", "2026-03-28T00:00:00+01:00", "2026-03-28T04:00:00+01:00"], "4-HOUR-LAST"),
        (["2026-01-02 09:30:00"], "1-MINUTE-LAST"),
    ],
)
def test_the_length_of_bars_is_their_distance(tmp_path, times, length):
    (tmp_path / "file.csv").write_text(lines(*times))
    assert str(examine(tmp_path / "file.csv", Layout()).step) == length


def test_a_length_that_is_stated_stands(tmp_path):
    (tmp_path / "file.csv").write_text(lines("2026-01-02 09:30:00", "2026-01-02 09:40:00"))
    assert str(examine(tmp_path / "file.csv", Layout(), IngestStep(seconds=300)).step) == "5-MINUTE-LAST"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a,b\n1,2\n", "has no column"),
        ("time,open,high,low,close\n", "holds no rows"),
        (lines("someday 10:00"), "is no time that can be read"),
    ],
)
def test_what_is_no_market_data_is_refused(tmp_path, text, rule):
    (tmp_path / "file.csv").write_text(text)
    with pytest.raises(InputError, match=rule):
        examine(tmp_path / "file.csv", Layout())
