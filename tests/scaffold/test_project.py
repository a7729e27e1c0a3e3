"""`sweep init`: files of ten vendors to a leaderboard with three commands; nothing overwritten, nothing half made."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import sweep
from sweep.catalog.inventory import inventory
from sweep.common.units import moment_of
from sweep.runner.plan import plan
from sweep.spec.reader import read
from tests.support import vendor_files
from tests.support.commands import invoke

QUICK = ("Kibot", "Polygon")
DEFAULTS = ("limits", "execution", "verify", "tracking")
SAME = {"Kibot", "TradingView", "Polygon"}  # the same bars, on three clocks


NEW_YORK = (
    5850,
    "2026-03-02T14:31:00Z",
    "2026-03-20T20:00:00Z",
)  # bars, first and last end


def bars(folder: Path) -> tuple[int, str, str]:
    (entry,) = (e for e in inventory(folder / "data" / "catalog") if e.kind == "Bar")
    return entry.rows, moment_of(entry.first), moment_of(entry.last)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty folder, where commands are run; modules of projects are forgotten."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("strategy", "ema", "mine"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path / "project"


def made(folder: Path, vendor: str, *more: str):
    instrument = vendor_files.write(vendor, folder.parent / "vendor.csv")
    return invoke("init", "--csv", "../vendor.csv", "--instrument", instrument, *more)


@pytest.mark.parametrize(
    "vendor", [v if v in QUICK else pytest.param(v, marks=pytest.mark.slow) for v in vendor_files.VENDORS]
)
def test_a_file_comes_to_a_leaderboard_with_three_commands(folder, vendor):
    result = made(folder, vendor)
    assert "next: sweep check sweep.yaml   ·   sweep run sweep.yaml" in result.output
    checked = invoke("check", "sweep.yaml")
    assert "nothing is wrong" in checked.output
    if vendor in SAME:
        assert bars(folder) == NEW_YORK
    if vendor in QUICK[1:] or vendor not in QUICK:
        document = json.loads(
            invoke("run", "sweep.yaml", "--executor", "inline", "--tracking-uri", "none", "--json").stdout
        )
        assert document["trials"] == {"COMPLETE": 8}
        assert document["best"]["metrics"]["trades"] > 3
        assert document["best"]["metrics"]["orders_rejected"] == document["best"]["metrics"]["orders_denied"] == 0
        assert document["lockbox"]


def test_what_is_written_are_the_defaults(folder):
    made(folder, "Yahoo")
    text = (folder / "sweep.yaml").read_text()
    without = {key: value for key, value in yaml.safe_load(text).items() if key not in DEFAULTS}
    assert read(text).spec == read(yaml.safe_dump(without)).spec
    assert text.startswith("# yaml-language-server: $schema=sweep.schema.json\n")
    schema = json.loads((folder / "sweep.schema.json").read_text())
    assert set(without) | set(DEFAULTS) <= set(schema["properties"])


def test_nothing_is_overwritten(folder):
    (folder / "strategy.py").write_text("mine")
    (folder / "sweep.yaml").write_text("mine")
    (folder / ".gitignore").write_text("mine")
    vendor_files.write("Yahoo", folder.parent / "vendor.csv")
    result = invoke("init", "--csv", "../vendor.csv", "--instrument", "AAPL.XNAS", code=2)
    assert result.output.count("is there already") == 2
    assert "--strategy strategy:CLASS" in result.output
    assert not (folder / "data").exists()
    for name in ("strategy.py", "sweep.yaml"):
        assert (folder / name).read_text() == "mine"
        (folder / name).unlink()
    made(folder, "Yahoo")
    assert (folder / ".gitignore").read_text() == "mine"
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    invoke("init", "--csv", "../vendor.csv", "--instrument", "AAPL.XNAS", code=2)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ((), "is missing: which data?"),
        (("--csv", "../no.csv", "--instrument", "AAPL.XNAS"), "there is no such file"),
        (("--csv", "../vendor.csv"), "--instrument VENDOR.XNAS"),
        (("--csv", "../vendor.csv", "--instrument", "AAPL"), "must be SYMBOL.VENUE"),
        (("--csv", "../vendor.csv", "--instrument", "EURUSD.SIM"), "--instrument EUR/USD.SIM"),
        (("--csv", "../vendor.csv", "--instrument", "ESM6.XCME"), "expiration_ns"),
        (
            ("--csv", "../vendor.csv", "--instrument", "A.X", "--instrument", "B.X"),
            "give as many --instrument as files",
        ),
        (("--demo", "--catalog", "data"), "are different data: --catalog and --demo"),
        (("--csv", "../words.csv", "--instrument", "AAPL.XNAS"), "has no column"),
        (("--csv", "../crossed.csv", "--instrument", "EUR/USD.SIM"), "--drop crossed"),
        (("--csv", "../vendor.csv", "--instrument", "AAPL.XNAS", "--set", "fest=5"), "is no field of the config"),
        (("--demo", "--strategy", "nowhere:Class"), "there is no such module"),
        (("--demo", "--strategy", "nowhere"), "must be module:Class"),
    ],
)
def test_a_mistake_says_what_to_do_and_leaves_nothing(folder, options, rule):
    vendor_files.write("Yahoo", folder.parent / "vendor.csv")
    (folder.parent / "words.csv").write_text("some,words\nand,others\n")
    (folder.parent / "crossed.csv").write_text(
        "time,bid,ask\n2026-03-02 09:30:01,1.2,1.1\n2026-03-02 09:31:02,1.2,1.3\n"
    )
    result = invoke("init", *options, code=2)
    assert rule in result.output
    assert not [p for p in folder.rglob("*") if p.is_file() and "demo" not in p.parts]


def test_the_remedy_for_crossed_quotes_helps(folder):
    (folder.parent / "crossed.csv").write_text(
        "time,bid,ask\n2026-03-02 09:30:01,1.2,1.1\n2026-03-02 09:31:02,1.2,1.3\n"
    )
    invoke("init", "--csv", "../crossed.csv", "--instrument", "EUR/USD.SIM", "--drop", "crossed")
    assert plan("sweep.yaml").count() == (8, True)


def test_the_remedy_for_a_missing_value_of_an_instrument_helps(folder):
    (folder.parent / "quotes.csv").write_text(
        "time,bid,ask\n" + "".join(f"2026-03-02T14:{m:02}:00Z,1.1000{m % 10},1.1001{m % 10}\n" for m in range(60))
    )
    words = ("init", "--csv", "../quotes.csv", "--instrument", "6EH6.XCME", "--template", "cme_future", "--size", "3")
    words += ("--define", "price_increment=0.00001")
    (example,) = re.findall(r"such as (\S+) \(--define, or", invoke(*words, code=2).stderr)
    assert "3 units stand there" in invoke(*words, "--define", example).output


def test_an_existing_catalog_is_only_read(folder):
    made(folder, "Yahoo", "--folder", "first")
    before = {p: p.read_bytes() for p in (folder / "first").rglob("*") if p.is_file()}
    invoke("init", "--catalog", "first/data/catalog", "--folder", "second")
    assert {p: p.read_bytes() for p in (folder / "first").rglob("*") if p.is_file()} == before
    first, second = (yaml.safe_load((folder / name / "sweep.yaml").read_text()) for name in ("first", "second"))
    assert second["catalog"] == str((folder / "first/data/catalog").resolve())
    assert {**first, "catalog": ""} == {**second, "catalog": ""}


def test_several_files_of_one_instrument_become_one_history(folder):
    lines = [*vendor_files.tradingview()]
    (folder.parent / "a.csv").write_text("\n".join(lines[:3000]))
    (folder.parent / "b.csv").write_text("\n".join([lines[0], *lines[2900:]]))
    invoke("init", "--csv", "../a.csv", "../b.csv", "--instrument", "AAPL.XNAS")
    assert bars(folder) == NEW_YORK


def test_an_instrument_that_is_named_for_each_of_its_files_is_one(folder):
    lines = [*vendor_files.tradingview()]
    (folder.parent / "a.csv").write_text("\n".join(lines[:3000]))
    (folder.parent / "b.csv").write_text("\n".join([lines[0], *lines[2900:]]))
    instruments = ("--instrument", "AAPL.XNAS", "--instrument", "AAPL.XNAS")
    invoke("init", "--csv", "../a.csv", "--csv", "../b.csv", *instruments)
    assert bars(folder) == NEW_YORK
    spec = yaml.safe_load((folder / "sweep.yaml").read_text())
    assert len(spec["data"]) == 1
    assert spec["name"] == "aapl-crossover"


def test_several_instruments_have_a_file_each(folder):
    vendor_files.write("Yahoo", folder.parent / "a.csv")
    vendor_files.write("MetaTrader 5", folder.parent / "b.csv")
    files = ("--csv", "../a.csv", "--csv", "../b.csv")
    invoke("init", *files, "--instrument", "AAPL.XNAS", "--instrument", "EUR/USD.SIM")
    spec = yaml.safe_load((folder / "sweep.yaml").read_text())
    assert [v["name"] for v in spec["venues"]] == ["XNAS", "SIM"]
    assert [v["default_leverage"] for v in spec["venues"]] == [1, 20]
    assert len(spec["data"]) == 2
    assert "validation" not in spec  # they have no day in common
    assert [s["name"] for s in spec["strategies"]] == ["aapl", "eurusd"]
    assert [s["config"]["instrument_id"] for s in spec["strategies"]] == ["AAPL.XNAS", "EUR/USD.SIM"]
    assert plan("sweep.yaml").count() == (8, True)
    backtest = sweep.run_backtest("sweep.yaml", out=folder / "backtest", tracking=False)
    assert set(backtest.frame("fills")["instrument_id"]) == {"AAPL.XNAS", "EUR/USD.SIM"}


def test_empty_files_are_refused(folder):
    for name in ("a", "b"):
        (folder / f"{name}.csv").touch()
    refused = invoke("init", "--csv", "a.csv", "--csv", "b.csv", "--instrument", "AAPL.XNAS", code=2).stderr
    assert refused.count("--csv: is empty") == 2


def test_currencies_without_a_rate_between_them_are_refused(folder):
    vendor_files.write("Yahoo", folder.parent / "a.csv")
    vendor_files.write("CryptoDataDownload", folder.parent / "b.csv")
    files = ("--csv", "../a.csv", "--csv", "../b.csv")
    refused = invoke("init", *files, "--instrument", "AAPL.XNAS", "--instrument", "BTC/USDT.BINANCE", code=2)
    assert "their sum needs quotes of USDT/USD" in refused.stderr
    assert "make a project for each currency" in refused.stderr
    assert not [file for file in folder.rglob("*") if file.is_file()]


LISTS = """
from dataclasses import dataclass
from nautilus_trader.trading import Strategy

