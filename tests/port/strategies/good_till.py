"""Orders that expire, stops, and trailing stops."""

from datetime import timedelta
from decimal import Decimal

import pandas as pd

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide, TimeInForce, TrailingOffsetType, TriggerType
from nautilus_trader.model.events import OrderExpired, OrderFilled
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.trading.strategy import Strategy


class GoodTillConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    bar_type: BarType
    minutes: int = 7
    every: int = 30


class GoodTill(Strategy):
    def __init__(self, config: GoodTillConfig) -> None:
        super().__init__(config)
        self.bars = 0
        self.expired = 0

    def on_start(self) -> None:
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar: Bar) -> None:
        self.bars += 1
        if self.bars % self.config.every or self.cache.orders_open_count(instrument_id=self.config.instrument_id):
            return
        self.close_all_positions(self.config.instrument_id)
        until = self.clock.utc_now() + pd.Timedelta(minutes=self.config.minutes)
        price = Price(float(bar.close) - 0.00008, 5)
        limit = self.order_factory.limit(
            instrument_id=self.config.instrument_id,
            order_side=OrderSide.BUY,
            quantity=Quantity.from_int(30_000),
            price=price,
            time_in_force=TimeInForce.GTD,
            expire_time=until,
        )
        self.submit_order(limit)
        stop = self.order_factory.stop_market(
            instrument_id=self.config.instrument_id,
            order_side=OrderSide.BUY,
            quantity=Quantity.from_int(30_000),
            trigger_price=Price(float(bar.close) + 0.00015, 5),
            trigger_type=TriggerType["BID_ASK"],
            time_in_force=TimeInForce.GTD,
            expire_time=self.clock.utc_now() + timedelta(minutes=self.config.minutes),
        )
        self.submit_order(stop)

    def on_order_filled(self, event: OrderFilled) -> None:
        order = self.cache.order(event.client_order_id)
        if order.side == OrderSide.BUY and not order.is_reduce_only:
            trailing = self.order_factory.trailing_stop_market(
                self.config.instrument_id,
                OrderSide.SELL,
                order.filled_qty,
                Decimal("0.0002"),
                None,
                None,
                TriggerType.BID_ASK,
                TrailingOffsetType.PRICE,
                reduce_only=True,
            )
            self.submit_order(trailing)

    def on_order_expired(self, event: OrderExpired) -> None:
        self.expired += 1
