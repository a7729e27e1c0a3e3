import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from nautilus_trader.model import Currency, Equity, InstrumentId, Price, Symbol

from sweep.catalog import Fingerprint, fingerprint
from sweep.strategies.score_bracket import ScoreUpdate
from tests.support.markets import DAY, bars, equity, ns, option, pair, quotes, trades, write

START = ns("2026-05-04T13:30")
BAR = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
DATA = [
    {"type": "QuoteTick", "instruments": ["SPY.ARCA"]},
    {"type": "Bar", "bar_types": [BAR]},
    {"type": "sweep.strategies.score_bracket:ScoreUpdate"},
]
BACKTEST = {"period": {"start": "2026-05-04T00:00:00Z", "end": "2026-05-05T00:00:00Z"}, "data": DATA}
LONG_AGO = START - 1000 * DAY


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    spy, cable = equity(), pair("GBP/USD.SIM")
    directory = write(
        tmp_path_factory.mktemp("fingerprint") / "catalog", [spy, cable],
        quotes=[*quotes(spy, [(START, 1, 2)]), *quotes(cable, [(START, 1, 2)])],
        trades=trades(spy, [(START, 1)]), bars=bars(BAR, [(START, 1, 2, 1, 2)]),
        events=[ScoreUpdate(ts_event=START, ts_init=START, instrument_id=spy.id)],
    )  # fmt: skip
    return Path(directory)


@pytest.fixture
def catalog(source, tmp_path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "catalog"))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def of(catalog: Path, *, cache: bool = False, **changes: Any) -> str:
    return Fingerprint(catalog, cache=cache).of(BACKTEST | changes)


def the_file(catalog: Path, folder: str) -> Path:
    return next(catalog.glob(f"data/{folder}/*.parquet"))


def flip(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def settle(catalog: Path, monkeypatch) -> None:
    """As if the files had lain there for long: those that just changed are not remembered."""
    monkeypatch.setattr(fingerprint, "FRESH", -1)


@pytest.mark.parametrize("folder", ["quotes/SPY.ARCA", "bars/" + BAR, "custom/ScoreUpdate", "equity/SPY.ARCA"])
def test_one_flipped_bit_of_what_is_read_changes_it(catalog, folder):
    before, file = of(catalog), the_file(catalog, folder)
    flip(file, 10)
    assert of(catalog) != before
    flip(file, 10)
    assert of(catalog) == before


@pytest.mark.parametrize("folder", ["quotes/GBPUSD.SIM", "trades/SPY.ARCA", "currency_pair/GBPUSD.SIM"])
def test_what_is_not_read_does_not_matter(catalog, folder):
    before = of(catalog)
    flip(the_file(catalog, folder), 10)
    assert of(catalog) == before


def test_data_appended_outside_of_the_period_does_not_matter(catalog):
    before = of(catalog)
    for days in (-1, 1):
        write(catalog, [], quotes=quotes(equity(), [(START + days * DAY, 1, 2)]))
    (catalog / "README.md").write_text("notes")
    assert of(catalog) == before
    longer = {"period": {"start": "2026-05-04T00:00:00Z", "end": "2026-05-06T00:00:00Z"}}
    assert of(catalog, **longer) != before


@pytest.mark.parametrize(("days", "matters"), [(-1, True), (1, False)])
def test_a_definition_matters_from_its_time_on(catalog, days, matters):
    before, at = of(catalog), START + days * DAY
    later = Equity(
        InstrumentId.from_str("SPY.ARCA"), Symbol("SPY"), Currency.from_str("USD"), 2, Price.from_str("0.01"), at, at
    )
    write(catalog, [later])
    assert (of(catalog) != before) == matters


def test_data_appended_inside_does(catalog):
    before = of(catalog)
    write(catalog, [], quotes=quotes(equity(), [(START + 1, 1, 2)]))
    assert of(catalog) != before


def test_where_the_catalog_lies_and_how_the_spec_lists_it_do_not_matter(source, catalog):
    assert of(source) == of(catalog) == of(catalog, data=DATA[::-1])


def test_the_files_are_those_that_are_read(catalog):
    folders = {p.parent.relative_to(catalog / "data").as_posix() for p in Fingerprint(catalog).files(BACKTEST)}
    assert folders == {"quotes/SPY.ARCA", f"bars/{BAR}", "custom/ScoreUpdate", "equity/SPY.ARCA"}


def test_it_stays_what_it_was_and_says_when_that_is_over(catalog):
    fingerprint = Fingerprint(catalog)
    before = fingerprint.of(BACKTEST)
    assert fingerprint.unchanged(BACKTEST)
    flip(the_file(catalog, "quotes/SPY.ARCA"), 10)
    assert fingerprint.of(BACKTEST) == before
    assert not fingerprint.unchanged(BACKTEST)


def test_a_second_look_reads_nothing(catalog, monkeypatch):
    settle(catalog, monkeypatch)
    before = of(catalog, cache=True)
    monkeypatch.setattr(fingerprint, "content_hash", lambda path: pytest.fail(f"{path} was read"))
    assert of(catalog, cache=True) == before


def rewritten(file: Path) -> None:
    flip(file, 10)


def restored_time(file: Path) -> None:
    status = file.stat()
    flip(file, 10)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def exchanged(file: Path) -> None:
    status, other = file.stat(), file.with_suffix(".new")
    shutil.copy(file, other)
    flip(other, 10)
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(file)


@pytest.mark.parametrize("change", [rewritten, restored_time, exchanged])
def test_what_is_remembered_is_never_stale(catalog, monkeypatch, change: Callable[[Path], None]):
    settle(catalog, monkeypatch)
    before = of(catalog, cache=True)
    time.sleep(0.02)  # the clock of a file system ticks slowly
    change(the_file(catalog, "quotes/SPY.ARCA"))
    assert of(catalog, cache=True) == of(catalog) != before


def test_what_has_just_changed_is_not_remembered(catalog, home):
    of(catalog, cache=True)
    assert not kept(home)


def kept(home: Path) -> list[tuple[str, str]]:
    path = home / "sweep" / "hashes.sqlite"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT path, hash FROM hashes").fetchall()


def test_several_processes_agree(catalog, home, monkeypatch):
    settle(catalog, monkeypatch)
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=patient) as pool:
        hashes = set(pool.map(hashed, [str(catalog)] * 8))
    assert hashes == {of(catalog)}
    assert len(kept(home)) == 4


