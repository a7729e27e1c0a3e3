import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import Ingested, IngestStep, InstrumentDraft, Layout, quotes, sides
from sweep.common.files.atomic_directory import files
from sweep.errors import InputError
from tests.support.commands import invoke
from tests.support.markets import ns

DATA = Path(__file__).parents[4] / "shared" / "data"
CABLE, EURO = InstrumentDraft(id="GBP/USD.SIM"), InstrumentDraft(id="EUR/USD.SIM")
HISTDATA = Layout(columns="time,bid,ask,", time_format="%Y%m%d %H%M%S%f", time_zone="UTC-5")
BID = """\
timestamp,open,high,low,close
2012-02-01 00:00:00+00:00,1.57597,1.57606,1.57576,1.57576
2012-02-01 00:01:00+00:00,1.57576,1.57583,1.57543,1.57543
2012-02-01 00:02:00+00:00,1.57543,1.57551,1.57542,1.57548
"""
ASK = """\
timestamp,open,high,low,close
2012-02-01 00:01:00+00:00,1.57585,1.57591,1.57552,1.57552
2012-02-01 00:02:00+00:00,1.57552,1.57560,1.57548,1.57557
2012-02-01 00:03:00+00:00,1.57557,1.57560,1.57548,1.57550
"""
TICKS = """\
20200101 170000065,1.121200,1.121720,0
20200101 170010447,1.121200,1.121920,0
20200101 170010447,1.121200,1.121920,0
20200101 170010300,1.121170,1.121610,0
20200101 170012579,1.121200,1.121190,0
20200101 170013000,,1.121190,0
"""


@pytest.fixture
def two(tmp_path) -> tuple[Path, Path]:
    return written(tmp_path / "bid.csv", BID), written(tmp_path / "ask.csv", ASK)


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def read(result: Ingested) -> list[tuple[int, str, str]]:
    """Time, bid and ask of what is in the catalog now."""
    held = ParquetDataCatalog(str(result.catalog)).query_quote_ticks([result.identifier])
    return [(q.ts_event, str(q.bid_price), str(q.ask_price)) for q in held]


def refused(*arguments: object, **more: object) -> str:
    """The refusal of bars (two files) or of quotes (one)."""
    command = sides if isinstance(arguments[1], Path) else quotes
    with pytest.raises(InputError) as error:
        command(*arguments, **more)  # type: ignore[arg-type]
    return str(error.value)


def test_bars_side_by_side(tmp_path, two):
    result = sides(*two, CABLE, tmp_path / "catalog")
    assert (result.is_new, result.written, result.identifier) == (True, 8, "GBP/USD.SIM")
    assert result.read == {str(two[0]): 3, str(two[1]): 3}
    assert result.dropped == {"bars of the bid file alone": 1, "bars of the ask file alone": 1}
    first = ns("2012-02-01T00:01")
    assert read(result)[:4] == [
        (first, "1.57576", "1.57585"), (first + 20 * 10**9, "1.57583", "1.57591"),
        (first + 40 * 10**9, "1.57543", "1.57552"), (first + 59_999 * 10**6, "1.57543", "1.57552"),
    ]  # fmt: skip
    assert (result.first, result.last) == (first, ns("2012-02-01T00:03") - 10**6)


def test_a_second_time_changes_nothing(tmp_path, two):
    sides(*two, CABLE, tmp_path / "catalog")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "catalog").rglob("*")}
    assert not sides(*two, CABLE, tmp_path / "catalog").is_new
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "catalog").rglob("*")} == before


def test_bars_stamped_at_their_close(tmp_path, two):
    opened = sides(*two, CABLE, tmp_path / "open")
    closed = sides(*two, CABLE, tmp_path / "close", step=IngestStep(stamp="close"))
    assert [(ts + 60 * 10**9, *prices) for ts, *prices in read(closed)] == read(opened)


