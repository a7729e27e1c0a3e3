"""Files of market data as vendors write them, some days of a random walk each: made here, none is anybody's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


class Row(NamedTuple):
    """A bar: the moment at which it opens, prices and volume."""

    at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


def walk(times: list[datetime], start: float, digits: int, volume: float) -> list[Row]:
    """Bars that begin at these times."""
    random, price, rows = Random(11), start, list[Row]()
    for at in times:
        path = [price]
        for _ in range(3):
            path.append(max(10.0**-digits, path[-1] * (1 + random.gauss(0, 0.0006))))
        price = path[-1]
        prices = (path[0], max(path), min(path), path[-1])
        traded = round(volume * random.uniform(0.5, 2), 0 if volume > 100 else 5)
        rows.append(Row(at, *(round(p, digits) for p in prices), traded))
    return rows


def sessions(days: int, minutes: int = 1) -> list[datetime]:
    """The bars of New York's sessions: 09:30 to 16:00 from Monday 2026-03-02 on; the clock changes on the 8th."""
    opens = (datetime(2026, 3, 2 + n, 9, 30, tzinfo=NEW_YORK) for n in range(days))
    return [
        (day + timedelta(minutes=m)).astimezone(UTC)
        for day in opens if day.weekday() < 5 for m in range(0, 390, minutes)
    ]  # fmt: skip


def around_the_clock(days: int, minutes: int, *, weekends: bool) -> list[datetime]:
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    times = (begin + timedelta(minutes=m) for m in range(0, 1440 * days, minutes))
    return [at for at in times if weekends or at.weekday() < 5]


STOCK = walk(sessions(19), 187.5, 2, 900)
EURO = walk(around_the_clock(10, 5, weekends=False), 1.0842, 5, 60)
COIN = walk(around_the_clock(30, 60, weekends=True), 64_210.5, 2, 12.5)
DAILY = walk([datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(500) if n % 7 < 5], 187.5, 2, 5e7)


def euro(row: Row) -> str:
    return ",".join(f"{p:.5f}" for p in row[1:5])


def stock(row: Row) -> str:
    return ",".join(f"{p:.2f}" for p in row[1:5])


def metatrader() -> Iterator[str]:
    yield "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"
    for r in EURO:
        yield f"{r.at:%Y.%m.%d}\t{r.at:%H:%M:%S}\t" + euro(r).replace(",", "\t") + f"\t{r.volume:.0f}\t0\t12"


def histdata() -> Iterator[str]:
    for r in EURO:
        yield f"{r.at - timedelta(hours=5):%Y%m%d %H%M%S};" + euro(r).replace(",", ";") + ";0"


def dukascopy_ticks() -> Iterator[str]:
    yield "Gmt time,Ask,Bid,AskVolume,BidVolume"
    for r in EURO:
        for n, price in enumerate((r.open, r.low, r.high, r.close)):
            at = r.at + timedelta(seconds=70 * n)
            yield f"{at:%d.%m.%Y %H:%M:%S}.{n}50,{price + 0.00003:.5f},{price:.5f},1500000,900000"


def kibot() -> Iterator[str]:
    for r in STOCK:
        yield f"{r.at.astimezone(NEW_YORK):%m/%d/%Y,%H:%M},{stock(r)},{r.volume:.0f}"


def yahoo() -> Iterator[str]:
    yield "Date,Open,High,Low,Close,Adj Close,Volume"
    for r in DAILY:
        yield f"{r.at:%Y-%m-%d},{stock(r)},{r.close * 0.97:.6f},{r.volume:.0f}"


def tradingview() -> Iterator[str]:
    yield "time,open,high,low,close,Volume"
    for r in STOCK:
        yield f"{r.at.astimezone(NEW_YORK).isoformat()},{stock(r)},{r.volume:.0f}"


def polygon() -> Iterator[str]:
    yield "ticker,volume,open,close,high,low,window_start,transactions"
    for r in STOCK:
        nanos = int(r.at.timestamp()) * 10**9
        yield f"AAPL,{r.volume:.0f},{r.open:.2f},{r.close:.2f},{r.high:.2f},{r.low:.2f},{nanos},12"


def cryptodatadownload() -> Iterator[str]:
    yield "https://www.CryptoDataDownload.com"
    yield "unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT"
    for r in reversed(COIN):
        prices = f"{r.open:.2f},{r.high:.2f},{r.low:.2f},{r.close:.2f}"
        milliseconds = int(r.at.timestamp()) * 1000
        yield f"{milliseconds},{r.at:%Y-%m-%d %H:%M:%S},BTC/USDT,{prices},{r.volume:.5f},{r.volume * r.close:.2f}"


def klines() -> Iterator[str]:
    for r in COIN:
        opens, closes = int(r.at.timestamp()) * 1000, int(r.at.timestamp()) * 1000 + 3_599_999
        prices = f"{r.open:.8f},{r.high:.8f},{r.low:.8f},{r.close:.8f}"
        yield f"{opens},{prices},{r.volume:.8f},{closes},{r.volume * r.close:.8f},523,6.10000000,390000.00000000,0"


def nasdaq() -> Iterator[str]:
    yield "Date,Close/Last,Volume,Open,High,Low"
    for r in reversed(DAILY):
        yield f'{r.at:%m/%d/%Y},${r.close:.2f},"{r.volume:,.0f}",${r.open:.2f},${r.high:.2f},${r.low:.2f}'


def bybit() -> Iterator[str]:
    yield "timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional"
    for r in COIN:
        for n, price in enumerate((r.open, r.low, r.high, r.close)):
            at = r.at.timestamp() + 600 * n + 0.25
            side = ("Buy", "Sell")[n % 2]
            yield f"{at:.4f},BTCUSDT,{side},{r.volume / 10:.3f},{price:.1f},ZeroMinusTick,{at:.0f}-{n},1,2,3"


VENDORS = {  # name → instrument, lines
    "Kibot": ("AAPL.XNAS", kibot),
    "MetaTrader 5": ("EUR/USD.SIM", metatrader),
    "HistData": ("EUR/USD.SIM", histdata),
    "Dukascopy's ticks": ("EUR/USD.SIM", dukascopy_ticks),
    "Yahoo": ("AAPL.XNAS", yahoo),
    "TradingView": ("AAPL.XNAS", tradingview),
    "Polygon": ("AAPL.XNAS", polygon),
    "CryptoDataDownload": ("BTC/USDT.BINANCE", cryptodatadownload),
    "Binance's klines": ("BTC/USDT.BINANCE", klines),
    "Nasdaq's site": ("AAPL.XNAS", nasdaq),
    "Bybit's trades": ("BTCUSDT-PERP.BYBIT", bybit),
}


def write(vendor: str, path: Path) -> str:
    """The file of a vendor; the id of its instrument."""
    instrument, lines = VENDORS[vendor]
    path.write_text("\n".join(lines()) + "\n")
    return instrument
