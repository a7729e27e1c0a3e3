"""A strategy that buys one unit at each event and remembers what it saw when the event came."""

from dataclasses import dataclass
from typing import Any

from nautilus_trader.model import DataType, InstrumentId

from tests.support.strategies import Scripted, ScriptedConfig

SEEN: list[tuple[float, float, int]] = []  # of each event: its premium, the bid that is known, the position held


@dataclass(frozen=True, kw_only=True)
class EventRecorderConfig(ScriptedConfig):
    """Nothing of its own."""


class EventRecorder(Scripted):
    """One share at every ScoreUpdate."""

    def on_start(self) -> None:
        super().on_start()
        self.subscribe_data(DataType("ScoreUpdate"))
        SEEN.clear()

    def on_data(self, data: Any) -> None:
        spy = InstrumentId.from_str("SPY.ARCA")
        quote, positions = self.cache.quote(spy), self.cache.positions_open(instrument_id=spy)
        held = sum(int(p.quantity.as_decimal()) for p in positions)
        SEEN.append((data.data.flow_premium, float(quote.bid_price), held))
        self.trade(1)
