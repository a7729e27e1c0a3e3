"""The usual stack with NautilusTrader 1.x: a Ray task for each trial, with a BacktestNode, logged to MLflow.

Imported in an environment of its own, by `peers.py`.
"""

from decimal import Decimal

import market
from nautilus_trader.backtest.config import (
    BacktestDataConfig,
    BacktestEngineConfig,
    BacktestRunConfig,
    BacktestVenueConfig,
)
from nautilus_trader.backtest.node import BacktestNode
from nautilus_trader.config import ImportableStrategyConfig, LoggingConfig, StrategyConfig
from nautilus_trader.core.data import Data
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.custom import customdataclass
from nautilus_trader.model.data import DataType, QuoteTick
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import ClientId, InstrumentId, Symbol
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.persistence.catalog import ParquetDataCatalog
from nautilus_trader.trading.strategy import Strategy

SPY = InstrumentId.from_str("SPY.XNAS")


@customdataclass
class Signal(Data):
    """A scored event."""

    score: float = 0.0
    side: int = 0


class FollowConfig(StrategyConfig, frozen=True):
    """Threshold of an entry, and the exits (percent of the entry price)."""

    threshold: float
    tp: float
    sl: float
    on_each_quote: bool = False


class Follow(Strategy):
    """A bracket on each signal whose score reaches the threshold, one at a time."""

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(SPY)
        self.subscribe_data(DataType(Signal), client_id=ClientId("SIGNALS"))
        if self.config.on_each_quote:
            self.subscribe_quote_ticks(SPY)
        self.last = None

    def on_quote_tick(self, tick: QuoteTick) -> None:
        self.last = tick

    def on_data(self, data: Signal) -> None:
        if data.score < self.config.threshold or not self.portfolio.is_flat(SPY):
            return
        quote = self.cache.quote_tick(SPY)
        side = OrderSide.BUY if data.side > 0 else OrderSide.SELL
        entry = float(quote.ask_price if data.side > 0 else quote.bid_price)
        self.submit_order_list(
            self.order_factory.bracket(
                instrument_id=SPY,
                order_side=side,
                quantity=Quantity.from_int(100),
                tp_price=Price(entry * (1 + data.side * self.config.tp / 100), 2),
                tp_post_only=False,
                sl_trigger_price=Price(entry * (1 - data.side * self.config.sl / 100), 2),
            )
        )


def write(path: str, count: int, every: int = market.EVERY) -> None:
    catalog = ParquetDataCatalog(path)
    catalog.write_data(
        [
            Equity(
                SPY,
                Symbol("SPY"),
                USD,
                2,
                Price.from_str("0.01"),
                Quantity.from_int(1),
                0,
                0,
                margin_init=Decimal(1),
                margin_maint=Decimal("0.5"),
            )
        ]
    )
    columns = [column.tolist() for column in market.quotes(count).values()]
    catalog.write_data(
        [
            QuoteTick(SPY, Price(b / 100, 2), Price(a / 100, 2), Quantity.from_int(s), Quantity.from_int(s), ts, ts)
            for ts, b, a, s in zip(*columns, strict=True)
        ]
    )
    columns = [column.tolist() for column in market.signals(count, every=every).values()]
    catalog.write_data(
        [Signal(ts_event=ts, ts_init=ts, score=float(x), side=s) for ts, x, s in zip(*columns, strict=True)]
    )


def trial(catalog: str, setting: dict[str, float]) -> dict[str, float]:
    strategy = ImportableStrategyConfig(strategy_path="v1:Follow", config_path="v1:FollowConfig", config=setting)
    config = BacktestRunConfig(
        engine=BacktestEngineConfig(strategies=[strategy], logging=LoggingConfig(bypass_logging=True)),
        venues=[
            BacktestVenueConfig(
                name="XNAS",
                oms_type="NETTING",
                account_type="MARGIN",
                base_currency="USD",
                starting_balances=["1000000 USD"],
            )
        ],
        data=[
            BacktestDataConfig(catalog_path=catalog, data_cls=QuoteTick, instrument_id=SPY),
            BacktestDataConfig(catalog_path=catalog, data_cls=Signal, client_id="SIGNALS"),
        ],
        raise_exception=True,
        dispose_on_completion=False,
    )
    node = BacktestNode(configs=[config])
    node.run()
    engine = node.get_engines()[0]
    balance = float(engine.portfolio.account(SPY.venue).balance_total(USD))
    filled = sum(order.filled_qty > 0 for order in engine.cache.orders())
    figures = {"pnl": round(balance - 1_000_000, 2), "filled": filled}
    node.dispose()
    return figures


def run(catalog: str, settings: list[dict[str, float]], store: str) -> list[dict[str, float]]:
    """A task and an MLflow run for each setting, two at a time."""
    import mlflow
    import ray

    @ray.remote(num_cpus=1)
    def task(setting: dict[str, float]) -> dict[str, float]:
        mlflow.set_tracking_uri(store)
        mlflow.set_experiment("v1")
        with mlflow.start_run():
            mlflow.log_params(setting)
            figures = trial(catalog, setting)
            mlflow.log_metrics(figures)
        return figures

    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("v1")
    return ray.get([task.remote(setting) for setting in settings])
