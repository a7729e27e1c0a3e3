"""Real bars of a future through ingest and a trial, and by NautilusTrader alone on objects made by hand: same fills."""

import csv
import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from nautilus_trader import execution, model
from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import LoggerConfig, LogLevel
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest import run
from sweep.catalog.ingest import IngestStep, InstrumentDraft, bars
from tests.support.strategies import OnBar, ScriptedConfig
from tests.support.trials import trial, venue

FILE = Path(__file__).parents[3] / "shared" / "data" / "6EH4.XCME_1min_bars_20240101_20240131.csv.gz"
EURO = "6EH4.XCME"
TYPE = f"{EURO}-1-MINUTE-LAST-EXTERNAL"
ORDERS = [[n * 400 + 10, 2 if n % 2 else -2] for n in range(74)]  # every 400 bars, turn and turn about
FILLS = list[tuple[int, str, str, str]]()


class Recorder(OnBar):
    """As OnBar; remembers its fills."""

    def on_start(self) -> None:
        super().on_start()
        FILLS.clear()

    def on_order_filled(self, event: Any) -> None:
        FILLS.append((event.ts_event, event.order_side.name, str(event.last_px), str(event.last_qty)))


def future() -> Any:
    return model.FuturesContract(
        model.InstrumentId.from_str(EURO), model.Symbol("6EH4"), model.AssetClass.FX, "6E", 0, 1_710_000_000 * 10**9,
        model.Currency.from_str("USD"), 5, model.Price.from_str("0.00005"), model.Quantity.from_int(125_000),
        model.Quantity.from_int(1), 0, 0, margin_init=Decimal("0.02"), margin_maint=Decimal("0.02"),
    )  # fmt: skip


def by_hand() -> list[Any]:
    """The bars of the file, by the csv module; a bar is known a minute after its time."""
    kind, bar_list = model.BarType.from_str(TYPE), list[Any]()
    with gzip.open(FILE, "rt") as file:
        for row in csv.DictReader(file):
            opened = datetime.fromisoformat(row["timestamp_utc"]).replace(tzinfo=UTC)
            at = (int(opened.timestamp()) + 60) * 10**9
            prices = [model.Price(float(row[n]), 5) for n in ("open", "high", "low", "close")]
            bar_list.append(model.Bar(kind, *prices, model.Quantity.from_int(int(float(row["volume"]))), at, at))
    return bar_list


def plain(rows: list[Any]) -> list[tuple[int, str, str, str]]:
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggerConfig(stdout_level=LogLevel.OFF)))
    engine.add_venue(
        model.Venue("XCME"), model.OmsType.NETTING, model.AccountType.MARGIN, [model.Money.from_str("100000 USD")],
        base_currency=model.Currency.from_str("USD"), default_leverage=Decimal(1),
        fee_model=execution.MakerTakerFeeModel(maker_rate=Decimal(0), taker_rate=Decimal(0)),
    )  # fmt: skip
    engine.add_instrument(future())
    engine.add_data(rows)
    config = ScriptedConfig(instrument_id=model.InstrumentId.from_str(EURO), orders=ORDERS)
    engine.add_strategy(Recorder(config))
    engine.run()
    engine.dispose()
    return list(FILLS)


@pytest.mark.skipif(not FILE.exists(), reason="needs the 6E bars, which are not part of the project")
def test_the_bars_of_a_month_give_the_same_fills(tmp_path: Path):
    ParquetDataCatalog(str(tmp_path)).write_instruments([future()])
    result = bars(FILE, InstrumentDraft(id=EURO), tmp_path, step=IngestStep())
    rows = by_hand()
    assert (result.written, result.dropped) == (len(rows), {}) == (29_996, {})
    assert ParquetDataCatalog(str(tmp_path)).query_bars([TYPE]) == rows
    expected = plain(rows)
    here = "tests.independent.test_ingested_bars"
    strategy = {
        "path": f"{here}:Recorder", "config_path": "tests.support.strategies:ScriptedConfig",
        "config": {"instrument_id": EURO, "orders": ORDERS},
    }  # fmt: skip
    backtest = trial(
        str(tmp_path), strategy, start="2024-01-01T00:00:00Z", end="2024-02-01T01:00:00Z", venues=[venue("XCME")],
        data=[{"type": "Bar", "bar_types": [TYPE]}],
    )  # fmt: skip
    outcome = run(backtest)
    from tests.independent import test_ingested_bars as imported

    assert list(imported.FILLS) == expected
    assert sum(Decimal(quantity) for *_, quantity in expected) == 2 * len(ORDERS)  # some in parts, as far as a bar goes
    cash = sum(Decimal(p) * Decimal(q) * (1 if side == "SELL" else -1) for _, side, p, q in expected)
    assert outcome.metrics["pnl_total"] == pytest.approx(float(cash * 125_000))
