"""Ranges and bands with the figures of 1.x."""

from collections import deque
from math import sqrt
from typing import ClassVar

from nautilus_trader.model import QuoteTick, TradeTick

from sweep.compat.averages import MovingAverageFactory, MovingAverageType
from sweep.compat.base import Indicator, total

SIMPLE, EXPONENTIAL = MovingAverageType.SIMPLE, MovingAverageType.EXPONENTIAL


class AverageTrueRange(Indicator):
    """The average of how far prices went, the close before included."""

    reads: ClassVar = ("high", "low", "close")

    def __init__(
        self,
        period: int,
        ma_type: MovingAverageType = SIMPLE,
        use_previous: bool = True,
        value_floor: float = 0.0,
    ) -> None:
        super().__init__([period, ma_type.name, use_previous, value_floor])
        self.period, self.value = period, 0.0
        self._average = MovingAverageFactory.create(period, ma_type)
        self._use_previous, self._floor, self._before = use_previous, value_floor, 0.0

    def update_raw(self, high: float, low: float, close: float) -> None:
        before = self._before if self.has_inputs else close
        reached = (max(before, high) - min(low, before)) if self._use_previous else high - low
        self._average.update_raw(reached)
        self._before = close
        self.value = max(self._average.value, self._floor) if self._floor else self._average.value
        self._seen(enough=self._average.initialized)

    def _reset(self) -> None:
        self._average.reset()
        self._before, self.value = 0.0, 0.0


class _Bands(Indicator):
    """An upper, a middle and a lower line."""

    def __init__(self, params: list[object]) -> None:
        super().__init__(params)
        self.upper = self.middle = self.lower = 0.0

    def _around(self, middle: float, distance: float) -> None:
        self.upper, self.middle, self.lower = middle + distance, middle, middle - distance

    def _reset(self) -> None:
        self.upper = self.middle = self.lower = 0.0


class BollingerBands(_Bands):
    """The average of the typical price, and so many deviations around it."""

    reads: ClassVar = ("high", "low", "close")

    def __init__(self, period: int, k: float, ma_type: MovingAverageType = SIMPLE) -> None:
        super().__init__([period, k, ma_type.name])
        self.period, self.k = period, k
        self._average = MovingAverageFactory.create(period, ma_type)
        self._prices: deque[float] = deque(maxlen=period)

    def handle_quote_tick(self, tick: QuoteTick) -> None:
        ask, bid = tick.ask_price.as_double(), tick.bid_price.as_double()
        self.update_raw(ask, bid, (ask + bid) / 2.0)

    def handle_trade_tick(self, tick: TradeTick) -> None:
        price = tick.price.as_double()
        self.update_raw(price, price, price)

    def update_raw(self, high: float, low: float, close: float) -> None:
        typical = (high + low + close) / 3.0
        self._prices.append(typical)
        self._average.update_raw(typical)
        mean = self._average.value
        deviation = sqrt(total((price - mean) ** 2 for price in self._prices) / len(self._prices))
        self._around(mean, self.k * deviation)
        self._seen(enough=len(self._prices) >= self.period)

    def _reset(self) -> None:
        super()._reset()
        self._average.reset()
        self._prices.clear()


class DonchianChannel(_Bands):
    """The highest and the lowest price of a period."""

    reads: ClassVar = ("high", "low")

    def __init__(self, period: int) -> None:
        super().__init__([period])
        self.period = period
        self._highs: deque[float] = deque(maxlen=period)
        self._lows: deque[float] = deque(maxlen=period)

    def handle_quote_tick(self, tick: QuoteTick) -> None:
        self.update_raw(tick.ask_price.as_double(), tick.bid_price.as_double())

    def handle_trade_tick(self, tick: TradeTick) -> None:
        self.update_raw(tick.price.as_double(), tick.price.as_double())

    def update_raw(self, high: float, low: float) -> None:
        self._highs.append(high)
        self._lows.append(low)
        self.upper, self.lower = max(self._highs), min(self._lows)
        self.middle = (self.upper + self.lower) / 2.0
        self._seen(enough=len(self._highs) >= self.period)

    def _reset(self) -> None:
        super()._reset()
        self._highs.clear()
        self._lows.clear()


