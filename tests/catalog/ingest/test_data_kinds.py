import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import IngestStep, InstrumentDraft, Layout, bars, quotes, trades
from sweep.catalog.ingest.data_kinds import Ids
from sweep.errors import InputError
from tests.support import markets
from tests.support.effort import repeats
from tests.support.markets import ns

T0 = ns("2026-05-04T14:00:00")
EURO = InstrumentDraft(id="EUR/USD.SIM")
AT = [f"2026-05-04T14:00:0{n}Z" for n in range(3)]


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def traded(result):
    held = ParquetDataCatalog(str(result.catalog)).query_trade_ticks([result.identifier])
    return [(t.ts_init - T0, str(t.price), str(t.size), t.aggressor_side.name, str(t.trade_id)) for t in held]


def refused(command, *arguments, **more):
    with pytest.raises(InputError) as error:
        command(*arguments, **more)
    return str(error.value)


def test_trades_with_sides_and_ids(tmp_path):
    rows = [
        f"{AT[0]},1.1,5,buy,a", f"{AT[1]},1.2,6,S,b", f"{AT[1]},1.2,6,,c", f"{AT[2]},0,6,S,d", f"{AT[2]},1,0,S,e",
    ]  # fmt: skip
    text = "\n".join(["time,price,qty,side,trade_id", *rows])
    path = written(tmp_path / "t.csv", text)
    assert "1 trades are none that the engine can hold (size), first in row 5" in refused(
        trades, path, EURO, tmp_path / "no"
    )
    result = trades(path, EURO, tmp_path / "catalog", Layout(dropped=["size", "price"]))
    assert traded(result) == [
        (0, "1.10000", "5", "BUY", "a"), (10**9, "1.20000", "6", "SELL", "b"),
        (10**9, "1.20000", "6", "NO_AGGRESSOR", "c"),
    ]  # fmt: skip
    assert result.dropped == {"trades without a size above zero": 1, "trades with a price of zero or less": 1}


def test_trades_without_ids_have_those_of_their_times(tmp_path):
    text = f"time,price,size\n{AT[0]},1.1,5\n{AT[0]},1.1,5\n{AT[1]},1.2,6\n"
    result = trades(written(tmp_path / "t.csv", text), EURO, tmp_path / "catalog")
    assert [(t, i) for t, *_, i in traded(result)] == [(0, f"{T0}"), (0, f"{T0}-1"), (10**9, f"{T0 + 10**9}")]
    assert not trades(tmp_path / "t.csv", EURO, tmp_path / "catalog").is_new


@given(st.lists(st.lists(st.integers(0, 3)), min_size=1))
def test_ids_do_not_depend_on_the_parts(parts):
    import numpy as np

    whole, cut = Ids(), Ids()
    ts = [t for part in parts for t in part]
    expected = whole.of(np.array(ts, np.int64)).to_pylist()
    assert [i for part in parts for i in cut.of(np.array(part, np.int64)).to_pylist()] == expected


def test_a_side_that_is_none(tmp_path):
    text = f"time,price,size,side\n{AT[0]},1.1,5,up\n"
    assert "has unknown sides 'up'" in refused(trades, written(tmp_path / "t.csv", text), EURO, tmp_path / "catalog")


BARS = """\
time,open,high,low,close,volume
2026-05-04 14:00,1.1,1.3,1.0,1.2,10
2026-05-04 14:01,1.2,1.2,1.1,1.1,0
2026-05-04 14:03,1,2,3,1,1
"""


def test_bars_are_known_at_their_end(tmp_path):
    path = written(tmp_path / "b.csv", BARS)
    sound = Layout(dropped=["bar-shape"])
    assert "1 bars are none that the engine can hold (bar-shape), first in row 3" in refused(
        bars, path, EURO, tmp_path / "no"
    )
    result = bars(path, EURO, tmp_path / "catalog", sound, step=IngestStep(price="BID"))
    assert result.identifier == "EUR/USD.SIM-1-MINUTE-BID-EXTERNAL"
    held = ParquetDataCatalog(str(result.catalog)).query_bars([result.identifier])
    assert [(b.ts_init - T0, str(b.open), str(b.high), str(b.low), str(b.close), str(b.volume)) for b in held] == [
        (60 * 10**9, "1.10000", "1.30000", "1.00000", "1.20000", "10"),
        (120 * 10**9, "1.20000", "1.20000", "1.10000", "1.10000", "0"),
    ]
    assert result.dropped == {"bars whose high and low do not hold open and close": 1}
    closed = bars(path, EURO, tmp_path / "closed", sound, step=IngestStep(stamp="close"))
    assert (closed.first, closed.last) == (T0, T0 + 60 * 10**9)
    assert "give --bar-seconds" in refused(bars, path, EURO, tmp_path / "other", sound, step=IngestStep(seconds=300))
    written(path, BARS + "2026-05-04 14:01,1.3,1.3,1.3,1.3,0\n")
    assert "two different bars of 2026-05-04T14:02:00" in refused(bars, path, EURO, tmp_path / "other", sound)
    assert str(IngestStep(seconds=7200)) == "2-HOUR-LAST"
    assert str(IngestStep(seconds=86400)) == "1-DAY-LAST"


