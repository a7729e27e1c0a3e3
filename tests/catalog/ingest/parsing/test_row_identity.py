"""Rows of several kinds in one file, as AlgoSeek and Refinitiv have them."""

import pytest

from sweep.catalog.ingest import InstrumentDraft, Layout, bars, quotes, trades
from sweep.errors import InputError

EURO = InstrumentDraft(id="EUR/USD.SIM")
T = "2024-01-02T09:00:0{}Z"
ROWS = ("QUOTE BID,1.0,1", "TRADE NB,1.1,2", "TRADE NB,1.2,3")
MIXED = "time,EventType,price,size\n" + "".join(f"{T.format(n)},{row}\n" for n, row in enumerate(ROWS))


def test_quotes_are_no_trades(tmp_path):
    (tmp_path / "f.csv").write_text(MIXED)
    with pytest.raises(InputError, match="several kinds by its column EventType") as error:
        trades(tmp_path / "f.csv", EURO, tmp_path / "c")
    assert "TRADE NB (2), QUOTE BID (1)" in str(error.value)
    result = trades(tmp_path / "f.csv", EURO, tmp_path / "c", Layout(symbol="TRADE NB", symbol_column="EventType"))
    assert (result.written, result.dropped) == (2, {"rows of other symbols in EventType": 1})
    assert trades(tmp_path / "f.csv", EURO, tmp_path / "all", Layout(ignored=["EventType"])).written == 3


def test_rows_of_another_kind_that_are_empty_are_left_out_by_that(tmp_path):
    text = f"time,Type,price,size,bid,ask\n{T.format(0)},Trade,1.1,5,,\n{T.format(1)},Quote,,,1.0,1.2\n"
    (tmp_path / "f.csv").write_text(text)
    assert trades(tmp_path / "f.csv", EURO, tmp_path / "t").dropped == {"trades with an empty field": 1}
    assert quotes(tmp_path / "f.csv", EURO, tmp_path / "q").dropped == {"quotes with an empty field": 1}


def test_bars_of_bid_and_ask_are_two_kinds(tmp_path):
    row = "{},{},1.1,1.2,1.0,1.15,5\n"
    text = (
        "time,price_type,open,high,low,close,volume\n" + row.format(T.format(0), "BID") + row.format(T.format(0), "ASK")
    )
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(InputError, match="several kinds by its column price_type"):
        bars(tmp_path / "f.csv", EURO, tmp_path / "c")


def test_kinds_of_orders_are_no_kinds_of_data(tmp_path):
    (tmp_path / "f.csv").write_text(f"time,type,price,size\n{T.format(0)},market,1.1,1\n{T.format(1)},limit,1.1,1\n")
    assert trades(tmp_path / "f.csv", EURO, tmp_path / "c").written == 2
