"""Tickers that look like missing values, and Databento's CSV."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.commands import invoke

HEAD = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,sequence,symbol"


def rows(catalog: Path) -> dict[str, int]:
    files = catalog.glob("data/trades/*/*.parquet")
    return {file.parent.name: pq.read_table(file).num_rows for file in files}


def ingest(folder: Path, lines: list[str], *options: str, code: int = 0, instrument: str = "AAPL.XNAS"):
    file = folder / "t.csv"
    file.write_text("\n".join(lines) + "\n")
    base = ["--instrument", instrument, "--template", "equity", "--catalog", folder / "c"]
    return invoke("catalog", "ingest", "trades", file, *base, *options, code=code)


def symbols(*names: str) -> list[str]:
    times = (f"2024-01-02T14:30:{n:02}Z" for n in range(len(names)))
    return ["time,symbol,price,size", *(f"{at},{name},10.00,100" for at, name in zip(times, names, strict=True))]


@pytest.mark.parametrize("name", ["NA", "nan", "null", "None", "N/A", "-", ""])
def test_a_name_that_looks_like_nothing_is_still_another_instrument(tmp_path, name):
    answer = ingest(tmp_path, symbols("AAPL", name, "AAPL"), code=2)
    assert f"AAPL (2), {name or '(empty)'} (1)" in answer.stderr


def test_each_symbol_by_itself_and_rows_without_one_counted(tmp_path):
    answer = ingest(tmp_path, symbols("NA", "AAPL", "", "NA"), "--symbol-column", "symbol")
    assert rows(tmp_path / "c") == {"NA.XNAS": 2, "AAPL.XNAS": 1}
    assert "dropped 1: rows without a name in symbol" in answer.output


def test_one_symbol_of_a_file(tmp_path):
    ingest(tmp_path, symbols("NA", "AAPL", "NA"), "--symbol", "NA", instrument="NA.XNAS")
    assert rows(tmp_path / "c") == {"NA.XNAS": 2}


def test_a_column_without_any_name_says_nothing(tmp_path):
    ingest(tmp_path, symbols("", ""))
    assert rows(tmp_path / "c") == {"AAPL.XNAS": 2}


def test_prices_of_databento_in_units_of_a_billionth_are_refused(tmp_path):
    line = "1704205800000000100,1704205800000000001,0,1,5,T,A,0,187150000000,10,0,1,AAPL"
    answer = ingest(tmp_path, [HEAD, line], "--time-format", "ns", code=2)
    assert "units of 0.000000001 in price (was '187150000000')" in answer.stderr


def test_book_events_of_databento_are_no_trades(tmp_path):
    line = "2024-01-02T14:30:00.1Z,2024-01-02T14:30:00Z,1,2,5,A,B,0,187.14,10,0,1,AAPL,187.15"
    answer = ingest(tmp_path, [f"{HEAD},bid_px_00", line], code=2)
    assert "most of them no trades" in answer.stderr


def test_trades_of_databento_are_taken(tmp_path):
    line = "2024-01-02T14:30:00.1Z,2024-01-02T14:30:00Z,0,2,5,T,B,0,187.14,10,0,1,AAPL"
    ingest(tmp_path, [HEAD, line])
    assert rows(tmp_path / "c") == {"AAPL.XNAS": 1}


def test_klines_of_binance_without_a_header_keep_their_volume(tmp_path):
    file = tmp_path / "k.csv"
    file.write_text(
        "1704153600000,42000.10,42010.00,41990.00,42005.50,12.5,1704153659999,525000.1,10,5.0,210000.0,0\n"
        "1704153660000,42005.50,42020.00,42000.00,42010.00,7.5,1704153719999,315000.1,8,3.0,126000.0,0\n"
    )
    options = ["--instrument", "BTC/USDT.SIM", "--precision", 2, "--size-precision", 1, "--time-format", "ms"]
    invoke("catalog", "ingest", "bars", file, *options, "--catalog", tmp_path / "c")
    (written,) = (tmp_path / "c").glob("data/bars/*/*.parquet")
    assert pq.read_table(written).num_rows == 2
    invoke("catalog", "verify", tmp_path / "c")  # bars without volume would be an error
