"""Resolved backtests (a JSON list on stdin) by the engine's own node, which streams a catalog: their fills."""

import json
import sys
from datetime import datetime
from typing import Any

from nautilus_trader import backtest as bt
from nautilus_trader import model
from nautilus_trader.common import LoggerConfig, LogLevel

from tests.independent.plain_backtest import argument, load, told


def main(backtest: dict[str, Any]) -> list[Any]:
    start, end = (int(datetime.fromisoformat(backtest["period"][k]).timestamp()) * 10**9 for k in ("start", "end"))
    (venue,), strategy = backtest["venues"], backtest["strategy"]
    arguments = {k: argument(k, v) for k, v in venue.items() if k != "starting_balances"}
    arguments["book_type"] = model.BookType.from_str(venue["book_type"])
    data = [
        bt.BacktestDataConfig(
            getattr(model.NautilusDataType, entry["type"]), backtest["catalog"],
            instrument_ids=[model.InstrumentId.from_str(name) for name in entry["instruments"]],
            start_time=start, end_time=end - 1,
        )
        for entry in backtest["data"]
    ]  # fmt: skip
    config = bt.BacktestRunConfig(
        [bt.BacktestVenueConfig(**arguments, starting_balances=venue["starting_balances"])], data,
        engine=bt.BacktestEngineConfig(logging=LoggerConfig(stdout_level=LogLevel.OFF)), raise_exception=True,
    )  # fmt: skip
    node = bt.BacktestNode([config])
    node.build()
    fills = list[Any]()
    kind, values = load(strategy["path"]), load(strategy["config_path"])(**strategy["config"])
    node.add_strategy(
        config.id, type("Plain", (kind,), {"on_order_filled": lambda _, fill: fills.append(fill)})(values)
    )
    node.run()
    return [told(fill) for fill in fills]


if __name__ == "__main__":
    print(json.dumps([main(backtest) for backtest in json.load(sys.stdin)]))  # noqa: T201
