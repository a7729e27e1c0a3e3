import importlib
from pathlib import Path

import databento_dbn
import numpy as np
import pytest
from nautilus_trader.adapters.databento import DatabentoDataLoader
from nautilus_trader.model import InstrumentId
from nautilus_trader.persistence import ParquetDataCatalog

import sweep
from sweep.catalog.ingest import databento
from sweep.errors import InputError
from tests.support import dbn, sweeps
from tests.support.commands import invoke
from tests.support.dbn import SECOND, START
from tests.support.trials import venue

DATA = Path(__file__).parents[5] / "shared" / "data" / "databento"
RULE = {"XCME": "GLBX"}
MODULE = importlib.import_module("sweep.catalog.ingest.vendors.databento")


@pytest.fixture
def defined(tmp_path) -> Path:
    databento([dbn.write(tmp_path / "def.dbn.zst", "definition", dbn.definitions())], tmp_path / "catalog", venues=RULE)
    return tmp_path / "catalog"


def refused(*arguments, **more) -> str:
    with pytest.raises(InputError) as error:
        databento(*arguments, **more)
    return str(error.value)


def held(catalog: Path, name: str = "ESU4.GLBX"):
    ticks = ParquetDataCatalog(str(catalog)).query_quote_ticks([name])
    return [(q.ts_init - START, float(q.bid_price), float(q.ask_price)) for q in ticks]


def test_definitions_first_whatever_the_order_under_the_user_s_venue(tmp_path):
    data = dbn.write(tmp_path / "a.dbn.zst", "mbp-1", dbn.quotes([(5528.5, 5528.75), (5528.75, 5529)]))
    definitions = dbn.write(tmp_path / "z.dbn.zst", "definition", dbn.definitions())
    results = databento([data, definitions], tmp_path / "catalog", venues=RULE, margin="0.05")
    assert [(d.kind, d.identifier, d.written, d.is_new) for d in results] == [
        ("Instrument", "", 2, True), ("QuoteTick", "ESU4.GLBX", 2, True),
    ]  # fmt: skip
    assert held(tmp_path / "catalog") == [(1000, 5528.5, 5528.75), (SECOND + 1000, 5528.75, 5529)]
    es, nq = sorted(ParquetDataCatalog(str(tmp_path / "catalog")).instruments(), key=lambda i: str(i.id))
    assert [str(es.id), str(nq.id), str(es.multiplier), str(nq.multiplier)] == ["ESU4.GLBX", "NQU4.GLBX", "50", "20"]
    assert (str(es.price_increment), str(es.margin_init), str(es.margin_maint)) == ("0.25", "0.05", "0.025")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "catalog").rglob("*")}
    assert not any(d.is_new for d in databento([data, definitions], tmp_path / "catalog", venues=RULE, margin="0.05"))
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "catalog").rglob("*")} == before


def test_what_was_cut_off_goes_on(tmp_path, defined, monkeypatch):
    files = [
        dbn.write(tmp_path / f"{n}.dbn.zst", "mbp-1", dbn.quotes([(5528.5 + n, 5529 + n)], number))
        for n, number in enumerate(dbn.NUMBERS.values())
    ]
    real, heads = vars(MODULE)["_data"], list[Path]()

    def cut(catalog, head, layout, **more):
        heads.append(head.path)
        if len(heads) == 2:
            raise KeyboardInterrupt
        return real(catalog, head, layout, **more)

    with monkeypatch.context() as patch:
        patch.setattr(MODULE, "_data", cut)
        with pytest.raises(KeyboardInterrupt):
            databento(files, defined)
    assert (len(held(defined)), len(held(defined, "NQU4.GLBX"))) == (1, 0)
    assert [d.is_new for d in databento(files, defined)] == [False, True]


