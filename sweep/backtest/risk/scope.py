"""Strategies that a set of risk limits is for: their equity, their positions and orders."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from nautilus_trader.model import OrderStatus, OrderType, PositionId

from sweep.backtest.accounting.accounts import ZERO, Accounts, add_up_amounts
from sweep.backtest.accounting.attribution import marked_amounts
from sweep.spec.components.risk import RiskLimits


@dataclass(eq=False)
class Scope:
    """One set of limits and the state of what it limits. `name` is "" for the whole backtest."""

    name: str
    limits: RiskLimits
    accounts: Accounts
    strategies: Callable[[], list[Any]]  # objects in the engine
    start: Decimal  # equity of the whole backtest at its start
    sent: list[Any] = field(default_factory=list[Any])  # ids of orders that the engine may not have begun to send
    peak: Decimal = ZERO
    day_start: Decimal = ZERO  # equity at the end of the day before
    day_began: int = 0  # nanoseconds
    stopped: str = ""  # the limit that ended trading; "" while it goes on
    until_end: bool = False
    is_late: bool = False  # past `stop_trading_at`
    is_full: bool = False  # `max_trades_per_day` is reached
    ended: tuple[int, ...] = ()  # numbers of closed positions and orders when `closed` was computed
    closed: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])  # PnL of closed positions by currency
    latest: tuple[int, ...] = ()  # numbers of open and closed positions and of closed orders at the last check

    def __post_init__(self) -> None:
        self.peak = self.day_start = self.start

    def owns(self, item: Any) -> bool:
        """True if an order or a position belongs to the strategies that are limited."""
        return not self.name or any(s.strategy_id == item.strategy_id for s in self.strategies())

    def equity(self) -> Decimal:
        """Marked equity of the accounts; of one strategy the equity at the start plus its own marked PnL."""
        return self.start + self._own_pnl() if self.name else self.accounts.equity()

    def _own_pnl(self) -> Decimal:
        cache = self.accounts.cache
        ended = cache.positions_closed_count(), cache.orders_closed_count()
        if ended != self.ended:  # else as before: a look at each position at each mark would take longer and longer
            closed = filter(self.owns, (*cache.positions_closed(), *cache.position_snapshots()))
            self.ended, self.closed = ended, marked_amounts(self.accounts, closed)
        amounts = self.closed, marked_amounts(self.accounts, filter(self.owns, cache.positions_open()))
        return self.accounts.in_reporting_currency(add_up_amounts(amounts))

    def has_changed(self) -> bool:
        """True if the equity may differ from the last check: a position is open, or one was closed since."""
        cache = self.accounts.cache
        counts = cache.positions_open_count(), cache.positions_closed_count(), cache.orders_closed_count()
        changed = counts != self.latest
        self.latest = counts
        return changed or counts[0] > 0

    @property
    def is_halted(self) -> bool:
        """True if no position may be opened."""
        return bool(self.stopped) or self.is_late or self.is_full

    @property
    def flattens(self) -> bool:
        """True if what is open is closed."""
        return self.limits.then == "flatten" and (bool(self.stopped) or self.is_late)

    def begin_day(self, equity: Decimal, began: int) -> None:
        """Begin the next trading day, with the equity at the end of the day before."""
        self.day_start, self.day_began, self.is_full, self.latest = equity, began, False, ()
        if not self.until_end:
            self.stopped = ""

    def entries_today(self) -> int:
        """Number of positions that were opened since the end of the day before."""
        return sum(p.ts_opened >= self.day_began for p in self.accounts.positions() if self.owns(p))

    def held(self, instrument_id: Any) -> Decimal:
        """Signed quantity of the open positions in an instrument."""
        positions = self.accounts.cache.positions_open(instrument_id=instrument_id)
        return sum((signed(p) for p in positions if self.owns(p)), ZERO)

    def resting(self, instrument_id: Any, side: Any) -> Decimal:
        """Quantity that orders at work or on their way would still add on one side, without those that only reduce."""
        mine = (o for o in self.working() if o.instrument_id == instrument_id and o.side == side)
        entries = (o for o in mine if o.parent_order_id is None and not is_exit(o, self))
        return sum((o.leaves_qty.as_decimal() for o in entries), ZERO)

    def working(self) -> Iterator[Any]:
        """Orders that are open, emulated or on their way."""
        cache = self.accounts.cache
        orders = (*cache.orders_open(), *cache.orders_inflight(), *cache.orders_emulated(), *self._unsent())
        yield from (o for o in orders if self.owns(o))

    def _unsent(self) -> list[Any]:
        """Orders that the engine has not begun to send: it does after the callback that submits them."""
        orders = [self.accounts.cache.order(name) for name in self.sent]
        waiting = [o for o in orders if o is not None and o.status == OrderStatus.INITIALIZED]
        self.sent[:] = [o.client_order_id for o in waiting]
        return waiting

    def leaving(self, position: Any, order: Any) -> Decimal:
        """Quantity of a position that other market orders on their way close."""
        others = (o for o in self.working() if o.client_order_id != order.client_order_id)
        closing = (
            o
            for o in others
            if (o.strategy_id, o.instrument_id, o.side) == (position.strategy_id, position.instrument_id, order.side)
            and o.order_type == OrderType.MARKET
        )
        return sum((o.leaves_qty.as_decimal() for o in closing), ZERO)

    def open_positions(self) -> list[Any]:
        """Positions that are open and tradable."""
        positions = self.accounts.cache.positions_open()
        return [p for p in positions if self.owns(p) and not self.accounts.is_settled(p)]


def is_exit(order: Any, scope: Scope, position_id: Any = None, growth: Decimal = ZERO) -> bool:
    """True if an order can only reduce what is held: by its flag, as the child of an entry, or by its side and size.

    It reduces the position it names; without one the netted position of its strategy, which has both names in its id.
    What market orders on their way close of it is no longer there. `growth` is a quantity that the order would gain.
    """
    if order.is_reduce_only or (order.parent_order_id is not None and order.is_open):
        return True
    cache = scope.accounts.cache
    target = position_id or cache.position_id(order.client_order_id)
    position = cache.position(target or PositionId(f"{order.instrument_id}-{order.strategy_id}"))
    if position is None or position.is_closed:
        return False
    if position.is_long == buys(order):
        return False
    quantity = order.leaves_qty.as_decimal() + growth
    return quantity <= position.quantity.as_decimal() - scope.leaving(position, order)


def signed(position: Any) -> Decimal:
    """Quantity of a position, negative for a short one."""
    quantity = position.quantity.as_decimal()
    return quantity if position.is_long else -quantity


def buys(order: Any) -> bool:
    """True if an order buys."""
    return order.side.name == "BUY"
