"""Parameters of the hedged grid, and the rules that they keep."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HedgeGridConfig:
    """The grid and its limits. Raises one ValueError that names everything that is wrong."""

    instrument_id: str
    step_bps: float = 25  # between levels, in hundredths of a percent of the centre
    levels_long: int = 10
    levels_short: int = 10
    base_qty: float = 0.001  # of the first level, in units of the base currency
    qty_scale: float = 1.1  # from one level to the next
    tp_steps: float = 2  # take-profit, in steps from the entry
    sl_steps: float = 8  # stop-loss
    recenter_steps: float = 4  # the grid follows the market once it has moved so far
    max_position: float = 0.02  # on each side, in units of the base currency; resting orders counted in
    counter_levels: int = 5  # against a trend
    counter_scale: float = 0.5  # of the size, against a trend
    maker_only: bool = True  # entries that would take liquidity are refused
    funding_minutes: float = 30  # before a funding time, for the side that pays
    max_funding_bps: float = 1.0  # a rate up to this is paid
    bar_minutes: int = 15  # bars of the mid price for the regime, built from quotes; a divisor of 60
    ema_fast: int = 12  # bars
    ema_slow: int = 48
    regime_period: int = 14  # of ADX and ATR, bars
    adx_trend: float = 25  # from here on it is a trend
    max_atr_bps: float = 150  # of the price; above it nothing is placed
    close_at_end: bool = True  # close what is open when the run ends

    def __post_init__(self) -> None:
        if wrong := [rule for holds, rule in self.rules() if not holds]:
            raise ValueError("; ".join(wrong))

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Each rule with whether it holds."""
        positive = ("step_bps", "base_qty", "qty_scale", "tp_steps", "sl_steps", "recenter_steps", "max_position")
        for name in (*positive, "counter_scale", "max_atr_bps", "regime_period"):
            yield 0 < getattr(self, name) < float("inf"), f"{name} must be greater than 0 (was {getattr(self, name)!r})"
        for name in (
            "levels_long",
            "levels_short",
            "counter_levels",
            "funding_minutes",
            "max_funding_bps",
            "adx_trend",
        ):
            yield getattr(self, name) >= 0, f"{name} must be at least 0 (was {getattr(self, name)!r})"
        yield self.levels_long + self.levels_short > 0, "needs a level on one side at least"
        deepest = self.step_bps * (max(self.levels_long, self.levels_short) + self.sl_steps)
        yield deepest < 10_000, f"step_bps × (levels + sl_steps) must be below 10000 (was {deepest!r})"
        yield 0 < self.ema_fast < self.ema_slow, f"needs 0 < ema_fast < ema_slow (was {self.ema_fast}, {self.ema_slow})"
        whole = 0 < self.bar_minutes < 60 and 60 % self.bar_minutes == 0
        yield whole, f"bar_minutes must divide an hour (was {self.bar_minutes!r})"
