"""A strategy that sends any kind of order at the n-th event, and remembers what became of it."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from nautilus_trader.model import (
    BarType,
    InstrumentId,
    OrderSide,
    OrderType,
    Price,
    Quantity,
    TimeInForce,
    TriggerType,
)
from nautilus_trader.trading import Strategy

from tests.support.strategies import SPY


@dataclass(frozen=True, kw_only=True)
class TraderConfig:
    """`actions`: [n, method of Trader, arguments …], done with the n-th event of the kind that it listens to."""

    instrument_id: InstrumentId = SPY
    listen: str = "quotes"
    actions: list[list[Any]] = field(default_factory=list[list[Any]])


class Trader(Strategy):
    """Strategy that records the outcome of its orders in the class."""

    fills: ClassVar[list[tuple[Any, ...]]] = []  # event, side, quantity, price, maker or taker, commission
    order_events: ClassVar[list[tuple[int, str]]] = []  # every other order event
    at_once: ClassVar[list[str]] = []  # states right after orders were sent
    ids: ClassVar[list[tuple[str, str]]] = []  # of position and venue order, of each fill

    def __init__(self, config: TraderConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.count = -1
        self.sent: list[Any] = []

    def on_start(self) -> None:
        Trader.fills, Trader.order_events, Trader.at_once, Trader.ids = [], [], [], []
        self.instrument = self.cache.instrument(self.cfg.instrument_id)
        getattr(self, f"subscribe_{self.cfg.listen.partition(' ')[0]}")(*self._what())

    def _what(self) -> tuple[Any, ...]:
        kind, _, name = self.cfg.listen.partition(" ")
        return (BarType.from_str(name),) if kind == "bars" else (self.cfg.instrument_id,)

    def on_quote(self, _quote: Any) -> None:
        self.step()

    def on_trade(self, _trade: Any) -> None:
        self.step()

    def on_bar(self, _bar: Any) -> None:
        self.step()

    def step(self) -> None:
        self.count += 1
        for at, method, *arguments in self.cfg.actions:
            if at == self.count:
                getattr(self, f"do_{method}")(*arguments)

    def size(self, amount: float) -> tuple[OrderSide, Quantity]:
        return (OrderSide.BUY if amount > 0 else OrderSide.SELL), Quantity(abs(amount), self.instrument.size_precision)

    def price(self, value: float) -> Price:
        return Price(value, self.instrument.price_precision)

    def send(self, order: Any) -> None:
        self.sent.append(order)
        self.submit_order(order)
        Trader.at_once.append(self.cache.order(order.client_order_id).status.name)

    def do_market(self, amount: float, reduce_only: bool = False) -> None:
        self.send(self.order_factory.market(self.cfg.instrument_id, *self.size(amount), reduce_only=reduce_only))

    def do_limit(self, amount: float, price: float, seconds: float | None = None) -> None:
        terms: dict[str, Any] = {}
        if seconds is not None:
            terms = {"time_in_force": TimeInForce.GTD, "expire_time": self.clock.timestamp_ns() + int(seconds * 1e9)}
        self.send(self.order_factory.limit(self.cfg.instrument_id, *self.size(amount), self.price(price), **terms))

    def do_stop(self, amount: float, trigger: float) -> None:
        self.send(
            self.order_factory.stop_market(
                self.cfg.instrument_id, *self.size(amount), self.price(trigger), TriggerType.DEFAULT
            )
        )

    def do_stop_limit(self, amount: float, price: float, trigger: float) -> None:
        self.send(
            self.order_factory.stop_limit(
                self.cfg.instrument_id, *self.size(amount), self.price(price), self.price(trigger)
            )
        )

    def do_bracket(self, amount: float, stop: float, target: float, entry: float | None = None) -> None:
        side, quantity = self.size(amount)
        terms: dict[str, Any] = {"sl_trigger_price": self.price(stop), "tp_price": self.price(target)}
        if entry is not None:
            terms |= {"entry_price": self.price(entry), "entry_order_type": OrderType.LIMIT}
        orders = self.order_factory.bracket(self.cfg.instrument_id, side, quantity, **terms)
        self.submit_order_list(orders)

    def do_close_all(self) -> None:
        self.close_all_positions(self.cfg.instrument_id)

    def do_cancel(self, n: int) -> None:
        self.cancel_order(self.sent[n].client_order_id)

    def do_modify(self, n: int, price: float) -> None:
        self.modify_order(self.sent[n].client_order_id, price=self.price(price))

    def on_order_filled(self, event: Any) -> None:
        Trader.ids.append((str(event.position_id), str(event.venue_order_id)))
        Trader.fills.append(
            (
                self.count, event.order_side.name, str(event.last_qty), str(event.last_px), event.liquidity_side.name,
                str(event.commission),
            )
        )  # fmt: skip

    def on_order_event(self, event: Any) -> None:
        name = type(event).__name__.removeprefix("Order")
        if name not in {"Filled", "Initialized", "Submitted"}:
            Trader.order_events.append((self.count, name))
