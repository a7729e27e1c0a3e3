"""Trade scored events with a bracket order."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# the engine's stubs leave decorators and the elements of dicts open

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, override

from nautilus_trader.model import DataType, InstrumentId, OrderSide
from nautilus_trader.model.custom import customdataclass

from sweep.strategies.bracket import BracketConfig, BracketStrategy


@customdataclass
class ScoreUpdate:
    """A scored event. Times are nanoseconds since the UNIX epoch, as everywhere in NautilusTrader."""

    instrument_id: InstrumentId = InstrumentId.from_str("SPY.ARCA")
    composite_score: float = 0.0  # 0 to 100
    bias: str = ""  # "bullish", "bearish" or "neutral"
    conviction: float = 0.0  # 0 to 1
    flow_premium: float = 0.0  # USD
    spy_price_at_score: float = 0.0


SIDES = {"bullish": OrderSide.BUY, "bearish": OrderSide.SELL, "neutral": None, "": None}


@dataclass(frozen=True, kw_only=True)
class ScoreBracketConfig(BracketConfig):
    """A bracket, and the score from which on an event is traded."""

    score_threshold: float  # 0 to 100; an event with exactly this score is traded

    @override
    def rules(self) -> Iterator[tuple[bool, str]]:
        yield from super().rules()
        in_range = 0 <= self.score_threshold <= 100
        yield in_range, f"score_threshold must be between 0 and 100 (was {self.score_threshold!r})"


class ScoreBracket(BracketStrategy):
    """Follows the bias of each event whose score reaches the threshold."""

    def __init__(self, config: ScoreBracketConfig) -> None:
        super().__init__(config)
        self._threshold = config.score_threshold

    @override
    def on_start(self) -> None:
        super().on_start()
        self.subscribe_data(DataType("ScoreUpdate"))

    @override
    def on_data(self, data: Any) -> None:
        score: ScoreUpdate = data.data  # the engine wraps custom data
        if score.bias not in SIDES:
            raise ValueError(f"ScoreUpdate.bias must be bullish, bearish or neutral (was {score.bias!r})")
        side = SIDES[score.bias]
        if side and score.instrument_id == self.instrument.id and score.composite_score >= self._threshold:
            self.enter(side)
