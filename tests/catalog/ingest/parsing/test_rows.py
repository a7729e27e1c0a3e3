import datetime as dt
import gzip
import sqlite3
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sweep.catalog.ingest.parsing.rows import RowSource
from sweep.errors import InputError


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "two tables?.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE scores (a, b)")
        db.execute("CREATE TABLE other (a)")
        db.executemany("INSERT INTO scores VALUES (?, ?)", [(1, "x"), (2, None)])
    return path


def values(*arguments):
    return [(row.number, row.values, row.fault) for row in RowSource(*arguments).rows()]


def refused(*arguments):
    with pytest.raises(InputError) as error:
        list(RowSource(*arguments).rows())
    return str(error.value)


def test_a_table_or_a_query(database):
    assert values(database, "scores") == [(1, {"a": 1, "b": "x"}, ""), (2, {"a": 2, "b": None}, "")]
    assert values(database, "", "SELECT a + 1 AS c FROM scores ORDER BY a DESC") == [
        (1, {"c": 3}, ""),
        (2, {"c": 2}, ""),
    ]
    assert "--table: must name one of the database's tables; known: other, scores" in refused(database)
    assert "did you mean 'scores'?" in refused(database, "score")
    assert "no such column" in refused(database, "", "SELECT z FROM scores")
    assert "gives two columns named a" in refused(database, "", "SELECT a, a FROM scores")
    assert "readonly" in refused(database, "", "DROP TABLE scores")
    assert len(values(database, "scores")) == 2


def test_text_with_rows_that_do_not_fit(tmp_path):
    (tmp_path / "x.csv").write_text('a,b\n1,"two\nlines"\n\n3\n4,5,6\n ,7\n')
    assert values(tmp_path / "x.csv") == [
        (3, {"a": "1", "b": "two\nlines"}, ""), (5, {"a": "3"}, "has 1 fields, the header 2"),
        (6, {"a": "4", "b": "5"}, "has 3 fields, the header 2"), (7, {"a": None, "b": "7"}, ""),
    ]  # fmt: skip
    (tmp_path / "x.ndjson.gz").write_bytes(gzip.compress(b'{"a": 1}\n\nnot json\n'))
    assert values(tmp_path / "x.ndjson.gz") == [(1, {"a": 1}, ""), (3, {"line": "not json"}, "is no JSON object")]
    (tmp_path / "deep.ndjson").write_text("[" * 200_000)
    assert [(number, wrong) for number, _, wrong in values(tmp_path / "deep.ndjson")] == [(1, "is no JSON object")]
    assert "must be SQLite, Parquet" in refused(note(tmp_path))
    assert "--table: is for SQLite" in refused(tmp_path / "x.csv", "scores")


def note(folder):
    (folder / "x.txt").write_text("")
    return folder / "x.txt"


def test_parquet_times_keep_their_nanoseconds(tmp_path):
    ns = pa.array([1777896000123456789], pa.timestamp("ns", "America/New_York"))
    day = pa.array([dt.date(2026, 5, 4)])
    pq.write_table(pa.table({"t": ns, "d": day, "p": [1.5]}), tmp_path / "x.parquet")
    assert values(tmp_path / "x.parquet") == [
        (1, {"t": "2026-05-04 08:00:00.123456789-0400", "d": "2026-05-04", "p": 1.5}, "")
    ]


def test_files_cut_short(tmp_path):
    pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / "x.parquet")
    whole = (tmp_path / "x.parquet").read_bytes()
    (tmp_path / "x.parquet").write_bytes(whole[: len(whole) // 2])
    assert "cannot be read" in refused(tmp_path / "x.parquet")
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a\n1\n" * 999)[:-20])
    assert "cannot be read" in refused(tmp_path / "x.csv.gz")
