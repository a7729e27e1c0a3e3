"""Trends with the figures of 1.x."""

from collections import deque
from datetime import UTC, datetime
from math import atan, degrees, inf
from typing import ClassVar

from nautilus_trader.model import Bar, PriceType

from sweep.compat.averages import MovingAverageFactory, MovingAverageType
from sweep.compat.base import Indicator, PriceIndicator, total

SIMPLE, EXPONENTIAL = MovingAverageType.SIMPLE, MovingAverageType.EXPONENTIAL


class MovingAverageConvergenceDivergence(PriceIndicator):
    """A fast average less a slow one."""

    def __init__(
        self,
        fast_period: int,
        slow_period: int,
        ma_type: MovingAverageType = EXPONENTIAL,
        price_type: PriceType = PriceType.LAST,
    ) -> None:
        super().__init__([fast_period, slow_period, ma_type.name], price_type)
        self.fast_period, self.slow_period, self.value = fast_period, slow_period, 0.0
        self._fast = MovingAverageFactory.create(fast_period, ma_type)
        self._slow = MovingAverageFactory.create(slow_period, ma_type)

    def update_raw(self, close: float) -> None:
        self._fast.update_raw(close)
        self._slow.update_raw(close)
        self.value = self._fast.value - self._slow.value
        self._seen(enough=self._fast.initialized and self._slow.initialized)

    def _reset(self) -> None:
        self._fast.reset()
        self._slow.reset()
        self.value = 0.0


class AroonOscillator(Indicator):
    """The age of the lowest price less that of the highest."""

    reads: ClassVar = ("high", "low")

    def __init__(self, period: int) -> None:
        super().__init__([period])
        self.period = period
        self._highs: deque[float] = deque(maxlen=period + 1)
        self._lows: deque[float] = deque(maxlen=period + 1)
        self.aroon_up = self.aroon_down = self.value = 0.0

    def update_raw(self, high: float, low: float) -> None:
        self._highs.appendleft(high)
        self._lows.appendleft(low)
        self.aroon_up = 100.0 * (1.0 - self._highs.index(max(self._highs)) / self.period)
        self.aroon_down = 100.0 * (1.0 - self._lows.index(min(self._lows)) / self.period)
        self.value = self.aroon_up - self.aroon_down
        self._seen(enough=len(self._highs) > self.period)

    def _reset(self) -> None:
        self._highs.clear()
        self._lows.clear()
        self.aroon_up = self.aroon_down = self.value = 0.0


class DirectionalMovement(Indicator):
    """Averages of how far highs went up, and lows went down."""

    reads: ClassVar = ("high", "low")

    def __init__(self, period: int, ma_type: MovingAverageType = EXPONENTIAL) -> None:
        super().__init__([period, ma_type.name])
        self.period, self.pos, self.neg = period, 0.0, 0.0
        self._up = MovingAverageFactory.create(period, ma_type)
        self._down = MovingAverageFactory.create(period, ma_type)
        self._high = self._low = 0.0

    def update_raw(self, high: float, low: float) -> None:
        up, down = (high - self._high, self._low - low) if self.has_inputs else (0.0, 0.0)
        self._up.update_raw(up if up > down and up > 0 else 0.0)
        self._down.update_raw(down if down > up and down > 0 else 0.0)
        self.pos, self.neg = self._up.value, self._down.value
        self._high, self._low = high, low
        self._seen(enough=self._down.initialized)

    def _reset(self) -> None:
        self._up.reset()
        self._down.reset()
        self._high = self._low = self.pos = self.neg = 0.0


class LinearRegression(Indicator):
    """The straight line through the last closes, which are counted from 1."""

    def __init__(self, period: int) -> None:
        super().__init__([period])
        self.period = period
        self._inputs: deque[float] = deque(maxlen=period)
        self.slope = self.intercept = self.degree = self.cfo = self.value = 0.0
        self.r2 = 0.0

    def update_raw(self, close: float) -> None:
        self._inputs.append(close)
        self._seen(enough=len(self._inputs) >= self.period)
        if not self.initialized:
            return
        n, last = self.period, self._inputs[-1]
        pairs = list(enumerate(self._inputs, 1))
        sum_x, sum_y = 0.5 * n * (n + 1), total(self._inputs)
        sum_xx, sum_xy = sum_x * (2 * n + 1) / 3, total(x * y for x, y in pairs)
        divisor = n * sum_xx - sum_x * sum_x
        self.slope = (n * sum_xy - sum_x * sum_y) / divisor
        self.intercept = (sum_y * sum_xx - sum_x * sum_xy) / divisor
        rests = [self.slope * x + self.intercept - y for x, y in pairs]
        self.value = rests[-1] + last
        self.degree = degrees(atan(self.slope))
        self.cfo = 100.0 * rests[-1] / last
        spread = total((y - sum_y / n) ** 2 for _, y in pairs)
        self.r2 = 1.0 - total(rest * rest for rest in rests) / spread if spread else -inf

    @property
    def R2(self) -> float:  # noqa: N802 (the name in 1.x)
        return self.r2

    def _reset(self) -> None:
        self._inputs.clear()
        self.slope = self.intercept = self.degree = self.cfo = self.r2 = self.value = 0.0


