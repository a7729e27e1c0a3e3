import pandas as pd
import pyarrow as pa
import pytest

from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.columnar.column_files import label, opened_columns, parts, rows_of, schema_of

TABLE = pa.table({"time": pd.to_datetime(["2024-01-02", "2024-01-03"]), "bid": [1.1, 1.2]})


def arrow_file(path, options=None):
    with pa.ipc.new_file(path, TABLE.schema, options=options) as file:
        file.write_table(TABLE)


def arrow_stream(path):
    with pa.ipc.new_stream(path, TABLE.schema) as file:
        file.write_table(TABLE)


def compressed(path):
    arrow_file(path, pa.ipc.IpcWriteOptions(compression="zstd"))


@pytest.mark.parametrize("write", [arrow_file, compressed, arrow_stream])
def test_arrow_files_are_read_as_parquet_is(tmp_path, write):
    write(tmp_path / "f.arrow")
    with opened_columns(tmp_path / "f.arrow") as columns:
        assert (rows_of(columns), schema_of(columns).names) == (2, ["time", "bid"])
        assert [v for batch in parts(columns, ["bid"]) for v in batch.column(0).to_pylist()] == [1.1, 1.2]


def test_a_stream_that_is_cut_off(tmp_path):
    arrow_stream(tmp_path / "f.arrows")
    (tmp_path / "f.arrows").write_bytes((tmp_path / "f.arrows").read_bytes()[:100])
    with pytest.raises(FileError, match="cut off or damaged"), opened_columns(tmp_path / "f.arrows"):
        pass


def test_columns_of_several_levels_in_a_parquet_file(tmp_path):
    frame = pd.DataFrame({("Close", "SPY"): [1.5], ("Open", "SPY"): [1.25]}, index=pd.to_datetime(["2024-01-02"]))
    frame.to_parquet(tmp_path / "one.parquet")
    with opened_columns(tmp_path / "one.parquet") as columns:
        assert schema_of(columns).names[:2] == ["Close", "Open"]
        assert [batch.column(0).to_pylist() for batch in parts(columns, ["Open"])] == [[1.25]]
    frame[("Open", "QQQ")] = 2.0
    frame.to_parquet(tmp_path / "two.parquet")
    with pytest.raises(FileError, match="several columns of one name"), opened_columns(tmp_path / "two.parquet"):
        pass


def test_labels():
    assert [label(name) for name in ("open", "('open', 'SPY')", ("open", "SPY"), "('", "('x' y)", 5)] == [
        "open", "open", "open", "('", "('x' y)", "5",
    ]  # fmt: skip


def test_a_text_has_no_columns_of_this_kind(tmp_path):
    (tmp_path / "f.csv").write_text("time,bid\n")
    with opened_columns(tmp_path / "f.csv") as columns:
        assert columns is None