def test_a_number_that_stands_for_one_symbol_today_and_another_tomorrow(tmp_path, defined):
    spans = {"ESU4": [("2024-07-01", "2024-07-02", 7)], "NQU4": [("2024-07-02", "2024-07-03", 7)]}
    records = dbn.quotes([(1, 2), (3, 4), (5, 6)], 7)
    records["ts_recv"][1:] += 86_400 * SECOND
    records["ts_recv"][2] += 3 * 86_400 * SECOND
    first, second = databento([dbn.write(tmp_path / "x.dbn", "mbp-1", records, spans)], defined)
    assert (held(defined), [row[1:] for row in held(defined, "NQU4.GLBX")]) == ([(1000, 1.0, 2.0)], [(3.0, 4.0)])
    assert first.dropped == {"records of an instrument that the file does not name": 1}
    assert second.identifier == "NQU4.GLBX"


def test_sides_that_are_empty_crossed_or_equal(tmp_path, defined):
    rows = [(1, 2), (0, 2), (1, 0), (3, 2), (2, 2), (2, 2)]
    (result,) = databento([dbn.write(tmp_path / "x.dbn", "mbp-1", dbn.quotes(rows))], defined)
    assert [row[1:] for row in held(defined)] == [(1.0, 2.0), (3.0, 2.0), (2.0, 2.0), (2.0, 2.0)]
    assert result.dropped == {"quotes with one side alone": 2}
    assert result.noticed == {"quotes with bid above ask": 1, "quotes with bid equal to ask": 2}


def test_fills_of_one_match_are_all_kept(tmp_path, defined):
    records = dbn.trades([5528.5, 5528.5, 5528.75, 5529], "BBAN")
    records["ts_recv"] = START
    (result,) = databento([dbn.write(tmp_path / "x.dbn", "trades", records)], defined)
    ticks = ParquetDataCatalog(str(defined)).query_trade_ticks(["ESU4.GLBX"])
    assert [(float(t.price), t.aggressor_side.name, str(t.trade_id)) for t in ticks] == [
        (5528.5, "BUY", "99"), (5528.5, "BUY", "99"), (5528.75, "SELL", "99"), (5529.0, "NO_AGGRESSOR", "99"),
    ]  # fmt: skip
    assert (result.written, result.dropped) == (4, {})


def test_every_wrong_argument_at_once(tmp_path):
    (tmp_path / "file").write_bytes(b"no dbn")
    wrong = {"XCME": "", "A.B": "C"}
    message = refused(
        [tmp_path / "file", tmp_path / "none"], tmp_path / "file", venues=wrong, publishers="x", margin="-1"
    )
    for place in ("--venue", "--publishers", "--margin", "--catalog", str(tmp_path / "file"), str(tmp_path / "none")):
        assert f"{place}:" in message
    assert "is no DBN file" in message
    assert "at least one" in refused([], tmp_path / "new")


def test_rules_and_data_without_an_instrument(tmp_path, defined):
    definitions = dbn.write(tmp_path / "d.dbn", "definition", dbn.definitions())
    message = refused([definitions], tmp_path / "new", venues={"XCMEE": "GLBX"})
    assert "--venue: is the venue of no instrument in these files (was 'XCMEE'); did you mean 'XCME'?" in message
    quotes = dbn.write(tmp_path / "q.dbn", "mbp-1", dbn.quotes([(1, 2)]), {"CLU4": [("2024-07-01", "2024-07-02", 118)]})
    assert "the catalog defines no instrument CLU4" in refused([quotes], defined)
    databento([definitions], defined)  # under XCME as well
    quotes = dbn.write(tmp_path / "q.dbn", "mbp-1", dbn.quotes([(1, 2)]))
    message = refused([quotes], defined)
    assert "the catalog defines ESU4 several times" in message
    assert "use a new catalog, and name the venue alike in every command (--venue)" in message
    databento([definitions], tmp_path / "once", venues={"XCME": "GLBX"})
    assert databento([quotes], tmp_path / "once", venues={"XCME": "GLBX"})[0].written == 1


