import shutil
from pathlib import Path
from typing import Any

import pytest

from sweep.catalog import check
from sweep.strategies.score_bracket import ScoreUpdate
from tests.support.markets import DAY, SECOND, bars, equity, ns, option, pair, quotes, write

START = ns("2026-05-04T13:30")
BAR = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
PERIOD = {"start": "2026-05-04T00:00:00Z", "end": "2026-05-05T00:00:00Z"}
SCORES = {"type": "sweep.strategies.score_bracket:ScoreUpdate"}


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    spy, cable = equity(), pair("GBP/USD.SIM")
    return Path(
        write(
            tmp_path_factory.mktemp("check") / "catalog", [spy, cable],
            quotes=[*quotes(spy, [(START + n * SECOND, 1, 2) for n in range(9)]), *quotes(cable, [(START, 1, 2)])],
            bars=bars(BAR, [(START, 1, 2, 1, 2)]),
            events=[ScoreUpdate(ts_event=START, ts_init=START, instrument_id=spy.id)],
        )
    )  # fmt: skip


@pytest.fixture
def catalog(source, tmp_path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "catalog"))


def backtest(catalog: Path, *data: dict[str, Any], **period: str) -> dict[str, Any]:
    return {"catalog": str(catalog), "period": PERIOD | period, "data": list(data)}


def quotes_of(*names: str) -> dict[str, Any]:
    return {"type": "QuoteTick", "instruments": list(names)}


def said(backtest: dict[str, Any]) -> str:
    return "\n".join(map(str, check(backtest)))


def test_nothing_is_wrong_with_what_is_there(source):
    data = [quotes_of("SPY.ARCA", "GBP/USD.SIM"), {"type": "Bar", "bar_types": [BAR]}, SCORES]
    assert check(backtest(source, *data)) == []


def test_every_mistake_at_once(source):
    data = [quotes_of("SPX.ARCA", "SPY.ARCA"), {"type": "TradeTick", "instruments": ["SPY.ARCA"]}, {"type": "a.b:Nope"}]
    problems = {
        p.where: p for p in check(backtest(source, *data, start="2026-05-01T00:00:00Z", end="2026-05-02T00:00:00Z"))
    }
    assert set(problems) == {"data.0.instruments.0", "data.0.instruments.1", "data.1.instruments.0", "data.2"}
    assert "2026-05-04T13:30:00Z … 2026-05-04T13:30:08Z" in problems["data.0.instruments.1"].remedy
    assert "QuoteTick" in problems["data.1.instruments.0"].remedy
    assert "ScoreUpdate" in problems["data.2"].remedy


def test_an_unknown_instrument_is_guessed(source):
    assert "did you mean 'SPY.ARCA'?" in said(backtest(source, quotes_of("SPY.ARCX")))
    bar = {"type": "Bar", "bar_types": ["SPY.ARCA-5-MINUTE-LAST-EXTERNAL"]}
    assert f"did you mean '{BAR}'?" in said(backtest(source, bar))


def test_a_hole_in_a_file_is_no_data(tmp_path):
    spy = equity()
    write(tmp_path, [spy], quotes=quotes(spy, [(START, 1, 2), (START + 3 * DAY, 1, 2)]))
    period = {"start": "2026-05-05T00:00:00Z", "end": "2026-05-06T00:00:00Z"}
    assert "no QuoteTick in the period" in said(backtest(tmp_path, quotes_of("SPY.ARCA"), **period))


def test_the_end_is_excluded(source):
    at = {"start": "2026-05-04T00:00:00Z", "end": "2026-05-04T13:30:00Z"}
    assert "no QuoteTick in the period" in said(backtest(source, quotes_of("SPY.ARCA"), **at))
    at["end"] = "2026-05-04T13:30:00.000000001Z"
    assert said(backtest(source, quotes_of("SPY.ARCA"), **at)) == ""


def test_a_missing_definition(catalog):
    shutil.rmtree(catalog / "data" / "equity")
    assert "does not define this instrument" in said(backtest(catalog, quotes_of("SPY.ARCA")))