def test_parquet_of_floats_and_a_frame_give_what_the_csv_gives(tmp_path):
    text = f"time,bid,ask,bid_size\n{AT[0]},1.07654,1.07655,100\n{AT[1]},,1.1,1\n{AT[2]},1.1,1.10001,200\n"
    frame = pd.DataFrame(
        {"bid": [1.07654, None, 1.1], "ask": [1.07655, 1.1, 1.10001], "bid_size": [100, 1, 200]},
        index=pd.to_datetime(AT),
    )
    nan = float("nan")
    table = pa.table({
        "timestamp": pa.array([T0, T0 + 10**9, T0 + 2 * 10**9], pa.timestamp("ns", "UTC")),
        "bid": [1.07654, nan, 1.1], "ask": [1.07655, 1.1, 1.10001], "bid_size": [100, 1, 200],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "q.parquet", row_group_size=2)
    (tmp_path / "q.csv.gz").write_bytes(gzip.compress(text.encode()))
    zipped(tmp_path / "q.zip", "q.csv", text)
    tables = []
    for n, source in enumerate([tmp_path / "q.csv.gz", tmp_path / "q.parquet", tmp_path / "q.zip", frame]):
        result = quotes(source, EURO, tmp_path / str(n))
        assert (result.written, result.dropped) == (2, {"quotes with an empty field": 1})
        tables.append(pq.read_table(result.file))
    assert all(f.equals(tables[0]) for f in tables)
    assert not quotes(frame, EURO, tmp_path / "0").is_new


def zipped(path, name, text):
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, text)


def test_the_columns_of_a_frame_without_times_in_its_index(tmp_path):
    frame = pd.DataFrame({"when": [T0 // 10**6], "bid": [1.1], "ask": [1.2]})
    result = quotes(frame, EURO, tmp_path, Layout(names={"time": "when"}, time_format="ms"))
    assert (result.first, result.read) == (T0, {"frame": 1})


MAPPING = """
timestamp: {column: T, unit: ms}
columns: {price: P, size: V, side: M}
aggressor: {'true': SELL, 'false': BUY}
"""


def test_a_mapping_file_for_strange_names(tmp_path):
    from tests.support.commands import invoke

    written(tmp_path / "map.yaml", MAPPING)
    written(tmp_path / "t.csv", f"T,P,V,M\n{T0 // 10**6},1.1,5,true\n")
    arguments = (
        "catalog",
        "ingest",
        "trades",
        tmp_path / "t.csv",
        "--instrument",
        "EUR/USD.SIM",
        "--catalog",
        tmp_path / "catalog",
    )
    assert "wrote 1 trades" in invoke(*arguments, "--mapping", tmp_path / "map.yaml").stdout
    (trade,) = ParquetDataCatalog(str(tmp_path / "catalog")).query_trade_ticks(["EUR/USD.SIM"])
    assert trade.aggressor_side.name == "SELL"
    assert "has no column price" in invoke(*arguments, code=2).stderr


DAMAGED = {
    "truncated.parquet": "truncated", "mixed.csv": "line 3 has 4 columns, the table has 3",
    "empty.csv": "is empty",
    "unit.csv": "is the unit", "far.csv": "is the unit", "words.csv": "expensive",
    "nan.csv": "1 quotes with an empty field",
    "inf.csv": "line 2, column bid: 'inf' is too large for a number",
    "empty.zip": "zip", "two.zip": "holds 2 files", "binary.csv": "is no text", "zone.csv": "zone",
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused_and_leave_nothing(tmp_path, name):
    path, head = tmp_path / name, "time,bid,ask\n"
    if name == "truncated.parquet":
        pq.write_table(pa.table({"time": [T0] * 999, "bid": [1.0] * 999, "ask": [1.0] * 999}), path)
        path.write_bytes(path.read_bytes()[:-30])
    elif name == "two.zip":
        import zipfile

        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a", head)
            archive.writestr("b", head)
    else:
        texts = {
            "mixed.csv": f"{head}{AT[0]},1.1,1.2\n{AT[1]},1.1,1.2,1.3\n", "empty.csv": "", "empty.zip": "",
            "unit.csv": f"{head}{T0 // 10**6},1.1,1.2\n", "far.csv": f"{head}{T0}000,1.1,1.2\n",
            "words.csv": f"{head}{AT[0]},expensive,1.2\n", "nan.csv": f"{head}{AT[0]},NaN,1.2\n",
            "inf.csv": f"{head}{AT[0]},inf,1.2\n", "binary.csv": "\x00\x01\x02",
            "zone.csv": f"{head}{AT[0]},1.1,1.2\n2026-05-04 14:00:01,1.1,1.2\n",
        }  # fmt: skip
        path.write_text(texts[name])
    layout = {"unit.csv": Layout(time_format="ns"), "far.csv": Layout(time_format="ns")}.get(name)
    message = refused(quotes, path, EURO, tmp_path / "catalog", layout)
    assert DAMAGED[name] in message and str(path) in message
    assert not (tmp_path / "catalog").exists()


def test_a_price_that_does_not_fit_far_into_a_file(tmp_path):
    rows = "".join(f"{T0 // 10**6 + n},1.07654,1.07655,100\n" for n in range(repeats(400_000, quick=100_000)))
    path = written(tmp_path / "q.csv", f"time,bid,ask,bid_size\n{rows}{T0 // 10**6 + 400_001},1.076545,1.1,5\n")
    message = refused(quotes, path, EURO, tmp_path / "catalog", Layout(time_format="ms"))
    assert "1 prices of more than 5 decimals, such as 1.076545; give --precision 6" in message


def test_an_instrument_of_its_own_definition(tmp_path):
    markets.write(tmp_path, [markets.equity()])
    text = f"time,bid,ask\n{AT[0]},725.5,725.51\n"
    assert quotes(written(tmp_path / "q.csv", text), InstrumentDraft(id="SPY.ARCA", size="100"), tmp_path).written == 1
