"""Moving averages with the figures of 1.x: a value from the first input on."""

from collections import deque
from collections.abc import Iterable
from enum import Enum
from typing import Any

import numpy as np
from nautilus_trader.model import PriceType

from sweep.compat.base import Indicator, PriceIndicator, total


class MovingAverageType(Enum):
    """The kinds of averages that 1.x named."""

    SIMPLE = 0
    EXPONENTIAL = 1
    DOUBLE_EXPONENTIAL = 2
    WILDER = 3
    HULL = 4
    ADAPTIVE = 5
    WEIGHTED = 6
    VARIABLE_INDEX_DYNAMIC = 7


class MovingAverage(PriceIndicator):
    """Counts its inputs; `period` of them are enough."""

    def __init__(self, period: int, price_type: PriceType = PriceType.LAST, params: Iterable[Any] = ()) -> None:
        super().__init__(list(params) or [period], price_type)
        if period < 1:
            raise ValueError(f"period must be positive (was {period})")
        self.period, self.count, self.value = period, 0, 0.0

    def _count(self) -> None:
        self.count += 1
        self._seen(enough=self.count >= self.period)

    def _reset(self) -> None:
        self.count, self.value = 0, 0.0


class SimpleMovingAverage(MovingAverage):
    """The mean of the last inputs."""

    def __init__(self, period: int, price_type: PriceType = PriceType.LAST) -> None:
        super().__init__(period, price_type)
        self._inputs: deque[float] = deque(maxlen=period)

    def update_raw(self, value: float) -> None:
        self._inputs.append(value)
        self.value = total(self._inputs) / len(self._inputs)
        self._count()

    def _reset(self) -> None:
        super()._reset()
        self._inputs.clear()


class ExponentialMovingAverage(MovingAverage):
    """Begins at the first input, and goes a part of the way to each further one."""

    def __init__(self, period: int, price_type: PriceType = PriceType.LAST) -> None:
        super().__init__(period, price_type)
        self.alpha = self._alpha(period)

    def _alpha(self, period: int) -> float:
        return 2.0 / (period + 1.0)

    def update_raw(self, value: float) -> None:
        before = self.value if self.has_inputs else value
        self.value = self.alpha * value + (1.0 - self.alpha) * before
        self._count()


class WilderMovingAverage(ExponentialMovingAverage):
    """The same with Wilder's part, 1 / period."""

    def _alpha(self, period: int) -> float:
        return 1.0 / period


class DoubleExponentialMovingAverage(MovingAverage):
    """Twice the exponential average less the exponential average of it."""

    def __init__(self, period: int, price_type: PriceType = PriceType.LAST) -> None:
        super().__init__(period, price_type)
        self._first, self._second = ExponentialMovingAverage(period), ExponentialMovingAverage(period)

    def update_raw(self, value: float) -> None:
        self._first.update_raw(value)
        self._second.update_raw(self._first.value)
        self.value = 2.0 * self._first.value - self._second.value
        self._seen(enough=self._second.initialized)

    def _reset(self) -> None:
        super()._reset()
        self._first.reset()
        self._second.reset()


class WeightedMovingAverage(MovingAverage):
    """The mean of the last inputs by weights, of which the last is the newest input's; equal weights without."""

    def __init__(
        self, period: int, weights: Iterable[float] | None = None, price_type: PriceType = PriceType.LAST
    ) -> None:
        super().__init__(period, price_type, [period, weights])
        self.weights = None if weights is None else [float(weight) for weight in weights]
        if self.weights is not None and len(self.weights) != period:
            raise ValueError(f"there must be {period} weights (were {len(self.weights)})")
        self._inputs: deque[float] = deque(maxlen=period)

    def update_raw(self, value: float) -> None:
        self._inputs.append(value)
        weights = None if self.weights is None else self.weights[-len(self._inputs) :]
        self.value = float(np.average(list(self._inputs), weights=weights))
        self._count()

    def _reset(self) -> None:
        super()._reset()
        self._inputs.clear()


def rising(size: int) -> list[float]:
    """Weights 1, 2, 3 …, which add up to 1."""
    weights = range(1, size + 1)
    return [weight / sum(weights) for weight in weights]


