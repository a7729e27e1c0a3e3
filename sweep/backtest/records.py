"""A finished trial, to be read: what artifacts are written from, and what a metric of your own is computed from.

Plain values throughout. Times are UNIX nanoseconds, money is in the reporting currency unless a field says otherwise.
Nothing here can change a result, and nothing here needs the engine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, override

from sweep.trial import Metrics


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill of an order."""

    ts_event: int
    instrument_id: str
    side: str  # BUY or SELL
    quantity: float
    price: float
    value: float  # notional: what was traded, in the reporting currency at the rates of the end
    commission: float  # negative for a rebate
    currency: str  # of the commission
    liquidity_side: str  # MAKER or TAKER
    order_type: str
    client_order_id: str
    trade_id: str
    position_id: str
    strategy: str = ""  # its name in the spec

    @property
    def sign(self) -> int:
        """1 for BUY, -1 for SELL."""
        return 1 if self.side == "BUY" else -1


@dataclass(frozen=True, slots=True)
class Order:
    """One order, as it stood at the end."""

    ts_init: int  # when the strategy made it
    ts_last: int
    instrument_id: str
    side: str
    type: str
    time_in_force: str
    quantity: float
    filled_quantity: float
    price: float | None  # of a limit
    trigger_price: float | None  # of a stop
    avg_price: float | None  # of its fills
    status: str
    reason: str  # why it was denied or rejected
    tags: str
    client_order_id: str
    parent_order_id: str
    position_id: str
    strategy: str = ""  # its name in the spec


@dataclass(frozen=True, slots=True)
class Position:
    """One position, from flat to flat. One that is still open is marked to market, and has no `ts_closed`."""

    ts_opened: int
    ts_closed: int | None
    ts_decided: int  # when the strategy made the order that opened it
    instrument_id: str
    side: str  # LONG or SHORT, as it was opened
    quantity: float  # the largest
    avg_price_open: float
    avg_price_close: float | None
    pnl: float  # after fees; of an open one with what closing it now would bring
    fees: float
    opening_order_id: str
    closing_order_id: str
    position_id: str
    strategy: str = ""  # its name in the spec

    @property
    def is_open(self) -> bool:
        """True if it was still open at the end."""
        return self.ts_closed is None


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of an account in a currency after an event."""

    ts_event: int
    account_id: str
    currency: str
    total: float
    locked: float
    free: float


@dataclass(frozen=True, slots=True)
class Day:
    """A trading day with market data."""

    date: str  # ISO, on the instruments' calendar
    first: int  # time of its first market data
    last: int
    equity: float  # at its end, marked to market
    pnl: float  # change of the equity
    net_return: float  # a fraction of the equity at the end of the day before


class Unavailable(Sequence[Any]):
    """Rows that a backtest cannot tell; it is left by whoever asks for them."""

    def __init__(self, refuse: Callable[[], NoReturn]) -> None:
        self._refuse = refuse

    @override
    def __len__(self) -> int:
        return self._refuse()

    @override
    def __getitem__(self, index: Any) -> Any:
        return self._refuse()

    @override
    def __eq__(self, other: object) -> bool:
        return self._refuse()

    @override
    def __hash__(self) -> int:
        return self._refuse()

    @override
    def __repr__(self) -> str:
        return self._refuse()

    @override
    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._refuse()


@dataclass(frozen=True)
class BacktestRecord:
    """Everything that one backtest came to. Sequences are in order of time."""

    currency: str  # the reporting currency
    equity_start: float
    days: Sequence[Day]
    orders: Sequence[Order]
    fills: Sequence[Fill]
    positions: Sequence[Position]
    balances: Sequence[Balance]
    figures: Metrics  # the metrics of docs/metrics.md
    config: Mapping[str, Any]  # of the strategy, as in the spec with the trial's parameters written in
    mids: Callable[[], Sequence[float | None]]  # of each fill: bid and ask at that moment, in the middle
    events: Callable[[str], Sequence[Any]]  # your own events that were replayed, by the name of their class

    @property
    def equity_end(self) -> float:
        """Equity at the end, marked to market."""
        return self.days[-1].equity if self.days else self.equity_start

    @property
    def returns(self) -> list[float]:
        """Net return of each day, a fraction."""
        return [day.net_return for day in self.days]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Hooks into a backtest. None of them changes a result."""

    keep: Callable[[BacktestRecord], None] | None = None  # is handed what it came to, when it ended well
    log: Callable[[int, str, str], None] | None = None  # is handed what the strategy logs: UNIX ns, level, message
    failed: Callable[[BaseException], None] | None = None  # is called where user code raised, all of it still alive


NOTHING = Hooks()
