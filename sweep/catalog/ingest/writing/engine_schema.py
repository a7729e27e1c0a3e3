"""The place and the columns of data in a catalog: asked of the engine itself, which writes one row."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from nautilus_trader import model
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.custom_types import register


@dataclass(frozen=True, slots=True)
class Shelf:
    """The place of one kind and identifier in a catalog."""

    folder: Path  # relative to the catalog
    schema: Any
    kind: str
    identifier: str  # instrument or bar type; "" for events
    noun: str  # quotes, trades, bars or the class of events
    constants: dict[str, str]  # text columns that are the same in every row

    def table(self, columns: Any) -> Any:
        """A table in the engine's schema, from columns (arrays, or a batch); the constant ones may be missing."""
        held: dict[str, Any] = {name: columns[name] for name in self.schema.names if name not in self.constants}
        rows = len(next(iter(held.values())))
        held |= {name: pa.repeat(text, rows) for name, text in self.constants.items()}
        return pa.table([held[name] for name in self.schema.names], schema=self.schema)


def quotes_of(instrument: Any) -> Shelf:
    """The place of an instrument's quotes."""
    price, size = _least(instrument)
    tick = model.QuoteTick(instrument.id, price, price, size, size, 1, 1)
    return _shelf("write_quote_ticks", tick, "QuoteTick", str(instrument.id), "quotes")


def trades_of(instrument: Any) -> Shelf:
    """The place of an instrument's trades."""
    price, size = _least(instrument)
    tick = model.TradeTick(instrument.id, price, size, model.AggressorSide.BUY, model.TradeId("1"), 1, 1)
    return _shelf("write_trade_ticks", tick, "TradeTick", str(instrument.id), "trades")


def bars_of(instrument: Any, bar_type: str) -> Shelf:
    """The place of bars of a type (of this instrument)."""
    price, size = _least(instrument)
    bar = model.Bar(model.BarType.from_str(bar_type), price, price, price, price, size, 1, 1)
    return _shelf("write_bars", bar, "Bar", bar_type, "bars")


def events_of(cls: Any, example: Any) -> Shelf:
    """The place of events of a class made with `@customdataclass`; `example` is any of them."""
    register(cls)
    data = model.CustomData(model.DataType(cls.__name__), example)
    return _shelf("write_custom_data", data, cls.__name__, "", f"{cls.__name__} events")


def _least(instrument: Any) -> tuple[Any, Any]:
    size = model.Quantity.from_raw(instrument.size_increment.raw, instrument.size_precision)
    return model.Price.from_raw(instrument.price_increment.raw, instrument.price_precision), size


def _shelf(write: str, one: Any, kind: str, identifier: str, noun: str) -> Shelf:
    with tempfile.TemporaryDirectory() as scratch:
        getattr(ParquetDataCatalog(scratch), write)([one])
        (written,) = Path(scratch).rglob("*.parquet")
        row = pq.read_table(written)
        constants = {name: row[name][0].as_py() for name in ("type", "data_type") if name in row.column_names}
        return Shelf(written.parent.relative_to(scratch), row.schema, kind, identifier, noun, constants)
