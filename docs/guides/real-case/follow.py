# ruff: noqa: INP001 (a module of its own)
"""Trade FOLW in the direction of a strong move of LEAD, for some time; flat before the session ends."""

from dataclasses import dataclass

from nautilus_trader.common import TimeEvent
from nautilus_trader.model import CustomData, DataType, InstrumentId, OrderSide, Quantity
from nautilus_trader.model.custom import customdataclass
from nautilus_trader.trading import Strategy

MINUTE = 60 * 10**9
DAY = 24 * 60 * MINUTE
CLOSE = (20 * 60 + 55) * MINUTE  # after midnight UTC: the last five minutes are for nobody


@customdataclass
class Move:
    """Move of LEAD in half an hour; strength 1 is a usual one, below zero is down."""

    instrument_id: InstrumentId = InstrumentId.from_str("LEAD.XNAS")
    strength: float = 0.0


@dataclass(frozen=True, kw_only=True)
class FollowConfig:
    """The moves that are followed, for how long, and with how many shares."""

    instrument_id: str
    threshold: float = 1.5  # strength from which on a move is followed
    hold_minutes: int = 60
    size: int = 1000

    def __post_init__(self) -> None:
        if self.threshold <= 0 or self.hold_minutes < 1 or self.size < 1:
            raise ValueError("threshold must be above 0, hold_minutes and size at least 1")


class Follow(Strategy):
    """One position at a time."""

    def __init__(self, config: FollowConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.instrument_id = InstrumentId.from_str(config.instrument_id)

    def on_start(self) -> None:
        self.subscribe_quotes(self.instrument_id)
        self.subscribe_data(DataType("Move"))

    def on_data(self, data: CustomData) -> None:
        move: Move = data.data
        now = self.clock.timestamp_ns()
        close = now // DAY * DAY + CLOSE
        if abs(move.strength) < self.cfg.threshold or now + 30 * MINUTE > close or self.is_in():
            return
        side = OrderSide.BUY if move.strength > 0 else OrderSide.SELL
        self.submit_order(self.order_factory.market(self.instrument_id, side, Quantity.from_int(self.cfg.size)))
        self.clock.set_time_alert_ns(f"exit-{now}", min(now + self.cfg.hold_minutes * MINUTE, close))

    def is_in(self) -> bool:
        return bool(self.cache.positions_open(strategy_id=self.strategy_id))

    def on_time_event(self, event: TimeEvent) -> None:  # noqa: ARG002 (it is handed in)
        self.close_all_positions(self.instrument_id)

    def on_stop(self) -> None:
        self.close_all_positions(self.instrument_id)
