"""Random tables in every usual form: each row is found again in the catalog, or accounted for."""

import random
import shutil
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import InstrumentDraft, Layout, quotes, trades
from sweep.catalog.verify.verifier import verify
from tests.support.effort import repeats

ZONES = ["UTC", "-05:00", "+05:30", "America/New_York", "Europe/London"]
FORMS = {  # a format of strftime, and what a layout says of it
    "%Y-%m-%dT%H:%M:%S.%fZ": {}, "%Y-%m-%d %H:%M:%S.%f": {}, "%Y.%m.%d %H:%M:%S.%f": {}, "%Y%m%d %H%M%S%f": {},
    "%d.%m.%Y %H:%M:%S.%f": {}, "%Y-%m-%d %H:%M:%S.%f UTC": {}, "%Y-%m-%d %H:%M:%S.%f+00": {},
    "%m/%d/%Y %I:%M:%S.%f %p": {"time_format": "%m/%d/%Y %I:%M:%S.%f %p"},
    "%d %b %Y %H:%M:%S.%f": {}, "two": {}, "s": {"time_format": "s"}, "ms": {"time_format": "ms"},
}  # fmt: skip
NAMES = [("time", "bid", "ask"), ("Timestamp", "BidPrice", "ASK"), ("Gmt time", "best_bid", "best ask")]
ROW = st.tuples(st.integers(0, 3_000_000), st.integers(1, 10**7), st.integers(-3, 40), st.integers(0, 10**6))
GROUP = 3  # digits that a sign of thousands parts
START = datetime(2024, 1, 15, 9, tzinfo=ZoneInfo("UTC"))  # far from any change of a clock


def text_of(ms: int, form: str, zone: str) -> str:
    at = START + timedelta(milliseconds=ms)
    if form in {"s", "ms"}:
        exact = Decimal(int(START.timestamp()) * 1000 + ms)
        return str(exact / 1000 if form == "s" else exact)
    local = at if "Z" in form or "UTC" in form or "+00" in form else at.astimezone(_zone(zone))
    return local.strftime("%Y.%m.%d,%H:%M:%S.%f" if form == "two" else form)


def _zone(name: str):
    if name[0] not in "+-":
        return ZoneInfo(name)
    hours, _, minutes = name[1:].partition(":")
    sign = -1 if name[0] == "-" else 1
    return datetime.strptime(f"{name[0]}{hours}{minutes}", "%z").tzinfo if sign else None


