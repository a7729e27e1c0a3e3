"""Times and prices as they stand in a file, whatever their type."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sweep.backtest.data import parquet_columns
from sweep.errors import TrialError


@pytest.mark.parametrize("kind", [pa.timestamp("ns", "UTC"), pa.int64(), pa.uint64(), pa.int32()])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_every_type_of_times_is_read(tmp_path, monkeypatch, kind, count):
    monkeypatch.setattr(parquet_columns, "ROWS", 2)
    times = [1_000 + n for n in range(count)]
    pq.write_table(pa.table({"x": times, "ts_init": pa.array(times, pa.int64()).cast(kind)}), tmp_path / "f.parquet")
    batches = list(parquet_columns.time_column(tmp_path / "f.parquet"))
    assert [int(t) for batch in batches for t in batch] == times
    assert all(batch.dtype == "int64" for batch in batches)


def test_a_slice_is_read_from_where_it_begins():
    assert parquet_columns.times(pa.array([1, 2, 3, 4])[1:3]).tolist() == [2, 3]


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.int64(), pa.decimal128(30, 4)])
def test_prices_of_every_type_are_floats(kind):
    assert parquet_columns.prices(pa.array([1, 2, 3, 4]).cast(kind)[1:3]).tolist() == [2.0, 3.0]
    assert parquet_columns.prices(pa.array([], kind)).tolist() == []


def test_a_price_that_is_missing_is_no_number():
    one, none = parquet_columns.prices(pa.array([1.5, None]))
    assert one == 1.5 and math.isnan(none)


def test_a_damaged_file_is_said(tmp_path):
    (tmp_path / "f.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(TrialError, match="cannot read"):
        list(parquet_columns.time_column(tmp_path / "f.parquet"))
