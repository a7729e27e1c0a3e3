"""The ledger as Parquet."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import Reason
from sweep.ledger.ledger import Ledger
from sweep.results import tables
from sweep.trial import Result, State


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.create(tmp_path / "ledger.sqlite", {}) as ledger:
        yield ledger


def add(ledger: Ledger, n: int, params: dict, **more) -> None:
    days = tuple(more.pop("days", ()))
    result = Result(
        State.COMPLETE, {"pnl_total": n / 2, "trades": n, "win_rate": None if n == 0 else 0.5}, started=1.0, ended=3.5,
        days=days, returns=tuple(0.1 * (i + 1) for i in range(len(days))), **more,
    )  # fmt: skip
    ledger.record([(ledger.begin(f"key{n}", params), result)])


def test_one_row_for_each_trial_one_column_for_each_figure(ledger: Ledger, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(tables, "BATCH", 2)  # so that five trials are three batches
    for n in range(4):
        add(ledger, n, {"a": n or 0.5, "b": "x", "c": [n], "d": True})
    ledger.record(
        [
            (
                ledger.begin("bad", {"a": 9, "b": "y", "c": [], "d": False}),
                Result(State.FAILED, reason=Reason.DATA, message="m"),
            )
        ]
    )
    ledger.begin("running", {"a": 10, "b": "y", "c": [], "d": False})
    tables.write_trials(ledger, tmp_path / "trials.parquet")
    columns = pq.read_table(tmp_path / "trials.parquet").to_pydict()
    assert columns["number"] == [0, 1, 2, 3, 4, 5]
    assert columns["key"] == ["key0", "key1", "key2", "key3", "bad", "running"]
    assert columns["state"] == ["COMPLETE"] * 4 + ["FAILED", "RUNNING"]
    assert columns["reason"] == [None] * 4 + ["data", None]
    assert columns["params.a"] == [0.5, 1.0, 2.0, 3.0, 9.0, 10.0]
    assert columns["params.c"][:2] == ["[0]", "[1]"]
    assert columns["params.d"] == [True] * 4 + [False] * 2
    assert columns["metrics.pnl_total"] == [0.0, 0.5, 1.0, 1.5, None, None]
    assert columns["metrics.trades"] == [0, 1, 2, 3, None, None]
    assert columns["metrics.win_rate"] == [None, 0.5, 0.5, 0.5, None, None]
    assert columns["seconds"] == [2.5] * 4 + [None, None]


def test_a_figure_that_never_exists_still_has_its_column(ledger: Ledger, tmp_path: Path):
    ledger.record([(ledger.begin("k", {"a": 1}), Result(State.COMPLETE, {"sharpe_ratio": None}))])
    tables.write_trials(ledger, tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet")["metrics.sharpe_ratio"].to_pylist() == [None]


def test_returns_share_one_calendar(ledger: Ledger, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(tables, "CELLS", 4)  # so that three days are two row groups
    add(ledger, 0, {"a": 0}, days=["2026-05-04", "2026-05-05"])
    add(ledger, 1, {"a": 1}, days=["2026-05-05", "2026-05-06"])
    ledger.record([(ledger.begin("bad", {"a": 2}), Result(State.FAILED, reason=Reason.DATA))])
    tables.write_returns(ledger, tmp_path / "returns.parquet")
    table = pq.read_table(tmp_path / "returns.parquet")
    assert [str(d) for d in table["day"].to_pylist()] == ["2026-05-04", "2026-05-05", "2026-05-06"]
    assert table.column_names == ["day", "0", "1"]
    assert str(table.schema.field("0").type) == "float"
    assert table["0"].to_pylist() == pytest.approx([0.1, 0.2, 0.0])
    assert table["1"].to_pylist() == pytest.approx([0.0, 0.1, 0.2])


def test_a_table_of_two_days_takes_no_room_for_millions(ledger: Ledger, tmp_path: Path):
    add(ledger, 0, {"a": 0}, days=["2026-05-04", "2026-05-05"])
    tracemalloc.start()
    try:
        tables.write_returns(ledger, tmp_path / "returns.parquet")
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


def test_an_empty_ledger_makes_empty_tables(ledger: Ledger, tmp_path: Path):
    tables.write_trials(ledger, tmp_path / "t.parquet")
    tables.write_returns(ledger, tmp_path / "r.parquet")
    assert pq.read_table(tmp_path / "t.parquet").num_rows == pq.read_table(tmp_path / "r.parquet").num_rows == 0


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
KINDS = {
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "number": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)),
    "text": (pa.string(), TEXT),
    "flag": (pa.bool_(), st.booleans()),
    "texts": (pa.list_(pa.string()), st.lists(TEXT, max_size=3)),
}


@given(st.lists(st.fixed_dictionaries({name: st.none() | value for name, (_, value) in KINDS.items()}), min_size=1))
def test_records_become_what_pyarrow_makes_of_them(records):
    schema = pa.schema([(name, kind) for name, (kind, _) in KINDS.items()])
    assert tables.table_of(records, schema).equals(pa.Table.from_pylist(records, schema=schema))


def test_half_a_character_becomes_a_question_mark():
    """Files cannot have one, and a ledger that somebody else wrote may."""
    schema = pa.schema([("message", pa.string())])
    assert tables.table_of([{"message": "a\ud800b\u20ac\n"}], schema).to_pylist() == [{"message": "a?b\u20ac\n"}]


def test_no_table_of_a_sweep_loads_pandas(ledger: Ledger, tmp_path: Path):
    for n in range(3):
        add(ledger, n, {"a": n, "b": "x", "c": [n]}, days=("2026-05-04", "2026-05-05"), warnings=("w",))
    code = """
import sys
from pathlib import Path
from sweep.ledger.ledger import Ledger
from sweep.results.tables import write_returns, write_trials
folder = Path(sys.argv[1])
with Ledger.open(folder / "ledger.sqlite") as ledger:
    write_trials(ledger, folder / "trials.parquet")
    write_returns(ledger, folder / "returns.parquet")
print("pandas" in sys.modules)
"""
    process = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert process.stdout == "False\n", process.stderr
    assert pq.read_table(tmp_path / "trials.parquet")["warnings"].to_pylist() == [["w"]] * 3
    assert pq.read_table(tmp_path / "returns.parquet")["1"].to_pylist() == pytest.approx([0.1, 0.2])
