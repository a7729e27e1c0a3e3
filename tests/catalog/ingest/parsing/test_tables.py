from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.column_request import ColumnRequest
from sweep.catalog.ingest.parsing.tables import BLOCK, name_of, tables

WANTED = ColumnRequest(("price",), (), {"price": 2})


def test_a_large_file_comes_in_parts_with_its_progress(tmp_path):
    path, reports = tmp_path / "x.csv", []
    rows = 3 * BLOCK // 20
    path.write_text("time,price\n" + "1777896000000,001.25\n" * rows)
    parts = list(tables(path, Layout(time_format="ms"), WANTED, progress=lambda *report: reports.append(report)))
    assert len(parts) >= 3
    assert sum(map(len, parts)) == rows
    assert [n for _, _, n in reports] == [sum(map(len, parts[: n + 1])) for n in range(len(parts))]
    assert reports[-1][:2] == (str(path), 1.0)
    assert {tuple(p.column_names) for p in parts} == {("time", "price", "row")}
    assert {(p["time"][0].as_py(), p["price"][0].as_py()) for p in parts} == {(1777896000000 * 10**6, 125)}
    assert [n for p in parts for n in p["row"].to_pylist()] == list(range(1, rows + 1))


def test_how_a_source_is_called(tmp_path):
    assert (name_of(tmp_path), name_of(object())) == (str(tmp_path), "frame")
