"""Market regime from bars: direction and strength of the trend (EMA, ADX), and volatility (ATR)."""

from nautilus_trader.indicators import (
    AverageTrueRange,
    DirectionalMovement,
    ExponentialMovingAverage,
    WilderMovingAverage,
)
from nautilus_trader.model import Bar


class Regime:
    """Fed with bars; `trend` is 1, -1 or 0, and 0 as long as too few bars are known."""

    def __init__(self, fast: int, slow: int, period: int, adx_trend: float, max_atr_bps: float) -> None:
        self._fast, self._slow = ExponentialMovingAverage(fast), ExponentialMovingAverage(slow)
        self._movement, self._adx = DirectionalMovement(period), WilderMovingAverage(period)
        self._atr = AverageTrueRange(period)
        self._adx_trend, self._max_atr_bps = adx_trend, max_atr_bps
        self.trend = 0
        self.is_wild = False  # the average true range is larger than allowed

    @property
    def adx(self) -> float:
        """Average directional index (Wilder, 1978), 0 to 100."""
        return self._adx.value

    def handle_bar(self, bar: Bar) -> None:
        """Take a bar in."""
        for indicator in (self._fast, self._slow, self._movement, self._atr):
            indicator.handle_bar(bar)
        up, down = self._movement.pos, self._movement.neg
        if self._movement.initialized and up + down > 0:
            self._adx.update_raw(100 * abs(up - down) / (up + down))
        trends = self._slow.initialized and self._adx.initialized and self.adx >= self._adx_trend
        self.trend = 0 if not trends else 1 if self._fast.value > self._slow.value else -1
        self.is_wild = self._atr.initialized and 1e4 * self._atr.value / float(bar.close) > self._max_atr_bps
