"""Each remedy of an ingest is followed, on the file that led to it, and helps."""

import re
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.commands import invoke

EURO, SPY, COIN = "EUR/USD.SIM", "SPY.ARCA", "BTC/USD.SIM"
YAHOO = "Date,Open,High,Low,Close,Volume\n2024-03-07,513.140015,515.890015,509.809998,514.809998,58652100\n"
BAR = "time,open,high,low,close,volume\n2024-01-02T00:00:00Z,4.58,4.58,4.58,4.58,0.2\n"
TICK = "time,bid,ask\n{}\n"
TRADES = "time,{}price,size\n{}\n"
# what is ingested, the file, the instrument, options; words of the message; options that it proposes; the rows that come
CASES = {
    "decimals of a price": ("quotes", TICK.format("2024-01-02T09:00Z,1.104271,1.104311"), EURO, "", "--precision 6", "--precision 6", 1),
    "decimals to be rounded": ("quotes", TICK.format("2024-01-02T09:00Z,1.104271,1.104311"), EURO, "", "--round", "--round", 1),
    "parts of a coin": ("bars", BAR, COIN, "--precision 2", "--size-precision 1", "--precision 2 --size-precision 1", 1),
    "parts of a share": ("bars", BAR, SPY, "--template equity", "--round", "--template equity --round", 1),
    "dates for days": ("bars", YAHOO.replace("40015", "4").replace("890015", "89").replace("809998", "80"), SPY, "--template equity", "--bar-seconds 86400", "--template equity --bar-seconds 86400", 1),
    "numbers since 1970": ("quotes", TICK.format("1704186000000,1.1,1.2"), EURO, "", "--time-format ms", "--time-format ms", 1),
    "seconds": ("quotes", TICK.format("1704186000,1.1,1.2"), EURO, "", "--time-format s", "--time-format s", 1),
    "days of a spreadsheet": ("quotes", TICK.format("45293.395833,1.1,1.2"), EURO, "", "--time-format excel", "--time-format excel", 1),
    "months or days": ("quotes", TICK.format("1/2/2024 9:30,1.1,1.2"), EURO, "", '--time-format "%m/%d/%Y %H:%M"', '--time-format "%m/%d/%Y %H:%M"', 1),
    "months or days, in the afternoon": ("quotes", TICK.format("1/2/2024 9:30:05 PM,1.1,1.2"), EURO, "", '--time-format "%d/%m/%Y %I:%M:%S %p"', '--time-format "%d/%m/%Y %I:%M:%S %p"', 1),
    "no size": ("trades", TRADES.format("", "2024-01-02T09:00Z,1.1,0\n2024-01-02T09:01Z,1.1,5"), EURO, "", "--drop size", "--drop size", 1),
    "a size of -1": ("quotes", "time,bid,ask,bid_size,ask_size\n2024-01-02T09:00Z,1.1,1.2,-1,5\n2024-01-02T09:01Z,1.1,1.2,1,5\n", EURO, "", "--drop size", "--drop size", 1),
    "a bar that cannot be": ("bars", BAR.replace("4.58,4.58,4.58,4.58,0.2", "1,2,3,1,1") + "2024-01-02T00:01:00Z,1,1,1,1,1\n", EURO, "", "--drop bar-shape", "--drop bar-shape", 1),
    "a size beyond the engine": ("trades", TRADES.format("", "2024-01-02T09:00Z,1.1,34028236692094\n2024-01-02T09:01Z,1.1,5"), EURO, "", "--drop too-large", "--drop too-large", 1),
    "a long id": ("trades", f"time,price,size,id\n2024-01-02T09:00Z,1.1,1,{'x' * 37}\n2024-01-02T09:01Z,1.1,5,a\n", EURO, "", "--drop long-id", "--drop long-id", 1),
    "one of two symbols": ("trades", TRADES.format("symbol,", "2024-01-02T09:00Z,AAA,1.1,1\n2024-01-02T09:00Z,BBB,1.1,1"), EURO, "", "--symbol AAA --symbol-column symbol", "--symbol AAA --symbol-column symbol", 1),
    "each of two symbols": ("trades", TRADES.format("symbol,", "2024-01-02T09:00Z,AAA,1.1,1\n2024-01-02T09:00Z,BBB,1.1,1"), "AAA.XNAS", "--template equity", "--symbol-column symbol", "--template equity --symbol-column symbol", 1),
    "two that are one": ("trades", TRADES.format("exchange,", "2024-01-02T09:00Z,kraken,1.1,1\n2024-01-02T09:00Z,binance,1.1,2"), EURO, "", "--ignore exchange", "--ignore exchange", 2),
    "a comma that may be either": ("quotes", "time;bid;ask\n2024-01-02T09:00Z;1,234;1,235\n", EURO, "", '--decimal ","', "--decimal ,", 1),
    "thousands": ("quotes", "time;bid;ask\n2024-01-02T09:00Z;1,234;1,235\n", EURO, "", '--decimal "."', "--decimal .", 1),
    "a coin": ("trades", TRADES.format("", "2024-01-02T09:00Z,0.00001,5"), "FLOKI/USDT.SIM", "", "--currency FLOKI", "--currency FLOKI", 1),
    "no currency pair": ("trades", TRADES.format("", "2024-01-02T09:00Z,10.5,5"), SPY, "", "--template equity", "--template equity", 1),
    "a column by another name": ("quotes", "time,bidding,ask\n2024-01-02T09:00Z,1.1,1.2\n", EURO, "", "--columns bid=bidding", "--columns bid=bidding", 1),
    "no names": ("quotes", "2024-01-02T09:00Z,1.3,1.2\n", EURO, "", '--columns "time,bid,ask"', "--columns time,bid,ask", 1),
    "an hour that is there twice": ("quotes", TICK.format("2024-11-03 01:30:00,1.1,1.2"), EURO, "--time-zone America/New_York", "--time-zone=-05:00", "--time-zone=-05:00", 1),
    "bars of another length": ("bars", BAR.replace(",0.2", ",2") + "2024-01-02T00:05:00Z,1,1,1,1,1\n", EURO, "--bar-seconds 900", "--bar-seconds 300", "--bar-seconds 300", 2),
    "days of a market": ("bars", BAR.replace("-02T00:00", "-02T05:00").replace(",0.2", ",2").replace("2024-01", "2024-03").replace("03-02", "03-09") + "2024-03-10T05:00:00Z,1,1,1,1,1\n2024-03-11T04:00:00Z,1,1,1,1,1\n", EURO, "--bar-seconds 86400", "--time-zone America/New_York", "--bar-seconds 86400 --time-zone America/New_York", 3),
}  # fmt: skip


