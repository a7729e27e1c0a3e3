import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from nautilus_trader.model import NautilusDataType, register_custom_data_class
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest import run
from sweep.catalog import spec_check
from sweep.catalog.ingest import nautilus1
from sweep.common.files.atomic_directory import files
from sweep.errors import InputError
from sweep.strategies.score_bracket import ScoreUpdate
from tests.support.commands import invoke
from tests.support.trials import strategy, trial

OLD = Path(__file__).parents[3] / "fixtures" / "nautilus1"  # written by nautilus_trader 1.231, see its make.py
START, SECOND = 1_777_903_200_000_000_000, 10**9


@pytest.fixture
def old(tmp_path) -> Path:
    return shutil.copytree(OLD, tmp_path / "old")


def refused(*arguments, **more) -> str:
    with pytest.raises(InputError) as error:
        nautilus1(*arguments, **more)
    return str(error.value)


def test_everything_in_it_comes_over(old, tmp_path):
    results = nautilus1(old, tmp_path / "new")
    assert {(d.kind, d.identifier, d.written) for d in results} == {
        ("QuoteTick", "SPY.ARCA", 20), ("TradeTick", "SPY.ARCA", 5), ("ScoreUpdate", "", 6),
        ("Bar", "SPY.ARCA-1-MINUTE-LAST-EXTERNAL", 3),
    }  # fmt: skip
    catalog = ParquetDataCatalog(str(tmp_path / "new"))
    quotes = catalog.query_quote_ticks(["SPY.ARCA"])
    assert [str(q) for q in quotes] == [
        f"SPY.ARCA,725.{n:02},725.{n + 1:02},100,200,{START + n * SECOND}" for n in range(20)
    ]
    assert [str(t) for t in catalog.query_trade_ticks(["SPY.ARCA"])] == [
        f"SPY.ARCA,725.{n:02},5,SELL,{n},{START + n * SECOND}" for n in range(5)
    ]
    assert [(str(b.high), b.ts_init) for b in catalog.query_bars(None)] == [
        ("726.00", START + 60 * n * SECOND) for n in (1, 2, 3)
    ]
    (spy,) = catalog.instruments()
    assert (str(spy.id), str(spy.price_increment)) == ("SPY.ARCA", "0.01")
    register_custom_data_class(ScoreUpdate)
    scores = [e.data for e in catalog.query_custom_data(NautilusDataType.Custom("ScoreUpdate"))]
    assert [((s.ts_event - START) // SECOND, s.composite_score, s.bias) for s in scores] == [
        *((n, 70.0 + n, "bullish") for n in range(4)), (100, 70.0, "bearish"), (101, 71.0, "bearish"),
    ]  # fmt: skip


def test_again_changes_nothing_and_the_old_one_is_only_read(old, tmp_path):
    before = {str(n): (old / n).read_bytes() for n in files(old)}
    nautilus1(old, tmp_path / "new")
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "new").rglob("*")}
    assert not any(d.is_new for d in nautilus1(old / "data", tmp_path / "new"))
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "new").rglob("*")} == times
    assert {str(n): (old / n).read_bytes() for n in files(old)} == before


def test_a_sweep_is_told_how(old, tmp_path):
    (problem,) = spec_check.check({"catalog": old})
    assert problem.remedy == f"migrate it: sweep catalog ingest nautilus1 {old} --catalog NEW"
    assert "wrote 20 quotes" in invoke("catalog", "ingest", "nautilus1", old, "--catalog", tmp_path / "new").stdout
    result = run(trial(str(tmp_path / "new"), strategy(orders=[[1, 100], [8, -100]])))
    # bought at 725.02, the ask of the second quote; sold at 725.08, the bid of the ninth
    assert result.metrics["pnl_total"] == pytest.approx(6.0)


def test_custom_data_needs_its_class(old, tmp_path):
    for path in (old / "data" / "custom_score_update").rglob("*.parquet"):
        table = pq.read_table(path)
        names = table.set_column(table.column_names.index("type"), "type", [["News"] * len(table)])
        pq.write_table(names, path)
    assert "is missing for the custom data News" in refused(old, tmp_path / "new")
    message = refused(old, tmp_path / "new", classes=["tests.support.strategies:News", "nowhere:X"])
    assert "there is no module 'nowhere'" in message
    message = refused(old, tmp_path / "new", classes=["tests.support.strategies:News"])
    assert "has a field that News lacks (was 'bias')" in message
    assert not (tmp_path / "new").exists()


NEWS = """from nautilus_trader.model import InstrumentId
from nautilus_trader.model.custom import customdataclass


@customdataclass
class News:
    instrument_id: InstrumentId = InstrumentId.from_str("SPY.ARCA")
"""


def test_the_class_that_the_remedy_names_helps(old, tmp_path, monkeypatch):
    for path in (old / "data" / "custom_score_update").rglob("*.parquet"):
        table = pq.read_table(path)
        path.unlink()
        columns = table.select(["instrument_id", "type", "ts_event", "ts_init"])
        pq.write_table(columns.set_column(1, "type", [["News"] * len(table)]), path)
    assert "--class my_package.my_module:News" in refused(old, tmp_path / "new")
    (tmp_path / "news_of_1.py").write_text(NEWS)
    monkeypatch.syspath_prepend(tmp_path)
    results = nautilus1(old, tmp_path / "new", classes=["news_of_1:News"])
    assert {d.kind: d.written for d in results}["News"] == 6


def test_the_directory_that_the_remedy_names_helps(old, tmp_path):
    message = refused(old / "data" / "quote_tick", tmp_path / "new")
    assert "give the directory that holds data/" in message
    assert nautilus1(old, tmp_path / "new")


@pytest.mark.parametrize("file_kind", ["market", "custom"])
def test_a_damaged_file_leaves_nothing(old, tmp_path, file_kind):
    folder = "quote_tick" if file_kind == "market" else "custom_score_update"
    path = next((old / "data" / folder).rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    message = refused(old, tmp_path / "new")
    assert "the engine cannot migrate it" in message if file_kind == "market" else f"{path}: is damaged" in message
    assert not (tmp_path / "new").exists()


def test_what_is_none(tmp_path):
    assert "is no directory" in refused(tmp_path / "none", tmp_path / "new")
    (tmp_path / "data" / "quotes").mkdir(parents=True)
    assert "is no catalog of Nautilus 1.x (was 'quotes')" in refused(tmp_path, tmp_path / "new")
