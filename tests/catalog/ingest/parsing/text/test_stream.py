import gzip
import io

import pytest

from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.text.stream import encoding_of, opened

TEXT = "time,bid\n" + "2024-01-02 09:00,1.1\n" * 1000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_every_encoding_comes_as_utf8(tmp_path, encoding, suffix):
    path, text = tmp_path / f"x{suffix}", TEXT + ("é" if encoding == "cp1252" else "")
    path.write_bytes((gzip.compress if suffix.endswith("gz") else bytes)(text.encode(encoding)))
    with opened(path) as stream:
        content = io.BufferedReader(stream.stream).read()
    assert content.startswith(TEXT[:4000].encode())
    if encoding != "cp1252":
        assert content.decode() == text
        assert stream.stream.lines == 1001


def test_bytes_that_are_no_text():
    with pytest.raises(FileError, match="is no text"):
        encoding_of(b"\x00\x01\x02\x03")
    assert encoding_of(b"a\xff") == "cp1252"


def test_bytes_that_are_no_utf8_far_into_a_file_are_letters_of_windows(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes((TEXT + "é").encode() + b",caf\xe9\n" + b"\xc3")
    with opened(path, repairs=True) as stream:
        assert io.BufferedReader(stream.stream).read().decode() == TEXT + "é,café\nÃ"
