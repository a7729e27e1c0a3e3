import pytest

from sweep.catalog.ingest.vendors import dbn_format as module
from tests.support import dbn


def test_a_header_says_what_a_file_holds(tmp_path):
    head = module.header(dbn.write(tmp_path / "x.dbn", "trades", dbn.trades([1.0], "B")))
    start = dbn.ns("2024-07-01")
    assert (head.schema, head.dataset) == ("trades", "GLBX.MDP3")
    assert head.symbols[118] == [(start, start + 86_400 * 10**9, "ESU4")]


def test_records_come_in_parts_that_never_split_one(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RECORDS", 7)
    path = dbn.write(tmp_path / "x.dbn", "trades", dbn.trades([float(n) for n in range(1, 24)], "B" * 23))
    shares, parts = zip(*module.records(path, "trades"), strict=True)
    assert shares[-1] == 1
    assert [len(part) for part in parts] == [7, 7, 7, 2]
    assert [p / 1e9 for part in parts for p in part["price"].tolist()] == list(range(1, 24))
    assert module.publishers(path) == {1}


def test_a_file_that_is_not_zipped(tmp_path):
    import pyarrow as pa

    path = dbn.write(tmp_path / "x.dbn.zst", "trades", dbn.trades([1.0], "B"))
    (tmp_path / "y.dbn").write_bytes(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd").read())
    assert len(next(module.records(tmp_path / "y.dbn", "trades"))[1]) == 1
    (tmp_path / "z.dbn").write_bytes(b"DBN\x03\xff\xff\xff\x00half")
    with pytest.raises(ValueError, match="no DBN header"):
        module.header(tmp_path / "z.dbn")
