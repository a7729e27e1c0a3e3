"""Monitor of the risk limits of one trial."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from itertools import takewhile
from typing import Any

from nautilus_trader.model import OrderModifyRejected, OrderSide
from nautilus_trader.trading import Strategy

from sweep.backtest.accounting.accounts import MONEY, ZERO, Accounts
from sweep.backtest.risk.denial import about, explaining, members, to_deny
from sweep.backtest.risk.scope import Scope, buys, is_exit
from sweep.common.units import moment_of
from sweep.spec.components.risk import RiskRules, moment_of_day
from sweep.trial import Metrics

TAG = "SWEEP-RISK"  # of orders that close positions for a limit


@dataclass(frozen=True, slots=True)
class RiskStop:
    """One time at which a limit stopped trading."""

    at: str  # ISO 8601
    strategy: str  # "" for the whole backtest
    limit: str
    threshold: float | str
    value: float | str  # at the first mark beyond the threshold
    equity: float  # at that mark, before anything was closed
    then: str
    until: str  # next_day or end

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        """The stop as a sentence."""
        who = f"{self.strategy}: " if self.strategy else ""
        figure = f"{self.value:.2%} of {self.threshold:.2%}" if isinstance(self.value, float) else f"{self.value}"
        action = "positions closed" if self.then == "flatten" else "no new positions"
        span = "to the end" if self.until == "end" else "for the day"
        return f"{who}{self.limit} ({figure}) at {self.at}: {action} {span}, equity {self.equity:,.2f}"


class RiskMonitor:
    """Limits and what they did. `refused` counts orders that were not sent."""

    def __init__(self, rules: RiskRules) -> None:
        self._rules = rules
        self._scopes: list[Scope] = []
        self._now: Callable[[], int] = lambda: 0
        self._sent: list[Any] = []  # ids of orders that the engine may not have begun to send
        self.stops: list[RiskStop] = []
        self.refused = 0

    def begin(
        self, accounts: Accounts, strategies: Callable[[], dict[str, Any]], start: Decimal, now: Callable[[], int]
    ) -> None:
        """Take the equity at the start; `strategies` are the engine's objects by name, `now` is the event time."""
        self._now = now
        named = {"": self._rules, **self._rules.strategies}
        for name, limits in named.items():

            def objects(name: str = name) -> list[Any]:
                return [instance for n, instance in strategies().items() if name in ("", n)]

            self._scopes.append(Scope(name, limits, accounts, objects, start, self._sent))

    def mark(self) -> None:
        """Check every limit at a new mark, and repeat what a limit that has struck demands."""
        with localcontext(MONEY):
            for scope in self._scopes:
                self._check_clock(scope)
                if scope.has_changed():
                    self._check(scope)
                if scope.is_halted:
                    self._enforce(scope)

    def close_day(self) -> None:
        """Begin the next trading day."""
        with localcontext(MONEY):
            for scope in self._scopes:
                scope.begin_day(scope.equity(), self._now() + 1)

    def _check(self, scope: Scope) -> None:
        limits, equity = scope.limits, scope.equity()
        scope.peak = max(scope.peak, equity)
        falls = {
            "max_drawdown": (limits.max_drawdown, scope.peak),
            "daily_loss": (limits.daily_loss, scope.day_start),
        }
        for name, (threshold, reference) in falls.items():
            if threshold is None or scope.stopped or reference <= 0:
                continue
            fall = 1 - equity / reference
            if fall > Decimal(str(threshold)):
                scope.stopped = name
                scope.until_end = (limits.until or ("end" if name == "max_drawdown" else "next_day")) == "end"
                self._note(scope, name, threshold, float(fall), equity)
        self._check_entries(scope, equity)

    def _check_entries(self, scope: Scope, equity: Decimal) -> None:
        most = scope.limits.max_trades_per_day
        if most is not None and not scope.is_full and (count := scope.entries_today()) >= most:
            scope.is_full = True
            self._note(scope, "max_trades_per_day", most, f"{count} of {most}", equity)

    def _check_clock(self, scope: Scope) -> None:
        """Trading ends at the time of day, and goes on after midnight of its time zone."""
        if (text := scope.limits.stop_trading_at) is None or scope.until_end:
            return
        end, zone = moment_of_day(text)
        is_late = datetime.fromtimestamp(self._now() / 1e9, UTC).astimezone(zone).time() >= end
        if is_late and not scope.is_late:
            scope.until_end = scope.limits.until == "end"
            scope.stopped = "stop_trading_at" if scope.until_end else scope.stopped
            self._note(scope, "stop_trading_at", text, text, scope.equity())
        scope.is_late = is_late

    def _note(self, scope: Scope, limit: str, threshold: float | str, value: float | str, equity: Decimal) -> None:
        then = "halt" if limit == "max_trades_per_day" else scope.limits.then
        until = "end" if scope.until_end and limit != "max_trades_per_day" else "next_day"
        at = moment_of(self._now())
        self.stops.append(RiskStop(at, scope.name, limit, threshold, value, float(equity), then, until))

    def _enforce(self, scope: Scope) -> None:
        """Cancel entries that rest; where it flattens, cancel everything and close what is open."""
        objects = {str(s.strategy_id): s for s in scope.strategies()}
        working = list(scope.working())
        for order in working:
            is_ours = TAG in (order.tags or ())
            is_there = order.is_open or order.is_emulated
            if is_there and not is_ours and (scope.flattens or not is_exit(order, scope)):
                objects[str(order.strategy_id)].cancel_order(order.client_order_id)
        moving = {(str(o.strategy_id), o.instrument_id) for o in working if o.is_inflight or TAG in (o.tags or ())}
        for position in scope.open_positions() if scope.flattens else ():
            if (str(position.strategy_id), position.instrument_id) not in moving:
                self._close(objects[str(position.strategy_id)], position)

    def _close(self, strategy: Any, position: Any) -> None:
        """Close a position at the market."""
        side = OrderSide.SELL if position.is_long else OrderSide.BUY
        factory = strategy.order_factory
        order = factory.market(position.instrument_id, side, position.quantity, reduce_only=True, tags=[TAG])
        engine: Any = Strategy  # its own method would look at the limits
        engine.submit_order(strategy, order, position.id)
        self.submitted([order])

    def refusal(self, strategy: Any, orders: Sequence[Any], position_id: Any = None, growth: Decimal = ZERO) -> str:
        """Reason why a strategy must not send these orders, or enlarge them; "" where it may. Exits always go."""
        with localcontext(MONEY):
            mine = [scope for scope in self._scopes if self._limits(scope, strategy)]
            entries = [(scope, o) for scope in mine for o in orders if not is_exit(o, scope, position_id, growth)]
            for scope in dict.fromkeys(s for s, _ in entries):
                self._check_clock(scope)
                self._check_entries(scope, scope.equity())
            reasons = (self._reason(scope) or _beyond(scope, o, growth, orders) for scope, o in entries)
            return next(filter(None, reasons), "")

    def _limits(self, scope: Scope, strategy: Any) -> bool:
        return any(instance is strategy for instance in scope.strategies())

    def _reason(self, scope: Scope) -> str:
        if not scope.is_halted:
            return ""
        late = "stop_trading_at" if scope.is_late else "max_trades_per_day"
        return f"risk{_of(scope)}: {scope.stopped or late} has stopped trading"

    def wrap(self, kind: Any, callbacks: Mapping[str, Any]) -> dict[str, Any]:
        """The methods of a strategy class that send orders, so that refused ones are denied, or hear of denied ones."""
        monitor = self

        def submit_order(self: Any, order: Any, position_id: Any = None, *args: Any, **kwargs: Any) -> None:
            if not monitor.deny(kind, self, [order], position_id):
                kind.submit_order(self, order, position_id, *args, **kwargs)
                monitor.submitted([order])

        def submit_order_list(self: Any, order_list: Any, position_id: Any = None, *args: Any, **kwargs: Any) -> None:
            orders = members(order_list)
            if not monitor.deny(kind, self, orders, position_id):
                kind.submit_order_list(self, order_list, position_id, *args, **kwargs)
                monitor.submitted(orders)

        def modify_order(self: Any, client_order_id: Any, quantity: Any = None, *args: Any, **kwargs: Any) -> None:
            if not monitor.deny_growth(self, client_order_id, quantity):
                kind.modify_order(self, client_order_id, quantity, *args, **kwargs)

        def modify_orders(self: Any, updates: Sequence[Any], *args: Any, **kwargs: Any) -> None:
            if allowed := [u for u in updates if not monitor.deny_growth(self, u[0], u[1])]:
                kind.modify_orders(self, allowed, *args, **kwargs)

        methods = {f.__name__: f for f in (submit_order, submit_order_list, modify_order, modify_orders)}
        return methods | explaining(callbacks)

    def submitted(self, orders: Sequence[Any]) -> None:
        """Note orders that a strategy has submitted."""
        self._sent += [order.client_order_id for order in orders]

    def deny(self, kind: Any, strategy: Any, orders: Sequence[Any], position_id: Any) -> bool:
        """Have the engine deny orders that a limit refuses: True if it does."""
        if not (reason := self.refusal(strategy, orders, position_id)):
            return False
        self.refused += len(orders)
        for order in orders:
            kind.submit_order(strategy, to_deny(order, reason))
        return True

    def deny_growth(self, strategy: Any, order_id: Any, quantity: Any) -> bool:
        """Reject a larger quantity of an order at work that a limit refuses: True, and the strategy is told."""
        order = strategy.cache.order(order_id)
        growth = quantity.as_decimal() - order.quantity.as_decimal() if order and quantity else ZERO
        if growth <= 0 or not (reason := self.refusal(strategy, [order], growth=growth)):
            return False
        self.refused += 1
        ids = {"venue_order_id": order.venue_order_id, "account_id": order.account_id}
        event = OrderModifyRejected(**about(order, reason, self._now()), reconciliation=False, **ids)
        strategy.on_order_modify_rejected(event)
        strategy.on_order_event(event)
        return True

    def figures(self) -> Metrics:
        """The metrics of RISK_METRICS."""
        return {"risk_stops": len(self.stops), "orders_refused": self.refused}

    def warnings(self) -> Iterator[str]:
        """Describe the stops, the first ones by name."""
        yield from (f"risk limit: {stop}" for stop in self.stops[:3])
        if more := len(self.stops) - 3:
            yield from [f"risk limits stopped trading {more} more times"] if more > 0 else []


def _beyond(scope: Scope, order: Any, growth: Decimal, together: Sequence[Any]) -> str:
    """Reason for which an entry exceeds the largest position, together with those before it in its list; "" without."""
    most = scope.limits.max_position
    if isinstance(most, dict):
        most = most.get(str(order.instrument_id))
    if most is None or order.parent_order_id is not None:
        return ""
    before = takewhile(lambda other: other is not order, together)
    like = (
        o for o in before if (o.instrument_id, o.side, o.parent_order_id) == (order.instrument_id, order.side, None)
    )
    quantity = (growth or order.quantity.as_decimal()) + sum((o.quantity.as_decimal() for o in like), ZERO)
    held = scope.held(order.instrument_id)
    after = quantity + (held if buys(order) else -held) + scope.resting(order.instrument_id, order.side)
    return f"risk{_of(scope)}: max_position {most:g} would be exceeded ({after})" if after > Decimal(str(most)) else ""


def _of(scope: Scope) -> str:
    return f" of {scope.name}" if scope.name else ""