@pytest.mark.parametrize("damage", ["empty", "truncated", "no Parquet", "no footer"])
def test_a_damaged_file_is_named(catalog, damage):
    file = next(catalog.glob("data/quotes/SPY.ARCA/*.parquet"))
    whole = file.read_bytes()
    file.write_bytes(
        {
            "empty": b"",
            "truncated": whole[: len(whole) // 2],
            "no Parquet": b"x" * 999,
            "no footer": whole[:-9] + bytes(9),
        }[damage]
    )
    (problem,) = check(backtest(catalog, quotes_of("SPY.ARCA")))
    assert problem.where == str(file)
    assert "is damaged" in problem.rule
    assert problem.remedy


@pytest.mark.parametrize("names", [["quote_tick"], ["equity", "bar"]])
def test_a_catalog_of_nautilus_1(source, tmp_path, names):
    for name in names:
        shutil.copytree(source / "data" / "quotes", tmp_path / "data" / name)
    (problem,) = check(backtest(tmp_path, quotes_of("SPY.ARCA")))
    assert "is a catalog of Nautilus 1.x" in problem.rule
    assert "migrate" in problem.remedy


def test_what_is_no_catalog(source, tmp_path):
    assert "does not exist" in said(backtest(tmp_path / "nowhere", SCORES))
    assert "holds no data" in said(backtest(tmp_path, SCORES))
    (tmp_path / "file").write_text("")
    assert "must be a directory" in said(backtest(tmp_path / "file", SCORES))
    assert f"give the directory above: {source}" in said(backtest(source / "data", SCORES))


def test_a_folder_shared_by_two_instruments(tmp_path):
    slashed, plain = pair("GBP/USD.SIM"), equity("GBPUSD.SIM")
    write(tmp_path, [slashed, plain], quotes=quotes(slashed, [(START, 1, 2)]))
    write(tmp_path, [], quotes=quotes(plain, [(START + SECOND, 1, 2)]))
    assert "keeps GBPUSD.SIM in the same folder" in said(backtest(tmp_path, quotes_of("GBP/USD.SIM")))


def test_sections_that_are_missing_or_malformed_are_left_to_the_spec(source):
    assert check({}) == []
    assert check({"catalog": str(source), "data": [quotes_of("SPY.ARCA")]}) == []
    assert check({"catalog": str(source), "period": PERIOD, "data": "QuoteTick"}) == []
    assert check({"catalog": str(source), "period": PERIOD, "data": ["QuoteTick"]}) == []
    assert "does not define" in said({"catalog": str(source), "data": [{"type": "QuoteTick", "instruments": 5}]})


def test_a_chain_needs_living_options_with_quotes(tmp_path):
    call, old = option(), option("SPY260501C00100000.SMART", expires="2026-05-01T20:00:00")
    path = Path(write(tmp_path, [call, old], quotes=quotes(call, [(START, 1, 2)])))
    assert not check(backtest(path, {"type": "QuoteTick", "chain": "SPY"}))
    (problem,) = check(backtest(path, {"type": "QuoteTick", "chain": "SPX"}))
    assert (problem.where, problem.rule) == ("data.0.chain", "the catalog defines no options on this underlying")
    assert "SPY" in problem.remedy
    (problem,) = check(backtest(path, {"type": "QuoteTick", "chain": "SPY"}, start="2026-04-30", end="2026-05-02"))
    assert "no quotes of options" in problem.rule


def test_a_catalog_that_was_not_written_names_the_command_that_writes_it(tmp_path):
    (problem,) = check(backtest(tmp_path / "demo-portfolio", quotes_of("SPY.ARCA")))
    assert problem.remedy.endswith(": sweep catalog demo data/demo-portfolio --portfolio")
    (problem,) = check(backtest(tmp_path / "mine", quotes_of("SPY.ARCA")))
    assert problem.remedy.endswith(": sweep catalog demo data/demo")
