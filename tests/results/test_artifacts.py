"""The files of one backtest: they read back to the same records, also where nothing happened."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from sweep.backtest.records import BacktestRecord, Position
from sweep.results import artifacts
from sweep.trial import Result, State

POSITION = Position(5, None, 4, "SPY.ARCA", "LONG", 10.0, 100.5, None, 1.25, 0.1, "O-1", "", "P-1")
RESULT = Result(State.COMPLETE, {"pnl_total": 1.25}, days=("2026-05-04",), returns=(0.01,), stats={"currency": "USD"})


def finished(*positions: Position) -> BacktestRecord:
    return BacktestRecord("USD", 100.0, (), (), (), positions, (), {}, {}, list, lambda _: [])


def test_records_read_back_as_they_were_written(tmp_path):
    names = artifacts.write(tmp_path, {"catalog": "x"}, RESULT, finished(POSITION), "title", csv=True)
    assert {*names} == {p.name for p in tmp_path.iterdir()}
    assert artifacts.read(tmp_path, "positions") == [POSITION]
    schema = pq.read_schema(tmp_path / "positions.parquet")
    assert schema.field("ts_opened").type == pa.timestamp("ns", "UTC")
    assert schema.field("pnl").type == pa.float64()
    assert "SPY.ARCA" in (tmp_path / "positions.csv").read_text()


def test_empty_tables_have_their_columns(tmp_path):
    artifacts.write(tmp_path, {}, RESULT, finished(), "title")
    assert pq.read_table(tmp_path / "fills.parquet").num_rows == 0
    assert pq.read_schema(tmp_path / "orders.parquet").field("avg_price").type == pa.float64()


def test_the_figures_are_json(tmp_path):
    artifacts.write(tmp_path, {}, RESULT, finished(), "title")
    stats = json.loads((tmp_path / "stats.json").read_text())
    assert stats["metrics"] == {"pnl_total": 1.25}
    assert stats["returns"] == {"2026-05-04": 0.01}


def test_a_failure_leaves_its_config_and_its_reason(tmp_path):
    failed = Result(State.FAILED, message="boom")
    assert artifacts.write(tmp_path, {}, failed, None, "title") == ["config.json", "stats.json"]
    assert json.loads((tmp_path / "stats.json").read_text())["message"] == "boom"
