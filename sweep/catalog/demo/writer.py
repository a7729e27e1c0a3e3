"""The built-in data: a synthetic week of SPY with scored events, the same bytes wherever it is written.

With options, the same week and a chain of 0DTE contracts; for a portfolio, the same week and a second stock; or a week
of a perpetual with its funding.
"""

# the engine's stubs leave decorators and the elements of lists open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from nautilus_trader.model import (
    AssetClass,
    CryptoPerpetual,
    Currency,
    CustomData,
    DataType,
    Equity,
    InstrumentId,
    OptionContract,
    OptionKind,
    Price,
    Quantity,
    QuoteTick,
    Symbol,
)
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.custom_types import register
from sweep.catalog.demo import funding_rates
from sweep.catalog.demo.funding_rates import Funding
from sweep.catalog.demo.option_chain import EVERY, SPREAD, STRIKES, VOLATILITY, Contract, chain
from sweep.catalog.demo.perpetual import FUNDING_HOURS, perpetual
from sweep.catalog.demo.stock import DAYS, NANOS, SEED, DemoSession, Event, sessions, weekday
from sweep.catalog.inventory import CatalogEntry, inventory
from sweep.common.files.atomic_directory import write_directory
from sweep.strategies.score_bracket import ScoreUpdate

DAY = 86_400 * NANOS
INSTRUMENT, SECOND = InstrumentId.from_str("SPY.ARCA"), InstrumentId.from_str("QQQ.ARCA")
SECOND_SEED = SEED + 1
README = f"""# Synthetic data

Made by `sweep catalog demo` (seed {SEED}). Nothing here was ever traded: the prices and sizes of SPY are random numbers
in a realistic shape, and the scores were made together with the prices, so that they know a little of what comes next.
A profit on this data says nothing about a market.

| | |
|---|---|
| QuoteTick SPY.ARCA | 2026-05-04 to {{last}}, 13:30 to 20:00 UTC, one quote a second |
| ScoreUpdate | about sixty a session: score 0 to 100, bias, conviction, premium |

How it was made: `sweep/catalog/demo/stock.py`.
"""


OPTIONS_README = f"""# Synthetic data

Made by `sweep catalog demo --options` (seed {SEED}). Nothing here was ever traded. The prices of SPY are random numbers
in a realistic shape, the scores know a little of what comes next, and the options are priced from the path of SPY by
Black-Scholes at a volatility of {VOLATILITY:.0%} for every strike, with a spread of {SPREAD:.0%} and at least a cent.
A profit on this data says nothing about a market.

| | |
|---|---|
| QuoteTick SPY.ARCA | 2026-05-04 to 2026-05-08, 13:30 to 20:00 UTC, one quote a second |
| ScoreUpdate | about sixty a session: score 0 to 100, bias, conviction, premium |
| QuoteTick of {2 * (2 * STRIKES + 1)} options a day | expire on their day at 20:00 UTC; a quote every {EVERY} seconds |

How it was made: `sweep/catalog/demo/stock.py`, `sweep/catalog/demo/option_chain.py`.
"""


PORTFOLIO_README = f"""# Synthetic data

Made by `sweep catalog demo --portfolio` (seeds {SEED} and {SECOND_SEED}). Nothing here was ever traded: the prices
and sizes of both stocks are random numbers in a realistic shape, independent of each other, and the scores were made
together with the prices, so that they know a little of what comes next. A profit on this data says nothing about a
market.

| | |
|---|---|
| QuoteTick SPY.ARCA | 2026-05-04 to 2026-05-08, 13:30 to 20:00 UTC, one quote a second |
| QuoteTick QQQ.ARCA | the same times, another random walk |
| ScoreUpdate | about sixty a session and stock: score 0 to 100, bias, conviction, premium |

How it was made: `sweep/catalog/demo/stock.py`.
"""


