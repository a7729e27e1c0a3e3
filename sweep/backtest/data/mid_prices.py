"""Mid prices at given moments, from the columns of the quote files."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from nautilus_trader import model

from sweep.backtest.data.feed import Feed
from sweep.errors import Reason, TrialError

type Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
type Times = np.ndarray[tuple[int], np.dtype[np.int64]]


def mids(feed: Feed, moments: Sequence[tuple[str, int]]) -> list[float | None]:
    """Of each (instrument, UNIX ns): (bid + ask) / 2 of the last quote at or before it in the period; None without."""
    middle: list[float | None] = [None] * len(moments)
    for instrument in {name for name, _ in moments}:
        times, values = quotes(feed, instrument)
        positions = [n for n, (name, _) in enumerate(moments) if name == instrument]
        at = np.searchsorted(times, [moments[n][1] for n in positions], side="right") - 1
        for n, position in zip(positions, at.tolist(), strict=True):
            middle[n] = float(values[position]) if position >= 0 else None
    return middle


def quotes(feed: Feed, instrument: str) -> tuple[Times, Floats]:
    """Times and mids of an instrument's quotes in the period, ascending; of one moment the last is the last."""
    files = feed.catalog.query_files(model.NautilusDataType.QuoteTick, [instrument], feed.start, feed.end - 1)
    parts = [_columns(feed.path / name) for name in sorted(files)]
    if not parts:
        return np.empty(0, np.int64), np.empty(0)
    times, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    inside = (times >= feed.start) & (times < feed.end)
    order = np.argsort(times[inside], kind="stable")
    return times[inside][order], values[inside][order]


def _columns(path: Path) -> tuple[Times, Floats]:
    try:
        table = pq.read_table(path, columns=["ts_init", "bid_price", "ask_price"])
    except Exception as error:  # pyarrow raises several kinds for a damaged file
        raise TrialError(Reason.DATA, f"cannot read {path}: {error}") from error
    bid, ask = (table[name].cast(pa.float64()).to_numpy() for name in ("bid_price", "ask_price"))
    return table["ts_init"].cast("int64").to_numpy(), (bid + ask) / 2
