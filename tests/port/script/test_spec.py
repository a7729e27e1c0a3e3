from pathlib import Path

import yaml

from sweep.port.notes import left_to_do
from sweep.port.script.spec import spec_of
from tests.port import cases, market
from tests.support.commands import invoke

LOW = """from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.models import FillModel
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import InstrumentId, Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.test_kit.providers import TestInstrumentProvider

from crossing import Crossing, CrossingConfig

if __name__ == "__main__":
    engine = BacktestEngine()
    SIM = Venue("SIM")
    model = FillModel(prob_fill_on_limit=0.5, prob_fill_on_stop=0.95, random_seed=3)
    engine.add_venue(
        venue=SIM,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(1_000_000, USD)],
        default_leverage=Decimal(10),
        fill_model=model,
        frozen_account=False,
    )
    pair = TestInstrumentProvider.default_fx_ccy("AUD/USD", SIM)
    engine.add_instrument(pair)
    engine.add_data(load())
    kind = BarType.from_str("AUD/USD.SIM-1-MINUTE-MID-EXTERNAL")
    config = CrossingConfig(instrument_id=InstrumentId.from_str("AUD/USD.SIM"), bar_type=kind, size=Decimal(100_000))
    engine.add_strategy(strategy=Crossing(config=config))
    engine.run()
"""
NODE = """from nautilus_trader.backtest.node import BacktestDataConfig, BacktestNode, BacktestRunConfig, BacktestVenueConfig
from nautilus_trader.config import BacktestEngineConfig, ImportableStrategyConfig
from nautilus_trader.model.data import QuoteTick

run = BacktestRunConfig(
    engine=BacktestEngineConfig(
        strategies=[
            ImportableStrategyConfig(
                strategy_path="by_timer:ByTimer",
                config_path="by_timer:ByTimerConfig",
                config={"instrument_id": "AUD/USD.SIM", "minutes": 30},
            )
        ]
    ),
    venues=[BacktestVenueConfig("SIM", oms_type="NETTING", account_type="MARGIN", starting_balances=["1_000 USD"])],
    data=[BacktestDataConfig(catalog_path="old", data_cls=QuoteTick, instrument_id="AUD/USD.SIM", end_time="2026-05-05")],
)
BacktestNode([run]).run()
"""


def of(source):
    text = spec_of(Path("run_it.py"), source)
    return yaml.safe_load(text), [text.splitlines()[line - 1] for line in left_to_do(text)]


def test_a_script_of_the_engine_becomes_a_spec():
    spec, left = of(LOW)
    assert spec["name"] == "run-it" and spec["strategy"] == {
        "path": "crossing:Crossing", "config_path": "crossing:CrossingConfig",
        "config": {"instrument_id": "AUD/USD.SIM", "bar_type": "AUD/USD.SIM-1-MINUTE-MID-EXTERNAL", "size": 100_000},
    }  # fmt: skip
    (venue,) = spec["venues"]
    assert venue["fill_model"] == {"type": "DefaultFillModel", "prob_fill_on_limit": 0.5, "random_seed": 3}
    assert (venue["name"], venue["oms_type"], venue["default_leverage"]) == ("SIM", "NETTING", 10)
    assert venue["starting_balances"] == ["1000000 USD"] and venue["fee_model"]["taker_rate"] == 0
    assert spec["data"] == [cases.BARS, cases.QUOTES]
    for part in (
        "frozen_account",
        "maker_fee",
        "add_data(load())",
        "period.start",
        "period.end",
        "folder of the catalog",
    ):
        assert sum(part in line for line in left) == 1, part


def test_a_script_of_a_node_becomes_a_spec():
    spec, left = of(NODE)
    assert spec["strategy"]["config"] == {"instrument_id": "AUD/USD.SIM", "minutes": 30} and spec["catalog"] == "old"
    assert spec["data"] == [cases.QUOTES] and spec["period"] == {"start": None, "end": "2026-05-05"}
    assert any("sweep catalog ingest nautilus1" in line for line in left)


def test_data_that_a_script_reads_from_a_catalog():
    reads = (
        "    catalog = ParquetDataCatalog(path=str(Path('old_data')))\n"
        "    engine.add_data(catalog.quote_ticks(instrument_ids=['AUD/USD.SIM'], end=pd.Timestamp('2026-05-05')))\n"
        "    found = catalog.bars(bar_types=['AUD/USD.SIM-1-MINUTE-MID-EXTERNAL'])\n    engine.add_data(found)\n"
    )
    spec, left = of(LOW.replace("    engine.add_data(load())\n", reads))
    assert (spec["catalog"], spec["data"]) == ("old_data", [cases.QUOTES, cases.BARS])
    assert spec["period"] == {"start": None, "end": "2026-05-05"}
    assert [line.partition("catalog ")[2][:8] for line in left if "is one of 1.x" in line] == ["old_data"]
    assert not any("add_data" in line or "names no catalog" in line for line in left)


def test_a_file_that_builds_no_backtest_is_no_script():
    assert spec_of(Path("x.py"), "from nautilus_trader.trading.strategy import Strategy\n") is None


def test_a_spec_that_was_filled_in_runs_and_is_not_written_over(tmp_path, monkeypatch):
    market.write(tmp_path / "data" / "catalog")
    (tmp_path / "run_crossing.py").write_text(LOW, encoding="utf-8")
    (tmp_path / "crossing.py").write_text((cases.STRATEGIES / "crossing.py").read_text("utf-8"), encoding="utf-8")
    result = invoke("port", tmp_path / "run_crossing.py", code=1)
    assert "its backtest as a spec" in result.stderr and "add_data(load())" in result.stderr
    path = tmp_path / "run_crossing.yaml"
    lines = [line for line in path.read_text("utf-8").splitlines() if "by hand" not in line]
    filled = "\n".join(lines).replace("start: null", "start: 2026-05-04").replace("end: null", "end: 2026-05-05")
    path.write_text(filled.replace("crossing:", "ported_crossing:"), encoding="utf-8")
    (tmp_path / "ported_crossing.py").write_text((tmp_path / "crossing.py").read_text("utf-8"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert "trades" in invoke("backtest", path, "--tracking-uri", "none").stdout
    invoke("port", tmp_path / "run_crossing.py")
    assert "ported_crossing" in path.read_text("utf-8")
