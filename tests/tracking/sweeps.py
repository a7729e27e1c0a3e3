"""Sweeps for the mirror: ledgers written directly, no engine."""

import random
from pathlib import Path
from typing import Any

from sweep.errors import Reason
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.trial import Result, State

BEGAN = 1_778_407_200.0  # UNIX seconds
FACTS: dict[str, Any] = {
    "id": "demo-12345678",
    "name": "demo",
    "created": "2026-05-10T10:00:00+00:00",
    "backtest": {"strategy": {"path": "my.strategy:Mine"}, "catalog": "catalog", "data": [], "venues": [],
                 "period": {"start": "2026-05-04", "end": "2026-05-09"}},
    "data": "d" * 64,
    "engine": "nautilus_trader 2.0.0rc7",
    "objective": {"metric": "pnl_total", "direction": "maximize"},
}  # fmt: skip


def new_folder(path: Path, tearsheets: str = "none", facts: dict[str, Any] = FACTS) -> Folder:
    """A folder with a spec and a ledger without trials."""
    path.mkdir(parents=True)
    (path / "spec.yaml").write_text(f"name: demo\ntracking: {{tearsheets: {tearsheets}}}\n")
    Ledger.create(path / "ledger.sqlite", facts).close()
    return Folder(path)


def key(n: int) -> str:
    return f"{n:064x}"


def extend(folder: Folder, trials: int, *, finished: bool = True) -> None:
    """So many further trials that ended; each seventh FAILED."""
    with Ledger.open(folder.ledger, write=True) as ledger:
        first = sum(ledger.count().values())
        for n in range(first, first + trials):
            params = {"strategy.score_threshold": 50 + n, "strategy.mode": "fast", "strategy.hard": True}
            ledger.record([(ledger.begin(key(n), params), result(n))])
        if finished:
            ledger.note(finished="2026-05-10T11:00:00+00:00")


def result(n: int, *, failed: bool | None = None) -> Result:
    started = BEGAN + 2.0 * n
    times = {"started": started, "ended": started + 1.5, "worker": "host:1"}
    if n % 7 == 3 if failed is None else failed:
        message = "ValueError: no price"
        return Result(State.FAILED, reason=Reason.STRATEGY, message=message, trace="Traceback\n  boom", **times)
    pnl = round(random.Random(n).gauss(0, 100), 2)
    metrics = {"pnl_total": pnl, "trades": n, "win_rate": 0.5, "sharpe_ratio": None, "mine": 1.25}
    return Result(State.COMPLETE, metrics, warnings=("one order rejected",) if n % 5 == 4 else (), **times)
