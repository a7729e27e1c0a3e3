import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sweep.catalog.data_files import file_name
from sweep.catalog.ingest.writing.engine_schema import bars_of, events_of, quotes_of, trades_of
from tests.support import markets
from tests.support.markets import ns
from tests.support.strategies import Score

T0 = ns("2026-05-04T14:00:00") + 123_456_789
BARS = "EUR/USD.SIM-1-MINUTE-BID-EXTERNAL"
EURO = markets.pair()


@pytest.mark.parametrize(
    ("shelf", "data"),
    [
        (quotes_of(EURO), {"quotes": markets.quotes(EURO, [(T0, 1.1, 1.2), (T0 + 5, 1.1, 1.2)])}),
        (trades_of(EURO), {"trades": markets.trades(EURO, [(T0, 1.1), (T0 + 5, 1.2)])}),
        (bars_of(EURO, BARS), {"bars": markets.bars(BARS, [(T0, 1, 1, 1, 1), (T0 + 5, 1, 1, 1, 1)], digits=5)}),
        (events_of(Score, Score(1, 1)), {"events": [Score(T0, T0), Score(T0 + 5, T0 + 5)]}),
    ],
    ids=["quotes", "trades", "bars", "events"],
)  # fmt: skip
def test_it_is_where_the_engine_writes_and_how(tmp_path, shelf, data):
    markets.write(tmp_path, [EURO], **data)
    (path,) = tmp_path.glob(f"{shelf.folder}/*.parquet")
    assert path.name == file_name(T0, T0 + 5)
    assert pq.read_schema(path).equals(shelf.schema, check_metadata=True)


def test_constant_columns_are_filled_in():
    shelf = events_of(Score, Score(1, 1))
    ts = pa.array([1, 2], pa.timestamp("ns", "UTC"))
    filled = shelf.table({"instrument_id": ["SPY.ARCA"] * 2, "score": [1.0, 2.0], "ts_event": ts, "ts_init": ts})
    assert filled["type"].to_pylist() == ["Score", "Score"]
    assert "Score" in filled["data_type"][0].as_py()
