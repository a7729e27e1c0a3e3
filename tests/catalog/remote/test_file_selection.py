"""The files that a backtest needs, told from names, are those that its fingerprint takes once they are there."""

import pytest

from sweep.catalog.data_files import DataRequest, scan
from sweep.catalog.demo.writer import write
from sweep.catalog.remote.file_selection import FOLDERS, SelectedFile, key, needed
from tests.support import remote_catalogs
from tests.support.remote_catalogs import DAYS, span, wanted


def test_only_what_instrument_type_and_period_need(tmp_path):
    names = remote_catalogs.fill(tmp_path)
    content = remote_catalogs.content(tmp_path)
    assert needed(content, [wanted()]) == names
    quotes = [n for n in names if "quotes" in n]
    assert [n for n in needed(content, [wanted("2026-05-05", "2026-05-07")]) if "quotes" in n] == quotes[1:3]
    assert needed(content, [wanted("2026-05-05", "2026-05-06"), wanted("2026-05-06", "2026-05-07")]) == needed(
        content, [wanted("2026-05-05", "2026-05-07")]
    )
    assert needed(content, [wanted("2026-05-09", "2026-05-10")]) == [n for n in names if "equity" in n]


def test_bars_pairs_and_custom_data():
    data = [
        {"type": "Bar", "bar_types": ["EUR/USD.SIM-1-MINUTE-MID-EXTERNAL"]},
        {"type": "a.b:Score"},
    ]
    both = DataRequest.by({"data": data, "period": {"start": "2026-05-04", "end": "2026-05-05"}})
    day = span(DAYS[0])
    names = [
        f"data/bars/EURUSD.SIM-1-MINUTE-MID-EXTERNAL/{day}",
        f"data/currency_pair/EURUSD.SIM/{day}",
        f"data/custom/Score/{day}",
    ]
    others = [
        f"data/bars/EURUSD.SIM-5-MINUTE-MID-EXTERNAL/{day}", f"data/custom/Scores/{day}", f"data/bars/x/{day}",
        f"data/quotes/EURUSD.SIM/{day}", f"custom/Score/{day}", "data/custom/Score/x.parquet",
        f"data/custom/Score/../../../../Score/{day}",
    ]  # fmt: skip
    assert needed(names + others, [both]) == sorted(names)


def test_chains_need_all_definitions_of_options_first_then_quotes_of_those_on_the_underlying():
    day = span(DAYS[0])
    names = [f"data/{f}/{i}.OPRA/{day}" for f in ("option_contract", "quotes") for i in ("SPY1", "QQQ1")]
    data = [{"type": "QuoteTick", "chain": "SPY"}]
    chain = DataRequest.by({"data": data, "period": {"start": "2026-05-04", "end": "2026-05-05"}})
    assert needed(names, [chain]) == sorted(names[:2])
    contracts = [remote_catalogs.option("SPY", "SPY1.OPRA"), remote_catalogs.option("QQQ", "QQQ1.OPRA")]
    assert needed(names, [chain.among(contracts)]) == sorted([names[0], names[2]])


@pytest.mark.parametrize("kind", ["stock", "perpetual", pytest.param("options", marks=pytest.mark.slow)])
def test_names_alone_choose_what_footers_would(tmp_path, kind):
    write(tmp_path / "demo", kind, 2)
    files = scan(tmp_path / "demo")[0]
    named = {f.kind for f in files} - {"Instrument"}
    for name in sorted(named):
        entry = {"type": name if name in FOLDERS else f"a:{name}"}
        one = min(f.identifier for f in files if f.kind == name)
        entry |= {"bar_types" if name == "Bar" else "instruments": [one]} if one else {}
        request = DataRequest.by({"data": [entry], "period": {"start": "2026-05-05", "end": "2026-05-06"}})
        right = sorted(f.path.relative_to(tmp_path / "demo").as_posix() for f in files if request.reads(f))
        names = [f.path.relative_to(tmp_path / "demo").as_posix() for f in files]
        assert right
        assert needed(names, [request]) == right


def test_the_folders_are_the_engines_own(tmp_path):
    from nautilus_trader import model
    from nautilus_trader.persistence import ParquetDataCatalog

    catalog, spy = ParquetDataCatalog(str(tmp_path)), model.InstrumentId.from_str("SPY.ARCA")
    one = model.Price(1.0, 1)
    catalog.write_mark_price_updates([model.MarkPriceUpdate(spy, one, 0, 0)])
    catalog.write_index_price_updates([model.IndexPriceUpdate(spy, one, 0, 0)])
    catalog.write_instrument_closes([model.InstrumentClose(spy, one, model.InstrumentCloseType.END_OF_SESSION, 0, 0)])
    catalog.write_instrument_statuses([model.InstrumentStatus(spy, model.MarketStatusAction.TRADING, 0, 0)])
    folders = {p.name for p in (tmp_path / "data").iterdir()}
    assert folders == {
        FOLDERS[f"{k}"] for k in ("MarkPriceUpdate", "IndexPriceUpdate", "InstrumentClose", "InstrumentStatus")
    }


def test_a_key_is_of_names_and_contents():
    one, other = SelectedFile("a", 1, "x"), SelectedFile("b", 1, "y")
    assert key([one, other]) == key([other, one])
    assert len({key([one]), key([other]), key([one, other]), key([SelectedFile("a", 1, "y")])}) == 4
