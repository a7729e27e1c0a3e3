from pathlib import Path

import pytest
from nautilus_trader.model import NautilusDataType, register_custom_data_class
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog import check
from sweep.catalog.demo import writer
from sweep.catalog.demo.option_chain import chain
from sweep.catalog.demo.stock import sessions
from sweep.common.files.atomic_directory import have_same_files
from sweep.errors import InputError
from sweep.strategies.score_bracket import ScoreUpdate

BACKTEST = {
    "period": {"start": "2026-05-04T00:00:00Z", "end": "2026-05-09T00:00:00Z"},
    "data": [
        {"type": "QuoteTick", "instruments": ["SPY.ARCA"]},
        {"type": "sweep.strategies.score_bracket:ScoreUpdate"},
    ],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("demo") / "catalog"
    assert writer.write(target).is_new
    return target


def test_the_same_bytes_in_another_directory(written, tmp_path):
    writer.write(tmp_path / "other")
    assert have_same_files(written, tmp_path / "other")


def test_a_second_time_changes_nothing_and_says_so(written):
    before = {p: p.stat().st_mtime_ns for p in written.rglob("*")}
    again = writer.write(written)
    assert not again.is_new
    assert {p: p.stat().st_mtime_ns for p in written.rglob("*")} == before


def test_it_holds_a_week_of_quotes_and_scores(written):
    entries = {entry.kind: entry for entry in writer.write(written).entries}
    assert entries["QuoteTick"].rows == 117_000
    assert entries["QuoteTick"].files == 5
    assert 240 <= entries["ScoreUpdate"].rows <= 360
    assert entries["Instrument"].identifier == "SPY.ARCA"
    assert check({"catalog": str(written), **BACKTEST}) == []


def test_the_engine_reads_it(written):
    register_custom_data_class(ScoreUpdate)
    catalog = ParquetDataCatalog(str(written))
    (spy,) = catalog.instruments()
    assert spy.margin_init > 0
    assert spy.margin_maint > 0
    quotes = catalog.query_quote_ticks(["SPY.ARCA"])
    assert len(quotes) == 117_000
    assert {q.bid_price.precision for q in quotes[:100]} == {spy.price_precision}
    events = catalog.query_custom_data(NautilusDataType.Custom("ScoreUpdate"))
    assert all(event.data.instrument_id == spy.id for event in events)
    assert [event.ts_init for event in events] == sorted(event.ts_init for event in events)


def test_more_days_begin_with_the_same_five(written, tmp_path):
    longer = writer.write(tmp_path / "longer", days=6)
    entries = {entry.kind: entry for entry in longer.entries}
    assert entries["QuoteTick"].rows == 6 * 23_400
    ours = {f.name: f.read_bytes() for f in written.rglob("*.parquet")}
    theirs = {f.name: f.read_bytes() for f in longer.path.rglob("*.parquet")}
    assert ours.items() <= theirs.items()
    assert "2026-05-04 to 2026-05-11" in (longer.path / "README.md").read_text()


def test_it_says_that_it_is_synthetic(written):
    assert "Synthetic" in (written / "README.md").read_text()


def test_it_is_not_written_over_something_else(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else than the built-in data"):
        writer.write(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture(scope="module")
def options(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("demo") / "options"
    assert writer.write(target, "options").is_new
    return target


@pytest.mark.slow  # writes half a million quotes
def test_with_options_it_is_the_same_week_and_a_chain_a_day(written, options):
    entries = {(entry.kind, entry.identifier): entry for entry in writer.write(options, "options").entries}
    assert entries["QuoteTick", "SPY.ARCA"].rows == 117_000
    contracts = [name for kind, name in entries if kind == "Instrument" and name != "SPY.ARCA"]
    assert len(contracts) == 5 * 62
    assert all(entries["QuoteTick", name].rows == 4680 for name in contracts)
    for folder in ("quotes/SPY.ARCA", "custom", "equity"):
        assert have_same_files(written / "data" / folder, options / "data" / folder)
    assert check({"catalog": str(options), **BACKTEST, "data": [{"type": "QuoteTick", "chain": "SPY"}]}) == []
    assert "--options" in (options / "README.md").read_text()


def test_a_contract_is_named_and_defined_as_vendors_do():
    contract = next(c for c in chain(next(sessions())) if c.is_call and c.strike == 727)
    call = writer.option(contract)
    assert str(call.id) == "SPY260504C00727000.SMART"
    assert (str(call.strike_price), str(call.multiplier), call.underlying) == ("727.00", "100", "SPY")
    assert call.expiration_utc.isoformat() == "2026-05-04T20:00:00+00:00"
    assert call.activation_utc.isoformat() == "2026-05-04T00:00:00+00:00"


def test_a_perpetual_has_quotes_and_funding(tmp_path):
    entries = {entry.kind: entry for entry in writer.write(tmp_path / "perpetual", "perpetual").entries}
    assert (entries["QuoteTick"].rows, entries["FundingRateUpdate"].rows) == (120_960, 20)
    assert entries["QuoteTick"].identifier == str(writer.bitcoin().id)
    assert "Synthetic" in (tmp_path / "perpetual" / "README.md").read_text()


def test_a_portfolio_has_the_same_week_of_spy_and_another_stock(written, tmp_path):
    report = writer.write(tmp_path / "both", "portfolio")
    assert {e.identifier: e.rows for e in report.entries if e.kind == "QuoteTick"} == dict.fromkeys(
        ("SPY.ARCA", "QQQ.ARCA"), 117_000
    )
    same = Path("data/quotes/SPY.ARCA")
    assert have_same_files(written / same, tmp_path / "both" / same)
    assert not have_same_files(tmp_path / "both" / same, tmp_path / "both/data/quotes/QQQ.ARCA")
    register_custom_data_class(ScoreUpdate)
    catalog = ParquetDataCatalog(str(tmp_path / "both"))
    scores = catalog.query_custom_data(NautilusDataType.Custom("ScoreUpdate"))
    assert {str(s.data.instrument_id) for s in scores} == {"SPY.ARCA", "QQQ.ARCA"}