PERPETUAL_README = f"""# Synthetic data

Made by `sweep catalog demo --perpetual` (seed {SEED}). Nothing here was ever traded: prices, sizes and funding rates
are random numbers in a realistic shape. A profit on this data says nothing about a market.

| | |
|---|---|
| QuoteTick BTCUSDT-PERP.SIM | 2026-05-04 to 2026-05-10, round the clock, a quote every five seconds |
| FundingRateUpdate | every eight hours, with the time at which the rate is paid |

How it was made: `sweep/catalog/demo/perpetual.py`.
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """The built-in data on disk."""

    path: Path
    is_new: bool  # False: it was there already, the same to the byte
    entries: tuple[CatalogEntry, ...]


def write(directory: str | Path, kind: str = "stock", days: int = DAYS) -> Demo:
    """The built-in data of a kind in `directory`, whole or not at all. InputError where something else is there.

    `days` is for the stock: further ones go on where the first five end, which stay as they are.
    """
    path = Path(directory)
    writer = partial(_write, days=days) if kind == "stock" else WRITERS[kind]
    is_new = write_directory(path, writer, "the built-in data")
    return Demo(path, is_new, tuple(inventory(path)))


def _write(directory: Path, days: int = DAYS) -> None:
    register(ScoreUpdate)
    catalog = ParquetDataCatalog(str(directory))
    catalog.write_instruments([spy()])
    for day in sessions(days):
        put_day(catalog, day)
    (directory / "README.md").write_text(README.format(last=weekday(days - 1)), encoding="utf-8")


def put_day(catalog: ParquetDataCatalog, day: DemoSession) -> None:
    """Write a session of SPY and its events."""
    catalog.write_quote_ticks(list(_quotes(day)))
    catalog.write_custom_data([_scored(event) for event in day.events])


def _write_options(directory: Path) -> None:
    _write(directory)
    (directory / "README.md").write_text(OPTIONS_README, encoding="utf-8")
    catalog = ParquetDataCatalog(str(directory))
    for day in sessions():
        put_chain(catalog, chain(day))


def put_chain(catalog: ParquetDataCatalog, contracts: Iterable[Contract]) -> None:
    """Write options and their quotes."""
    defined = [(option(contract), contract) for contract in contracts]
    catalog.write_instruments([instrument for instrument, _ in defined])
    for instrument, contract in defined:
        catalog.write_quote_ticks(list(_quotes(contract, instrument.id)))


def option(contract: Contract) -> OptionContract:
    """A contract on 100 shares of SPY, in cents, with the id that brokers and data vendors make of it (OCC)."""
    expires = datetime.fromtimestamp(contract.expires // NANOS, UTC)
    name = f"SPY{expires:%y%m%d}{'C' if contract.is_call else 'P'}{contract.strike * 1000:08}"
    opened, kind = int(contract.ts[0]) // DAY * DAY, OptionKind.CALL if contract.is_call else OptionKind.PUT
    return OptionContract(
        InstrumentId.from_str(f"{name}.SMART"), Symbol(name), AssetClass.EQUITY, "SPY", kind, Price(contract.strike, 2),
        Currency.from_str("USD"), opened, contract.expires, 2, Price.from_str("0.01"), Quantity.from_int(100),
        Quantity.from_int(1), opened, opened, margin_init=Decimal(1), margin_maint=Decimal(1),
    )  # fmt: skip


def _write_portfolio(directory: Path) -> None:
    register(ScoreUpdate)
    catalog = ParquetDataCatalog(str(directory))
    catalog.write_instruments([spy(), spy(SECOND)])
    for first, second in zip(sessions(), sessions(seed=SECOND_SEED), strict=True):
        catalog.write_quote_ticks(list(_quotes(first)))
        catalog.write_quote_ticks(list(_quotes(second, SECOND)))
        events = [(e, INSTRUMENT) for e in first.events] + [(e, SECOND) for e in second.events]
        catalog.write_custom_data([_scored(event, of) for event, of in sorted(events, key=lambda e: e[0].ts)])
    (directory / "README.md").write_text(PORTFOLIO_README, encoding="utf-8")


def spy(identifier: InstrumentId = INSTRUMENT) -> Equity:
    """SPY in whole shares and cents. Its margin rates make `default_leverage` of a venue mean what it says."""
    return Equity(
        identifier, identifier.symbol, Currency.from_str("USD"), 2, Price.from_str("0.01"), 0, 0,
        lot_size=Quantity.from_int(1), margin_init=Decimal(1), margin_maint=Decimal("0.5"),
    )  # fmt: skip


def _quotes(day: DemoSession | Contract, instrument: InstrumentId = INSTRUMENT) -> Iterator[QuoteTick]:
    rows = zip(*(column.tolist() for column in (day.bid, day.ask, day.bid_size, day.ask_size, day.ts)), strict=True)
    for bid, ask, bid_size, ask_size, ts in rows:
        sizes = Quantity(bid_size, 0), Quantity(ask_size, 0)
        yield QuoteTick(instrument, Price(bid / 100, 2), Price(ask / 100, 2), *sizes, ts, ts)


def _scored(event: Event, instrument: InstrumentId = INSTRUMENT) -> CustomData:
    times: dict[str, Any] = {"ts_event": event.ts, "ts_init": event.ts}  # fields that the decorator adds
    score = ScoreUpdate(
        instrument_id=instrument, composite_score=event.score, bias=event.bias, conviction=event.conviction,
        flow_premium=event.premium, spy_price_at_score=event.price, **times,
    )  # fmt: skip
    return CustomData(DataType("ScoreUpdate"), score)


def _write_perpetual(directory: Path) -> None:
    catalog, market, instrument = ParquetDataCatalog(str(directory)), perpetual(), bitcoin()
    catalog.write_instruments([instrument])
    rows = zip(
        *(c.tolist() for c in (market.bid, market.ask, market.bid_size, market.ask_size, market.ts)),
        strict=True,
    )
    catalog.write_quote_ticks([
        QuoteTick(
            instrument.id, Price(bid / 10, 1), Price(ask / 10, 1), Quantity(bid_size / 1000, 3),
            Quantity(ask_size / 1000, 3), ts, ts,
        )
        for bid, ask, bid_size, ask_size, ts in rows
    ])  # fmt: skip
    rates = [Funding(announced, Decimal(rate), paid) for announced, paid, rate in market.funding]
    funding_rates.write(directory, str(instrument.id), rates, 60 * FUNDING_HOURS)
    (directory / "README.md").write_text(PERPETUAL_README, encoding="utf-8")


def bitcoin() -> CryptoPerpetual:
    """A linear perpetual in tenths of a dollar and thousandths of a bitcoin, at ten times leverage at most."""
    usdt, first, is_inverse = Currency.from_str("USDT"), 0, False
    return CryptoPerpetual(
        InstrumentId.from_str("BTCUSDT-PERP.SIM"), Symbol("BTCUSDT-PERP"), Currency.from_str("BTC"), usdt, usdt,
        is_inverse, 1, 3, Price.from_str("0.1"), Quantity.from_str("0.001"), first, first, margin_init=Decimal(1),
        margin_maint=Decimal("0.5"),
    )  # fmt: skip


WRITERS = {"options": _write_options, "perpetual": _write_perpetual, "portfolio": _write_portfolio}
