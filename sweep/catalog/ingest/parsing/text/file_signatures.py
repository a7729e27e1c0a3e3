"""Files that are no table, told by their first bytes: what they are, and the way on."""

import re

from sweep.catalog.ingest.parsing.cell_error import FileError

SAVE = "save its table as CSV or Parquet"
FRAME = "read it with pandas and give the frame to sweep.catalog.ingest; or save it as CSV or Parquet"
UNZIP = "unpack it, or give its name the usual ending: {}"
BINARY: tuple[tuple[bytes, str, str], ...] = (  # first bytes, what they begin, the remedy
    (b"PK\x03\x04", "an Excel workbook, or a zip file without that ending", f"{SAVE}; or {UNZIP.format('.zip')}"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", SAVE),
    (b"\x89HDF", "HDF5", FRAME),
    (b"SQLite format 3\0", "an SQLite database", FRAME),
    (b"Obj\x01", "Avro", FRAME),
    (b"FEA1", "Feather of version 1", "write it again as Feather of version 2, or as Parquet"),
    (b"ORC", "ORC", FRAME),
    (b"\x80\x04", "a pickle", FRAME),
    (b"\x80\x05", "a pickle", FRAME),
    (b"DBN", "Databento's DBN", "sweep catalog ingest databento reads it"),
    (b"\x1f\x8b", "gzip", UNZIP.format(".gz")),
    (b"\x28\xb5\x2f\xfd", "Zstandard", UNZIP.format(".zst")),
    (b"BZh", "bzip2", UNZIP.format(".bz2")),
    (b"\x04\x22\x4d\x18", "LZ4", UNZIP.format(".lz4")),
    (b"\xfd7zXZ", "xz", "unpack it, or pack it as .gz or .zst"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"%PDF", "a PDF", "get the table as CSV from its source"),
)
LOOK = 32
TEXT = re.compile(rb"[\t\r\n -~]*")  # what begins with the letters of a mark and is none
TAR = b"ustar", 257  # and its place
WRITTEN = (  # a text that is no table
    (re.compile(rb'\s*(\{\s*("|\})|\[\s*[\[{])'), "JSON", "if it is the data, "),
    (
        re.compile(rb"\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE),
        "a web page or XML", "look at it in a browser; if it is the data, ",
    ),
)  # fmt: skip


def require_table(start: bytes) -> None:
    """FileError where these first bytes of a file, unzipped, begin no text of rows."""
    for mark, name, remedy in BINARY:
        if start.startswith(mark) and not (mark.isalnum() and TEXT.fullmatch(start[:LOOK])):
            raise FileError(f"is {name}", remedy)
    if start[TAR[1] :].startswith(TAR[0]):
        raise FileError("is a tar archive", "unpack it, and give its files one by one")
    for pattern, name, remedy in WRITTEN:
        if pattern.match(start.removeprefix(b"\xef\xbb\xbf")):
            text = start[:60].decode("utf-8", "replace").split("\n")[0]
            raise FileError(f"is {name}, and no table", f"{remedy}{FRAME}", text)
