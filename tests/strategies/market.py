"""Small markets in memory, and what a strategy did in them: the engine plain, nothing of sweep/backtest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import LoggerConfig, LogLevel
from nautilus_trader.execution import DefaultFillModel, PerContractFeeModel, StaticLatencyModel
from nautilus_trader.model import (
    AccountType,
    Currency,
    CustomData,
    DataType,
    Equity,
    InstrumentId,
    Money,
    OmsType,
    Price,
    Quantity,
    QuoteTick,
    Symbol,
    Venue,
)

from sweep.strategies.score_bracket import ScoreUpdate

SPY = InstrumentId.from_str("SPY.ARCA")
USD = Currency.from_str("USD")
NEW_YORK = ZoneInfo("America/New_York")
MS = 1_000_000


def at(clock: str, day: int = 4) -> int:
    """UNIX ns of a New York wall-clock time on a day of May 2026; the 4th is a Monday."""
    moment = datetime.combine(date(2026, 5, day), time.fromisoformat(clock), NEW_YORK)
    return int(moment.timestamp()) * 1_000_000_000


def quote(ns: int, bid: str, ask: str, size: int = 1000, instrument: InstrumentId = SPY) -> QuoteTick:
    lots = Quantity.from_int(size)
    return QuoteTick(instrument, Price.from_str(bid), Price.from_str(ask), lots, lots, ns, ns)


def score(ns: int, value: float = 70.0, bias: str = "bullish", instrument: InstrumentId = SPY) -> CustomData:
    times: dict[str, Any] = {"ts_event": ns, "ts_init": ns}  # arguments that the engine's decorator adds
    update = ScoreUpdate(**times, instrument_id=instrument, composite_score=value, bias=bias)
    return CustomData(DataType("ScoreUpdate"), update)


@dataclass(frozen=True)
class Fill:
    """One execution; `order` numbers the strategy's orders from 1 in the order of their creation."""

    ns: int
    order: int
    side: str
    size: float
    price: str
    instrument: str = "SPY.ARCA"

    @property
    def signed(self) -> float:
        return self.size if self.side == "BUY" else -self.size


@dataclass(frozen=True)
class Day:
    """The results of a run."""

    fills: list[Fill]
    statuses: list[str]  # of the orders in the order of their creation
    created: list[int]  # ns, of the same orders
    pnl: Decimal  # change of the account's balance
    open_positions: int

    def deals(self) -> list[tuple[str, float, str]]:
        return [(fill.side, fill.size, fill.price) for fill in self.fills]


def equity() -> Equity:
    quarter = Decimal("0.25")
    return Equity(SPY, Symbol("SPY"), USD, 2, Price.from_str("0.01"), 0, 0, margin_init=quarter, margin_maint=quarter)


def trade(
    strategy: Any, events: Sequence[Any], latency_ms: int = 0, instruments: Sequence[Any] = (), **venue: Any
) -> Day:
    """Replay events of SPY and of what else is given; each venue with 100,000 USD. Commission: one cent a share.

    Fails if the engine stopped early, as it does on any error.
    """
    defaults: dict[str, Any] = {
        "oms_type": OmsType.NETTING,
        "account_type": AccountType.MARGIN,
        "starting_balances": [Money.from_str("100000 USD")],
        "base_currency": USD,
        "default_leverage": Decimal(1),
        "fill_model": DefaultFillModel(1.0, 0.0, 1),
        "fee_model": PerContractFeeModel(Money.from_str("0.01 USD")),
        "latency_model": StaticLatencyModel(base_latency_nanos=latency_ms * MS) if latency_ms else None,
    }
    engine = BacktestEngine(
        BacktestEngineConfig(logging=LoggerConfig(stdout_level=LogLevel.OFF), shutdown_on_error=True)
    )
    try:
        for name in dict.fromkeys(["ARCA", *(str(i.id.venue) for i in instruments)]):
            engine.add_venue(Venue(name), **(defaults | venue))
        for instrument in (equity(), *instruments):
            engine.add_instrument(instrument)
        engine.add_data(list(events))
        engine.add_strategy(strategy)
        engine.run()
        assert engine.get_result().iterations == len(events), "the engine stopped early: see stderr"
        return _day(engine)
    finally:
        engine.dispose()


def _day(engine: BacktestEngine) -> Day:
    orders = sorted(engine.cache.orders(), key=lambda order: int(str(order.client_order_id).rsplit("-", 1)[1]))
    fills = [
        Fill(
            event.ts_event,
            number,
            event.order_side.name,
            float(event.last_qty),
            str(event.last_px),
            str(event.instrument_id),
        )
        for number, order in enumerate(orders, 1)
        for event in order.events()
        if type(event).__name__ == "OrderFilled"
    ]
    accounts = [
        engine.cache.account_for_venue(venue) for venue in sorted({i.venue for i in engine.cache.instrument_ids()})
    ]
    return Day(
        fills=sorted(fills, key=lambda fill: fill.ns),
        statuses=[order.status.name for order in orders],
        created=[order.ts_init for order in orders],
        pnl=sum((a.balance_total(USD).as_decimal() - 100_000 for a in accounts if a), Decimal(0)),
        open_positions=len(engine.cache.positions_open()),
    )
