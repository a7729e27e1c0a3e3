"""Components for tests of backtests with several: signals, traders that follow them, an execution algorithm."""

from dataclasses import dataclass

from nautilus_trader.common import DataActor
from nautilus_trader.model import ExecAlgorithmId, InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Controller, ExecutionAlgorithm, ImportableStrategyConfig, Strategy

SPY = InstrumentId.from_str("SPY.ARCA")


@dataclass(frozen=True, kw_only=True)
class RegimeConfig:
    """A signal each `window` quotes."""

    instrument_id: InstrumentId = SPY
    window: int = 10
    fault: str = ""  # where it raises


class Regime(DataActor):
    """Publish "regime" each `window` quotes, 1 and -1 in turn."""

    def __init__(self, config: RegimeConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.count = 0

    def on_start(self) -> None:
        self.subscribe_quotes(self.cfg.instrument_id)

    def on_quote(self, quote) -> None:
        self.count += 1
        if self.cfg.fault == "on_quote":
            raise ValueError("no regime")
        if self.count % self.cfg.window == 0:
            turn = self.count // self.cfg.window
            self.publish_signal("regime", 1.0 if turn % 2 else -1.0, quote.ts_event)


@dataclass(frozen=True, kw_only=True)
class FollowerConfig:
    """A trader of so many shares; `algo` names an execution algorithm."""

    instrument_id: InstrumentId = SPY
    trade_size: int = 10
    algo: str = ""


class Follower(Strategy):
    """Buy at regime 1, sell at regime -1: one signal, one market order."""

    def __init__(self, config: FollowerConfig) -> None:
        super().__init__(None)
        self.cfg = config

    def on_start(self) -> None:
        self.subscribe_signal("regime")

    def on_signal(self, signal) -> None:
        side = OrderSide.BUY if float(signal.value) > 0 else OrderSide.SELL
        quantity = Quantity.from_int(self.cfg.trade_size)
        algorithm = ExecAlgorithmId(self.cfg.algo) if self.cfg.algo else None
        params = {"horizon_secs": "20", "interval_secs": "5"} if algorithm else None
        order = self.order_factory.market(
            self.cfg.instrument_id, side, quantity, exec_algorithm_id=algorithm, exec_algorithm_params=params
        )
        self.submit_order(order)


@dataclass(frozen=True, kw_only=True)
class ClockConfig:
    """A trader that trades each `every` quotes, and what it does."""

    instrument_id: InstrumentId = SPY
    every: int = 10
    trade_size: int = 10


class Turning(Strategy):
    """Buy, then sell, then buy …, once each `every` quotes."""

    def __init__(self, config: ClockConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.count = 0

    def on_start(self) -> None:
        self.subscribe_quotes(self.cfg.instrument_id)

    def on_quote(self, quote) -> None:
        self.count += 1
        if self.count % self.cfg.every == 0:
            side = OrderSide.BUY if (self.count // self.cfg.every) % 2 else OrderSide.SELL
            quantity = Quantity.from_int(self.cfg.trade_size)
            self.submit_order(self.order_factory.market(self.cfg.instrument_id, side, quantity))


class Halves(ExecutionAlgorithm):
    """An order in two halves, at once."""

    def on_order(self, order) -> None:
        half = Quantity.from_int(int(order.quantity.as_double()) // 2)
        self.submit_order(self.spawn_market(order, half))
        self.submit_order(self.cache.order(order.client_order_id))  # what remains of it


@dataclass(frozen=True, kw_only=True)
class BossConfig:
    """Start a trader at a quote, stop it at another."""

    instrument_id: InstrumentId = SPY
    start: int = 20
    stop: int = 60


class Boss(Controller):
    """A controller that creates a Turning and stops it."""

    def __init__(self, config: BossConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.count = 0

    def on_start(self) -> None:
        self.subscribe_quotes(self.cfg.instrument_id)

    def on_quote(self, quote) -> None:
        self.count += 1
        if self.count == self.cfg.start:
            here = "tests.support.portfolio"
            config = ImportableStrategyConfig(f"{here}:Turning", f"{here}:ClockConfig", {"every": 5})
            self.trader = self.create_strategy_from_config(config)
        if self.count == self.cfg.stop:
            self.stop_strategy(self.trader)
