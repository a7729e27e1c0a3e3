"""Text files as streams of UTF-8: unzipped, decoded, and their lines counted as they pass."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import codecs
import io
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.text.file_signatures import require_table

CODECS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2", ".lz4": "lz4"}
MARKS = (  # at the start of a text; the longer ones first
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
LOOK = 4096  # bytes by which an encoding is told
OLD = "cp1252"  # of Western Windows: every byte sequence that is no UTF-8
REPAIR = "sweep-cp1252"  # the way to read such bytes within UTF-8


@dataclass(slots=True)
class TextStream:
    """A file open for reading; `share` is how much of it has been read."""

    stream: Any
    share: Callable[[], float]
    encoding: str


@contextmanager
def opened(path: Path, *, repairs: bool = False) -> Generator[TextStream]:
    """Open a text file. FileError where it is none, or an archive of several.

    `repairs`: bytes that are no UTF-8 are read as letters of Western Windows.
    """
    with _unzipped(path) as (raw, share):
        start = _read(raw, LOOK)
        require_table(start)
        encoding = encoding_of(start)
        yield TextStream(_Decoded(raw, start, encoding, repairs=repairs), share, encoding)


def _old_letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode(OLD, "replace"), error.end


codecs.register_error(REPAIR, _old_letters)


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its first bytes. FileError where they are no text."""
    if marked := next((name for mark, name in MARKS if start.startswith(mark)), None):
        return marked
    if b"\0" in start:
        odd, even = start[1::2].count(0), start[::2].count(0)
        if min(odd, even) == 0 and max(odd, even) * 3 > len(start):  # letters of two bytes, without a mark
            return "utf-16-le" if odd else "utf-16-be"
        raise FileError("is no text: it holds bytes of zero", "give a CSV or a Parquet file")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return OLD
    return "utf-8"


@contextmanager
def _unzipped(path: Path) -> Generator[tuple[Any, Callable[[], float]]]:
    size = max(1, path.stat().st_size)
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX")]
            if len(members) != 1:
                raise FileError(f"holds {len(members)} files", "give one file a zip")
            with archive.open(members[0]) as member:
                yield member, lambda: min(1.0, member.tell() / max(1, members[0].file_size))
        return
    with pa.OSFile(str(path)) as raw:
        kind = CODECS.get(path.suffix.lower())
        stream = pa.CompressedInputStream(raw, kind) if kind else raw
        yield stream, lambda: 1.0 if raw.closed else float(raw.tell()) / size


def _read(raw: Any, size: int) -> bytes:
    parts: list[bytes] = []
    while size and (part := raw.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class _Decoded(io.RawIOBase):
    """A stream of bytes as UTF-8 without a mark, and the number of its lines so far."""

    def __init__(self, raw: Any, start: bytes, encoding: str, *, repairs: bool) -> None:
        is_utf8 = encoding in {"utf-8", "utf-8-sig"}
        errors = REPAIR if is_utf8 else "replace" if encoding == OLD else "strict"
        self._raw = raw
        self._held = start.removeprefix(codecs.BOM_UTF8) if is_utf8 else start
        self._decoder = (
            None if is_utf8 and not repairs else codecs.getincrementaldecoder("utf-8" if is_utf8 else encoding)(errors)
        )
        if self._decoder:
            self._held = self._decoder.decode(self._held).encode()
        self.breaks, self.ends_with_break = 0, True

    def readable(self) -> bool:
        return True

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(1 << 20), b""))

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self.readall()
        while len(self._held) < size:  # arrow wants the lines above a table in one piece
            data = self._raw.read(size)
            more = self._decoder.decode(bytes(data), final=not data).encode() if self._decoder else bytes(data)
            self._held += more
            if not data:
                break
        text, self._held = self._held[:size], self._held[size:]
        if text:
            self.breaks += text.count(b"\n")
            self.ends_with_break = text.endswith(b"\n")
        return text

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    @property
    def lines(self) -> int:
        """Lines that were read, the last one without a line break included."""
        return self.breaks + (not self.ends_with_break)
