"""The kinds of market data: which columns each wants, and how they become the engine's.

What a market does not do (a price of zero, a bid above its ask) is kept: `sweep catalog verify` judges it by the kind
of instrument. Rows that the engine has no object for are refused, or left out where the user says so.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog import row_rules
from sweep.catalog.ingest.bar_step import IngestStep
from sweep.catalog.ingest.bars_to_quotes import Ticks
from sweep.catalog.ingest.parsing import columns
from sweep.catalog.ingest.parsing.columns import Ints
from sweep.catalog.ingest.parsing.decimals import DECIMAL, InexactError, decimals
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.column_request import ColumnRequest
from sweep.catalog.ingest.parsing.row_counts import RowCounts
from sweep.catalog.ingest.writing.engine_schema import Shelf, bars_of, quotes_of, trades_of
from sweep.spec.data_kinds import DATA_KINDS

OHLC = ("open", "high", "low", "close")
LONGEST_ID = 36  # characters of a trade's id
MOST_SIZE, MOST_PRICE = 34_028_236_692_093, 17_014_118_346_046  # that the engine holds
KEPT = {  # by the code of the rule
    "price": "{} with a price of zero or less",
    "crossed": "{} with bid above ask",
    "locked": "{} with bid equal to ask",
    "size": "{} with a size of zero",
    "volume": "{} without volume: no order fills in them",
}
DROPPED = {
    **KEPT,
    "size": "{} without a size above zero",
    "volume": "{} without volume",
    "bar-shape": "{} whose high and low do not hold open and close",
    "too-large": "{} with a number that is too large",
    "long-id": "{} with an id of more than 36 characters",
}


class Ids:
    """Ids of trades that have none: their time, and of those of one time their number."""

    def __init__(self) -> None:
        self._last, self._count = -1, 0

    def of(self, ts: Ints) -> Any:
        """One id for each time in order; the same for the same rows, however they are cut into parts."""
        starts = np.flatnonzero(np.concatenate(([True], np.diff(ts) != 0))) if len(ts) else np.empty(0, np.int64)
        lengths = np.diff(np.append(starts, len(ts)))
        number = np.arange(len(ts)) - np.repeat(starts, lengths)
        if len(ts) and ts[0] == self._last:
            number[: lengths[0]] += self._count
        if len(ts):
            self._last, self._count = int(ts[-1]), int(number[-1]) + 1
        return pa.array([f"{t}-{n}" if n else str(t) for t, n in zip(ts.tolist(), number.tolist(), strict=True)])

    def complete(self, table: Any) -> Any:
        """A table of trades in order of time; those with an empty id get one."""
        blank = pc.equal(table["trade_id"], "")
        if not pc.any(blank).as_py():
            return table
        where = blank.to_numpy(zero_copy_only=False)
        trade_ids = np.array([""] * len(table), object)
        trade_ids[where] = self.of(table["ts_init"].cast(pa.int64()).to_numpy()[where]).to_numpy(zero_copy_only=False)
        ids = pc.if_else(blank, pa.array(trade_ids, pa.string()), table["trade_id"])
        place = table.column_names.index("trade_id")
        return table.set_column(place, table.schema.field(place), ids)


@dataclass(frozen=True, slots=True)
class IngestKind:
    """A kind of market data of one instrument."""

    shelf: Shelf
    request: ColumnRequest
    rows: Callable[[Any, Layout, RowCounts], Any]  # a table by our names → one in the engine's schema
    one_at_a_time: bool = False
    number: Callable[[], Callable[[Any], Any]] | None = None  # of rows in their final order


def currencies(instrument: Any) -> tuple[str, str]:
    """Base and quote currency, "" where an instrument has none."""
    pair = (getattr(instrument, name, None) for name in ("base_currency", "quote_currency"))
    base, quote = ("" if c is None else str(c) for c in pair)
    return base, quote


def sift(
    kind: str, values: dict[str, Ints], instrument: Any, rows: Ints, layout: Layout, counts: RowCounts,
    more: Mapping[str, Any] = {},
) -> Any:  # fmt: skip
    """The rows to keep of these numbers in a file.

    One that breaks a rule is dropped where that is wished, and refused where the engine cannot hold it; `more` are
    rules of other columns.
    """
    noun, open_rows = DATA_KINDS[kind].noun, np.ones(len(rows), bool)
    p, s = int(instrument.price_precision), int(instrument.size_precision)
    faults = row_rules.faults(kind, values, type(instrument).__name__)
    cannot = row_rules.uncarried(kind, values) | {"too-large": _too_large(values, p, s)} | dict(more)
    for code in layout.dropped:
        wrong = open_rows & (faults.get(code, False) | cannot.get(code, False))
        counts.dropped[DROPPED[code].format(noun)] += int(wrong.sum())
        open_rows &= ~wrong
    for code, unfit in cannot.items():
        wrong = unfit & open_rows
        counts.refuse(code, wrong, rows, shown(values, wrong, p, s))
        open_rows &= ~wrong
    for code, text in KEPT.items():
        if code in faults:
            counts.noticed[text.format(noun)] += int((faults[code] & open_rows).sum())
    return open_rows


def _too_large(values: dict[str, Ints], p: int, s: int) -> Any:
    """Rows with a number beyond the engine's largest price or size."""
    limits: dict[str, int] = dict.fromkeys(_sizes(values), int(MOST_SIZE * 10**s))
    limits |= dict.fromkeys(_prices(values), int(MOST_PRICE * 10**p))
    return np.any([np.abs(values[n]) > min(most, 2**63 - 1) for n, most in limits.items()], axis=0)