@dataclass(frozen=True, kw_only=True)
class MineConfig:
    instrument_ids: list[str]
    bar_types: list[str]
    lookback: int = 20

class Mine(Strategy):
    def __init__(self, config: MineConfig) -> None:
        super().__init__(None)
"""


def test_a_strategy_that_takes_all_instruments_stays_one(folder):
    (folder / "mine.py").write_text(LISTS)
    for file, vendor in (("a", "Yahoo"), ("b", "TradingView")):
        vendor_files.write(vendor, folder.parent / f"{file}.csv")
    files = ("--csv", "../a.csv", "--csv", "../b.csv", "--instrument", "MSFT.XNAS", "--instrument", "AAPL.XNAS")
    invoke("init", *files, "--strategy", "mine.py:Mine")
    spec = yaml.safe_load((folder / "sweep.yaml").read_text())
    assert spec["strategy"]["config"]["instrument_ids"] == ["MSFT.XNAS", "AAPL.XNAS"]
    assert list(spec["search"]["space"]) == ["strategy.lookback"]


MINE = """
from dataclasses import dataclass
from typing import Literal
from nautilus_trader.trading import Strategy

@dataclass(frozen=True, kw_only=True)
class MineConfig:
    instrument_id: str
    quantity: float = 5
    lookback: int = 20
    threshold: float = 0.5
    mode: Literal["a", "b"] = "a"

