"""Small sweeps over a tiny catalog, for the tests of everything above a trial."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

import sweep
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from tests.support import markets

DAYS = ("2026-05-04", "2026-05-05")


def catalog(directory: Path, *, minutes: int = 30, days: Sequence[str] = DAYS) -> str:
    """Two sessions, unless others are named, of quotes of SPY.ARCA, one a second, that rise and fall."""
    spy = markets.equity(margin="0.5")
    rows: list[tuple[int, float, float]] = []
    for day in days:
        begin = markets.ns(f"{day}T13:30:00")
        for second in range(60 * minutes):
            bid = 700 + abs((second % 240) - 120) / 100
            rows.append((begin + second * markets.SECOND, round(bid, 2), round(bid + 0.01, 2)))
    return markets.write(directory, [spy], quotes=markets.quotes(spy, rows, size=1000))


def spec(catalog: str, space: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A spec of WorkerFaultStrategy over the tiny catalog; `more` replaces whole sections."""
    return {
        "name": "small",
        "catalog": catalog,
        "period": {"start": "2026-05-04", "end": "2026-05-06"},
        "data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}],
        "venues": [
            {
                "name": "ARCA", "oms_type": "NETTING", "account_type": "MARGIN", "base_currency": "USD",
                "starting_balances": ["100000 USD"], "default_leverage": 1,
                "fill_model": {"type": "DefaultFillModel", "random_seed": 1},
                "fee_model": {"type": "PerContractFeeModel", "commission": "0.01 USD"},
            }
        ],
        "strategy": {
            "path": "tests.support.worker_fault_strategy:WorkerFaultStrategy",
            "config_path": "tests.support.worker_fault_strategy:WorkerFaultStrategyConfig",
            "config": {},
        },
        "search": {"space": space},
        "tracking": {"tearsheets": "none"},
    } | more  # fmt: skip


def write(path: Path, content: dict[str, Any]) -> Path:
    """The spec as a file."""
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


TRADED = {
    "path": "tests.support.strategies:Faulty",
    "config_path": "tests.support.strategies:FaultConfig",
    "config": {},
}


def copied(report: Report, place: Path) -> Report:
    """The same sweep, with its spec and its catalog, in a folder where it may be changed."""
    shutil.copytree(report.folder.path.parents[1], place, dirs_exist_ok=True)
    return Report(place / "runs" / report.id)


def finished(place: Path) -> Report:
    """A small sweep that ran in this process: trials 0 and 2 trade, 4 is denied its order; 1, 3 and 5 raise."""
    orders = [[[1, 100], [9, -100]], [[1, 100], [20, -100]], [[1, 1e9]]]
    space = {"strategy.orders": orders, "strategy.fault": ["", "on_quote"]}
    path = write(place / "spec.yaml", spec(catalog(place / "catalog", minutes=2), space, strategy=TRADED))
    return sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False)


def pruned(place: Path) -> Report:
    """A grid of which the later half is pruned at the end of the first of two days."""
    pruner = {"type": "asha", "rungs": [0.3, 0.5], "reduction_factor": 2}
    search = {"space": {"strategy.buys": [1, 2, 7, 8]}, "window": 2, "pruner": pruner}
    path = write(place / "spec.yaml", spec(catalog(place / "catalog", minutes=2), {}, search=search))
    return sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False)


def record(folder: Folder) -> tuple[list[Any], list[Any]]:
    """Content of a ledger that must be the same everywhere: trials, and the sequence of asks of a study."""
    with closing(sqlite3.connect(folder.ledger)) as db:
        trials = db.execute("SELECT number, key, params, state, metrics, rungs FROM trials ORDER BY number").fetchall()
        return trials, db.execute("SELECT ask, number, params, rungs FROM asks ORDER BY ask").fetchall()
