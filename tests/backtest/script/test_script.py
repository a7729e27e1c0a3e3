"""Plain scripts of backtests of every shape: the fills of the trial. Those of ready specs are in tests/independent."""

import sys
from pathlib import Path
from typing import Any

import pytest

from sweep.backtest import run
from sweep.backtest.records import Hooks
from sweep.backtest.script.script import Origin, plain_script
from sweep.backtest.user_code.source_hashes import import_paths
from sweep.backtest.user_code.source_snapshot import NO_CODE, take
from sweep.errors import SweepError
from sweep.executors.worker.isolation import examined
from tests.independent.test_books import BRACKET, market, plan
from tests.independent.test_exported_scripts import ours, plain, run_plain
from tests.independent.test_portfolios import CASES, portfolios
from tests.support import markets, sweeps
from tests.support.markets import MINUTE, ns
from tests.support.trials import trial, venue

OWN_STRATEGY = '''
from types import SimpleNamespace
from nautilus_trader.model import BarType, Equity, InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Strategy
from desk_package import helper
import desk_package.config


class Crosser(Strategy):
    """Buys and sells with every third bar."""

    def __init__(self, config: "desk_package.config.CrosserConfig") -> None:
        super().__init__(None)
        self.settings, self.bars = config, 0

    def on_start(self) -> None:
        self.subscribe_bars(self.settings.bar_type)

    def on_bar(self, bar) -> None:
        self.bars += 1
        if self.bars % helper.EVERY == 0:
            side = OrderSide.BUY if self.bars % (2 * helper.EVERY) else OrderSide.SELL
            size = Quantity(self.settings.size, 0)
            self.submit_order(self.order_factory.market(self.settings.bar_type.instrument_id, side, size))


class Arguments(Crosser):
    """The same without a config."""

    def __init__(self, instrument: Equity, size: int) -> None:
        bars = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
        super().__init__(SimpleNamespace(bar_type=bars, size=size * int(instrument.lot_size)))
'''
OWN_CONFIG = """
from dataclasses import dataclass
from nautilus_trader.model import BarType


@dataclass(frozen=True)
class CrosserConfig:
    bar_type: BarType
    size: int = 10
"""


def script_of(backtest: dict[str, Any]) -> tuple[list[Any], str]:
    """The fills of a trial, and its script."""
    records = list[Any]()
    code = take(import_paths(backtest))
    with examined(code):
        run(backtest, look=Hooks(keep=records.append))
        return ours(records[0]), plain_script(backtest, code, Origin("Trial 0 of a test", ()))


@pytest.fixture
def own_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "desk_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "helper.py").write_text("EVERY = 3\n")
    (folder / "config.py").write_text(OWN_CONFIG)
    (folder / "strategy.py").write_text(OWN_STRATEGY)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "desk_package"


def minute_bars(folder: Path) -> dict[str, Any]:
    """Bars of which the first ends at the start of the period and the last at its end: only the last is in it."""
    spy, name = markets.equity(margin="0.5"), "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
    begin = ns("2026-05-04T13:30:00")
    rows = [(begin + n * MINUTE, *[700 + n % 7] * 4) for n in range(91)]
    markets.write(folder, [spy], bars=markets.bars(name, rows))
    return {
        "catalog": str(folder), "data": [{"type": "Bar", "bar_types": [name]}],
        "period": {"start": "2026-05-04T13:30:00Z", "end": "2026-05-04T15:00:00Z"},
        "strategy": {
            "path": "desk_package.strategy:Crosser", "config_path": "desk_package.config:CrosserConfig",
            "config": {"bar_type": name, "size": 5},
        },
    }  # fmt: skip


def test_the_same_fills(tmp_path: Path, own_package: str):
    books = plan(market(tmp_path / "books", "L3_MBO", 1, 300), "L3_MBO", BRACKET)
    levels = plan(market(tmp_path / "levels", "L2_MBP", 2, 300), "L2_MBP", BRACKET)
    levels["venues"][0]["fee_model"] = {"type": "sweep.costs:PerShareFeeModel", "rate": 0.005, "minimum": 1}
    own = {**trial("", {}), **minute_bars(tmp_path / "bars")}
    bare = own | {
        "strategy": {"path": "desk_package.strategy:Arguments", "config": {"instrument": "SPY.ARCA", "size": 7}}
    }
    trials = [script_of(backtest) for backtest in (books, levels, own, bare)]
    assert "class Embedded" in trials[2][1]  # it imports its helper as a module
    for n, (_, text) in enumerate(trials):
        (tmp_path / f"{n}.py").write_text(text, encoding="utf-8")
    run_plain(tmp_path, len(trials))
    for n, (fills, _) in enumerate(trials):
        assert len(fills) > 5
        assert plain(tmp_path / f"{n}.csv") == fills, n


PORTFOLIOS = [name for name, case in CASES.items() if "controller" not in case]


@pytest.mark.slow
def test_portfolios(tmp_path: Path):
    """Actors, several strategies, execution algorithms, and those of the engine's own."""
    backtests, expected = portfolios(tmp_path / "catalog"), list[list[Any]]()
    for n, name in enumerate(PORTFOLIOS):
        fills, text = script_of(backtests[name])
        (tmp_path / f"{n}.py").write_text(text, encoding="utf-8")
        expected.append(fills)
    run_plain(tmp_path, len(expected))
    for n, fills in enumerate(expected):
        assert len(fills) > 2
        assert plain(tmp_path / f"{n}.csv") == fills, PORTFOLIOS[n]


def test_a_controller_is_refused(tmp_path: Path):
    with pytest.raises(SweepError, match="it has a section 'controller', which has no place in it"):
        plain_script(portfolios(tmp_path)["a controller"], NO_CODE, Origin("Trial", ()))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("from pathlib import Path\nEVERY = len(Path(__file__).name)\n", "looks for files beside itself"),
        ("from sweep.finished import Fill\nEVERY = 3\n", "imports from this package"),
    ],
)
def test_what_a_plain_script_cannot_do_is_refused(tmp_path: Path, own_package: str, text: str, reason: str):
    (tmp_path / own_package / "helper.py").write_text(text)
    sys.modules.pop(f"{own_package}.helper", None)
    backtest = {**trial("", {}), **minute_bars(tmp_path / "bars")}
    code = take(import_paths(backtest))
    with pytest.raises(SweepError, match=rf"cannot be exported as a plain script: desk_package\.helper {reason}"):
        plain_script(backtest, code, Origin("Trial", ()))


def test_history_is_refused(tmp_path: Path):
    backtest = trial(sweeps.catalog(tmp_path, minutes=1), sweeps.TRADED, venues=[venue()]) | {"history": ["Bar"]}
    with pytest.raises(SweepError, match="asks for history"):
        plain_script(backtest, take(import_paths(backtest)), Origin("Trial", ()))


def test_a_strategy_that_a_portfolio_left_out_is_no_obstacle(tmp_path: Path):
    backtest = portfolios(tmp_path)[PORTFOLIOS[0]]
    code, both = take(import_paths(backtest)), (backtest, backtest | {"switched_off": ["slow"]})
    assert len({plain_script(each, code, Origin("Trial", ())) for each in both}) == 1
