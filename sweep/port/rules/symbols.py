"""Names that are imported: what each of 1.x is called in 2.0, and what takes the place of those that are gone."""

import re

RENAMED = {
    "Actor": "DataActor",
    "ActorConfig": "DataActorConfig",
    "ExecAlgorithm": "ExecutionAlgorithm",
    "ExecAlgorithmConfig": "ExecutionAlgorithmConfig",
    "ExecEngineConfig": "ExecutionEngineConfig",
    "ImportableExecAlgorithmConfig": "ImportableExecutionAlgorithmConfig",
    "LiveExecEngineConfig": "LiveExecutionEngineConfig",
    "LoggingConfig": "LoggerConfig",
    "OrderBookDepth10": "OrderBookDepth",
    "PriceType_py": "PriceType",
    "TradingStrategy": "Strategy",  # from here on: of the early 1.x
    "TradingStrategyConfig": "StrategyConfig",
    "OMSType": "OmsType",
    "DataCatalog": "ParquetDataCatalog",
    "L1OrderBook": "OrderBook",
    "L2OrderBook": "OrderBook",
    "L3OrderBook": "OrderBook",
}
BUILTINS = {
    "PositiveInt": "int",
    "NonNegativeInt": "int",
    "PositiveFloat": "float",
    "NonNegativeFloat": "float",
}
ABSTRACT = {  # bases of 1.x that 2.0 has no name for: as an annotation they become Any
    "Account", "Component", "Data", "Event", "ExecutionClient", "Instrument", "MovingAverage", "Order", "OrderEvent",
    "PositionEvent", "PortfolioFacade", "CacheFacade", "DataClient", "Identifier", "NautilusConfig",
}  # fmt: skip
UNPACKED = {  # an annotation of 2.0 for some that have one
    "PortfolioFacade": "Portfolio",
    "CacheFacade": "Cache",
    "TestClock": "Clock",
    "LiveClock": "Clock",
}
COMPAT = {  # 1.x's own, written again in sweep.compat
    "Indicator": "sweep.compat",
    "MovingAverageFactory": "sweep.compat",
    "MovingAverageType": "sweep.compat",
    "round_down": "sweep.compat",
    "round_up": "sweep.compat",
}
MODULES = {  # of 1.x, imported whole
    "enums", "data", "objects", "identifiers", "events", "instruments", "orders", "position", "book", "currencies",
    "averages", "functions", "component", "config", "factories", "actor", "strategy", "models", "engine", "wranglers",
}  # fmt: skip
STANDARD = {"Decimal": "decimal", "datetime": "datetime", "timedelta": "datetime", "Path": "pathlib"}
CONDITIONS = {"PyCondition", "Condition"}
BASES = {  # what a class of the user's is, by the base that it has in 1.x
    "Strategy": "strategy",
    "TradingStrategy": "strategy",
    "Actor": "actor",
    "ExecAlgorithm": "algorithm",
    "StrategyConfig": "config",
    "TradingStrategyConfig": "config",
    "ActorConfig": "config",
    "ExecAlgorithmConfig": "config",
    "NautilusConfig": "config",
    "Data": "data",
    "Event": "event",
    "Indicator": "indicator",
}
COMPONENTS = {"strategy", "actor", "algorithm"}
CURRENCY_MODULE = "nautilus_trader.model.currencies"
OF_ENUMS = {  # attributes of the engine's objects that were numbers to wrap in an enum, and are members in 2.0
    "account_type", "action", "aggregation", "aggregation_source", "aggressor_side", "book_type", "contingency_type",
    "entry", "liquidity_side", "oms_type", "order_side", "order_type", "price_type", "side", "status",
    "time_in_force", "trailing_offset_type", "trigger_type", "type",
}  # fmt: skip
ENUM_PARSER = re.compile(r"(\w+)Parser")  # of the early 1.x
ENUM_PARSED = re.compile(r"(from|to)_str(?:_py)?")
ENUM_TEXT = re.compile(r"([a-z]+(?:_[a-z]+)*)_(from|to)_str")
GONE = {  # why, and what to do; the rest of what 2.0 has no name for gets the general sentence
    "LatencyModelConfig": "latency models are made directly: StaticLatencyModel(...), or `latency_model:` in the spec",
    "FillModelConfig": "fill models are made directly: DefaultFillModel(...), or `fill_model:` in the spec",
    "FeeModelConfig": "fee models are made directly: MakerTakerFeeModel(...), or `fee_model:` in the spec",
    "TestInstrumentProvider": "make the instrument by its class, or `sweep catalog ingest --instrument`",
    "TestDataProvider": "read the file, and bring its data with `sweep catalog ingest`",
    "TradingNode": "live nodes are LiveNode in nautilus_trader.live, with another way to build them",
    "PortfolioAnalyzer": "statistics are read from `portfolio.statistics()`",
    "YieldCurveData": "YieldCurve in nautilus_trader.model",
    "TickScheme": "an instrument's own `tick_scheme`, and next_bid_price and next_ask_price",
    "FiniteStateMachine": "take a library for it, or an enum and a table",
    "Throttler": "count with the clock: self.clock.timestamp_ns()",
}
BACKTESTS = {"BacktestEngine", "BacktestNode"}  # a script is what makes one
OF_SCRIPTS = {  # what only the part of a file needs that builds the backtest: its spec stands beside the file
    "TestInstrumentProvider", "TestDataProvider", "LatencyModelConfig", "FillModelConfig", "FeeModelConfig",
    "PortfolioAnalyzer",
}  # fmt: skip
NO_NAME = "NautilusTrader 2.0 has no {0}"
NO_NAME_REMEDY = "find what took its place in its documentation, or write it yourself"
ENUM_MEMBERS = {
    ("AggressorSide", "BUYER"): "BUY",
    ("AggressorSide", "SELLER"): "SELL",
    ("CandleBodySize", "BODY_NONE"): "None",
    ("CandleBodySize", "BODY_SMALL"): "Small",
    ("CandleBodySize", "BODY_MEDIUM"): "Medium",
    ("CandleBodySize", "BODY_LARGE"): "Large",
    ("CandleBodySize", "BODY_TREND"): "Trend",
    ("CandleDirection", "DIRECTION_BEAR"): "Bear",
    ("CandleDirection", "DIRECTION_BULL"): "Bull",
    ("StochasticsDMethod", "RATIO"): "Ratio",
    ("StochasticsDMethod", "MOVING_AVERAGE"): "MovingAverage",
}


def enum_of_text(function: str, method: str = "") -> tuple[str, str] | None:
    """`order_side_to_str`, or OrderSideParser and its `to_str` -> ("OrderSide", "to"); None for another name."""
    if match := ENUM_TEXT.fullmatch(function):
        return "".join(part.capitalize() for part in match[1].split("_")), match[2]
    if (enum := ENUM_PARSER.fullmatch(function)) and (way := ENUM_PARSED.fullmatch(method)):
        return enum[1], way[1]
    return None
