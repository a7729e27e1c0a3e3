"""The built-in data: a synthetic week of SPY with scored events, the same bytes wherever it is written."""

# the engine's stubs leave decorators and the elements of lists open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from nautilus_trader.model import (
    Currency,
    CustomData,
    DataType,
    Equity,
    InstrumentId,
    Price,
    Quantity,
    QuoteTick,
    Symbol,
    register_custom_data_class,
)
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.inspect import Entry, inventory
from sweep.catalog.synthetic import SEED, Event, Session, sessions
from sweep.catalog.tree import place
from sweep.strategies.score_bracket import ScoreUpdate

INSTRUMENT = InstrumentId.from_str("SPY.ARCA")
README = f"""# Synthetic data

Made by `sweep catalog demo` (seed {SEED}). Nothing here was ever traded: the prices and sizes of SPY are random numbers
in a realistic shape, and the scores were made together with the prices, so that they know a little of what comes next.
A profit on this data says nothing about a market.

| | |
|---|---|
| QuoteTick SPY.ARCA | 2026-05-04 to 2026-05-08, 13:30 to 20:00 UTC, one quote a second |
| ScoreUpdate | about sixty a session: score 0 to 100, bias, conviction, premium |

How it was made: `sweep/catalog/synthetic.py`.
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """The built-in data on disk."""

    path: Path
    is_new: bool  # False: it was there already, the same to the byte
    entries: tuple[Entry, ...]


def write(directory: str | Path) -> Demo:
    """The built-in data in `directory`, whole or not at all. InputError where something else is there."""
    path = Path(directory)
    is_new = place(path, _write, "the built-in data")
    return Demo(path, is_new, tuple(inventory(path)))


def _write(directory: Path) -> None:
    register_custom_data_class(ScoreUpdate)
    catalog = ParquetDataCatalog(str(directory))
    catalog.write_instruments([spy()])
    for day in sessions():
        catalog.write_quote_ticks(list(_quotes(day)))
        catalog.write_custom_data([_scored(event) for event in day.events])
    (directory / "README.md").write_text(README, encoding="utf-8")


def spy() -> Equity:
    """SPY in whole shares and cents. Its margin rates make `default_leverage` of a venue mean what it says."""
    return Equity(
        INSTRUMENT, Symbol("SPY"), Currency.from_str("USD"), 2, Price.from_str("0.01"), 0, 0,
        lot_size=Quantity.from_int(1), margin_init=Decimal(1), margin_maint=Decimal("0.5"),
    )  # fmt: skip


def _quotes(day: Session) -> Iterator[QuoteTick]:
    rows = zip(*(column.tolist() for column in (day.bid, day.ask, day.bid_size, day.ask_size, day.ts)), strict=True)
    for bid, ask, bid_size, ask_size, ts in rows:
        sizes = Quantity(bid_size, 0), Quantity(ask_size, 0)
        yield QuoteTick(INSTRUMENT, Price(bid / 100, 2), Price(ask / 100, 2), *sizes, ts, ts)


def _scored(event: Event) -> CustomData:
    times: dict[str, Any] = {"ts_event": event.ts, "ts_init": event.ts}  # fields that the decorator adds
    score = ScoreUpdate(
        instrument_id=INSTRUMENT, composite_score=event.score, bias=event.bias, conviction=event.conviction,
        flow_premium=event.premium, spy_price_at_score=event.price, **times,
    )  # fmt: skip
    return CustomData(DataType("ScoreUpdate"), score)
