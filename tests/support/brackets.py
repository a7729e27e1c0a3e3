"""A bracket strategy for tests that enters at given quotes."""

from dataclasses import dataclass, field
from typing import Any, override

from nautilus_trader.model import OrderSide

from sweep.strategies.bracket import BracketStrategy
from sweep.strategies.bracket_config import BracketConfig


@dataclass(frozen=True, kw_only=True)
class ScriptedBracketConfig(BracketConfig):
    """`entries`: numbers of the quotes (from 0) at which it enters; `side` -1 sells."""

    entries: list[int] = field(default_factory=list[int])
    side: int = 1


class ScriptedBracket(BracketStrategy):
    """Enters at the quotes of its config, whenever a bracket may."""

    def __init__(self, config: ScriptedBracketConfig) -> None:
        super().__init__(config)
        self.cfg, self.quotes = config, -1

    @override
    def on_start(self) -> None:
        super().on_start()
        self.subscribe_quotes(self.instrument.id)

    @override
    def on_quote(self, quote: Any) -> None:
        super().on_quote(quote)
        self.quotes += 1
        if self.quotes in self.cfg.entries:
            self.enter(OrderSide.BUY if self.cfg.side > 0 else OrderSide.SELL)
