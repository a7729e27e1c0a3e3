"""Trade scored events with a bracket order."""

from nautilus_trader.model import InstrumentId
from nautilus_trader.model.custom import customdataclass


@customdataclass
class ScoreUpdate:
    """A scored event. Times are nanoseconds since the UNIX epoch, as everywhere in NautilusTrader."""

    instrument_id: InstrumentId = InstrumentId.from_str("SPY.ARCA")
    composite_score: float = 0.0  # 0 to 100
    bias: str = ""  # "bullish", "bearish" or "neutral"
    conviction: float = 0.0  # 0 to 1
    flow_premium: float = 0.0  # USD
    spy_price_at_score: float = 0.0
