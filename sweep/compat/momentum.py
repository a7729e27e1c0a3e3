"""Oscillators with the figures of 1.x."""

from collections import deque
from math import log, sqrt
from typing import ClassVar

from sweep.compat.averages import GainsAndLosses, MovingAverageFactory, MovingAverageType
from sweep.compat.base import Indicator, total

EXPONENTIAL, SIMPLE = MovingAverageType.EXPONENTIAL, MovingAverageType.SIMPLE


class RelativeStrengthIndex(GainsAndLosses):
    """Between 0 and 1."""

    def __init__(self, period: int, ma_type: MovingAverageType = EXPONENTIAL) -> None:
        super().__init__(period, ma_type)

    def update_raw(self, value: float) -> None:
        self._step(value)
        loss = self._loss.value
        self.value = 1.0 if loss == 0 else 1.0 - 1.0 / (1.0 + self._gain.value / loss)


class RateOfChange(Indicator):
    """The change over a period, as a fraction."""

    def __init__(self, period: int, use_log: bool = False) -> None:
        super().__init__([period])
        self.period, self.value, self._use_log = period, 0.0, use_log
        self._prices: deque[float] = deque(maxlen=period)

    def update_raw(self, price: float) -> None:
        self._prices.append(price)
        self._seen(enough=len(self._prices) >= self.period)
        first = self._prices[0]
        self.value = log(price / first) if self._use_log else (price - first) / first

    def _reset(self) -> None:
        self._prices.clear()
        self.value = 0.0


class StochasticsDMethod:
    """Ways to make %D."""

    RATIO = "ratio"
    MOVING_AVERAGE = "moving_average"


class Stochastics(Indicator):
    """The close between the lowest and the highest price, in percent."""

    reads: ClassVar = ("high", "low", "close")

    def __init__(
        self,
        period_k: int,
        period_d: int,
        slowing: int = 1,
        ma_type: MovingAverageType = EXPONENTIAL,
        d_method: str = StochasticsDMethod.RATIO,
    ) -> None:
        super().__init__([period_k, period_d, slowing, ma_type.name, d_method])
        if d_method not in {StochasticsDMethod.RATIO, StochasticsDMethod.MOVING_AVERAGE}:
            raise ValueError(f"d_method must be 'ratio' or 'moving_average' (was {d_method!r})")
        self.period_k, self.period_d, self.slowing = period_k, period_d, slowing
        self.ma_type, self.d_method = ma_type, d_method
        self._highs: deque[float] = deque(maxlen=period_k)
        self._lows: deque[float] = deque(maxlen=period_k)
        self._above_low: deque[float] = deque(maxlen=period_d)
        self._range: deque[float] = deque(maxlen=period_d)
        self._slow = MovingAverageFactory.create(slowing, ma_type) if slowing > 1 else None
        averaged = d_method == StochasticsDMethod.MOVING_AVERAGE
        self._d = MovingAverageFactory.create(period_d, ma_type) if averaged else None
        self.value_k = self.value_d = 0.0

    def update_raw(self, high: float, low: float, close: float) -> None:
        self._highs.append(high)
        self._lows.append(low)
        highest, lowest = max(self._highs), min(self._lows)
        full = len(self._highs) == self.period_k
        self._seen(enough=full and self._slow is None and self._d is None)
        if self._d is None:
            self._above_low.append(close - lowest)
            self._range.append(highest - lowest)
        if highest == lowest:
            return
        self.value_k = self._slowed(100.0 * ((close - lowest) / (highest - lowest)))
        self.value_d = self._averaged(self.value_k)
        ready = all(average is None or average.initialized for average in (self._slow, self._d))
        self._seen(enough=full and ready)

    def _slowed(self, value: float) -> float:
        if self._slow is None:
            return value
        self._slow.update_raw(value)
        return self._slow.value

    def _averaged(self, value: float) -> float:
        if self._d is None:
            whole = sum(self._range)
            return 100.0 * (sum(self._above_low) / whole) if whole else 0.0
        self._d.update_raw(value)
        return self._d.value

    def _reset(self) -> None:
        for values in (self._highs, self._lows, self._above_low, self._range):
            values.clear()
        for average in (self._slow, self._d):
            if average is not None:
                average.reset()
        self.value_k = self.value_d = 0.0


class RelativeVolatilityIndex(Indicator):
    """The deviation of the rising bars, as a part of that of all."""

    def __init__(self, period: int, scalar: float = 100.0, ma_type: MovingAverageType = EXPONENTIAL) -> None:
        super().__init__([period, scalar, ma_type.name])
        self.period, self.scalar, self.value = period, scalar, 0.0
        self._prices: deque[float] = deque(maxlen=period)
        self._mean = MovingAverageFactory.create(period, SIMPLE)
        self._rising = MovingAverageFactory.create(period, ma_type)
        self._falling = MovingAverageFactory.create(period, ma_type)
        self._before = 0.0

    def update_raw(self, close: float) -> None:
        self._prices.append(close)
        self._mean.update_raw(close)
        squares = total((price - self._mean.value) ** 2 for price in self._prices) / len(self._prices)
        deviation = sqrt(squares) * sqrt(self.period) / sqrt(self.period - 1)
        if self._mean.initialized:
            self._rising.update_raw(deviation if close > self._before else 0.0)
            self._falling.update_raw(deviation if close < self._before else 0.0)
            both = self._rising.value + self._falling.value
            self.value = self.scalar * self._rising.value / both if both else 0.0
        self._before = close
        self._seen(enough=self._rising.initialized)

    def _reset(self) -> None:
        self._prices.clear()
        for average in (self._mean, self._rising, self._falling):
            average.reset()
        self._before, self.value = 0.0, 0.0


class PsychologicalLine(Indicator):
    """The share of the last bars that rose, in percent."""

    def __init__(self, period: int, ma_type: MovingAverageType = SIMPLE) -> None:
        super().__init__([period, ma_type.name])
        self.period, self.value = period, 0.0
        self._rising = MovingAverageFactory.create(period, ma_type)
        self._before = 0.0

    def update_raw(self, close: float) -> None:
        before = self._before if self.has_inputs else close
        self._rising.update_raw(1.0 if close > before else 0.0)
        self.value = 100.0 * self._rising.value
        self._before = close
        self._seen(enough=self._rising.initialized)

    def _reset(self) -> None:
        self._rising.reset()
        self._before, self.value = 0.0, 0.0
