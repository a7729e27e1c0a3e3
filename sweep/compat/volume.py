"""Volumes with the figures of 1.x."""

from collections import deque
from typing import ClassVar

from sweep.compat.averages import MovingAverageFactory, MovingAverageType
from sweep.compat.base import Indicator
from sweep.compat.volatility import AverageTrueRange

EXPONENTIAL = MovingAverageType.EXPONENTIAL


class OnBalanceVolume(Indicator):
    """The volume of rising bars less that of falling ones, of a period or (with 0) of all."""

    reads: ClassVar = ("open", "close", "volume")

    def __init__(self, period: int = 0) -> None:
        super().__init__([period])
        self.period, self.value = period, 0.0
        self._volumes: deque[float] = deque(maxlen=period or None)

    def update_raw(self, open_: float, close: float, volume: float) -> None:
        self._volumes.append(volume if close > open_ else -volume if close < open_ else 0.0)
        self.value = sum(self._volumes)
        self._seen(enough=len(self._volumes) >= max(self.period, 1))

    def _reset(self) -> None:
        self._volumes.clear()
        self.value = 0.0


class KlingerVolumeOscillator(Indicator):
    """A fast average of signed volume less a slow one, averaged again."""

    reads: ClassVar = ("high", "low", "close", "volume")

    def __init__(
        self, fast_period: int, slow_period: int, signal_period: int, ma_type: MovingAverageType = EXPONENTIAL
    ) -> None:
        super().__init__([fast_period, slow_period, signal_period, ma_type.name])
        self.fast_period, self.slow_period, self.signal_period = fast_period, slow_period, signal_period
        self.value = 0.0
        self._fast, self._slow, self._signal = (
            MovingAverageFactory.create(period, ma_type) for period in (fast_period, slow_period, signal_period)
        )
        self._before = 0.0

    def update_raw(self, high: float, low: float, close: float, volume: float) -> None:
        typical = (high + low + close) / 3.0
        signed = volume if typical > self._before else -volume if typical < self._before else 0.0
        self._fast.update_raw(signed)
        self._slow.update_raw(signed)
        if self._slow.initialized:
            self._signal.update_raw(self._fast.value - self._slow.value)
            self.value = self._signal.value
        self._before = typical
        self._seen(enough=self._signal.initialized)

    def _reset(self) -> None:
        for average in (self._fast, self._slow, self._signal):
            average.reset()
        self._before, self.value = 0.0, 0.0


class Pressure(Indicator):
    """The close between low and high, by range and volume."""

    reads: ClassVar = ("high", "low", "close", "volume")

    def __init__(self, period: int, ma_type: MovingAverageType = EXPONENTIAL, atr_floor: float = 0.0) -> None:
        super().__init__([period, ma_type.name, atr_floor])
        self.period, self.value, self.value_cumulative = period, 0.0, 0.0
        self._range = AverageTrueRange(period, ma_type, use_previous=True, value_floor=atr_floor)
        self._volume = MovingAverageFactory.create(period, ma_type)

    def update_raw(self, high: float, low: float, close: float, volume: float) -> None:
        self._range.update_raw(high, low, close)
        self._volume.update_raw(volume)
        self._seen(enough=self._range.initialized)
        if not (self._volume.value and self._range.value):
            self.value = 0.0
            return
        relative = volume / self._volume.value
        bought = ((close - low) / self._range.value) * relative
        sold = ((high - close) / self._range.value) * relative
        self.value = bought - sold
        self.value_cumulative += self.value

    def _reset(self) -> None:
        self._range.reset()
        self._volume.reset()
        self.value = self.value_cumulative = 0.0
