import os
import shutil

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.catalog.data_files import DEFINITION, NOTE, DataRequest, has_rows, instrument_of, scan
from tests.support.markets import HOUR, SECOND, bars, equity, ns, pair, quotes, trades, write

START = ns("2026-05-04T13:30")
BAR = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    spy, euro = equity(), pair("EUR/USD.SIM")
    directory = tmp_path_factory.mktemp("files")
    write(
        directory, [spy, euro],
        quotes=[*quotes(spy, [(START, 1, 2), (START + 2 * HOUR, 1, 2)]), *quotes(euro, [(START, 1, 2)])],
        trades=trades(spy, [(START, 1)]), bars=bars(BAR, [(START, 1, 2, 1, 2)]),
    )  # fmt: skip
    return directory


def test_every_file_with_its_kind_and_its_own_name(catalog):
    files, damaged = scan(catalog)
    assert not damaged
    assert {(f.kind, f.identifier, f.rows) for f in files} == {
        ("QuoteTick", "SPY.ARCA", 2), ("QuoteTick", "EUR/USD.SIM", 1), ("TradeTick", "SPY.ARCA", 1), ("Bar", BAR, 1),
        (DEFINITION, "SPY.ARCA", 1), (DEFINITION, "EUR/USD.SIM", 1),
    }  # fmt: skip
    (spy,) = (f for f in files if (f.kind, f.identifier) == ("QuoteTick", "SPY.ARCA"))
    assert (spy.first, spy.last, spy.bytes) == (START, START + 2 * HOUR, spy.path.stat().st_size)


def test_a_period_between_two_rows_of_a_file_has_none(catalog):
    (file,) = (f for f in scan(catalog)[0] if (f.kind, f.identifier) == ("QuoteTick", "SPY.ARCA"))
    assert has_rows(file, START, START + 1)
    assert not has_rows(file, START + 1, START + 2 * HOUR)
    assert has_rows(file, START + 1, START + 2 * HOUR + 1)
    assert not has_rows(file, START - HOUR, START)
    assert not has_rows(file, START + 2 * HOUR + 1, START + 3 * HOUR)


@pytest.mark.parametrize(
    "name", ["data.parquet", "2026-13-04T13-30-00-000000000Z_2026-13-04T13-30-00-000000000Z.parquet"]
)
def test_a_file_that_no_catalog_names_so_is_said(catalog, tmp_path, name):
    source = next(catalog.rglob("quotes/**/*.parquet"))
    target = tmp_path / "data" / "quotes" / "SPY.ARCA" / name
    target.parent.mkdir(parents=True)
    target.write_bytes(source.read_bytes())
    files, (problem,) = scan(tmp_path)
    assert not files
    assert "is no file of a catalog" in problem.rule


def wanted(start: int, end: int) -> DataRequest:
    return DataRequest((("QuoteTick", "SPY.ARCA"),), frozenset({"SPY.ARCA"}), start, end)


@given(st.integers(-2, 8), st.integers(1, 8))
def test_what_is_wanted_is_what_can_lie_in_the_period(catalog, start, length):
    files = scan(catalog)[0]
    (spy,) = (f for f in files if (f.kind, f.identifier) == ("QuoteTick", "SPY.ARCA"))
    begin = START + start * HOUR
    end = begin + length * HOUR
    assert wanted(begin, end).reads(spy) == (begin <= spy.last and end > spy.first)
    if has_rows(spy, begin, end):
        assert wanted(begin, end).reads(spy)


def test_only_the_definitions_of_wanted_instruments(catalog):
    read = [f for f in scan(catalog)[0] if wanted(START, START + SECOND).reads(f)]
    assert {(f.kind, f.identifier) for f in read} == {("QuoteTick", "SPY.ARCA"), (DEFINITION, "SPY.ARCA")}


def test_the_instrument_of_a_bar_type_may_have_dashes():
    assert instrument_of("Bar", "BTCUSDT-PERP.BINANCE-5-MINUTE-LAST-EXTERNAL") == "BTCUSDT-PERP.BINANCE"
    assert instrument_of("QuoteTick", "BTCUSDT-PERP.BINANCE") == "BTCUSDT-PERP.BINANCE"


def test_a_bar_belongs_to_the_period_that_it_ends_in(catalog):
    (bar,) = (f for f in scan(catalog)[0] if f.kind == "Bar")
    before, after = ((START - HOUR, START), (START, START + HOUR))
    assert [has_rows(bar, *period) for period in (before, after)] == [True, False]
    requests = [DataRequest((("Bar", BAR),), frozenset({"SPY.ARCA"}), *period) for period in (before, after)]
    assert [request.reads(bar) for request in requests] == [True, False]
    assert [request.cuts(bar) for request in requests] == [False, True]


def test_the_footer_of_a_file_whose_size_and_time_were_set_back_is_read_again(catalog, tmp_path):
    shutil.copytree(catalog, tmp_path, dirs_exist_ok=True)
    path = next((tmp_path / "data/quotes/SPY.ARCA").glob("*.parquet"))
    status, table = path.stat(), pq.read_table(path)
    for note in (b"made", b"seen"):
        pq.write_table(table.replace_schema_metadata({**table.schema.metadata, NOTE: note}), path)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert note.decode() in {f.note for f in scan(tmp_path)[0]}
