"""Quotes made from the prices in events, where there is no market data: bid and ask around the price, a stated spread.

They are labelled as made, in the file and in what `inspect` shows. Between two events there is no price: an order that
leaves with a delay, a take-profit or a stop meets the price of a later event.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sweep.catalog.data_files import NOTE
from sweep.catalog.ingest.parsing.column_mapping import Quotes
from sweep.catalog.ingest.parsing.decimals import decimals
from sweep.catalog.ingest.writing.engine_schema import Shelf, quotes_of
from sweep.catalog.ingest.writing.pending_file import PendingFile
from sweep.catalog.instruments.stored import defined
from sweep.errors import InputError, Problem

type Rows = Sequence[tuple[int, Any]]


def drafts(catalog: Path, scratch: Path, rule: Quotes, source: str, rows: Rows) -> Iterator[tuple[Shelf, PendingFile]]:
    """Quotes at the times of events (time and event, in order), by instrument. May raise InputError."""
    ids = sorted({str(event.instrument_id) for _, event in rows})
    instruments = {name: defined(catalog, name) for name in ids}
    if problems := [p for name in ids for p in _problems(catalog, name, instruments[name], rule)]:
        raise InputError(problems)
    for n, name in enumerate(ids):
        mine = [(ts, getattr(event, rule.price)) for ts, event in rows if str(event.instrument_id) == name]
        yield _of_one(scratch / f"quotes-{n}.parquet", rule, source, instruments[name], mine)


def _problems(catalog: Path, name: str, instrument: Any, rule: Quotes) -> Iterator[Problem]:
    if instrument is None:
        remedy = f"sweep catalog instruments --template equity --id {name} --catalog {catalog}"
        yield Problem("quotes", f"need {name} to be defined in the catalog", name, remedy)
        return
    for key, step in (("spread", instrument.price_increment), ("size", instrument.size_increment)):
        if Decimal(str(getattr(rule, key))) % step.as_decimal():
            yield Problem(f"quotes.{key}", f"must be a multiple of {step} of {name}", getattr(rule, key))


def _of_one(path: Path, rule: Quotes, source: str, instrument: Any, rows: Rows) -> tuple[Shelf, PendingFile]:
    shelf, tick = quotes_of(instrument), instrument.price_increment.as_decimal()
    spread = Decimal(str(rule.spread))
    note = f"made from {rule.price} of {source}, spread {rule.spread:g}; nothing of it was quoted"
    draft = PendingFile(path, shelf.schema.with_metadata(shelf.schema.metadata | {NOTE: note}), "quotes")
    bids = [_steps(price, spread, tick) for _, price in rows]
    good = [n for n, bid in enumerate(bids) if bid > 0]
    draft.dropped["events without a price above zero"] = len(rows) - len(good)
    if not good:
        raise InputError(Problem("quotes.price", f"no event of {instrument.id} has a price above zero", rule.price))
    step = int(tick.scaleb(instrument.price_precision))
    bid = np.array([bids[n] * step for n in good], np.int64)
    wide = np.int64(int(spread.scaleb(instrument.price_precision)))
    ts = pa.array([rows[n][0] for n in good], pa.timestamp("ns", "UTC"))
    size = np.full(len(good), int(Decimal(str(rule.size)).scaleb(instrument.size_precision)), np.int64)
    prices = {
        "bid_price": decimals(bid, instrument.price_precision),
        "ask_price": decimals(bid + wide, instrument.price_precision),
    }
    sizes = dict.fromkeys(("bid_size", "ask_size"), decimals(size, instrument.size_precision))
    draft.add(shelf.table({**prices, **sizes, "ts_event": ts, "ts_init": ts}))
    draft.close()
    return shelf, draft


def _steps(price: float, spread: Decimal, tick: Decimal) -> int:
    """The bid in ticks: half the spread under the price, to the nearest."""
    return int(((Decimal(str(price)) - spread / 2) / tick).to_integral_value(ROUND_HALF_EVEN))
