"""Quotes of GBP/USD on their way into a catalog."""

from pathlib import Path

import numpy as np

from sweep.catalog.ingest import InstrumentDraft
from sweep.catalog.ingest.bars_to_quotes import Ticks
from sweep.catalog.ingest.data_kinds import ticks_table
from sweep.catalog.ingest.instrument_lookup import define
from sweep.catalog.ingest.writing.engine_schema import quotes_of
from sweep.catalog.ingest.writing.pending_file import PendingFile
from sweep.catalog.ingest.writing.transaction import Placed, filling, put
from tests.support.markets import SECOND, ns

CABLE = InstrumentDraft(id="GBP/USD.SIM").make()
START = ns("2026-05-04T13:30")

type Rows = list[tuple[int, int, int, int]]


def ticks(rows: Rows, start: int = START) -> Ticks:
    """From (nanoseconds after the start, bid, spread, size), in units of the last digit."""
    columns = np.array(rows, np.int64).reshape(-1, 4)
    bid, sizes = columns[:, 1], columns[:, 3]
    return Ticks(start + columns[:, 0], bid, bid + columns[:, 2], sizes, sizes + 1)


def few(count: int = 3, bid: int = 158_000) -> Rows:
    """A quote a second, each a bit higher."""
    return [(n * SECOND, bid + n, 10, 1_000_000) for n in range(count)]


def drafted(path: Path, *parts: Rows, **more: int) -> PendingFile:
    """A finished draft, added to part by part."""
    draft = PendingFile(path, quotes_of(CABLE).schema, "quotes", **more)
    for rows in parts:
        draft.add(ticks_table(quotes_of(CABLE), ticks(rows), 5, 0))
    draft.close()
    return draft


def stored(catalog: Path, *parts: Rows, merge: bool = False) -> Placed:
    """Quotes put into a catalog."""
    with filling(catalog) as scratch:
        (placed,) = put(catalog, [(quotes_of(CABLE), drafted(scratch / "draft", *parts))], merge=merge)
        define(catalog, CABLE)
    return placed
