"""Measurements of `overhead.py` that need a process of their own."""

import gc
import json
import os
import resource
import tempfile
import time
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import Any

type Spec = dict[str, Any]
type Setting = dict[str, Any]
TRADES = {"threshold": 80.0, "tp": 0.2, "sl": 0.2}


def named(setting: Setting) -> Setting:
    """As parameters of a sweep."""
    return {f"strategy.{name}": value for name, value in setting.items()}


SETTING = named(TRADES)


def planned(spec: Spec) -> dict[str, Any]:
    """The resolved base backtest of a spec."""
    from sweep.runner.plan import plan

    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "spec.json"
        file.write_text(json.dumps({k: v for k, v in spec.items() if k != "tracking"}))
        return plan(file, []).base


def feeding(spec: Spec, setting: Setting) -> dict[str, float]:
    """CPU seconds of decoding, feeding and running: the first trial of this process, the median of five later ones."""
    from sweep.backtest import run
    from sweep.backtest.engine import backtest_run
    from sweep.spec.model import resolve

    vars(backtest_run)["perf_counter"] = time.process_time  # which the phases of a trial are timed with
    backtest, seconds = resolve(planned(spec), SETTING | named(setting)), list[float]()
    for _ in range(6):
        timing = run(backtest).timing
        seconds.append(timing["decode"] + timing["feed"] + timing["run"])
    return {"first": seconds[0], "later": median(seconds[1:])}


def node(catalog: str, setting: Setting) -> float:
    """CPU seconds of `BacktestNode` over the quotes alone, streamed, with the strategy: the engine's own way."""
    from nautilus_trader.backtest import (
        BacktestDataConfig,
        BacktestEngineConfig,
        BacktestNode,
        BacktestRunConfig,
        BacktestVenueConfig,
    )
    from nautilus_trader.common import LoggerConfig, LogLevel
    from nautilus_trader.model import AccountType, BookType, NautilusDataType, OmsType

    from benchmarks.peers.follow import SPY, Follow, FollowConfig
    from benchmarks.peers.v2 import free

    config = BacktestRunConfig(
        venues=[
            BacktestVenueConfig(
                name="XNAS", oms_type=OmsType.NETTING, account_type=AccountType.MARGIN, book_type=BookType.L1_MBP,
                starting_balances=["1000000 USD"], fee_model=free(),
            )
        ],
        data=[BacktestDataConfig(data_type=NautilusDataType.QuoteTick, catalog_path=catalog, instrument_id=SPY)],
        engine=BacktestEngineConfig(logging=LoggerConfig(stdout_level=LogLevel.OFF), run_analysis=False),
        chunk_size=50_000,
        raise_exception=True,
    )  # fmt: skip
    node_of = BacktestNode([config])
    node_of.build()
    node_of.add_strategy(config.id, Follow(FollowConfig(**TRADES, **setting)))
    began = time.process_time()
    node_of.run()
    return time.process_time() - began


def peak(base: dict[str, Any], setting: Setting) -> float:
    """Peak memory (bytes) of this process, which does what a worker does: a trial, with a small window cache."""
    os.environ["SWEEP_WINDOW_CACHE"] = "64 MiB"
    from sweep.backtest import run
    from sweep.spec.model import resolve

    run(resolve(base, SETTING | named(setting)))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def bare() -> float:
    """Time (UNIX seconds) of the first task that has imported the engine, on a Ray of its own."""
    import ray

    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)

    @ray.remote(num_cpus=1)
    def first() -> float:
        import nautilus_trader.backtest
        import nautilus_trader.persistence  # noqa: F401

        return time.time()

    return ray.get(first.remote())


def driver(points: int, run: int) -> float:
    """MiB by which a driver grows over a grid of `points`, `run` of which end: real but for the engine."""
    from benchmarks.scale import Simulated, drive

    gc.collect()
    before = rss()
    with tempfile.TemporaryDirectory() as place:
        drive(Path(place), points, Simulated(2, repeat(0.0)), until=run)
        gc.collect()
        return (rss() - before) / 2**20


def rss() -> int:
    """Resident memory now, bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
