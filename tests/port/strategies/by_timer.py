"""Turns the position at every alarm of a timer; settings come one by one."""

import datetime as dt

from nautilus_trader.common.events import TimeEvent
from nautilus_trader.core.datetime import unix_nanos_to_dt
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Quantity
from nautilus_trader.trading.strategy import Strategy


class ByTimer(Strategy):
    def __init__(self, instrument_id: InstrumentId, minutes: int = 25, size: int = 10_000):
        super().__init__()
        self.instrument_id = instrument_id
        minutes = max(minutes, 5)
        self.interval = dt.timedelta(minutes=minutes)
        self.size = Quantity.from_int(size)
        self.side = OrderSide.BUY
        self.started = None

    def on_start(self):
        self.started = dt.datetime.now()
        self.subscribe_quote_ticks(self.instrument_id)
        self.clock.set_timer(name="turn", interval=self.interval, callback=self.on_timer)
        self.clock.set_time_alert("late", self.clock.utc_now() + dt.timedelta(hours=9), self.on_late)

    def on_quote_tick(self, tick: QuoteTick):
        self.last = tick

    def on_timer(self, event: TimeEvent):
        if event.name == "turn" and "turn" in self.clock.timer_names and self.is_running:
            self.log.info(f"{unix_nanos_to_dt(event.ts_event)} {self.side}")
            self.close_all_positions(self.instrument_id)
            self.submit_order(self.order_factory.market(self.instrument_id, self.side, self.size))
            self.side = OrderSide.SELL if self.side == OrderSide.BUY else OrderSide.BUY

    def on_late(self, event: TimeEvent):
        self.clock.cancel_timer("turn")
        self.close_all_positions(self.instrument_id)
