"""Trade the cross of two moving averages with a bracket order."""
# pyright: reportUnknownMemberType=false
# the engine's stubs leave the elements of dicts open

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, override

from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model import Bar, BarType, OrderSide

from sweep.strategies.bracket import BracketConfig, BracketStrategy


@dataclass(frozen=True, kw_only=True)
class EmaBracketConfig(BracketConfig):
    """A bracket, and the two averages whose cross is traded."""

    bar_minutes: int = 5  # bars of the mid price, built inside from quotes; a divisor of 60
    fast: int = 10  # span, in bars
    slow: int = 30
    sides: Literal["both", "long", "short"] = "both"

    @override
    def rules(self) -> Iterator[tuple[bool, str]]:
        yield from super().rules()
        yield 0 < self.fast < self.slow, f"needs 0 < fast < slow (was {self.fast!r}, {self.slow!r})"
        whole = 0 < self.bar_minutes < 60 and 60 % self.bar_minutes == 0
        yield whole, f"bar_minutes must divide an hour (was {self.bar_minutes!r})"
        sides = ("both", "long", "short")
        yield self.sides in sides, f"sides must be one of {', '.join(sides)} (was {self.sides!r})"


class EmaBracket(BracketStrategy):
    """Buys when the fast average crosses above the slow one, sells when it crosses below."""

    def __init__(self, config: EmaBracketConfig) -> None:
        super().__init__(config)
        self._sides = {"both": {OrderSide.BUY, OrderSide.SELL}, "long": {OrderSide.BUY}, "short": {OrderSide.SELL}}[
            config.sides
        ]
        self._bars = BarType.from_str(f"{config.instrument_id}-{config.bar_minutes}-MINUTE-MID-INTERNAL")
        self._fast, self._slow = ExponentialMovingAverage(config.fast), ExponentialMovingAverage(config.slow)
        self._above: bool | None = None  # fast over slow, when last they differed

    @override
    def on_start(self) -> None:
        super().on_start()
        self.subscribe_bars(self._bars)

    @override
    def on_bar(self, bar: Bar) -> None:
        if bar.volume.is_zero():
            return  # built without a single quote: the market was closed
        self._fast.handle_bar(bar)
        self._slow.handle_bar(bar)
        fast, slow = self._fast.value, self._slow.value
        if not self._slow.initialized or fast == slow:
            return
        before, self._above = self._above, fast > slow
        side = OrderSide.BUY if self._above else OrderSide.SELL
        if before not in (None, self._above) and side in self._sides:
            self.enter(side)
