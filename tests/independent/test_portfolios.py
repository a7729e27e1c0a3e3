"""Portfolios are what a plain engine makes of them, to the cent: signals, algorithms, controllers, natives, venues."""

import json
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from sweep.backtest import check, run
from tests.support import markets
from tests.support.portfolio_specs import HERE, component

SPY = {"instrument_id": "SPY.ARCA"}
REGIME = component("regime", "Regime", window=60, **SPY)
BOSS = {
    "path": f"{HERE}Boss",
    "config_path": f"{HERE}BossConfig",
    "config": {"start": 100, "stop": 902},
}  # at quote 902 the trader does nothing, which it hears of before its controller or after
TWAP = {"name": "TWAP", "native": "TWAP", "config": {}}


def native(name: str, kind: str, **config: Any) -> dict[str, Any]:
    return {"name": name, "native": kind, "config": SPY | config}


CASES: dict[str, dict[str, Any]] = {
    "a signal actor with its strategy": {"actors": [REGIME], "strategies": [component("follow", "Follower", **SPY)]},
    "TWAP of the engine": {
        "actors": [REGIME], "strategies": [component("follow", "Follower", algo="TWAP", **SPY)],
        "exec_algorithms": [TWAP],
    },
    "an algorithm in Python": {
        "actors": [REGIME], "strategies": [component("follow", "Follower", algo="Halves", **SPY)],
        "exec_algorithms": [component("Halves", "Halves")],
    },
    "two instances of one class": {
        "strategies": [component("fast", "Turning", every=7, **SPY), component("slow", "Turning", every=45, **SPY)]
    },
    "two actors of one class": {
        # They never signal at the same quote: which of two actors a plain engine calls first is random.
        "actors": [REGIME, component("again", "Regime", window=97, **SPY)],
        "strategies": [component("follow", "Follower", **SPY)],
    },
    "three strategies on two venues": {
        "strategies": [
            component("fast", "Turning", every=7, **SPY),
            component("cash", "Turning", every=30, instrument_id="QQQ.XNAS"),
            native("cross", "EmaCross", trade_size=10, fast_period=5, slow_period=40),
        ],
    },
    "a controller": {"controller": BOSS, "strategies": [component("fast", "Turning", every=11, **SPY)]},
    "the native EmaCross twice": {
        "strategies": [
            native("one", "EmaCross", trade_size=10, fast_period=5, slow_period=40),
            native("two", "EmaCross", trade_size=3, fast_period=10, slow_period=30),
        ]
    },
    "the native GridMarketMaker": {
        "strategies": [native("grid", "GridMarketMaker", max_position=100, trade_size=10, grid_step_bps=1)]
    },
}  # fmt: skip


def venue(name: str, account: str) -> dict[str, Any]:
    return {
        "name": name, "oms_type": "NETTING", "account_type": account, "base_currency": "USD", "default_leverage": "1",
        "starting_balances": ["100000 USD"], "fee_model": {"type": "PerContractFeeModel", "commission": "0.01 USD"},
    }  # fmt: skip


@pytest.fixture(scope="module")
def backtests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return portfolios(tmp_path_factory.mktemp("catalog"))


def portfolios(folder: Path) -> dict[str, dict[str, Any]]:
    """Twenty minutes of quotes that rise and fall, on two venues, one of them with a CASH account."""
    spy, qqq = markets.equity("SPY.ARCA", margin="0.5"), markets.equity("QQQ.XNAS")
    wave = [*range(1, 120), *range(118, 1, -1)]
    start = markets.ns("2026-05-04T14:00:00")
    bids = [700 + n / 100 for n in islice(cycle(wave), 1200)]
    rows = [(start + n * markets.SECOND, bid, bid + 0.01) for n, bid in enumerate(bids)]
    quotes = [q for instrument in (spy, qqq) for q in markets.quotes(instrument, rows)]
    catalog = markets.write(folder, [spy, qqq], quotes=quotes)
    common = {
        "catalog": catalog, "period": {"start": "2026-05-04T00:00:00Z", "end": "2026-05-05T00:00:00Z"},
        "data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA", "QQQ.XNAS"]}],
        "venues": [venue("ARCA", "MARGIN"), venue("XNAS", "CASH")],
    }  # fmt: skip
    return {name: common | case for name, case in CASES.items()}


@pytest.fixture(scope="module")
def plain(backtests) -> dict[str, dict[str, Any]]:
    """The figures of a plain engine, in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("plain_portfolio.py"))]
    document = json.dumps(list(backtests.values()))
    process = subprocess.run(
        command, input=document, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(Path.cwd())}
    )
    assert process.returncode == 0, process.stderr
    return dict(zip(backtests, json.loads(process.stdout), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_figures_are_those_of_a_plain_engine(name, backtests, plain):
    assert check(backtests[name]) == []
    figures, expected = run(backtests[name]).metrics, plain[name]
    for figure in ("pnl_total", "fees"):
        assert figures[figure] == pytest.approx(expected[figure], abs=0.005), figure
    assert figures["trades"] == expected["trades"] > 2
    assert figures["win_rate"] == pytest.approx(expected["win_rate"])
