"""A file of another instrument than the one that is named is told; the many ways to write one instrument are not."""

import pytest

from sweep.catalog.ingest import InstrumentDraft, Layout, trades
from sweep.catalog.ingest.symbol_names import is_same, other_names


@pytest.mark.parametrize(
    ("theirs", "symbol"),
    [
        ("AAPL", "AAPL"), ("aapl", "AAPL"), ("AAPL.US", "AAPL"), ("AAPL.XNAS", "AAPL"), ("NASDAQ:AAPL", "AAPL"),
        ("AAPL US Equity", "AAPL"), ("AAPL.O", "AAPL"), ("BRK.B", "BRK.B"), ("BRK-B", "BRK.B"), ("BRK/B", "BRK.B"),
        ("BRK B", "BRK.B"), ("BRK.B.US", "BRK.B"), ("EURUSD", "EUR/USD"), ("EUR-USD", "EUR/USD"),
        ("EUR_USD", "EUR/USD"),
        ("EURUSD=X", "EUR/USD"), ("EURUSDm", "EUR/USD"), ("C:EURUSD", "EUR/USD"), ("XBT/USD", "BTC/USD"),
        ("BTC", "BTC/USDT"),
        ("BTCUSDT", "BTCUSDT-PERP"), ("BTCUSDT", "BTC/USDT"), ("ES", "ESH4"), ("6E", "6EH4"), ("/ESH4", "ESH4"),
        ("SPY 240508C00725000", "SPY240508C00725000"),
    ],
)  # fmt: skip
def test_one_instrument(theirs, symbol):
    assert is_same(theirs, symbol)


@pytest.mark.parametrize(
    ("theirs", "symbol"),
    [
        ("MSFT", "AAPL"), ("SPYG", "SPY"), ("SPY", "SPYG"), ("BRK.A", "BRK.B"), ("GBPUSD", "EUR/USD"),
        ("ETHUSDT", "BTC/USDT"),
        ("NQ", "ESH4"), ("ESM4", "ESH4"), ("BTCUSD", "BTC/USDT"), ("EUR", "GBP/EUR"), ("GOOGL", "GOOG"),
    ],
)  # fmt: skip
def test_two_instruments(theirs, symbol):
    assert not is_same(theirs, symbol)


@pytest.mark.parametrize(
    ("file", "instrument", "other"),
    [
        ("MSFT.csv", "AAPL.XNAS", "MSFT"), ("MSFT_1min_2024.csv.gz", "AAPL.XNAS", "MSFT"),
        ("gbpusd-m1-bid-2012.csv.gz", "EUR/USD.SIM", "gbpusd"),
        ("DAT_ASCII_GBPUSD_M1_2024.csv", "EUR/USD.SIM", "GBPUSD"),
        ("ETHUSDT-1m-2024-01.csv", "BTC/USDT.BINANCE", "ETHUSDT"),
        ("AAPL.csv", "AAPL.XNAS", ""), ("brk-b.csv", "BRK.B.XNYS", ""), ("EURUSD_M1.csv", "EUR/USD.SIM", ""),
        ("EUR_USD Historical Data.csv", "EUR/USD.SIM", ""), ("trades.csv", "AAPL.XNAS", ""),
        ("DATA.csv", "AAPL.XNAS", ""),
        ("20240102.csv", "AAPL.XNAS", ""), ("BID.csv", "AAPL.XNAS", ""), ("6EH4.XCME_1min.csv.gz", "6EH4.XCME", ""),
        ("x.csv", "EUR/USD.SIM", ""), ("yearly.csv", "AAPL.XNAS", ""), ("USD.csv", "EUR/USD.SIM", ""),
    ],
)  # fmt: skip
def test_names_of_files(file, instrument, other):
    notes = other_names({}, [f"/data/{file}"], instrument)
    assert notes == ([f"the file's name says {other}: its rows are written as {instrument}"] if other else [])


@pytest.mark.parametrize("column", ["symbol", "Ticker", "<TICKER>", "SYM_ROOT", "instrument_id", "Тикер"])
def test_a_column_of_another_symbol(tmp_path, column):
    path = tmp_path / "AAPL.csv"
    path.write_text(f"time,{column},price,size\n2024-01-02T09:00Z,MSFT,1.1,1\n")
    draft = InstrumentDraft(id="AAPL.XNAS", template="equity")
    assert f"{column} says MSFT: its rows are written as AAPL.XNAS" in trades(path, draft, tmp_path / "c").notes
    result = trades(path, draft, tmp_path / "d", Layout(symbol="MSFT", symbol_column=column))
    assert not [text for text in result.notes if "written as" in text]  # it was stated
    path.write_text(f"time,{column},price,size\n2024-01-02T09:00Z,AAPL.US,1.1,1\n")
    assert not [text for text in trades(path, draft, tmp_path / "e").notes if "written as" in text]
