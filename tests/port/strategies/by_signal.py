"""Tells itself by a signal, by data of its own, and by a message."""

from dataclasses import dataclass

from nautilus_trader.config import StrategyConfig
from nautilus_trader.core.data import Data
from nautilus_trader.core.message import Event
from nautilus_trader.model.data import Bar, BarType, DataType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Quantity
from nautilus_trader.trading.strategy import Strategy


class Move(Data):
    """The move of the price within a bar."""

    def __init__(self, size: float, ts_event: int, ts_init: int):
        self.size = size
        self._ts_event = ts_event
        self._ts_init = ts_init

    @property
    def ts_event(self) -> int:
        return self._ts_event

    @property
    def ts_init(self) -> int:
        return self._ts_init


@dataclass
class Turned(Event):
    """The position was turned."""

    side: OrderSide
    TOPIC: str = "turned"


class BySignalConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    bar_type: BarType
    step: float = 0.0002


class BySignal(Strategy):
    def __init__(self, config: BySignalConfig) -> None:
        super().__init__(config)
        self.turns = 0
        self.last = 0.0
        self.next_side = None

    def on_start(self) -> None:
        self.subscribe_bars(self.config.bar_type)
        self.subscribe_signal("long")
        self.subscribe_signal("short")
        self.subscribe_data(DataType(Move))
        self.msgbus.subscribe(Turned.TOPIC, self.on_turned)

    def on_bar(self, bar: Bar) -> None:
        if self.next_side is not None:
            self.close_all_positions(self.config.instrument_id)
            size = Quantity.from_int(10_000)
            self.submit_order(self.order_factory.market(self.config.instrument_id, self.next_side, size))
            self.msgbus.publish(Turned.TOPIC, Turned(self.next_side))
            self.next_side = None
        if self.last:
            move = Move(float(bar.close) - self.last, bar.ts_event, bar.ts_init)
            self.publish_data(DataType(Move), move)
        if not self.last or abs(float(bar.close) - self.last) >= self.config.step:
            self.last = float(bar.close)

    def on_data(self, data: Data) -> None:
        if isinstance(data, Move) and abs(data.size) >= self.config.step:
            name = "long" if data.size > 0 else "short"
            self.publish_signal(name=name, value=name, ts_event=data.ts_event)

    def on_signal(self, signal) -> None:
        self.next_side = OrderSide.BUY if signal.value == "long" else OrderSide.SELL

    def on_turned(self, event: Turned) -> None:
        self.turns += 1