def _prices(values: dict[str, Ints]) -> list[str]:
    return [name for name in values if name not in _sizes(values)]


def _sizes(values: dict[str, Ints]) -> list[str]:
    return [name for name in values if "size" in name or name == "volume"]


def shown(values: dict[str, Ints], wrong: Any, p: int, s: int) -> str:
    """The first of these rows, in the words of the file."""
    if not wrong.any():
        return ""
    row, sizes = int(np.argmax(wrong)), _sizes(values)
    return ", ".join(f"{n} {Decimal(int(v[row])).scaleb(-(s if n in sizes else p)):f}" for n, v in values.items())


def quotes(instrument: Any, size: str) -> IngestKind:
    """Bid and ask, and their sizes; `size` on both sides where a file has none."""
    p, s = instrument.price_precision, instrument.size_precision
    shelf, same = quotes_of(instrument), one_size(size, s)
    digits = {"bid": p, "ask": p, "bid_size": s, "ask_size": s}

    def rows(table: Any, layout: Layout, counts: RowCounts) -> Any:
        held = {f"{n}_price": table[n].to_numpy() for n in ("bid", "ask")}
        lacking = [n for n in ("bid_size", "ask_size") if n not in table.column_names]
        for n in ("bid_size", "ask_size"):
            held[n] = np.full(len(table), same) if n in lacking else table[n].to_numpy()
        if lacking:
            counts.note(f"the file has no {' and no '.join(lacking)}: {size} units stand there (--size)")
        good = sift("QuoteTick", held, instrument, table["row"].to_numpy(), layout, counts)
        ticks = Ticks(table["time"].to_numpy(), *held.values())
        return ticks_table(shelf, ticks if good.all() else ticks.take(good), p, s)

    return IngestKind(shelf, ColumnRequest(("bid", "ask"), ("bid_size", "ask_size"), digits, shelf.noun), rows)


def one_size(text: str, digits: int) -> int:
    """The size on both sides of a quote. InexactError where an instrument cannot have it."""
    return int(columns.numbers(pa.array([Decimal(text)], DECIMAL), digits, "sizes")[0])