def rows(catalog: Path, noun: str) -> int:
    return sum(pq.read_metadata(p).num_rows for p in (catalog / "data" / noun).rglob("*.parquet"))


@pytest.mark.parametrize("name", CASES)
def test_a_remedy_helps(tmp_path, name):
    noun, text, instrument, options, said, remedy, count = CASES[name]
    (tmp_path / "f.csv").write_text(text)
    command = ("catalog", "ingest", noun, tmp_path / "f.csv", "--instrument", instrument, "--catalog", tmp_path / "c")
    shown = invoke(*command, *shlex.split(options), code=2).stderr
    assert said in re.sub(r"\s+", " ", shown)
    assert not (tmp_path / "c").exists()
    invoke(*command, *shlex.split(remedy))
    assert rows(tmp_path / "c", noun) in {count, 2 * count}
    assert rows(tmp_path / "c", noun) == count or name == "each of two symbols"


def test_a_defined_stock_of_more_decimals(tmp_path):
    (tmp_path / "y.csv").write_text(YAHOO)
    define = ("catalog", "instruments", "--template", "equity", "--id", SPY, "--catalog")
    ingest = (
        "catalog",
        "ingest",
        "bars",
        tmp_path / "y.csv",
        "--instrument",
        SPY,
        "--bar-seconds",
        "86400",
        "--catalog",
    )
    invoke(*define, tmp_path / "c")
    shown = re.sub(r"\s+", " ", invoke(*ingest, tmp_path / "c", code=2).stderr)
    found = re.search(r"\(sweep (catalog instruments .*) --catalog NEW\)", shown)
    assert found and "price_increment=0.000001" in found[1]
    invoke(*shlex.split(found[1]), "--catalog", tmp_path / "new")
    invoke(*ingest, tmp_path / "new")
    assert rows(tmp_path / "new", "bars") == 1
    told = invoke(*ingest, tmp_path / "c", "--round")
    assert "4 prices were rounded, by 0.000015 at most" in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("noun", "text", "code", "options"),
    [
        ("quotes", TICK.format("2024-01-02T09:00Z,1.3,1.2\n2024-01-02T09:01Z,1.1,1.2"), "crossed", ["--drop", "crossed"]),
        ("quotes", TICK.format("2024-01-02T09:00Z,0,1.2\n2024-01-02T09:01Z,1.1,1.2"), "price", ["--drop", "price"]),
        ("quotes", TICK.format("2024-01-02T09:00Z,1.2,1.2\n2024-01-02T09:01Z,1.1,1.2"), "locked", ["--drop", "locked"]),
        ("bars", BAR.replace(",volume", "").replace(",0.2", ""), "no-volume", ["--volume", "1_000_000"]),
        ("bars", BAR.replace("0.2", "0") + "2024-01-02T00:01:00Z,1,1,1,1,1\n", "zero-volume", ["--volume", "5"]),
        ("bars", BAR.replace("0.2", "0") + "2024-01-02T00:01:00Z,1,1,1,1,1\n", "zero-volume", ["--drop", "volume"]),
    ],
)  # fmt: skip
def test_a_remedy_of_verify_helps(tmp_path, noun, text, code, options):
    from sweep.catalog.verify.verifier import verify

    (tmp_path / "f.csv").write_text(text)
    command = ("catalog", "ingest", noun, tmp_path / "f.csv", "--instrument", EURO, "--catalog")
    invoke(*command, tmp_path / "c")
    (fault,) = [f for f in verify(tmp_path / "c") if f.code == code]
    assert options[0] in fault.remedy
    invoke(*command, tmp_path / "new", *options)
    assert code not in {f.code for f in verify(tmp_path / "new")}
    assert rows(tmp_path / "new", noun) > 0
