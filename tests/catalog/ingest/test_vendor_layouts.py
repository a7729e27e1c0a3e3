"""Files as vendors write them, without an option where they tell all that is needed: each value is checked by hand."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import Ingested, IngestStep, InstrumentDraft, Layout, bars, by_symbol, quotes, trades
from sweep.catalog.verify.verifier import verify
from sweep.common.units import nanos
from sweep.errors import InputError

EURO, COIN = InstrumentDraft(id="EUR/USD.SIM"), InstrumentDraft(id="BTC/USDT.SIM", precision=2, size_precision=8)
SPY = InstrumentDraft(id="SPY.ARCA", template="equity")
DAY, HOUR = IngestStep(seconds=86_400), IngestStep(seconds=3600)
type Row = tuple[object, ...]


def at(text: str) -> int:
    return nanos(text)


def held(result: Ingested) -> list[Row]:
    """The rows of the catalog: the time, then prices and sizes."""
    catalog = ParquetDataCatalog(str(result.catalog))
    if result.kind == "Bar":
        rows = catalog.query_bars([result.identifier])
        return [(b.ts_init, str(b.open), str(b.high), str(b.low), str(b.close), str(b.volume)) for b in rows]
    if result.kind == "TradeTick":
        return [
            (t.ts_init, str(t.price), str(t.size), t.aggressor_side.name)
            for t in catalog.query_trade_ticks([result.identifier])
        ]
    rows = catalog.query_quote_ticks([result.identifier])
    return [(q.ts_init, str(q.bid_price), str(q.ask_price), str(q.bid_size), str(q.ask_size)) for q in rows]


NINE = ("1.10427", "1.10431", "1.10421", "1.10429")
BARS: dict[str, tuple[str, InstrumentDraft, IngestStep, Layout, Row]] = {
    "MetaTrader 5": (
        ("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
        "2024.01.02\t09:00:00\t1.10427\t1.10431\t1.10421\t1.10429\t37\t0\t12\n"),
        EURO, IngestStep(), Layout(), (at("2024-01-02T09:01"), *NINE, "37"),
    ),
    "MetaTrader 4, without names": (
        "2024.01.02,09:00,1.10427,1.10431,1.10421,1.10429,37\n",
        EURO, IngestStep(), Layout(), (at("2024-01-02T09:01"), *NINE, "37"),
    ),
    "HistData": (
        "20240102 090000;1.10427;1.10431;1.10421;1.10429;0\n",
        EURO, IngestStep(), Layout(time_zone="-05:00"), (at("2024-01-02T14:01"), *NINE, "0"),
    ),
    "Kibot": (
        "01/16/2024,09:30,470.10,470.20,470.05,470.15,1200\n",
        SPY, IngestStep(), Layout(), (at("2024-01-16T09:31"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "IEX": (
        ("date,minute,label,high,low,open,close,average,volume,notional,numberOfTrades\n"
        "2024-01-02,09:30,09:30 AM,470.20,470.05,470.10,470.15,470.12,1200,564144,9\n"),
        SPY, IngestStep(), Layout(), (at("2024-01-02T09:31"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "Stooq": (
        ("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
        "SPY.US,60,20240102,153000,470.10,470.20,470.05,470.15,1200,0\n"),
        SPY, HOUR, Layout(), (at("2024-01-02T16:30"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "Yahoo": (
        "Date,Open,High,Low,Close,Adj Close,Volume\n2024-03-07,513.14,515.89,509.81,514.81,500.00,58652100\n",
        SPY, DAY, Layout(), (at("2024-03-08"), "513.14", "515.89", "509.81", "514.81", "58652100"),
    ),
    "yfinance with a line of tickers": (
        ("Price,Close,High,Low,Open,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\nDate,,,,,\n"
        "2024-03-07,514.81,515.89,509.81,513.14,58652100\n"),
        SPY, DAY, Layout(), (at("2024-03-08"), "513.14", "515.89", "509.81", "514.81", "58652100"),
    ),
    "CryptoDataDownload": (
        ("https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USDT\n"
        "1704153600000,2024-01-02 00:00:00,BTC/USDT,44179.55,44190.00,44170.00,44185.00,13.5,596000.1\n"),
        COIN, HOUR, Layout(), (at("2024-01-02T01:00"), "44179.55", "44190.00", "44170.00", "44185.00", "13.50000000"),
    ),
    "Kaggle's bitcoin": (
        ("Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price\n"
        "1325317920,4.39,4.39,4.39,4.39,0.45558087,2.0,4.39\n1325317980,NaN,NaN,NaN,NaN,NaN,NaN,NaN\n"),
        COIN, IngestStep(), Layout(time_format="s"), (1325317980 * 10**9, *["4.39"] * 4, "0.45558087"),
    ),
    "Dukascopy": (
        "Gmt time,Open,High,Low,Close,Volume\n02.01.2024 09:00:00.000,1.10427,1.10431,1.10421,1.10429,37\n",
        EURO, IngestStep(), Layout(), (at("2024-01-02T09:01"), *NINE, "37"),
    ),
    "Dukascopy in local time": (
        "Local time,Open,High,Low,Close,Volume\n02.01.2024 09:00:00.000 GMT+0100,1.10427,1.10431,1.10421,1.10429,37\n",
        EURO, IngestStep(), Layout(), (at("2024-01-02T08:01"), *NINE, "37"),
    ),
    "Databento CSV": (
        ("ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n"
        "2024-01-02T09:00:00.000000000Z,33,1,5482,470.10,470.20,470.05,470.15,1200,SPY\n"),
        SPY, IngestStep(), Layout(), (at("2024-01-02T09:01"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "Polygon": (
        ("ticker,volume,open,close,high,low,window_start,transactions\n"
        "SPY,1200,470.10,470.15,470.20,470.05,1704186000000000000,12\n"),
        SPY, IngestStep(), Layout(time_format="ns"),
        (at("2024-01-02T09:01"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "Alpaca": (
        ("symbol,timestamp,open,high,low,close,volume,trade_count,vwap\n"
        "SPY,2024-01-02 09:00:00+00:00,470.10,470.20,470.05,470.15,1200.0,12,470.11\n"),
        SPY, IngestStep(), Layout(), (at("2024-01-02T09:01"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "TradingView": (
        "time,open,high,low,close,Volume\n2024-01-02T09:00:00-05:00,470.10,470.20,470.05,470.15,1200\n",
        SPY, IngestStep(), Layout(), (at("2024-01-02T14:01"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "NinjaTrader": (
        "20240102 090000;470.10;470.20;470.05;470.15;1200\n",
        SPY, IngestStep(), Layout(), (at("2024-01-02T09:01"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "Sierra Chart": (
        ("Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume\n"
        "2024/1/2, 09:00:00.0, 470.10, 470.20, 470.05, 470.15, 1200, 12, 600, 600\n"),
        SPY, IngestStep(), Layout(), (at("2024-01-02T09:01"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "Nasdaq's site": (
        ('Date,Close/Last,Volume,Open,High,Low\n01/16/2024,$470.15,"1,200",$470.10,$470.20,$470.05\n'
        '01/17/2024,$470.15,"1,201,100",$470.10,$470.20,$470.05\n'),
        SPY, DAY, Layout(), (at("2024-01-17"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "Investing.com": (
        '"Date","Price","Open","High","Low","Vol.","Change %"\n"01/16/2024","470.15","470.10","470.20","470.05","1.2M","0.1%"\n',
        SPY, DAY, Layout(), (at("2024-01-17"), "470.10", "470.20", "470.05", "470.15", "1200000"),
    ),
    "Bloomberg's fields": (
        "Dates,PX_OPEN,PX_HIGH,PX_LOW,PX_LAST,PX_VOLUME\n2024-01-16,470.10,470.20,470.05,470.15,1200\n",
        SPY, DAY, Layout(), (at("2024-01-17"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
    "Bybit's bars": (
        "start_at,symbol,period,open,high,low,close,volume\n1704186000,BTCUSDT,1,44179.5,44190,44170,44185,13.5\n",
        COIN, IngestStep(), Layout(time_format="s"),
        (at("2024-01-02T09:01"), "44179.50", "44190.00", "44170.00", "44185.00", "13.50000000"),
    ),
    "a spreadsheet in German": (
        "Datum;Zeit;Open;High;Low;Close;Volumen\n02.01.2024;09:00;470,10;470,20;470,05;470,15;1.200\n",
        SPY, IngestStep(), Layout(columns="time=Datum+Zeit,volume=Volumen"),
        (at("2024-01-02T09:01"), "470.10", "470.20", "470.05", "470.15", "1200"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", BARS)
def test_bars(tmp_path, vendor):
    text, pair, step, layout, first = BARS[vendor]
    (tmp_path / "file.csv").write_text(text)
    result = bars(tmp_path / "file.csv", pair, tmp_path / "catalog", layout, step=step)
    assert held(result)[0] == first
    assert {f.code for f in verify(tmp_path / "catalog") if f.is_error} <= {"no-volume"}


TAQ = "DATE,TIME_M,EX,SYM_ROOT,SIZE,PRICE\n2024-01-02,9:30:00.013,Q,SPY,100,470.01\n2024-01-02,9:30:00.500,P,SPY,200,470.05\n"
TICKS: dict[str, tuple[object, str, InstrumentDraft, Layout, list[Row]]] = {
    "TAQ": (
        trades, TAQ, SPY, Layout(),
        [(at("2024-01-02T09:30:00.013"), "470.01", "100", "NO_AGGRESSOR"),
         (at("2024-01-02T09:30:00.500"), "470.05", "200", "NO_AGGRESSOR")],
    ),
    "Bybit": (
        trades,
        ("timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional\n"
        "1577836800.1234,BTCUSDT,Buy,0.5,7189.50,ZeroMinusTick,e1b2,1,2,3\n"),
        COIN, Layout(time_format="s"), [(1_577_836_800_123_400_000, "7189.50", "0.50000000", "BUY")],
    ),
    "Binance with names": (
        trades, "id,price,qty,quote_qty,time,is_buyer_maker\n1,42283.58,0.01,422.8,1704067200000,true\n",
        COIN, Layout(time_format="ms"), [(at("2024-01-01"), "42283.58", "0.01000000", "SELL")],
    ),
    "OKX": (
        trades, "instrument_name,trade_id,side,price,size,created_time\nBTC-USDT,9,sell,42300.1,0.005,1704067200123\n",
        COIN, Layout(time_format="ms"), [(1704067200123000000, "42300.10", "0.00500000", "SELL")],
    ),
    "Tardis's books": (
        quotes, ("exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount\n"
        "bybit,BTCUSDT,1704067200123456,1704067200133456,42300.1,1.5,42300.0,0.5\n"),
        COIN, Layout(time_format="us"),
        [(1704067200123456000, "42300.00", "42300.10", "0.50000000", "1.50000000")],
    ),
    "Kibot's ticks": (
        trades, "01/16/2024,09:30:01,470.10,470.09,470.11,300\n", SPY, Layout(),
        [(at("2024-01-16T09:30:01"), "470.10", "300", "NO_AGGRESSOR")],
    ),
    "Alpaca's trades": (
        trades, "t,x,p,s,c,i,z\n2024-01-02T14:30:00.123456789Z,V,470.10,100,@,7,B\n", SPY, Layout(),
        [(at("2024-01-02T14:30:00.123456789"), "470.10", "100", "NO_AGGRESSOR")],
    ),
    "Dukascopy's ticks": (
        quotes, "Gmt time,Ask,Bid,AskVolume,BidVolume\n02.01.2024 09:00:00.125,1.10431,1.10427,150000,75000\n",
        EURO, Layout(), [(at("2024-01-02T09:00:00.125"), "1.10427", "1.10431", "75000", "150000")],
    ),
    "HistData's ticks": (
        quotes, "20240102 170000065,1.121200,1.121720,0\n20240102 170000165,1.121210,1.121720,0\n", EURO,
        Layout(time_zone="-05:00"),
        [(at("2024-01-02T22:00:00.065"), "1.12120", "1.12172", "1000000", "1000000"),
         (at("2024-01-02T22:00:00.165"), "1.12121", "1.12172", "1000000", "1000000")],
    ),
    "MetaTrader 5's ticks": (
        quotes, "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n2024.01.02\t09:00:00.125\t1.10427\t1.10431\t\t\t6\n",
        EURO, Layout(), [(at("2024-01-02T09:00:00.125"), "1.10427", "1.10431", "1000000", "1000000")],
    ),
    "Databento's mbp-1 as CSV": (
        quotes, ("ts_recv,ts_event,rtype,publisher_id,instrument_id,side,depth,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,symbol\n"
        "2024-01-02T14:30:00.2Z,2024-01-02T14:30:00.1Z,1,1,5,N,0,470.10,470.11,300,400,SPY\n"),
        SPY, Layout(), [(at("2024-01-02T14:30:00.1"), "470.10", "470.11", "300", "400")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", TICKS)
def test_ticks(tmp_path, vendor):
    read, text, pair, layout, rows = TICKS[vendor]
    (tmp_path / "file.csv").write_text(text)
    assert held(read(tmp_path / "file.csv", pair, tmp_path / "catalog", layout)) == rows  # type: ignore[operator]


def refused(read, path: Path, text: str, pair=EURO, layout=None, **more) -> str:
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read(path, pair, path.with_name("no"), layout, **more)
    return str(error.value)


SYMBOLS = "timestamp,{},price,size\n2024-01-02T14:30:00Z,{},10.00,100\n2024-01-02T14:30:01Z,{},250.00,100\n"


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("symbol", "AAA", "BBB"), ("Ticker", "AAA", "BBB"), ("Name", "AAL", "AAPL"), ("SYM_ROOT", "SPY", "QQQ"),
        ("Asset_ID", "1", "2"), ("exchange", "binance", "kraken"), ("contract", "ESH4", "ESM4"), ("<PER>", "1", "60"),
        ("expiration", "2024-01-05", "2024-01-12"), ("strike", "480", "490"), ("instrument_id", "17077", "5602"),
        ("#RIC", "VOD.L", "BP.L"), ("Currency_Pair", "EURUSD", "GBPUSD"),
        ("instrument_name", "BTC-USDT", "ETH-USDT"), ("Trade Symbol", "AAA", "BBB"), ("FUT_CONTRACT", "ESH4", "ESM4"),
    ],
)  # fmt: skip
def test_several_instruments_are_refused_with_the_ways_on(tmp_path, name, one, other):
    text = SYMBOLS.format(name, one, other)
    message = refused(trades, tmp_path / "t.csv", text, SPY)
    assert f"several instruments by its column {name} (was '{one} (1), {other} (1)')" in message
    way = Layout(symbol=one, symbol_column=name)
    result = trades(tmp_path / "t.csv", SPY, tmp_path / "one", way)
    assert (held(result)[0][1], result.dropped) == ("10.00", {f"rows of other symbols in {name}": 1})
    assert held(trades(tmp_path / "t.csv", SPY, tmp_path / "all", Layout(ignored=[name])))[1][1] == "250.00"


def test_every_symbol_by_itself(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(SYMBOLS.format("symbol", "AAA", "BBB") + "2024-01-02T14:30:01Z,AAA,10.01,7\n")
    results = by_symbol("trades", path, InstrumentDraft(id="AAA.XNAS", template="equity"), tmp_path / "c",
                     Layout(symbol_column="symbol"))  # fmt: skip
    assert [(d.identifier, [row[1:3] for row in held(d)]) for d in results] == [
        ("AAA.XNAS", [("10.00", "100"), ("10.01", "7")]), ("BBB.XNAS", [("250.00", "100")]),
    ]  # fmt: skip
    assert results[0].read == {str(path): 3}
    assert not verify(tmp_path / "c")


def test_symbols_of_different_precision(tmp_path):
    text = "time,symbol,bid,ask\n2024-01-02T09:00Z,EUR/USD,1.10427,1.10431\n2024-01-02T09:00Z,USD/JPY,{},144.005\n"
    path = tmp_path / "q.csv"
    path.write_text(text.format("144.001"))
    results = by_symbol("quotes", path, EURO, tmp_path / "c", Layout(symbol_column="symbol"))
    assert [held(d)[0][1] for d in results] == ["1.10427", "144.001"]
    path.write_text(text.format("144.0015"))
    with pytest.raises(InputError, match="1 prices of more than 3 decimals, such as 144.0015"):
        by_symbol("quotes", path, EURO, tmp_path / "d", Layout(symbol_column="symbol"))
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("head", ["date,price,size", "timestamp,price,size", "time,price,size"])
def test_dates_are_no_times_of_day(tmp_path, head):
    text = f"{head}\n2024-01-02,470.01,100\n2024-01-03,470.05,200\n"
    assert "has dates without a time of day" in refused(trades, tmp_path / "t.csv", text, SPY)
    midnights = text.replace("-02,", "-02 00:00:00,").replace("-03,", "-03 00:00:00,")
    assert "has only midnights" in refused(trades, tmp_path / "t.csv", midnights, SPY)
    daily = "date,open,high,low,close,volume\n2024-01-02,1,1,1,1,1\n"
    message = refused(bars, tmp_path / "b.csv", daily, SPY)
    assert "--bar-seconds 86400" in message
    assert bars(tmp_path / "b.csv", SPY, tmp_path / "c", step=DAY).written == 1


def test_days_and_months_are_told_apart_by_the_file_or_asked_for(tmp_path):
    row = "{},470.01,100\n"
    path, head = tmp_path / "t.csv", "time,price,size\n"
    message = refused(trades, path, head + row.format("1/2/2024 9:30") + row.format("3/2/2024 9:30"), SPY)
    for form, month in (("%m/%d/%Y %H:%M", 1), ("%d/%m/%Y %H:%M", 2)):
        assert f'--time-format "{form}"' in message
        result = trades(path, SPY, tmp_path / str(month), Layout(time_format=form))
        assert datetime.fromtimestamp(result.first / 1e9, UTC).month == month
    path.write_text(head + row.format("1/2/2024 9:30") * 2 + row.format("13/2/2024 9:30"))
    assert trades(path, SPY, tmp_path / "day", Layout()).first == at("2024-02-01T09:30")
    path.write_text(head + row.format("1/2/2024 9:30") * 2 + row.format("1/13/2024 9:30 PM"))
    assert trades(path, SPY, tmp_path / "month", Layout()).last == at("2024-01-13T21:30")