def patient() -> None:
    fingerprint.FRESH = -1


def hashed(catalog: str) -> str:
    return Fingerprint(catalog).of(BACKTEST)


@pytest.mark.parametrize("broken", ["no database", "no folder", "another table"])
def test_without_a_place_to_remember_it_is_as_good(catalog, home, monkeypatch, broken):
    settle(catalog, monkeypatch)
    if broken == "no folder":
        home.write_text("a file")
    else:
        (home / "sweep").mkdir(parents=True)
        path = home / "sweep" / "hashes.sqlite"
        if broken == "no database":
            path.write_bytes(b"no database at all" * 99)
        else:
            with closing(sqlite3.connect(path)) as db:
                db.execute("CREATE TABLE hashes (x)")
    assert of(catalog, cache=True) == of(catalog)


def test_a_chain_is_all_of_its_living_contracts(tmp_path):
    names = ("SPY260504C00100000.SMART", "SPY260504P00100000.SMART")
    dead = option("SPY260501C00100000.SMART", expires="2026-05-01T20:00:00")
    options = [option(name) for name in names]
    rows = [q for o in (*options, dead) for q in quotes(o, [(START, 1, 2)])]
    write(tmp_path, [*options, dead, option("QQQ260504C00100000.SMART")], quotes=rows)
    chain = BACKTEST | {"data": [{"type": "QuoteTick", "chain": "SPY"}]}
    read = Fingerprint(tmp_path).files(chain)
    assert {f.parent.name for f in read} == set(names)
    assert len(read) == 4  # a definition and a file of quotes each
    listed = BACKTEST | {"data": [{"type": "QuoteTick", "instruments": list(names)}]}
    assert Fingerprint(tmp_path).of(chain) == Fingerprint(tmp_path).of(listed)
