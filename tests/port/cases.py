"""The strategies of 1.x in strategies/, each with its settings and the data that it reads."""

from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STRATEGIES = HERE / "strategies"
IDS: dict[str, Any] = {"instrument_id": "AUD/USD.SIM"}
ON_BARS = IDS | {"bar_type": "AUD/USD.SIM-1-MINUTE-MID-EXTERNAL"}
QUOTES = {"type": "QuoteTick", "instruments": ["AUD/USD.SIM"]}
TRADES = {"type": "TradeTick", "instruments": ["AUD/USD.SIM"]}
BARS = {"type": "Bar", "bar_types": ["AUD/USD.SIM-1-MINUTE-MID-EXTERNAL"]}
BOOK = {"type": "OrderBookDelta", "instruments": ["AUD/USD.SIM"]}
VENUE = {
    "name": "SIM", "oms_type": "NETTING", "account_type": "MARGIN", "base_currency": "USD",
    "starting_balances": ["1_000_000 USD"], "default_leverage": 10, "bar_execution": False,
    "fill_model": {"type": "DefaultFillModel", "prob_fill_on_limit": 1.0, "prob_slippage": 0.0, "random_seed": 1},
    "fee_model": {"type": "MakerTakerFeeModel", "maker_rate": "0.00002", "taker_rate": "0.00002"},
}  # fmt: skip
CASES: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {  # file: class, settings, data
    "crossing": ("Crossing", ON_BARS | {"size": 100_000}, [QUOTES, BARS]),
    "by_timer": ("ByTimer", IDS | {"minutes": 25}, [QUOTES]),
    "with_instrument": ("WithInstrument", ON_BARS | {"size": 20_000, "ma_type": "WILDER"}, [QUOTES, BARS]),
    "keeps_orders": ("KeepsOrders", ON_BARS | {"size": 10_000}, [QUOTES, BARS]),
    "keeps_position": ("KeepsPosition", IDS, [QUOTES, TRADES]),
    "book_pressure": ("BookPressure", IDS | {"size": 10_000}, [BOOK, QUOTES]),
    "own_book": ("OwnBook", IDS, [QUOTES, BOOK]),
    "last_ticks": ("LastTicks", IDS, [QUOTES, TRADES]),
    "good_till": ("GoodTill", ON_BARS, [QUOTES, BARS]),
    "oscillators": ("Oscillators", ON_BARS, [QUOTES, BARS]),
    "own_indicator": ("OwnIndicator", ON_BARS, [QUOTES, BARS]),
    "by_signal": ("BySignal", ON_BARS, [QUOTES, BARS]),
    "inherits": ("Inherits", ON_BARS | {"size": 10_000}, [QUOTES, BARS]),
    "checked": ("Checked", IDS, [QUOTES, BARS]),
    "aggregates": ("Aggregates", IDS, [QUOTES, BARS]),
    "figures_of_orders": ("FiguresOfOrders", ON_BARS, [QUOTES, BARS]),
    "by_twap": ("ByTwap", ON_BARS | {"size": 120_000}, [QUOTES, BARS]),
}
ALGORITHMS = {"by_twap": [{"name": "TWAP", "native": "TWAP"}]}
L2 = {"book_pressure", "own_book"}


def spec(name: str, catalog: Path, module: str) -> dict[str, Any]:
    """The spec of a case, with its strategy from the given module."""
    kind, config, data = CASES[name]
    venue = VENUE | ({"book_type": "L2_MBP"} if name == "book_pressure" else {})
    strategy = {"path": f"{module}:{kind}", "config_path": f"{module}:{kind}Config", "config": config}
    return {
        "name": f"port-{name}", "catalog": str(catalog), "period": {"start": "2026-05-04", "end": "2026-05-05"},
        "data": data, "venues": [venue], "strategy": strategy,
    } | ({"exec_algorithms": ALGORITHMS[name]} if name in ALGORITHMS else {})  # fmt: skip