class KeltnerChannel(_Bands):
    """The average of the typical price, and so many average true ranges around it."""

    reads: ClassVar = ("high", "low", "close")

    def __init__(
        self,
        period: int,
        k_multiplier: float,
        ma_type: MovingAverageType = EXPONENTIAL,
        ma_type_atr: MovingAverageType = SIMPLE,
        use_previous: bool = True,
        atr_floor: float = 0.0,
    ) -> None:
        super().__init__([period, k_multiplier, ma_type.name, ma_type_atr.name, use_previous, atr_floor])
        self.period, self.k_multiplier = period, k_multiplier
        self._average = MovingAverageFactory.create(period, ma_type)
        self._range = AverageTrueRange(period, ma_type_atr, use_previous, atr_floor)

    def update_raw(self, high: float, low: float, close: float) -> None:
        self._average.update_raw((high + low + close) / 3.0)
        self._range.update_raw(high, low, close)
        self._around(self._average.value, self._range.value * self.k_multiplier)
        self._seen(enough=self._average.initialized)

    def _reset(self) -> None:
        super()._reset()
        self._average.reset()
        self._range.reset()


class KeltnerPosition(Indicator):
    """The place of the close in the channel: 0 in the middle, 1 at the upper line."""

    reads: ClassVar = ("high", "low", "close")

    def __init__(
        self,
        period: int,
        k_multiplier: float,
        ma_type: MovingAverageType = EXPONENTIAL,
        ma_type_atr: MovingAverageType = SIMPLE,
        use_previous: bool = True,
        atr_floor: float = 0.0,
    ) -> None:
        super().__init__([period, k_multiplier, ma_type.name, ma_type_atr.name, use_previous, atr_floor])
        self.period, self.k_multiplier, self.value = period, k_multiplier, 0.0
        self._channel = KeltnerChannel(period, k_multiplier, ma_type, ma_type_atr, use_previous, atr_floor)

    def update_raw(self, high: float, low: float, close: float) -> None:
        self._channel.update_raw(high, low, close)
        half = (self._channel.upper - self._channel.lower) / 2.0
        self.value = (close - self._channel.middle) / half if half > 0 else 0.0
        self._seen(enough=self._channel.initialized)

    def _reset(self) -> None:
        self._channel.reset()
        self.value = 0.0


class VerticalHorizontalFilter(Indicator):
    """The range of prices, against the way that they went."""

    def __init__(self, period: int, ma_type: MovingAverageType = SIMPLE) -> None:
        super().__init__([period])
        self.period, self.value = period, 0.0
        self._prices: deque[float] = deque(maxlen=period)
        self._average = MovingAverageFactory.create(period, ma_type)
        self._before = 0.0

    def update_raw(self, close: float) -> None:
        before = self._before if self.has_inputs else close
        self._prices.append(close)
        self._average.update_raw(abs(close - before))
        if self.initialized:
            self.value = (max(self._prices) - min(self._prices)) / self.period / self._average.value
        self._before = close
        self._seen(enough=self._average.initialized)

    def _reset(self) -> None:
        self._prices.clear()
        self._average.reset()
        self._before, self.value = 0.0, 0.0


class VolatilityRatio(Indicator):
    """A slow average true range against a fast one."""

    reads: ClassVar = ("high", "low", "close")

    def __init__(
        self,
        fast_period: int,
        slow_period: int,
        ma_type: MovingAverageType = SIMPLE,
        use_previous: bool = True,
        value_floor: float = 0.0,
    ) -> None:
        super().__init__([fast_period, slow_period, ma_type.name, use_previous, value_floor])
        self.fast_period, self.slow_period, self.value = fast_period, slow_period, 0.0
        self._fast = AverageTrueRange(fast_period, ma_type, use_previous, value_floor)
        self._slow = AverageTrueRange(slow_period, ma_type, use_previous, value_floor)

    def update_raw(self, high: float, low: float, close: float) -> None:
        self._fast.update_raw(high, low, close)
        self._slow.update_raw(high, low, close)
        if self._fast.value > 0:
            self.value = self._slow.value / self._fast.value
        self._seen(enough=self._fast.initialized and self._slow.initialized)

    def _reset(self) -> None:
        self._fast.reset()
        self._slow.reset()
        self.value = 0.0
