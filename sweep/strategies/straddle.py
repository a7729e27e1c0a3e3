"""Buy (or sell) a straddle: a call and a put at the money."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, override

from nautilus_trader.model import OptionKind, OrderSide

from sweep.strategies.option_cycle import OptionCycle
from sweep.strategies.option_day import Leg, OptionCycleConfig
from sweep.strategies.strikes import at_the_money


@dataclass(frozen=True, kw_only=True)
class StraddleConfig(OptionCycleConfig):
    """The day cycle, the side, and when to leave."""

    side: Literal["buy", "sell"] = "buy"
    tp_pct: float = 30  # of the premium: a profit of so much ends it
    sl_pct: float = 30  # of the premium: a loss of so much ends it

    @override
    def rules(self) -> Iterator[tuple[bool, str]]:
        yield from super().rules()
        yield self.side in ("buy", "sell"), f"side must be buy or sell (was {self.side!r})"
        for name in ("tp_pct", "sl_pct"):
            yield getattr(self, name) > 0, f"{name} must be greater than 0 (was {getattr(self, name)!r})"


class Straddle(OptionCycle):
    """Bets on how far the market moves, not where to."""

    def __init__(self, config: StraddleConfig) -> None:
        super().__init__(config)
        self._straddle = config

    @override
    def entry_legs(self) -> Mapping[str, Leg] | None:
        side = OrderSide.BUY if self._straddle.side == "buy" else OrderSide.SELL
        calls, puts = self.listed(OptionKind.CALL), self.listed(OptionKind.PUT)
        if not calls or not puts:
            return None
        spot = self.spot()
        return {
            "call": Leg(calls[at_the_money(calls, spot)], side),
            "put": Leg(puts[at_the_money(puts, spot)], side),
        }

    @override
    def exit_reason(self) -> str:
        profit, premium = self.profit(), abs(self.premium())
        if profit is None:
            return ""
        if profit >= self._straddle.tp_pct / 100 * premium:
            return "target"
        return "stop" if profit <= -self._straddle.sl_pct / 100 * premium else ""
