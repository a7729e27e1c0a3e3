"""Sell an iron condor in the morning: a call and a put out of the money, and buy their wings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import override

from nautilus_trader.model import OptionKind, OrderSide

from sweep.strategies.option_cycle import OptionCycle
from sweep.strategies.option_day import Leg, OptionCycleConfig
from sweep.strategies.strikes import strikes_out


@dataclass(frozen=True, kw_only=True)
class IronCondorConfig(OptionCycleConfig):
    """The day cycle, where the legs are, and when to leave."""

    short_strikes: int = 4  # out of the money, of the legs that are sold
    wing_strikes: int = 3  # further out, of the legs that are bought
    tp_pct: float = 50  # of the credit: a profit of so much ends it
    sl_pct: float = 150  # of the credit: a loss of so much ends it
    min_credit: float = 0.1  # per unit of the underlying, at the middle; less is not worth it

    @override
    def rules(self) -> Iterator[tuple[bool, str]]:
        yield from super().rules()
        for name in ("short_strikes", "wing_strikes", "tp_pct", "sl_pct"):
            yield getattr(self, name) > 0, f"{name} must be greater than 0 (was {getattr(self, name)!r})"


class IronCondor(OptionCycle):
    """Earns what time takes from options while the market stays between the legs that were sold."""

    def __init__(self, config: IronCondorConfig) -> None:
        super().__init__(config)
        self._condor = config

    @override
    def entry_legs(self) -> Mapping[str, Leg] | None:
        near, far = self._condor.short_strikes, self._condor.short_strikes + self._condor.wing_strikes
        places = {
            "short_put": (OptionKind.PUT, near, OrderSide.SELL),
            "long_put": (OptionKind.PUT, far, OrderSide.BUY),
            "short_call": (OptionKind.CALL, near, OrderSide.SELL),
            "long_call": (OptionKind.CALL, far, OrderSide.BUY),
        }
        contracts = {n: (strikes_out(self.listed(kind), self.spot(), k), side) for n, (kind, k, side) in places.items()}
        legs = {name: Leg(contract, side) for name, (contract, side) in contracts.items() if contract is not None}
        if len(legs) < len(places) or (credit := self._credit(legs)) is None or credit < self._condor.min_credit:
            return None
        return legs

    def _credit(self, legs: Mapping[str, Leg]) -> float | None:
        """At the middle of the market; None where a price is stale or missing: by the next tick it is there."""
        total = 0.0
        for market, leg in [(self.price(leg.contract), leg) for leg in legs.values()]:
            if market is None or market.age > self._condor.max_quote_age_secs:
                return None
            total += market.middle if leg.side == OrderSide.SELL else -market.middle
        return total

    @override
    def exit_reason(self) -> str:
        profit, credit = self.profit(), self.premium()
        if profit is None:
            return ""
        if profit >= self._condor.tp_pct / 100 * credit:
            return "target"
        return "stop" if profit <= -self._condor.sl_pct / 100 * credit else ""