def test_definitions_may_come_first_or_with_the_data(tmp_path):
    definitions = dbn.write(tmp_path / "d.dbn", "definition", dbn.definitions())
    quotes = dbn.write(tmp_path / "q.dbn", "mbp-1", dbn.quotes([(1, 2)]))
    message = refused([quotes], tmp_path / "first")
    assert "ingest its definitions (schema definition, raw symbols) first, or with it" in message
    databento([definitions], tmp_path / "first")
    assert databento([quotes], tmp_path / "first")[-1].written == 1
    assert "QuoteTick" in {result.kind for result in databento([quotes, definitions], tmp_path / "with")}


def test_another_definition_of_the_same_instrument(tmp_path, defined):
    records = dbn.definitions()
    records["min_price_increment"] = 500_000_000
    message = refused([dbn.write(tmp_path / "d.dbn", "definition", records)], defined, venues=RULE)
    assert (
        "the catalog defines ESU4.GLBX with another price_increment: 0.25 (was '0.50')" in message or "0.5" in message
    )


DAMAGED = {
    "cut": "", "short": "cut short in the middle of a record", "other": "records that are none of mbp-1",
    "price": "of more than 2 decimals, such as 5528.505", "empty": "holds nothing to write: it is empty",
    "header": "Truncated", "statistics": "holds statistics; it must be",
}  # fmt: skip


@pytest.mark.parametrize("fault", DAMAGED)
def test_damaged_files_are_refused_and_leave_nothing(tmp_path, defined, fault):
    path, records = tmp_path / "x.dbn.zst", dbn.quotes([(5528.5, 5528.75)] * 5000)
    if fault == "price":
        records["bid_px_00"][-1] += 5_000_000
    elif fault == "other":
        records["length"][7] = 14
    elif fault == "empty":
        records = records[:0]
    dbn.write(
        path,
        "statistics" if fault == "statistics" else "mbp-1",
        np.append(records.view("u1"), np.zeros(9 * (fault == "short"), "u1")),
    )
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    elif fault == "header":
        path.write_bytes(path.read_bytes()[:6])
    message = refused([path], defined)
    assert str(path) in message and DAMAGED[fault] in message
    assert not list(defined.rglob("quotes/**/*.parquet"))


needs_data = pytest.mark.skipif(not DATA.exists(), reason="needs the market data, which is not part of the project")


@pytest.fixture
def real(tmp_path) -> Path:
    files = [f for name in ("historical_bars_catalog", "options_catalog") for f in (DATA / name).glob("*.zst")]
    databento(files, tmp_path / "real", venues=RULE, margin="0.05")
    return tmp_path / "real"


def engine_s_own(folder: str, load: str, pattern: str, **more):
    loader = DatabentoDataLoader(str(DATA / "publishers.json"))
    for path in (DATA / folder).glob("*definition*"):
        loader.load_instruments(str(path), use_exchange_as_venue=True)
    (path,) = (DATA / folder).glob(pattern)
    return getattr(loader, load)(str(path), **more)


def plain(rows) -> list[str]:
    return [str(row).replace(".XCME", ".GLBX") for row in rows]


@needs_data
def test_real_files_are_what_the_engine_s_loader_makes_of_them(real):
    catalog = ParquetDataCatalog(str(real))
    mine = catalog.query_quote_ticks(["ESU4.GLBX"])
    theirs = engine_s_own("historical_bars_catalog", "load_quotes", "*mbp-1*")
    assert len(mine) == 2288
    assert plain(mine) == plain(theirs)
    assert [(q.ts_event, q.ts_init) for q in mine] == [(q.ts_event, q.ts_init) for q in theirs]
    trades = catalog.query_trade_ticks(["ESU4.GLBX"])
    assert len(trades) == 120
    assert plain(trades) == plain(engine_s_own("historical_bars_catalog", "load_trades", "*trades*"))
    bars = engine_s_own("historical_bars_catalog", "load_bars", "*ohlcv*")
    assert len(bars) == 60
    assert sorted(plain(catalog.query_bars(None))) == sorted(plain(bars))
    options = engine_s_own("options_catalog", "load_bbo_quotes", "options_bbo*")
    names = {str(q.instrument_id).replace("XCME", "GLBX") for q in options}
    assert names == {"ESM4 P5230.GLBX", "ESM4 P5250.GLBX"}
    for name in names:
        assert plain(catalog.query_quote_ticks([name])) == [row for row in plain(options) if row.startswith(name)]