@settings(max_examples=repeats(120, quick=40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(ROW, min_size=1, max_size=40),
    form=st.sampled_from(list(FORMS)),
    zone=st.sampled_from(ZONES),
    head=st.tuples(st.sampled_from(NAMES), st.integers(2, 7)),
    order=st.randoms(use_true_random=False),
    shape=st.sampled_from([",", ";", "\t", "decimal comma", "utf-16"]),
    more=st.sampled_from(["", "symbols", "again", "blank"]),
)
def test_every_row_of_a_text_file(tmp_path_factory, rows, form, zone, head, order, shape, more):
    place, (names, digits) = tmp_path_factory.mktemp("random"), head
    data = [(ms, bid, bid + spread, size) for ms, bid, spread, size in rows if bid + spread > 0]
    if not data:
        return
    path = place / "file.csv"
    lines, foreign, comments = written(data, form, zone, names, digits, order, shape, more)
    path.write_bytes(("\n".join(lines) + "\n").encode("utf-16" if shape == "utf-16" else "utf-8"))
    stated = {"symbol": "AAA"} if more == "symbols" else {}
    if shape == "decimal comma" and digits == GROUP:
        stated["decimal"] = ","  # 1,000 may be a thousand
    layout = Layout(time_zone=zone, **FORMS[form], **stated)
    result = quotes(path, InstrumentDraft(id="EUR/USD.SIM", precision=digits), place / "catalog", layout)
    assert result.read == {str(path): len(data) + foreign + comments}
    assert len(data) + foreign + comments == result.written + sum(result.dropped.values())
    unit = Decimal(1).scaleb(-digits)
    start = int(START.timestamp()) * 10**9
    expected = {(start + ms * 10**6, bid * unit, ask * unit, size) for ms, bid, ask, size in data}
    held = ParquetDataCatalog(str(result.catalog)).query_quote_ticks(["EUR/USD.SIM"])
    quoted = [(q.ts_init, q.bid_price.as_decimal(), q.ask_price.as_decimal(), int(q.bid_size)) for q in held]
    assert set(quoted) == expected
    assert len(quoted) + result.dropped.get("quotes twice", 0) == len(data)
    assert [f for f, *_ in quoted] == sorted(f for f, *_ in quoted)
    assert {f.code for f in verify(result.catalog) if f.is_error} <= {"crossed", "tick-size"}
    shutil.rmtree(place)


def written(data, form, zone, names, digits, order: random.Random, shape, more) -> tuple[list[str], int, int]:
    """Lines of a file, how many of them are of another symbol, and how many are no rows at all."""
    sign = ";" if shape == "decimal comma" else "," if shape == "utf-16" else shape
    columns = list(range(5))
    order.shuffle(columns)
    head = [*names, "bid_size", "ask_size"]
    lines = [sign.join(split_names(head, columns, form, symbol=more == "symbols"))]
    foreign = 0
    for ms, bid, ask, size in data:
        prices = [f"{Decimal(p).scaleb(-digits):f}" for p in (bid, ask)]
        cells = [text_of(ms, form, zone), *prices, str(size), str(size)]
        if shape == "decimal comma":
            cells = [cells[0], *(c.replace(".", ",") for c in cells[1:])]
        lines.append(row_of(cells, columns, form, sign, "AAA" if more == "symbols" else ""))
        if more == "symbols":
            lines.append(row_of(cells, columns, form, sign, "BBB"))
            foreign += 1
    comments = 0
    if more == "again":
        lines.insert(order.randrange(1, len(lines) + 1), lines[0])
        comments = 1
    if more == "blank":
        lines.append(sign * (len(columns) - (form != "two")))
        comments = 1
    return lines, foreign, comments


def split_names(head, columns, form, *, symbol: bool) -> list[str]:
    named = [["Date", "Time"] if n == 0 and form == "two" else [head[n]] for n in columns]
    return [name for some in named for name in some] + (["symbol"] if symbol else [])


def row_of(cells, columns, form, sign, symbol: str) -> str:
    parts = [cells[n].split(",") if n == 0 and form == "two" else [cells[n]] for n in columns]
    return sign.join([cell for some in parts for cell in some] + ([symbol] if symbol else []))


@settings(max_examples=repeats(60, quick=20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=20),
    order=st.randoms(use_true_random=False),
)
def test_trades_without_ids_are_as_many_in_any_order(tmp_path_factory, rows, order):
    place = tmp_path_factory.mktemp("random")
    counts = set()
    for n in range(2):
        table = [f"{1_577_836_800 + t}.0,{p}.0,{s}" for t, p, s in rows]
        (place / f"{n}.csv").write_text("\n".join(["timestamp,price,size", *table]))
        result = trades(place / f"{n}.csv", InstrumentDraft(id="BTC/USDT.SIM"), place / str(n), Layout(time_format="s"))
        held = pq.read_table(result.file)
        counts.add(
            tuple(
                sorted(
                    zip(held["ts_init"].to_pylist(), held["price"].to_pylist(), held["size"].to_pylist(), strict=True)
                )
            )
        )
        assert len(set(held["trade_id"].to_pylist())) == result.written == len(rows)
        order.shuffle(rows)
    assert len(counts) == 1
    shutil.rmtree(place)


@settings(max_examples=repeats(60, quick=20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(ROW, min_size=1, max_size=20),
    prices=st.sampled_from(["float64", "float32", "string[pyarrow]", "double[pyarrow]", "category"]),
    times=st.sampled_from(["ns", "us", "ms", "zone", "text", "category", "seconds"]),
    sizes=st.sampled_from(["int64", "Int64", "uint32", "float64", "int32[pyarrow]"]),
    as_file=st.booleans(),
)
def test_every_row_of_a_frame_or_parquet(tmp_path_factory, rows, prices, times, sizes, as_file):
    place = Path(tmp_path_factory.mktemp("random"))
    data = [(ms, bid % 100_000 + 1, bid % 100_000 + 1 + abs(spread), size) for ms, bid, spread, size in rows]
    at = pd.to_datetime([START + timedelta(milliseconds=ms) for ms, *_ in data])
    columns = {
        "ns": at.tz_localize(None).as_unit("ns"), "us": at.tz_localize(None).as_unit("us"),
        "ms": at.as_unit("ms"), "zone": at.tz_convert("America/New_York"),
        "text": at.strftime("%Y-%m-%d %H:%M:%S.%f+00"), "seconds": [a.timestamp() for a in at],
        "category": pd.Categorical(at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
    }  # fmt: skip
    frame = pd.DataFrame({"time": columns[times], "bid": [f"{b / 1e5:.5f}" for _, b, *_ in data]})
    frame["ask"] = [f"{a / 1e5:.5f}" for _, _, a, _ in data]
    for name in ("bid", "ask"):
        is_number = "float" in prices or "double" in prices
        frame[name] = frame[name].astype("float64").astype(prices) if is_number else frame[name].astype(prices)
    frame["bid_size"] = pd.Series([size for *_, size in data]).astype(sizes)
    source: object = frame
    if as_file:
        source = place / "file.parquet"
        frame.to_parquet(source)
    layout = Layout(time_format="s") if times == "seconds" else Layout()
    result = quotes(source, InstrumentDraft(id="EUR/USD.SIM"), place / "catalog", layout)
    assert sum(result.read.values()) == len(data) == result.written + sum(result.dropped.values())
    start = int(START.timestamp()) * 10**9
    held = ParquetDataCatalog(str(result.catalog)).query_quote_ticks(["EUR/USD.SIM"])
    quoted = {(q.ts_init, str(q.bid_price), str(q.ask_price), int(q.bid_size)) for q in held}
    assert quoted == {(start + ms * 10**6, f"{b / 1e5:.5f}", f"{a / 1e5:.5f}", size) for ms, b, a, size in data}
    shutil.rmtree(place)
