"""Ledgers of sweeps that never ran."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sweep.errors import Reason
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.spec.metric_table import METRIC_TABLE, strategy_metric
from sweep.trial import Result, State

DAYS = tuple((date(2026, 5, 4) + timedelta(n)).isoformat() for n in range(5))
FAILED = 2  # the trial that failed


def written(
    path: Path, *, fast: int = 2, slow: int = 3, days: int = 5, edge: float = 0.0, year: int = 252,
    direction: str = "maximize", search: dict[str, Any] | None = None, **more: Any,
) -> Folder:  # fmt: skip
    """A folder with a ledger of `fast` x `slow` trials; number 2 failed, the last one lacks its last day.

    `more` is further facts of the sweep.
    """
    folder = Folder(path)
    calendar = tuple((date(2016, 1, 1) + timedelta(n)).isoformat() for n in range(days)) if days > 5 else DAYS[:days]
    objective = {"metric": "pnl_total", "direction": direction}
    backtest = {
        "catalog": "catalog", "period": {"start": calendar[0], "end": calendar[-1]}, "venues": [{"name": "ARCA"}],
        "data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}],
        "strategy": {"path": "module:Strategy", "config_path": "module:Config", "config": {"fast": 1, "slow": 10}},
    }  # fmt: skip
    facts = {
        "id": folder.id, "name": folder.name, "created": "2026-11-20T00:00:00+00:00", "finished": None,
        "objective": objective, "backtest": backtest, "data": "ab" * 32, "engine": "engine 1", "protocol": 1,
    }  # fmt: skip
    facts |= more
    points = [{"strategy.fast": f, "strategy.slow": s} for f, s in product(range(1, fast + 1), range(10, 10 + slow))]
    random = np.random.default_rng(0)
    common = random.standard_normal(days)
    with Ledger.create(folder.ledger, facts) as ledger:
        for n, params in enumerate(points):
            own = (common + random.standard_normal(days) + edge) / 100
            last = days - (n == len(points) - 1)
            ledger.record([(ledger.begin(f"{n:064x}", params), _result(n, own[:last], calendar[:last], year))])
    space = {"strategy.fast": list(range(1, fast + 1)), "strategy.slow": list(range(10, 10 + slow))}
    spec = {**backtest, "name": folder.name, "search": {"space": space, **(search or {"method": "grid"})}}
    folder.spec.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return folder


def _result(n: int, returns: Any, days: tuple[str, ...], year: int) -> Result:
    times: dict[str, Any] = {"started": 1e9 + n, "ended": 1e9 + n + 0.5, "worker": f"host:{n % 2}"}
    if n == FAILED:
        return Result(State.FAILED, reason=Reason.STRATEGY, message="ValueError: <b>boom</b>", trace="trace", **times)
    metrics = {
        "pnl_total": float(returns.sum() * 1e5), "trades": 40 + n, "win_rate": 0.5,
        "sharpe_ratio": float(returns.mean() / returns.std(ddof=1) * sqrt(year)), "profit_factor": None,
    }  # fmt: skip
    return Result(State.COMPLETE, metrics, days=days, returns=tuple(map(float, returns)), stats={"a": 1}, **times)


def divide(folder: Folder, *strategies: str, year: int = 252) -> Folder:
    """Give each complete trial of a folder these strategies: each with an equal part of the PnL of each day."""
    with Ledger.open(folder.ledger, write=True) as ledger:
        for row in [row for row in ledger.rows() if row.state is State.COMPLETE]:
            days, returns, _ = ledger.series(row.number)
            share = np.array(returns) * 1e5 / len(strategies)
            own = {"pnl_total": float(share.sum()), "fees": 1.0, "trades": 20, "win_rate": 0.5, "exposure": 0.4}
            figures = {strategy_metric(name, figure): value for name in strategies for figure, value in own.items()}
            stats = {
                "strategies": dict.fromkeys(strategies, share.tolist()), "starting_equity": 1e5,
                "days_per_year": year, "figures": figures,
            }  # fmt: skip
            times = {"started": row.started, "ended": row.ended, "worker": row.worker}
            result = Result(
                State.COMPLETE, {**row.metrics, **figures}, days=days, returns=returns, stats=stats, **times
            )
            ledger.record([(row.number, result)])
    return folder


def measured(folder: Folder) -> Folder:
    """Give each complete trial of a folder a value of every metric, as a real one has."""
    random = np.random.default_rng(2)
    with Ledger.open(folder.ledger, write=True) as ledger:
        results: list[tuple[int, Result]] = []
        for row in [row for row in ledger.rows() if row.state is State.COMPLETE]:
            values = random.normal(0, 1000, len(METRIC_TABLE)).tolist()
            metrics = dict(zip(METRIC_TABLE, values, strict=True)) | row.metrics
            results.append((row.number, replace(ledger.result(row), metrics=metrics)))
        ledger.record(results)
    return folder
