"""Every remedy in the code of ingest is shown by a case here, is followed, and helps.

The remedies are read from the source: a new one without a case turns `test_no_remedy_is_without_a_case` red.
"""

import ast
import io
import shlex
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sweep.catalog import ingest
from sweep.catalog.ingest.parsing import tables
from sweep.errors import InputError
from tests.support.commands import invoke

CODE = Path(ingest.__file__).parent
EURO, SPY, COIN = "EUR/USD.SIM", "SPY.ARCA", "BTC/USD.SIM"
HEAD = "time,bid,ask\n"
TRADES = "time,price,size\n"
AT = "2024-01-02T09:00Z"
BAR = "time,open,high,low,close,volume\n2024-01-02T00:00:00Z,4.58,4.58,4.58,4.58,2\n"
HELPERS = {
    "closest", "_of_two_digits", "_of_spreadsheet", "_of_zone", "finer", "_remedy", "_ways", "_ways_of_kinds",
    "_only_dates", "_refusal", "no_times",
}  # fmt: skip
LEAST = 6  # characters of a remedy by which it is known
ELSEWHERE = (  # files whose remedies have tests of their own, below and beside their modules
    "vendors/", "writing/transaction.py", "writing/merge_plan.py", "events.py", "event_quotes.py",
    "parsing/column_mapping.py", "parsing/rows.py",
    "parsing/vendors/", "instrument_lookup.py", "parsing/tables.py", "parsing/header/missing_columns.py",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A file, what is said of it, and what its reader does then: other options, or another file."""

    noun: str
    content: bytes | str
    expected: str
    options: str = ""  # with the file
    then: str | None = None  # options that the remedy gives; None: the same
    repaired: bytes | str | None = None  # the file as the remedy wants it
    rows: int = 1
    instrument: str = EURO
    name: str = "f.csv"


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, f"{HEAD}{AT},1.1,1.2\n")
    return buffer.getvalue()


def parquet(**columns: pa.Array) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def two_bids() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([TIMES, PRICES, PRICES, PRICES], ["time", "bid", "ask", "bid"]), buffer)
    return buffer.getvalue()


TIMES, PRICES = pa.array([1704186000000], pa.timestamp("ms")), pa.array([1.1])
TWO = "time,symbol,price,size\n2024-01-02T09:00Z,AAA,1.1,1\n2024-01-02T09:00Z,BBB,1.1,1\n"
MT5 = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
DAYS = "2024-03-09T05:00:00Z,1,1,1,1,1\n2024-03-10T05:00:00Z,1,1,1,1,1\n2024-03-11T04:00:00Z,1,1,1,1,1\n"
LOBSTER = "34200.25,4,7,18,58533,1\n34200.5,1,8,18,58532,1\n"
CASES = {
    "an empty file": Case("quotes", "", "is empty get it again", repaired=f"{HEAD}{AT},1.1,1.2\n"),
    "messages of LOBSTER": Case(
        "trades",
        LOBSTER,
        "are these messages of LOBSTER? then",
        then='--columns "time,type,id,size,price,direction" --date 2012-06-21 --time-format s --price-unit 0.0001 '
        "--time-zone America/New_York --symbol 4 --symbol-column type --ignore direction",
    ),
    "a number since midnight": Case(
        "trades",
        "ms_of_day,price,size,date\n34200123,1.1,5,20240116\n",
        "a number since midnight: --time-format ms",
        then="--time-format ms",
    ),
    "a time of day in milliseconds, by another name": Case(
        "trades",
        "date,stamp,price,size\n20240116,34200123,1.1,5\n",
        "--columns time=date+stamp --time-format ms",
        then="--columns time=date+stamp --time-format ms",
    ),
    "no number since midnight": Case(
        "trades",
        f"{TRADES}1704186000,1.1,5\n",
        "leave out --date where the times have their day",
        "--date 2024-01-02 --time-format s",
        then="--time-format s",
    ),
    "a day without a unit": Case(
        "trades",
        f"{TRADES}34200,1.1,5\n",
        "state their unit: --time-format s, ms, us or ns",
        "--date 2024-01-02",
        then="--date 2024-01-02 --time-format s",
    ),
    "rows of several kinds": Case(
        "trades",
        f"time,EventType,price,size\n{AT},QUOTE BID,1.1,1\n{AT},TRADE NB,1.2,2\n",
        "--symbol 'TRADE NB' --symbol-column EventType takes the rows of one kind",
        then="--symbol 'TRADE NB' --symbol-column EventType",
    ),
    "a name of two words": Case(
        "trades",
        f"time,Trade Symbol,price,size\n{AT},A A,1.1,1\n{AT},BB,1.2,2\n",
        "--symbol 'A A' --symbol-column 'Trade Symbol' takes one of them",
        then="--symbol 'A A' --symbol-column 'Trade Symbol'",
    ),
    "a tar archive": Case(
        "quotes", bytes(257) + b"ustar", "unpack it, and give its files one by one", repaired=f"{HEAD}{AT},1.1,1.2\n"
    ),
    "two digits of a year, and AM": Case(
        "quotes",
        f"{HEAD}1/16/24 9:30 AM,1.1,1.2\n",
        '--time-format "%m/%d/%y %I:%M %p"',
        then='--time-format "%m/%d/%y %I:%M %p"',
    ),
    "two digits of a year, and a zone": Case(
        "quotes",
        f"{HEAD}1/16/24 9:30 EST,1.1,1.2\n",
        "take EST out of the times, and state their --time-zone",
        then='--time-format "%m/%d/%y %H:%M" --time-zone=-05:00',
        repaired=f"{HEAD}1/16/24 9:30,1.1,1.2\n",
    ),
    "an Arrow file that is cut off": Case(
        "quotes",
        b"ARROW1" + bytes(300),
        "get it again from its source",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
        name="f.arrow",
    ),
    "a template that cannot know the day": Case(
        "trades",
        f"{TRADES}{AT},4770.25,5\n",
        "--set expiration_ns=2026-06-19T13:30:00Z",
        "--template cme_future",
        then="--template equity",
        instrument="ESM6.XCME",
    ),
    "sizes that are empty throughout": Case(
        "quotes",
        f"time,bid,ask,bid_size,ask_size\n{AT},1.1,1.2,,\n",
        "leave out what is empty throughout",
        then="--ignore bid_size --ignore ask_size",
    ),
    "two columns of one name": Case(
        "quotes",
        two_bids(),
        "take the columns of one instrument, or rename them",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
        name="f.parquet",
    ),
    "a Parquet file that is cut off": Case(
        "quotes",
        b"PAR1" + bytes(300),
        "get it again from its source",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
        name="f.parquet",
    ),
    "a part of a day": Case(
        "quotes", "Date,Time,bid,ask\n45293,0.395833,1.1,1.2\n", "--time-format excel, with", then="--time-format excel"
    ),
    "a number that a spreadsheet shortened": Case(
        "quotes", f"{HEAD}1.704186E+12,1.1,1.2\n", "or --time-format ms", then="--time-format ms"
    ),
    "two digits of a year": Case(
        "quotes",
        f"{HEAD}02.01.24 09:30:00,1.1,1.2\n",
        '--time-format "%d.%m.%y %H:%M:%S"',
        then='--time-format "%d.%m.%y %H:%M:%S"',
    ),
    "a zone of letters": Case(
        "quotes",
        f"{HEAD}2024-01-02 09:30 CST,1.1,1.2\n",
        "write the offset from UTC in place of CST",
        repaired=f"{HEAD}2024-01-02 09:30 -06:00,1.1,1.2\n",
    ),
    "a time of day by another name": Case(
        "quotes",
        "date,when,bid,ask\n20240102,930,1.1,1.2\n",
        "is when the time of day? then",
        then="--columns time=date+when",
    ),
    "a size of -1": Case(
        "quotes",
        f"time,bid,ask,bid_size,ask_size\n{AT},1.1,1.2,-1,5\n{AT},1.1,1.2,1,5\n",
        "--drop size",
        then="--drop size",
    ),
    "a bar that cannot be": Case(
        "bars", BAR + "2024-01-02T00:01:00Z,1,2,3,1,1\n", "--drop bar-shape", then="--drop bar-shape"
    ),
    "a size beyond the engine": Case(
        "trades", f"{TRADES}{AT},1.1,34028236692094\n{AT},1.1,5\n", "--drop too-large", then="--drop too-large"
    ),
    "a long id": Case(
        "trades", f"time,price,size,id\n{AT},1.1,1,{'x' * 37}\n{AT},1.1,5,a\n", "--drop long-id", then="--drop long-id"
    ),
    "a cell without end": Case(
        "quotes", f"{'x' * 200_000}\n{HEAD}{AT},1.1,1.2\n", "or the lines to --skip-rows", then="--skip-rows 1"
    ),
    "decimals of a price": Case("quotes", f"{HEAD}{AT},1.104271,1.104311\n", "--precision 6", then="--precision 6"),
    "decimals to round": Case("quotes", f"{HEAD}{AT},1.104271,1.104311\n", "--round rounds them", then="--round"),
    "decimals of a size": Case("trades", f"{TRADES}{AT},1.1,0.5\n", "--size-precision 1", then="--size-precision 1"),
    "whole sizes": Case(
        "trades",
        f"{TRADES}{AT},10.5,0.6\n",
        "Equity has whole sizes",
        "--template equity",
        "--template equity --round",
        instrument=SPY,
    ),
    "decimals of a stock": Case(
        "bars",
        BAR.replace("4.58", "4.5812"),
        "define it so in a new catalog",
        "--template equity",
        "--template equity --round",
        instrument=SPY,
    ),
    "more decimals than there are": Case(
        "quotes", f"{HEAD}{AT},1.12345678901234567,1.2\n", "--round rounds it", then="--round"
    ),
    "a number beyond all": Case(
        "quotes",
        f"{HEAD}{AT},{'9' * 39},1.2\n",
        "is too large for a number correct the row, or take it out",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
    ),
    "too large": Case(
        "quotes",
        f"{HEAD}{AT},99999999999999999999,1.2\n",
        "keep fewer decimals",
        "--precision 5",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
    ),
    "a word": Case(
        "quotes",
        f"{HEAD}{AT},closed,1.2\n{AT},1.1,1.2\n",
        "correct the row, or take it out; is the column",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
    ),
    "a comma that may be either": Case(
        "quotes", f"time;bid;ask\n{AT};1,234;1,235\n", "state what its comma is", then="--decimal ,"
    ),
    "another sign": Case(
        "quotes",
        f"time;bid;ask\n{AT};1.234,5;1.235,5\n",
        "is the sign between whole and fraction another?",
        "--decimal .",
        then="--decimal ,",
    ),
    "days of a spreadsheet": Case(
        "quotes", f"{HEAD}45293.395833,1.1,1.2\n", "days since 1900, as Excel counts them", then="--time-format excel"
    ),
    "milliseconds": Case(
        "quotes", f"{HEAD}1704186000000,1.1,1.2\n", "a number since 1970: --time-format ms", then="--time-format ms"
    ),
    "a number of no unit": Case(
        "quotes",
        f"{HEAD}17041860000,1.1,1.2\n",
        "state its unit: --time-format s, ms, us or ns",
        then="--time-format ms",
        repaired=f"{HEAD}1704186000000,1.1,1.2\n",
    ),
    "another unit": Case(
        "quotes",
        f"{HEAD}2024-01-02 09:00,1.1,1.2\n",
        "leave out --time-format, or state the one that fits",
        "--time-format ms",
        then="",
    ),
    "no days": Case(
        "quotes", f"{HEAD}2024-01-02 09:00,1.1,1.2\n", "leave out --time-format excel", "--time-format excel", then=""
    ),
    "days before 1970": Case(
        "quotes",
        f"{HEAD}100,1.1,1.2\n",
        "leave out --time-format excel",
        "--time-format excel",
        then="",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
    ),
    "months or days": Case(
        "quotes",
        f"{HEAD}1/2/2024 9:30,1.1,1.2\n",
        'give --time-format "%m/%d/%Y %H:%M"',
        then='--time-format "%m/%d/%Y %H:%M"',
    ),
    "both orders": Case(
        "quotes",
        f"{HEAD}13/2/2024 9:30,1.1,1.2\n2/13/2024 9:30,1.1,1.2\n",
        "in another order than rows before it",
        repaired=f"{HEAD}13/2/2024 9:30,1.1,1.2\n",
    ),
    "a text that is no time": Case(
        "quotes", f"{HEAD}noon,1.1,1.2\n", "state its pattern, such as --time-format", repaired=f"{HEAD}{AT},1.1,1.2\n"
    ),
    "a clock alone": Case(
        "quotes",
        "day of trade,time,bid,ask\n2 of 1 2024,09:00:00,1.1,1.2\n",
        "a time of day needs its date",
        repaired="date,time,bid,ask\n2024-01-02,09:00:00,1.1,1.2\n",
        then="--columns time=date+time",
    ),
    "half of the zones": Case(
        "quotes",
        f"{HEAD}2024-01-02 09:00+01,1.1,1.2\n2024-01-02 10:00,1.1,1.2\n",
        "write the zone into every row, or into none",
        then="--time-zone=+01:00",
        repaired=f"{HEAD}2024-01-02 09:00,1.1,1.2\n2024-01-02 10:00,1.1,1.2\n",
        rows=2,
    ),
    "a double hour": Case(
        "quotes",
        f"{HEAD}2024-11-03 01:30:00,1.1,1.2\n",
        "cut the file at this change of the clock",
        "--time-zone America/New_York",
        then="--time-zone=-05:00",
    ),
    "an hour that is not there": Case(
        "quotes",
        f"{HEAD}2024-03-10 02:30:00,1.1,1.2\n",
        "correct the time, or state its zone",
        "--time-zone America/New_York",
        then="--time-zone America/Chicago",
        repaired=f"{HEAD}2024-03-10 03:30:00,1.1,1.2\n",
    ),
    "dates for minutes": Case(
        "bars", BAR.replace("T00:00:00Z", ""), "then --bar-seconds 86400", then="--bar-seconds 86400"
    ),
    "dates for quotes": Case(
        "quotes",
        f"{HEAD}2024-01-02,1.1,1.2\n",
        "no column of the file holds times of day alone",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
    ),
    "midnights": Case(
        "quotes",
        "time,bid,ask\n2024-01-02T00:00Z,1.1,1.2\n2024-01-03T00:00Z,1.1,1.2\n",
        "get the data with its times",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
    ),
    "a time by another name": Case(
        "quotes", "when,bid,ask\n2024-01-02 09:00,1.1,1.2\n", "name it: --columns time=when", then="--columns time=when"
    ),
    "a bid by nearly its name": Case(
        "quotes", f"time,bidding,ask\n{AT},1.1,1.2\n", "did you mean 'bidding'? then", then="--columns bid=bidding"
    ),
    "no bid": Case(
        "quotes", f"time,ask\n{AT},1.2\n", "no other column of the file can be it", repaired=f"{HEAD}{AT},1.1,1.2\n"
    ),
    "no names": Case("quotes", f"{AT},1.3,1.2\n", "give them in order: --columns", then="--columns time,bid,ask"),
    "one of two symbols": Case("trades", TWO, "takes one of them", then="--symbol AAA --symbol-column symbol"),
    "bars of two symbols at one time": Case(
        "bars",
        BAR.replace("time", "ticker,time").replace("2024", "AAA,2024") + "BBB,2024-01-02T00:00:00Z,5,5,5,5,2\n",
        "holds rows of several instruments by its column ticker",
        then="--symbol BBB",
    ),
    "two symbols that are one": Case(
        "trades", TWO, "says that they are one instrument", then="--ignore symbol", rows=2
    ),
    "each of two symbols": Case(
        "trades",
        TWO,
        "all, each by itself",
        "--template equity",
        "--template equity --symbol-column symbol",
        instrument="AAA.XNAS",
        rows=2,
    ),
    "an unknown side": Case(
        "trades", f"time,price,size,side\n{AT},1.1,1,up\n", "leave them out: --ignore side", then="--ignore side"
    ),
    "a row that cannot be held": Case(
        "trades",
        f"{TRADES}{AT},1.1,0\n2024-01-02T09:01Z,1.1,1\n",
        "leaves them out and counts them",
        then="--drop size",
    ),
    "a line of another width": Case(
        "quotes", f"{HEAD}{AT},1.1,1.2\n{AT},1.1\n", "correct the line, or cut it off", repaired=f"{HEAD}{AT},1.1,1.2\n"
    ),
    "an open quote": Case(
        "quotes",
        f'{HEAD}{AT},1.1,1.2\n"{AT},1.1,1.2\n{AT},1.1",1.2\n',
        'take the sign " out of the line',
        repaired=f"{HEAD}{AT},1.1,1.2\n",
    ),
    "no text": Case("quotes", b"\x00\x01\x02\x03", "give a CSV or a Parquet file", repaired=f"{HEAD}{AT},1.1,1.2\n"),
    "a zip of two": Case(
        "quotes", zipped("a.csv", "b.csv"), "give one file a zip", repaired=zipped("a.csv"), name="f.zip"
    ),
    "a broken text of two bytes": Case(
        "quotes",
        f"{HEAD}{AT},1.1,1.2\n".encode("utf-16") + b"\x00\xd8\x00",
        "save it as UTF-8",
        repaired=f"{HEAD}{AT},1.1,1.2\n",
    ),
    "a number in place of a time": Case(
        "quotes",
        parquet(time=pa.array([True]), bid=PRICES, ask=PRICES),
        "name the column of the time: --columns time=",
        then="--columns time=t",
        name="f.parquet",
        repaired=parquet(time=pa.array([True]), t=TIMES, bid=PRICES, ask=PRICES),
    ),
    "a time in place of a number": Case(
        "quotes",
        parquet(time=TIMES, bid=TIMES, ask=PRICES),
        "name the right column with --columns",
        then="--columns bid=b",
        name="f.parquet",
        repaired=parquet(time=TIMES, bid=TIMES, b=PRICES, ask=PRICES),
    ),
    "bars of another length": Case(
        "bars",
        BAR + BAR.splitlines()[1].replace("00:00:00Z", "00:05:00Z") + "\n",
        "give --bar-seconds 300",
        "--bar-seconds 900",
        then="--bar-seconds 300",
        rows=2,
    ),
    "days of a market": Case(
        "bars",
        BAR.splitlines()[0] + "\n" + DAYS,
        "state it, such as --time-zone America/New_York",
        "--bar-seconds 86400",
        then="--bar-seconds 86400 --time-zone America/New_York",
        rows=3,
    ),
    "no length of bars": Case(
        "bars", BAR, "lengths that divide a minute, an hour or a day", "--bar-seconds 7", then="--bar-seconds 60"
    ),
    "ticks in no order": Case(
        "quotes",
        MT5 + "2024.01.02\t09:00:02\t1.1\t1.2\t\t\t6\n2024.01.02\t09:00:03\t1.1\t\t\t\t2\n"
        "2024.01.02\t09:00:01\t1.1\t1.2\t\t\t6\n",
        "or leave such rows out: --ignore",
        then='--ignore "<FLAGS>"',
        rows=2,
    ),
    "a coin": Case(
        "trades",
        f"{TRADES}{AT},0.00001,5\n",
        "where it is a coin: --currency FLOKI",
        then="--currency FLOKI",
        instrument="FLOKI/USDT.SIM",
    ),
    "no pair": Case(
        "trades",
        f"{TRADES}{AT},10.5,5\n",
        "define it first: sweep catalog instruments",
        then="--template equity",
        instrument=SPY,
    ),
    "no id": Case("trades", f"{TRADES}{AT},1.1,5\n", "for example GBP/USD.SIM", instrument="EURUSD"),
}


def follow(case: Case, place: Path) -> str:
    """The message about a file, after its remedy has been applied and has helped."""
    place.mkdir()
    file = place / case.name
    file.write_bytes(case.content.encode() if isinstance(case.content, str) else case.content)
    command = ["catalog", "ingest", case.noun, file, "--catalog", place / "c", "--instrument"]
    text = " ".join(invoke(*command, case.instrument, *shlex.split(case.options), code=2).stderr.split())
    assert case.expected in text, text
    assert not (place / "c").exists()
    if case.repaired is not None:
        file.write_bytes(case.repaired.encode() if isinstance(case.repaired, str) else case.repaired)
    options = shlex.split(case.options if case.then is None else case.then)
    invoke(*command, case.instrument if "/" in case.instrument or "." in case.instrument else EURO, *options)
    held = sum(pq.read_metadata(p).num_rows for p in (place / "c/data" / case.noun).rglob("*.parquet"))
    assert held == case.rows
    return text


def test_no_remedy_is_without_a_case(tmp_path):
    outputs, failed = list[str](), list[str]()
    for n, (name, case) in enumerate(CASES.items()):
        try:
            outputs.append(follow(case, tmp_path / str(n)))
        except AssertionError as error:
            failed.append(f"{name}: {error}")
    assert not failed, "\n\n".join(failed)
    outputs.append("correct the times")  # by a test of its own
    missing = [
        f"{file}: {piece!r}"
        for file, piece in remedies()
        if not any(piece in text for text in outputs) and not file.startswith(ELSEWHERE)
    ]
    assert not missing, "\n".join(missing)


MAPPING = "timestamp: {{ column: ts }}\ninstrument: {id}\nfields: {{ score: s }}\n"
MAPPING += "class: tests.support.strategies:Score\n"
EVENTS = "ts,s\n2024-01-02T09:00:00Z,5\n"


def told(*command: object) -> str:
    """The message of a refused command."""
    return " ".join(invoke(*command, code=2).stderr.split())


def test_a_directory_that_is_none(tmp_path):
    (tmp_path / "f.csv").write_text(f"{HEAD}{AT},1.1,1.2\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    command = ("catalog", "ingest", "quotes", tmp_path / "f.csv", "--instrument", EURO, "--catalog")
    assert "give the directory of a catalog, or a new one" in told(*command, tmp_path / "other")
    assert "give another directory" in told(*command, tmp_path / "f.csv" / "c")
    invoke(*command, tmp_path / "new")


def test_rows_of_the_same_time(tmp_path):
    command = ("catalog", "ingest", "quotes", tmp_path / "f.csv", "--instrument", EURO, "--catalog", tmp_path / "c")
    for n, more in enumerate(["", f"{AT},1.1,1.3\n"]):
        (tmp_path / "f.csv").write_text(f"{HEAD}{AT},1.1,1.2\n{more}2024-01-02T10:00Z,1.1,1.2\n")
        if n:
            assert "--merge adds the 1 that it does not hold" in told(*command)
        invoke(*command, *["--merge"][:n])
    assert sum(pq.read_metadata(p).num_rows for p in (tmp_path / "c/data/quotes").rglob("*.parquet")) == 3


def test_another_precision_than_the_catalogs(tmp_path):
    (tmp_path / "f.csv").write_text(f"{HEAD}{AT},1.1,1.2\n")
    command = ("catalog", "ingest", "quotes", tmp_path / "f.csv", "--instrument", EURO, "--catalog")
    invoke(*command, tmp_path / "c")
    assert "leave it out, or use another catalog" in told(*command, tmp_path / "c", "--precision", 3)
    invoke(*command, tmp_path / "c")
    invoke(*command, tmp_path / "d", "--precision", 3)


def test_a_frame_of_several_instruments(tmp_path):
    frame = pd.DataFrame(
        [[1.1, 1.2, 2.1]], pd.to_datetime([AT]), pd.MultiIndex.from_tuples([("bid", "A"), ("ask", "A"), ("bid", "B")])
    )
    with pytest.raises(InputError, match="take the columns of one instrument"):
        ingest.quotes(frame, ingest.InstrumentDraft(id=EURO), tmp_path / "c")
    one = frame.xs("A", axis=1, level=1)
    assert ingest.quotes(one, ingest.InstrumentDraft(id=EURO), tmp_path / "c").written == 1


def test_days_and_months_in_two_orders(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "BLOCK", 60)
    rows = [
        f"{d},1.1,1.2\n" for d in ("1/2/2024 9:30", "1/2/2024 9:31", "1/2/2024 9:32", "13/2/2024 9:30", "1/3/2024 9:30")
    ]
    (tmp_path / "f.csv").write_text(HEAD + "".join(rows) + "".join(rows) + "2/14/2024 9:30,1.1,1.2\n")
    command = ("catalog", "ingest", "quotes", tmp_path / "f.csv", "--instrument", EURO, "--catalog", tmp_path / "c")
    assert "correct the times" in told(*command)
    (tmp_path / "f.csv").write_text(HEAD + "".join(rows) + "14/2/2024 9:30,1.1,1.2\n")
    invoke(*command)


def test_remedies_of_events(tmp_path):
    (tmp_path / "e.csv").write_text(EVENTS)
    command = ("catalog", "ingest", "events", tmp_path / "e.csv", "--mapping", tmp_path / "m.yaml")
    command = (*command, "--catalog", tmp_path / "c")
    (tmp_path / "m.yaml").write_text("fields: {}\n")
    assert "timestamp: is missing add it" in told(*command)
    (tmp_path / "m.yaml").write_text("timestamp: { colum: ts }\n")
    assert "timestamp.column: is missing add it" in told(*command)
    (tmp_path / "m.yaml").write_text(MAPPING.format(id="SPY.ARCA"))
    invoke(*command)


def test_remedies_of_databento_csv(tmp_path):
    """The way on is another download; its content is read."""
    head = "ts_event,rtype,publisher_id,action,side,price,size,order_id\n"
    command = ("catalog", "ingest", "trades", tmp_path / "f.csv", "--instrument", EURO, "--catalog", tmp_path / "c")
    (tmp_path / "f.csv").write_text(f"{head}2024-01-02T09:00:00Z,160,1,T,B,1104270000,1,7\n")
    assert "ask Databento for pretty prices" in told(*command)
    (tmp_path / "f.csv").write_text(f"{head}2024-01-02T09:00:00Z,160,1,A,B,1.10427,1,7\n")
    assert "ask Databento for the schema trades" in told(*command)
    (tmp_path / "f.csv").write_text(f"{head.replace(',order_id', '')}2024-01-02T09:00:00Z,0,1,T,B,1.10427,1\n")
    invoke(*command)


def remedies() -> Iterator[tuple[str, str]]:
    """The constant part of each remedy in the source, with its file."""
    for path in sorted(CODE.rglob("*.py")):
        tree, file = ast.parse(path.read_text()), str(path.relative_to(CODE))
        constants = {t.id: node.value for node in tree.body if isinstance(node, ast.Assign)
                     for t in node.targets if isinstance(t, ast.Name)}  # fmt: skip
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            for expression in [*_of_calls(function), *_returned(function)]:
                yield from ((file, piece) for piece in _pieces(expression, function, constants))


def _of_calls(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"Problem": 3, "CellError": 3, "FileError": 1}.get(node.func.id)
            if place is not None:
                yield from (k.value for k in node.keywords if k.arg == "remedy")
                yield from node.args[place : place + 1]


def _returned(function: ast.FunctionDef) -> Iterator[ast.expr]:
    if function.name in HELPERS:
        yield from (n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value)


def _pieces(expression: ast.expr, function: ast.FunctionDef, constants: dict[str, ast.expr]) -> Iterator[str]:
    """The longest constant of each text in an expression; of a variable, of what is assigned to it."""
    if isinstance(expression, ast.Name):
        assigned = [constants[expression.id]] if expression.id in constants else [
            node.value for node in ast.walk(function) if isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == expression.id for t in node.targets)
        ]  # fmt: skip
        for value in assigned:
            names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
            if not isinstance(value, ast.Name) and expression.id not in names:
                yield from _pieces(value, function, constants)
        return
    if isinstance(expression, ast.JoinedStr):
        longest = max(
            (str(v.value) for v in ast.iter_child_nodes(expression) if isinstance(v, ast.Constant)), key=len, default=""
        )
        texts = [longest]
    elif isinstance(expression, ast.Constant):
        texts = [str(expression.value)]
    else:
        texts = []
        for child in ast.iter_child_nodes(expression):
            if isinstance(child, ast.expr) and not (isinstance(expression, ast.Call) and child is expression.func):
                yield from _pieces(child, function, constants)
    for text in texts:
        if len(piece := " ".join(text.split())) >= LEAST:
            yield piece
