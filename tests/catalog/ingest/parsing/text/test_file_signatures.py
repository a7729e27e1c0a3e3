import bz2
import gzip
import json
import pickle
import sqlite3
import zipfile

import pytest

from sweep.catalog.ingest import InstrumentDraft, quotes
from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.text.file_signatures import BINARY, require_table
from sweep.errors import InputError

ROWS = b"time,bid,ask\n2024-01-02T09:00Z,1.1,1.2\n"
EURO = InstrumentDraft(id="EUR/USD.SIM")


def refused(start: bytes) -> str:
    with pytest.raises(FileError) as error:
        require_table(start)
    return f"{error.value}: {error.value.remedy}"


@pytest.mark.parametrize(("mark", "name", "remedy"), BINARY)
def test_each_form_is_named_with_its_remedy(mark, name, remedy):
    assert refused(mark + bytes(range(40))) == f"is {name}: {remedy}"


@pytest.mark.parametrize(
    "text", [b"ORC,1.1\n", b"DBN,SPY\n1,2\n", b"BZh\tx\n", b"<DATE>,<TIME>\n", b"[time],bid\n", b"{x},y\n"]
)
def test_tables_that_begin_like_another_form(text):
    require_table(text)


@pytest.mark.parametrize("document", [{"bars": []}, [[1704067200000, 1.1]], [{"t": 1}], {"Error Message": "no"}])
def test_json_is_no_table(document):
    assert refused(json.dumps(document).encode()).startswith("is JSON, and no table")
    assert refused(json.dumps(document, indent=4).encode()).startswith("is JSON, and no table")


def test_a_page_is_no_table():
    assert "browser" in refused(b"\xef\xbb\xbf<!DOCTYPE html>\n<html>")


@pytest.mark.parametrize(("pack", "ending"), [(gzip.compress, ".gz"), (bz2.compress, ".bz2")])
def test_the_ending_helps_packed_text(tmp_path, pack, ending):
    (tmp_path / "f.csv").write_bytes(pack(ROWS))
    with pytest.raises(InputError, match=f"give its name the usual ending: {ending}"):
        quotes(tmp_path / "f.csv", EURO, tmp_path / "c")
    (tmp_path / "f.csv").rename(tmp_path / f"f.csv{ending}")
    assert quotes(tmp_path / f"f.csv{ending}", EURO, tmp_path / "c").written == 1


def test_what_programs_write(tmp_path):
    with zipfile.ZipFile(tmp_path / "z", "w") as archive:
        archive.writestr("f.csv", ROWS)
    with sqlite3.connect(tmp_path / "s") as db:
        db.execute("CREATE TABLE t (a)")
    db.close()
    (tmp_path / "p").write_bytes(pickle.dumps([1]))
    names = {"z": "an Excel workbook, or a zip", "s": "an SQLite database", "p": "a pickle"}
    for file, name in names.items():
        assert f"is {name}" in refused((tmp_path / file).read_bytes())
