"""Databento's files (DBN), record by record as columns, in flat memory.

The layouts of records and of the header are the `databento_dbn` package's; a file is a header and records of one kind.
The layout of a record's columns has no public name there: `_dtypes` of its class, seen with databento-dbn 0.72.
tests/catalog/ingest/vendors/test_databento.py fails when it moves.
"""

# pyarrow and databento_dbn leave types open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sweep.common.files.text_file import require_regular

RECORDS = 500_000  # at once
ZSTD = b"\x28\xb5\x2f\xfd"
MESSAGES = {  # classes of databento_dbn
    "mbp-1": "MBP1Msg", "tbbo": "MBP1Msg", "trades": "TradeMsg",
    "bbo-1s": "BBOMsg", "bbo-1m": "BBOMsg", "cmbp-1": "CMBP1Msg",
    "cbbo-1s": "CBBOMsg", "cbbo-1m": "CBBOMsg", "tcbbo": "CMBP1Msg",
    **{f"ohlcv-1{unit}": "OHLCVMsg" for unit in "smhd"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a file."""

    path: Path
    schema: str  # definition, mbp-1, trades, ohlcv-1m …
    dataset: str  # GLBX.MDP3
    symbols: dict[int, list[tuple[int, int, str]]]  # by the publisher's number: from, until (UNIX ns), raw symbol


def header(path: Path) -> Header:
    """The header of a file. ValueError where it is none, OSError where it cannot be read."""
    require_regular(path)
    with _opened(path) as (stream, _):
        metadata = _metadata(stream)
    if str(metadata.stype_out) != "instrument_id":
        raise ValueError(f"names instruments by {metadata.stype_out}; ask for stype_out=instrument_id")
    symbols: dict[int, list[tuple[int, int, str]]] = {}
    for symbol, spans in sorted(metadata.mappings.items()):
        for span in spans:
            if span["symbol"]:
                number = int(span["symbol"])
                symbols.setdefault(number, []).append((_ns(span["start_date"]), _ns(span["end_date"]), symbol))
    return Header(path, str(metadata.schema), metadata.dataset, symbols)


def records(path: Path, schema: str) -> Iterator[tuple[float, Any]]:
    """Its records as structured arrays, after the share that is read. ValueError where it is damaged."""
    import databento_dbn

    kind = np.dtype(getattr(databento_dbn, MESSAGES[schema])._dtypes)  # noqa: SLF001 (see above)
    size = path.stat().st_size
    with _opened(path) as (stream, raw):
        _metadata(stream)
        while data := _read(stream, RECORDS * kind.itemsize):
            if len(data) % kind.itemsize:
                raise ValueError("is cut short in the middle of a record")
            rows = np.frombuffer(data, kind)
            if (rows["length"].astype(int) * 4 != kind.itemsize).any():
                raise ValueError(f"holds records that are none of {schema}")
            yield raw.tell() / size, rows


def publishers(path: Path) -> set[int]:
    """The numbers of the publishers of a file's records, whatever their kind."""
    numbers: set[int] = set()
    with _opened(path) as (stream, _):
        _metadata(stream)
        while len(head := stream.read(4)) == 4:
            numbers.add(int.from_bytes(head[2:4], "little"))
            stream.read(head[0] * 4 - 4)
    return numbers


def _metadata(stream: Any) -> Any:
    import databento_dbn

    head = stream.read(8)
    if len(head) < 8 or head[:3] != b"DBN":
        raise ValueError("is no DBN file")
    body = stream.read(int.from_bytes(head[4:8], "little"))
    try:
        return databento_dbn.Metadata.decode(head + body)
    except Exception as error:  # its own kinds
        raise ValueError(f"has no DBN header that can be read: {error}") from error


def _read(stream: Any, size: int) -> bytes:
    """As many bytes as asked for, fewer only at the end."""
    parts: list[bytes] = []
    while size and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@contextmanager
def _opened(path: Path) -> Generator[tuple[Any, Any]]:
    """A file unzipped, and as it is."""
    with pa.OSFile(str(path)) as raw:
        is_zipped = raw.read(4) == ZSTD
        raw.seek(0)
        yield (pa.CompressedInputStream(raw, "zstd") if is_zipped else raw), raw


def _ns(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 10**9