@needs_data
def test_a_sweep_runs_on_them(real, tmp_path):
    for name, instrument, period, price in (
        ("future", "ESU4.GLBX", ("2024-07-01T23:58:00Z", "2024-07-02T00:02:00Z"), 50),
        ("option", "ESM4 P5230.GLBX", ("2024-05-09T09:54:00Z", "2024-05-09T10:05:00Z"), 50),
    ):
        plan = {
            "path": "tests.support.strategies:Scripted", "config_path": "tests.support.strategies:ScriptedConfig",
            "config": {"instrument_id": instrument},
        }  # fmt: skip
        spec = sweeps.spec(
            str(real), {"strategy.orders": [[[1, 1], [8, -1]], [[1, -1], [8, 1]]]}, name=name,
            period=dict(zip(("start", "end"), period, strict=True)), strategy=plan,
            data=[{"type": "QuoteTick", "instruments": [instrument]}],
            venues=[venue("GLBX", fill_model={"type": "DefaultFillModel", "random_seed": 1})],
        )  # fmt: skip
        path = sweeps.write(tmp_path / f"{name}.yaml", spec)
        report = sweep.run(path, runs_dir=tmp_path / "runs", executor="inline", tracking=False)
        quotes = ParquetDataCatalog(str(real)).query_quote_ticks([instrument])
        # bought at the ask of the second quote, sold at the bid of the ninth; and the other way round
        long = (float(quotes[8].bid_price) - float(quotes[1].ask_price)) * price
        short = (float(quotes[1].bid_price) - float(quotes[8].ask_price)) * price
        assert {row.number: row.metrics["pnl_total"] for row in report.leaders()} == pytest.approx({0: long, 1: short})


@needs_data
def test_an_order_book_by_the_engine_s_loader(tmp_path):
    records = dbn.definitions()[:1]
    records["raw_symbol"], records["instrument_id"] = b"ESH4", 17077
    definition = dbn.write(tmp_path / "d.dbn", "definition", records, {"ESH4": [("2023-12-24", "2023-12-25", 17077)]})
    book = DATA / "esh4-glbx-mdp3-20231224.mbo.dbn.zst"
    _, result = databento([definition, book], tmp_path / "catalog", venues=RULE)
    theirs = DatabentoDataLoader(str(DATA / "publishers.json")).load_order_book_deltas(
        str(book), InstrumentId.from_str("ESH4.GLBX"), 2
    )
    mine = ParquetDataCatalog(str(tmp_path / "catalog")).query_order_book_deltas(["ESH4.GLBX"])
    assert result.written == len(mine) == len(theirs)
    assert list(map(str, mine)) == list(map(str, theirs))
    assert not databento([book], tmp_path / "catalog")[0].is_new


def test_the_layouts_are_those_of_the_package():
    assert np.dtype(databento_dbn.MBP1Msg._dtypes).itemsize == 80


def test_the_command(tmp_path):
    files = [
        dbn.write(tmp_path / "d.dbn.zst", "definition", dbn.definitions()),
        dbn.write(tmp_path / "q.dbn.zst", "mbp-1", dbn.quotes([(5528.5, 5528.75), (5528.75, 5529)])),
    ]
    command = ("catalog", "ingest", "databento", *files, "--catalog", tmp_path / "catalog", "--venue", "XCME=GLBX")
    output = invoke(*command).stdout
    assert "wrote 2 definitions (ESU4.GLBX, NQU4.GLBX)" in output
    assert "wrote 2 quotes of ESU4.GLBX" in output
    assert "must be two venues" in invoke(*command, "--venue", "ARCX", code=2).stderr