def test_quotes_to_the_millisecond_and_counted(tmp_path):
    result = quotes(written(tmp_path / "ticks.csv", TICKS), EURO, tmp_path / "catalog", HISTDATA)
    assert result.read == {str(tmp_path / "ticks.csv"): 6}
    assert result.dropped == {"quotes with an empty field": 1, "quotes twice": 1}
    assert result.noticed == {"quotes out of order": 1, "quotes with bid above ask": 1}
    second = ns("2020-01-01T22:00:10")
    assert read(result) == [
        (ns("2020-01-01T22:00:00") + 65 * 10**6, "1.12120", "1.12172"),
        (second + 300 * 10**6, "1.12117", "1.12161"), (second + 447 * 10**6, "1.12120", "1.12192"),
        (second + 2579 * 10**6, "1.12120", "1.12119"),
    ]  # fmt: skip
    dropped = quotes(tmp_path / "ticks.csv", EURO, tmp_path / "other", replace(HISTDATA, dropped=["crossed"]))
    assert read(dropped) == read(result)[:-1]
    assert dropped.dropped["quotes with bid above ask"] == 1


def test_gzip_names_in_capitals_sizes_and_another_delimiter(tmp_path):
    text = "\ufeffGmt time;Ask;Bid;AskVolume;Bid_Size;ask_volume\n1577916000065;1.3;1.2;9;1000;2000\n"
    path = tmp_path / "ticks.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    result = quotes(path, EURO, tmp_path / "catalog", Layout(delimiter=";", time_format="ms"))
    (quote,) = ParquetDataCatalog(str(result.catalog)).query_quote_ticks(["EUR/USD.SIM"])
    assert (str(quote.bid_price), str(quote.ask_price)) == ("1.20000", "1.30000")
    assert (int(quote.bid_size), int(quote.ask_size)) == (1000, 2000)


def test_lines_above_the_header_are_skipped(tmp_path, two):
    bid, ask = (written(tmp_path / f"{p.name}2", "from my broker\n" + p.read_text()) for p in two)
    assert sides(bid, ask, CABLE, tmp_path / "catalog", Layout(skip_rows=1)).written == 8


def test_no_price_is_rounded(tmp_path, two):
    bid, ask = two
    written(bid, BID.replace("1.57551", "1.575514"))
    message = refused(bid, ask, CABLE, tmp_path / "catalog")
    assert "1 prices of more than 5 decimals, such as 1.575514; give --precision 6" in message
    assert not (tmp_path / "catalog").exists()
    result = sides(bid, ask, InstrumentDraft(id="GBP/USD.SIM", precision=6), tmp_path / "catalog")
    assert "1.575514" in {bid for _, bid, _ in read(result)}


def test_every_wrong_argument_at_once(tmp_path):
    layout = Layout(time_format="soon", time_zone="Mars", delimiter="::", skip_rows=-1)
    written(tmp_path / "file", "")
    message = refused(
        tmp_path / "a",
        tmp_path / "b",
        InstrumentDraft(id="x", size="0"),
        tmp_path / "file",
        layout,
        step=IngestStep(seconds=0, stamp="noon"),
    )
    for option in (
        "BID", "ASK", "--instrument", "--size", "--time-format", "--time-zone", "--delimiter", "--skip-rows",
        "--catalog", "--bar-seconds", "--stamp",
    ):  # fmt: skip
        assert f"{option}:" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("time,bid\n", "has no column ask"),
        ("time,bid,ask\n", "hold no quote to write: the files are empty"),
        ("time,bid,ask\n2020-01-01,2,1\n", "has dates without a time of day in time"),
        ("time,bid,ask\n2020-01-01T09:00,one,2\n", "line 2, column bid: 'one' is no number"),
        ("time,bid,ask\n2020-01-01T09:00,1\n", "line 2 has 2 columns, the table has 3"),
        ("time,bid,ask\nsoon,1,2\n", "soon"),
        (",bid,ask\n,1,2\n", "has no column time"),
        ("time,bid,ask\n,1,2\n2020-01-01T09:00,,2\n", "2 quotes with an empty field"),
        ("time,bid,ask\n2020-01-01T09:00,1.00000000000000001,2\n", "more than 16 decimals; --round"),
        ("time,bid,ask\n2020-01-01T09:00,99999999999999999999,2\n", "too large"),
        ("time,bid,ask\n2020-01-01T09:00,1,2\x00\n", "ticks.csv"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, text, message):
    assert message in refused(written(tmp_path / "ticks.csv", text), EURO, tmp_path / "catalog")
    assert not (tmp_path / "catalog").exists()