class Mine(Strategy):
    def __init__(self, config: MineConfig) -> None:
        super().__init__(None)
"""


def test_a_strategy_of_the_user_is_taken_with_a_space_from_its_config(folder):
    (folder / "mine.py").write_text(MINE)
    made(folder, "Yahoo", "--strategy", "mine:Mine", "--set", "threshold=0.7")
    spec = yaml.safe_load((folder / "sweep.yaml").read_text())
    assert spec["strategy"] == {
        "path": "mine:Mine", "config_path": "mine:MineConfig",
        "config": {
            "instrument_id": "AAPL.XNAS", "quantity": 5, "lookback": 20, "threshold": 0.7, "mode": "a",
        },
    }  # fmt: skip
    assert spec["search"]["space"] == {"strategy.lookback": [10, 20, 40], "strategy.mode": ["a", "b"]}
    assert not (folder / "strategy.py").exists()
    assert plan("sweep.yaml").count() == (6, True)


OLD = """
from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy


class EmaConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    fast: int = 10
    slow: int = 20


class Ema(Strategy):
    def __init__(self, config: EmaConfig) -> None:
        super().__init__(config)

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.config.instrument_id)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        self.log.info(str(tick))
"""


def test_a_strategy_of_1x_goes_into_a_folder_that_is_new(folder):
    (folder.parent / "ema.py").write_text(OLD)
    invoke("init", "--demo", "--folder", "new", "--strategy", "../ema.py:Ema")
    assert yaml.safe_load((folder / "new" / "sweep.yaml").read_text())["strategy"]["path"] == "ema:Ema"


def test_a_strategy_of_1x_is_ported_beside_the_old_one(folder):
    (folder / "ema.py").write_text(OLD)
    result = invoke("init", "--demo", "--strategy", "ema.py:Ema")
    assert "rewritten for 2.0 in ema_v2.py" in result.output
    assert (folder / "ema.py").read_text() == OLD
    spec = yaml.safe_load((folder / "sweep.yaml").read_text())
    assert spec["strategy"]["path"] == "ema_v2:Ema"
    assert spec["search"]["constraints"] == ["fast < slow"]
    assert plan("sweep.yaml").count() == (6, True)


@pytest.mark.slow
def test_the_test_of_a_project_passes_and_sees_a_strategy_that_does_nothing(folder):
    made(folder, "Yahoo")

    def tested() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    process = tested()
    assert process.returncode == 0, process.stdout
    source = (folder / "strategy.py").read_text()
    (folder / "strategy.py").write_text(source.replace("if wanted != self.side:", "if wanted is None:"))
    assert "1 failed" in tested().stdout