class HullMovingAverage(MovingAverage):
    """A short weighted average of twice a half one less a whole one."""

    def __init__(self, period: int, price_type: PriceType = PriceType.LAST) -> None:
        super().__init__(period, price_type)
        self._half, self._whole, self._short = (
            WeightedMovingAverage(size, rising(size)) for size in (period // 2, period, int(period**0.5))
        )

    def update_raw(self, value: float) -> None:
        self._half.update_raw(value)
        self._whole.update_raw(value)
        self._short.update_raw(self._half.value * 2.0 - self._whole.value)
        self.value = self._short.value
        self._count()

    def _reset(self) -> None:
        super()._reset()
        for average in (self._half, self._whole, self._short):
            average.reset()


class EfficiencyRatio(Indicator):
    """The distance that the price came, as a part of the way that it went."""

    def __init__(self, period: int) -> None:
        super().__init__([period])
        self.period, self.value = period, 0.0
        self._inputs: deque[float] = deque(maxlen=period)
        self._steps: deque[float] = deque(maxlen=period)

    def update_raw(self, price: float) -> None:
        self._inputs.append(price)
        self._seen(enough=len(self._inputs) >= max(self.period, 2))
        if len(self._inputs) < 2:
            return
        self._steps.append(abs(self._inputs[-1] - self._inputs[-2]))
        way = sum(self._steps)
        self.value = abs(self._inputs[0] - self._inputs[-1]) / way if way > 0 else 0.0

    def _reset(self) -> None:
        self._inputs.clear()
        self._steps.clear()
        self.value = 0.0


class AdaptiveMovingAverage(MovingAverage):
    """Kaufman's: the straighter the price goes, the further it follows."""

    def __init__(
        self,
        period_er: int,
        period_alpha_fast: int,
        period_alpha_slow: int,
        price_type: PriceType = PriceType.LAST,
    ) -> None:
        super().__init__(period_er, price_type, [period_er, period_alpha_fast, period_alpha_slow])
        self.period_er, self.period_alpha_fast, self.period_alpha_slow = period_er, period_alpha_fast, period_alpha_slow
        self.alpha_fast, self.alpha_slow = 2.0 / (period_alpha_fast + 1.0), 2.0 / (period_alpha_slow + 1.0)
        self.alpha_diff = self.alpha_fast - self.alpha_slow
        self._ratio = EfficiencyRatio(period_er)

    def update_raw(self, value: float) -> None:
        before = self.value if self.has_inputs else value
        self._ratio.update_raw(value)
        part = (self._ratio.value * self.alpha_diff + self.alpha_slow) ** 2
        self.value = before + part * (value - before)
        self._count()

    def _reset(self) -> None:
        super()._reset()
        self._ratio.reset()


class GainsAndLosses(Indicator):
    """Averages of how far the price rose, and of how far it fell."""

    def __init__(self, period: int, ma_type: MovingAverageType) -> None:
        super().__init__([period, ma_type.name])
        self.period, self.value = period, 0.0
        self._gain = MovingAverageFactory.create(period, ma_type)
        self._loss = MovingAverageFactory.create(period, ma_type)
        self._before = 0.0

    def _step(self, price: float) -> None:
        change = price - (self._before if self.has_inputs else price)
        self._gain.update_raw(max(change, 0.0))
        self._loss.update_raw(max(-change, 0.0))
        self._before = price
        self._seen(enough=self._gain.initialized and self._loss.initialized)

    def _reset(self) -> None:
        self._gain.reset()
        self._loss.reset()
        self._before, self.value = 0.0, 0.0


class ChandeMomentumOscillator(GainsAndLosses):
    """Between -100 and 100."""

    def __init__(self, period: int, ma_type: MovingAverageType = MovingAverageType.WILDER) -> None:
        super().__init__(period, ma_type)

    def update_raw(self, close: float) -> None:
        self._step(close)
        if self.initialized:
            both = self._gain.value + self._loss.value
            self.value = 100.0 * (self._gain.value - self._loss.value) / both if both else 0.0


class VariableIndexDynamicAverage(MovingAverage):
    """An exponential average that follows as far as the price has momentum."""

    def __init__(
        self,
        period: int,
        price_type: PriceType = PriceType.LAST,
        cmo_ma_type: MovingAverageType = MovingAverageType.SIMPLE,
    ) -> None:
        super().__init__(period, price_type)
        self.alpha, self.cmo_pct = 2.0 / (period + 1.0), 0.0
        self.cmo = ChandeMomentumOscillator(period, cmo_ma_type)

    def update_raw(self, value: float) -> None:
        self.cmo.update_raw(value)
        self.cmo_pct = abs(self.cmo.value / 100.0)
        if self.initialized:
            part = self.alpha * self.cmo_pct
            self.value = part * value + (1.0 - part) * self.value
        self._count()

    def _reset(self) -> None:
        super()._reset()
        self.cmo.reset()
        self.cmo_pct = 0.0


class MovingAverageFactory:
    """Averages by their kind."""

    @staticmethod
    def create(period: int, ma_type: MovingAverageType, **options: Any) -> MovingAverage:
        if ma_type is MovingAverageType.WEIGHTED:
            return WeightedMovingAverage(period, **options)
        if ma_type is MovingAverageType.VARIABLE_INDEX_DYNAMIC:
            return VariableIndexDynamicAverage(period, **options)
        if ma_type not in SIMPLE_ONES:
            raise ValueError(f"no average of the kind {ma_type} is made from a period alone")
        return SIMPLE_ONES[ma_type](period)


SIMPLE_ONES: dict[MovingAverageType, type[Any]] = {
    MovingAverageType.SIMPLE: SimpleMovingAverage,
    MovingAverageType.EXPONENTIAL: ExponentialMovingAverage,
    MovingAverageType.DOUBLE_EXPONENTIAL: DoubleExponentialMovingAverage,
    MovingAverageType.WILDER: WilderMovingAverage,
    MovingAverageType.HULL: HullMovingAverage,
}