def test_a_gzip_cut_short(tmp_path, two):
    whole = gzip.compress(BID.encode() * 1000)
    cut = tmp_path / "bid.csv.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    assert str(cut) in refused(cut, two[1], CABLE, tmp_path / "catalog")
    cut.write_bytes(b"no gzip")
    assert str(cut) in refused(cut, two[1], CABLE, tmp_path / "catalog")


def test_bars_that_do_not_fit_together(tmp_path, two):
    bid, ask = two
    assert "exchanged" in refused(ask, bid, CABLE, tmp_path / "catalog")
    assert "give --bar-seconds" in refused(bid, ask, CABLE, tmp_path / "catalog", step=IngestStep(seconds=300))
    written(bid, BID + "2012-02-01 00:02:00+00:00,1,1,1,1\n")
    assert "two different bars of 2012-02-01T00:02:00" in refused(bid, ask, CABLE, tmp_path / "catalog")
    written(bid, BID.replace("2012", "2013"))
    assert "3 bars of the bid file alone, 3 bars of the ask file alone" in refused(
        bid, ask, CABLE, tmp_path / "catalog"
    )


def test_a_month_that_overlaps_is_refused(tmp_path, two):
    bid, ask = two
    sides(bid, ask, CABLE, tmp_path / "catalog")
    before = files(tmp_path / "catalog")
    written(bid, BID.replace("1.57606", "1.57607").replace("1.57551", "1.57552"))
    assert "holds other quotes of GBP/USD.SIM" in refused(bid, ask, CABLE, tmp_path / "catalog")
    assert files(tmp_path / "catalog") == before


def test_sizes_that_an_instrument_cannot_have(tmp_path, two):
    pair = InstrumentDraft(id="GBP/USD.SIM", size="0.5")
    assert "1 sizes of more than 0 decimals, such as 0.5" in refused(*two, pair, tmp_path / "catalog")


needs_data = pytest.mark.skipif(not DATA.exists(), reason="needs the market data, which is not part of the project")


@needs_data
def test_a_real_month_of_minute_bars(tmp_path):
    paths = (DATA / f"gbpusd-m1-{side}-2012.csv.gz" for side in ("bid", "ask"))
    result = sides(*paths, CABLE, tmp_path)
    assert set(result.read.values()) == {30_117}
    assert result.written == 4 * 30_117
    assert not result.dropped
    held = read(result)
    assert len(held) == result.written
    assert held[0] == (ns("2012-02-01"), "1.57597", "1.57608")
    assert held[-1] == (ns("2012-03-01T00:00:59") + 999 * 10**6, "1.59208", "1.59216")
    assert all(bid <= ask for _, bid, ask in held)
    assert [ts for ts, _, _ in held] == sorted({ts for ts, _, _ in held})


@needs_data
def test_real_ticks_to_the_millisecond(tmp_path):
    result = quotes(DATA / "eurusd-ticks-2020-01-01.csv.gz", EURO, tmp_path, HISTDATA)
    with gzip.open(DATA / "eurusd-ticks-2020-01-01.csv.gz", "rt") as file:
        lines = [line.split(",") for line in file]
    held = read(result)
    assert len(held) == len(lines) - sum(result.dropped.values())
    assert held[0] == (ns("2020-01-01T22:00:00") + 65 * 10**6, "1.12120", "1.12172")
    assert {t % 86_400_000_000_000 // 10**6 for t, _, _ in held} == {
        (int(t[9:11]) + 5) % 24 * 3_600_000 + int(t[11:13]) * 60_000 + int(t[13:15]) * 1000 + int(t[15:18])
        for t, *_ in lines
    }


def test_one_file_is_of_bars_and_two_are_of_bid_and_ask(tmp_path, two):
    command = ("catalog", "ingest", "bars")
    options = ("--instrument", "GBP/USD.SIM", "--catalog")
    output = invoke(*command, *two, *options, tmp_path / "sides").stdout
    assert "wrote 8 quotes of GBP/USD.SIM" in output
    output = invoke(*command, two[0], *options, tmp_path / "bars", "--price", "BID").stdout
    assert "wrote 3 bars of GBP/USD.SIM-1-MINUTE-BID-EXTERNAL" in output
    invoke(*command, *two, two[0], *options, tmp_path / "three", code=2)
    invoke("catalog", "ingest", "quotes", two[0], two[1], *options, tmp_path / "quotes", code=2)