class Bias(Indicator):
    """The distance of the close from its average, as a fraction."""

    def __init__(self, period: int, ma_type: MovingAverageType = SIMPLE) -> None:
        super().__init__([period, ma_type.name])
        self.period, self.value = period, 0.0
        self._average = MovingAverageFactory.create(period, ma_type)

    def update_raw(self, close: float) -> None:
        self._average.update_raw(close)
        self.value = close / self._average.value - 1.0
        self._seen(enough=self._average.initialized)

    def _reset(self) -> None:
        self._average.reset()
        self.value = 0.0


class Swings(Indicator):
    """The last swing high and swing low, and how far apart they are."""

    reads: ClassVar = ("high", "low")

    def __init__(self, period: int) -> None:
        super().__init__([period])
        self.period = period
        self._highs: deque[float] = deque(maxlen=period)
        self._lows: deque[float] = deque(maxlen=period)
        self._reset()

    def handle_bar(self, bar: Bar) -> None:
        moment = datetime.fromtimestamp(bar.ts_init / 1e9, UTC)
        self.update_raw(bar.high.as_double(), bar.low.as_double(), moment)

    def update_raw(self, high: float, low: float, timestamp: datetime | float) -> None:
        self._highs.append(high)
        self._lows.append(low)
        is_high = high >= max(self._highs) and low >= min(self._lows)
        is_low = low <= min(self._lows) and high <= max(self._highs)
        turn = 0 if is_high == is_low else 1 if is_high else -1
        self.changed = bool(turn) and self.direction == -turn
        self.since_high, self.since_low = self.since_high + 1, self.since_low + 1
        if turn == 1:
            self.high_price, self.high_datetime, self.since_high = high, timestamp, 0
        elif turn == -1:
            self.low_price, self.low_datetime, self.since_low = low, timestamp, 0
        self.direction = turn or self.direction
        if self.initialized:
            self.length = self.high_price - self.low_price
            self.duration = self.since_low if self.direction == 1 else self.since_high
        self._seen(enough=self.high_price != 0 and self.low_price != 0)

    def _reset(self) -> None:
        self._highs.clear()
        self._lows.clear()
        self.direction, self.changed = 0, False
        self.high_datetime: datetime | float | None = None
        self.low_datetime: datetime | float | None = None
        self.high_price = self.low_price = self.length = 0.0
        self.duration = self.since_high = self.since_low = 0


class IchimokuCloud(Indicator):
    """Middles of three periods, two of them and the close shifted."""

    reads: ClassVar = ("high", "low", "close")

    def __init__(
        self, tenkan_period: int = 9, kijun_period: int = 26, senkou_period: int = 52, displacement: int = 26
    ) -> None:
        super().__init__([tenkan_period, kijun_period, senkou_period, displacement])
        if not tenkan_period <= kijun_period <= senkou_period:
            raise ValueError("tenkan_period <= kijun_period <= senkou_period must hold")
        self.tenkan_period, self.kijun_period = tenkan_period, kijun_period
        self.senkou_period, self.displacement = senkou_period, displacement
        self._highs: deque[float] = deque(maxlen=senkou_period)
        self._lows: deque[float] = deque(maxlen=senkou_period)
        self._shifted: list[deque[float]] = [deque(maxlen=displacement) for _ in range(3)]
        self.tenkan_sen = self.kijun_sen = 0.0
        self.senkou_span_a: float = 0.0
        self.senkou_span_b: float = 0.0
        self.chikou_span: float = 0.0

    def update_raw(self, high: float, low: float, close: float) -> None:
        self._highs.append(high)
        self._lows.append(low)
        self._seen(enough=len(self._highs) >= self.senkou_period)
        self.tenkan_sen = self._middle(self.tenkan_period, self.tenkan_sen)
        self.kijun_sen = self._middle(self.kijun_period, self.kijun_sen)
        if not self.initialized:
            return
        values = (self.tenkan_sen + self.kijun_sen) / 2.0, self._middle(self.senkou_period, 0.0), close
        spans: list[float] = [self.senkou_span_a, self.senkou_span_b, self.chikou_span]
        for i, (line, value) in enumerate(zip(self._shifted, values, strict=True)):
            if len(line) == self.displacement:
                spans[i] = line[0]
            line.append(value)
        self.senkou_span_a, self.senkou_span_b, self.chikou_span = spans

    def _middle(self, period: int, otherwise: float) -> float:
        if len(self._highs) < period:
            return otherwise
        return (max(list(self._highs)[-period:]) + min(list(self._lows)[-period:])) / 2.0

    def _reset(self) -> None:
        for line in (self._highs, self._lows, *self._shifted):
            line.clear()
        self.tenkan_sen = self.kijun_sen = self.senkou_span_a = self.senkou_span_b = self.chikou_span = 0.0