def refuse_inexact(values: Ints, by: int, noun: str, digits: int, needed: int) -> None:
    """InexactError where values (in units of 10**-needed) have more than these digits."""
    off = values % by != 0
    if off.any():
        row = int(np.argmax(off))
        raise InexactError(int(off.sum()), noun, digits, f"{Decimal(int(values[row])).scaleb(-needed):f}", needed, row)


def ticks_table(shelf: Shelf, ticks: Ticks, p: int, s: int) -> Any:
    """Quotes as the engine keeps them."""
    prices = {"bid_price": decimals(ticks.bid, p), "ask_price": decimals(ticks.ask, p)}
    sizes = {"bid_size": decimals(ticks.bid_size, s), "ask_size": decimals(ticks.ask_size, s)}
    return shelf.table({**prices, **sizes, **both_times(ticks.ts)})


def both_times(ts: Ints) -> dict[str, Any]:
    """A row is known when it happens."""
    times = pa.array(ts, pa.timestamp("ns", "UTC"))
    return {"ts_event": times, "ts_init": times}


def trades(instrument: Any) -> IngestKind:
    """Price and size; where a file has them the taker's side and the trade's id."""
    p, s = instrument.price_precision, instrument.size_precision
    shelf = trades_of(instrument)

    def rows(table: Any, layout: Layout, counts: RowCounts) -> Any:
        held = {n: table[n].to_numpy() for n in ("price", "size")}
        ids = table["id"] if "id" in table.column_names else pa.repeat("", len(table))
        long = pc.greater(pc.binary_length(ids), LONGEST_ID).to_numpy(zero_copy_only=False)
        good = sift("TradeTick", held, instrument, table["row"].to_numpy(), layout, counts, more={"long-id": long})
        side = table["side"] if "side" in table.column_names else pa.repeat("NO_AGGRESSOR", len(table))
        values = {"price": decimals(held["price"], p), "size": decimals(held["size"], s), "trade_id": ids}
        values["aggressor_side"] = side.cast(pa.dictionary(pa.int8(), pa.string()))
        encoded = shelf.table(values | both_times(table["time"].to_numpy()))
        return encoded if good.all() else encoded.filter(pa.array(good))

    request = ColumnRequest(("price", "size"), ("side", "id"), {"price": p, "size": s}, shelf.noun)
    return IngestKind(shelf, request, rows, number=lambda: Ids().complete)


def bars(instrument: Any, step: IngestStep) -> IngestKind:
    """Open, high, low, close and volume, the step's where a bar has none. Bars are known at their end."""
    p, s = instrument.price_precision, instrument.size_precision
    shelf = bars_of(instrument, f"{instrument.id}-{step}-EXTERNAL")
    stated = one_size(step.volume.replace("_", ""), s) if step.volume else 0

    def rows(table: Any, layout: Layout, counts: RowCounts) -> Any:
        held = {n: table[n].to_numpy() for n in OHLC}
        has_volume = "volume" in table.column_names
        held["volume"] = table["volume"].to_numpy() if has_volume else np.zeros(len(table), np.int64)
        none = held["volume"] == 0
        if stated and none.any():
            held["volume"] = np.where(none, stated, held["volume"])
            counts.noticed[f"bars with a stated volume of {step.volume}"] += int(none.sum())
        elif not has_volume:
            counts.note("the file has no volume: no order fills in such bars; --volume 1_000_000 states one")
        good = sift("Bar", held, instrument, table["row"].to_numpy(), layout, counts)
        ts = step.ends(table["time"].to_numpy(), table["wall"].to_numpy(), layout.time_zone)
        values = {n: decimals(held[n], p) for n in OHLC} | {"volume": decimals(held["volume"], s)}
        encoded = shelf.table(values | both_times(ts))
        return encoded if good.all() else encoded.filter(pa.array(good))

    digits = {**dict.fromkeys(OHLC, int(p)), "volume": int(s)}
    request = ColumnRequest(
        OHLC, ("volume",), digits, shelf.noun, step.seconds, currencies(instrument), keeps_wall=True
    )
    return IngestKind(shelf, request, rows, one_at_a_time=True)
