"""Fails when what `sweep` adds to a trial has doubled: CPU time against the engine's own, in one process, in turns.

    python benchmarks/guard.py        # a minute; the exit code is 1 when a bound is broken

Nothing here is a time: each figure is a ratio to the engine's run of the same trial, whatever the machine.
"""

import sys
import tempfile
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from nautilus_trader.backtest import BacktestEngine  # noqa: E402

from benchmarks import loads, probes, scale  # noqa: E402
from benchmarks.peers import market, native, v2  # noqa: E402
from benchmarks.peers.follow import Follow, FollowConfig  # noqa: E402
from sweep.executors.worker.run_trial import execute  # noqa: E402
from sweep.trial import State  # noqa: E402

type Data = tuple[list[Any], list[Any]]  # quotes and signals
type Times = tuple[float, float]  # a share, and the engine's CPU seconds
QUOTES, ROUNDS = 50_000, 15
TRIALS = 2_000  # of the driver's part
TRIES = 3  # processes; the first figure was 0.14 to 0.27 from process to process on one machine
BOUNDS = {  # twice what was measured
    "a later trial of a worker, beside the engine's feed and run": 0.29,
    "the same with a native strategy": 0.5,
    "the driver's part of a trial, beside the engine's feed and run": 0.04,
}


def took(function: Callable[[], Any]) -> float:
    """CPU seconds."""
    began = process_time()
    function()
    return process_time() - began


def share_added(
    base: dict[str, Any], params: dict[str, Any], data: Data, add: Callable[[BacktestEngine], None]
) -> Times:
    """Share that a later trial of a worker adds to the engine's feed and run with a strategy; CPU seconds of these."""

    def ours() -> None:
        if (result := execute(base, params)).state is not State.COMPLETE:
            sys.exit(result.message)

    def engine() -> None:
        backtest = v2.engine()
        add(backtest)
        v2.fill(backtest, data)
        backtest.run()
        backtest.dispose()

    ours()  # what the first of a process does for all others
    engine()
    pairs = [(took(engine), took(ours)) for _ in range(ROUNDS)]
    return median(both / own - 1 for own, both in pairs), median(own for own, _ in pairs)


def shares() -> dict[str, float]:
    """Shares that are added, by the names of the bounds."""
    with tempfile.TemporaryDirectory() as place:
        catalog = str(Path(place) / "catalog")
        v2.write(catalog, QUOTES)
        data = v2.load(catalog)
        base = probes.planned(loads.described(QUOTES, place=catalog))
        config = FollowConfig(**{k.removeprefix("strategy."): v for k, v in probes.SETTING.items()})
        python, floor = share_added(base, probes.SETTING, data, lambda e: e.add_strategy(Follow(config)))
        setting = market.points(market.periods((1, 1, 1)))[0]
        base = probes.planned(loads.native(QUOTES, (1, 1, 1), place=catalog))
        own, _ = share_added(
            base,
            probes.named(setting),
            (data[0], []),
            lambda e: e.add_builtin_strategy("EmaCross", native.config(setting)),
        )
        driver = (
            took(lambda: scale.drive(Path(place), TRIALS, scale.Simulated(8, scale.lengths(60.0)), catalog)) / TRIALS
        )
    return dict(zip(BOUNDS, (python, own, driver / floor), strict=True))


def main() -> int:
    """Compare the lowest shares of some processes with the bounds: what has doubled is too much in each of them."""
    lowest = dict.fromkeys(BOUNDS, float("inf"))
    for _ in range(TRIES):
        with get_context("spawn").Pool(1) as process:
            lowest = {name: min(share, lowest[name]) for name, share in process.apply(shares).items()}
        if all(lowest[name] <= bound for name, bound in BOUNDS.items()):
            break
    for name, share in lowest.items():
        print(f"| {name} | {share:.3f} | ≤ {BOUNDS[name]} |")
    return int(any(lowest[name] > bound for name, bound in BOUNDS.items()))


if __name__ == "__main__":
    sys.exit(main())
