"""The market of a project: its catalog, the instruments that are traded, the data that is replayed, the period."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sweep.catalog.data_files import instrument_of, scan
from sweep.catalog.instruments.stored import defined
from sweep.catalog.inventory import CatalogEntry, inventory
from sweep.errors import InputError, Problem, did_you_mean
from sweep.scaffold.request import Ask

FEEDS = {"QuoteTick": "bid_price", "TradeTick": "price", "Bar": "close"}  # kind → the column of a price; best first
SHOWN = 12  # instruments that a message lists
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Traded:
    """One instrument, its data and what of it sizes and costs follow from."""

    id: str
    kind: str  # QuoteTick, TradeTick or Bar
    bar_type: str  # that a strategy subscribes to: of the catalog, or built from ticks
    type: str  # the engine's class: Equity, CurrencyPair …
    currency: str  # in which its profit is
    has_coins: bool  # a currency of the instrument is a coin
    price: Decimal
    multiplier: Decimal
    size_step: Decimal  # the least size that can be ordered, and its multiples

    @property
    def venue(self) -> str:
        return self.id.rpartition(".")[2]

    @property
    def entry(self) -> dict[str, Any]:
        """Its data as an entry of `data` in a spec."""
        if self.kind == "Bar":
            return {"type": "Bar", "bar_types": [self.bar_type]}
        return {"type": self.kind, "instruments": [self.id]}


@dataclass(frozen=True, slots=True)
class Market:
    """All of it."""

    catalog: Path
    traded: tuple[Traded, ...]
    start: str  # the first day, and the day after the last
    end: str
    days: int  # weekdays between them
    shared_days: int  # of these, those between the first and the last data of every instrument


def market(catalog: Path, instruments: Sequence[str], ask: Ask) -> Market:
    """The market of a catalog. InputError where it has no data of an instrument."""
    entries = [e for e in inventory(catalog) if e.kind in FEEDS]
    by_instrument: dict[str, list[CatalogEntry]] = {}
    for entry in entries:
        by_instrument.setdefault(instrument_of(entry.kind, entry.identifier), []).append(entry)
    if not by_instrument:
        raise InputError(Problem(str(catalog), "holds no quotes, trades or bars", remedy="sweep catalog inspect"))
    chosen = list(dict.fromkeys(instruments)) or _chosen(list(by_instrument), ask)
    if unknown := [name for name in chosen if name not in by_instrument]:
        problems = [
            Problem("--instrument", f"{catalog} has no data of it", n, did_you_mean(n, by_instrument)) for n in unknown
        ]
        raise InputError(problems)
    feeds = [_feed(by_instrument[name]) for name in chosen]
    first, last = min(e.first for e in feeds), max(e.last for e in feeds)
    start, end = _day(first - 1), _day(last - int(feeds[0].kind == "Bar")) + DAY
    shared = _days(_day(max(e.first for e in feeds)), _day(min(e.last for e in feeds)) + DAY)
    traded = tuple(_traded(catalog, name, feed) for name, feed in zip(chosen, feeds, strict=True))
    if problems := list(_without_rate(traded)):
        raise InputError(problems)
    return Market(catalog, traded, f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}", _days(start, end), shared)


def _without_rate(traded: Sequence[Traded]) -> Iterator[Problem]:
    """Currencies of profits that no quotes of a pair turn into that of the first instrument."""
    first = traded[0].currency
    rated = {frozenset(one.id.rpartition(".")[0].split("/")) for one in traded if one.kind == "QuoteTick"}
    for one in {one.currency: one for one in reversed(traded)}.values():
        if one.currency != first and frozenset((one.currency, first)) not in rated:
            pair = f"{one.currency}/{first}"
            rule = f"earns {one.currency}, and {traded[0].id} {first}: their sum needs quotes of {pair}"
            remedy = f"make a project for each currency, or add a file of quotes: --instrument {pair}.SIM"
            yield Problem("--instrument", rule, one.id, remedy)


def _chosen(names: list[str], ask: Ask) -> list[str]:
    if len(names) == 1:
        return names
    answer = ask("Which instrument", "", names)
    if answer:
        return [answer]
    listed = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if names[SHOWN:] else "")
    raise InputError(Problem("--instrument", "is missing: the catalog has several", listed, f"--instrument {names[0]}"))


def _feed(entries: list[CatalogEntry]) -> CatalogEntry:
    """The most precise data of an instrument; of bars the shortest in the catalog's order."""
    return min(entries, key=lambda e: [*FEEDS].index(e.kind))


def _traded(catalog: Path, name: str, feed: CatalogEntry) -> Traded:
    instrument = defined(catalog, name)
    if instrument is None:
        raise InputError(Problem(name, f"is not defined in {catalog}", remedy="sweep catalog instruments --help"))
    built = {"QuoteTick": f"{name}-1-MINUTE-MID-INTERNAL", "TradeTick": f"{name}-1-MINUTE-LAST-INTERNAL"}
    currencies = [getattr(instrument, key, None) for key in ("settlement_currency", "quote_currency", "currency")]
    currency = next(str(c) for c in currencies if c is not None)
    has_coins = any(_is_coin(getattr(instrument, key, None)) for key in ("base_currency", "quote_currency"))
    steps = ("size_increment",) if has_coins else ("size_increment", "lot_size")
    sizes = [Decimal(str(value)) for key in steps if (value := getattr(instrument, key, None))]
    return Traded(
        id=name, kind=feed.kind, bar_type=built.get(feed.kind, feed.identifier), type=type(instrument).__name__,
        currency=currency, has_coins=has_coins, price=_price(catalog, feed),
        multiplier=Decimal(str(getattr(instrument, "multiplier", 1) or 1)), size_step=max(sizes, default=Decimal(1)),
    )  # fmt: skip


def _is_coin(currency: Any) -> bool:
    return currency is not None and currency.currency_type.name == "CRYPTO"


def _price(catalog: Path, feed: CatalogEntry) -> Decimal:
    """A first price of the data."""
    file = next(f for f in scan(catalog)[0] if (f.kind, f.identifier) == (feed.kind, feed.identifier))
    with pq.ParquetFile(file.path) as parquet:
        first = next(parquet.iter_batches(1, columns=[FEEDS[feed.kind]]))
    return Decimal(str(first.column(0)[0].as_py()))


def _day(ns: int) -> datetime:
    return datetime.fromtimestamp(ns // 10**9, UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _days(start: datetime, end: datetime) -> int:
    return sum((start + n * DAY).weekday() < 5 for n in range((end - start).days))
