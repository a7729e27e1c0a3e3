"""Kills the driver of one sweep at random moments, again and again, and compares it with one that nobody disturbed.

python -m tests.faults.kill_driver --kills 50

A kill is SIGKILL to the process of `sweep run`, at any moment from its start: while it loads, while Ray starts, between
two writes of the ledger, while it exports. Some of the runs are on Ray, the others inside the driver's process.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import sweep
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from tests.support import sweeps
from tests.support.drivers import Driver, complete, left_by, only, rows
from tests.tracking.views import View, assert_mirrored

CIRCUMSTANCES = ["attempt", "started", "ended", "seconds", "worker", "mlflow_run_id"]


@dataclass
class Toll:
    """Numbers of kills and their effects."""

    kills: dict[str, int] = field(default_factory=lambda: {"ray": 0, "inline": 0})
    early: int = 0  # before the first trial of a run had ended
    lost: list[int] = field(default_factory=list[int])  # trials that had ended and are not there, or not the same
    again: list[int] = field(default_factory=list[int])  # COMPLETE trials that have another attempt
    marks: list[str] = field(default_factory=list[str])

    def compare(self, before: dict[int, Row], now: dict[int, Row]) -> None:
        """Note what was known before and is not, or was run again."""
        for number, row in before.items():
            self.lost += [number] if number not in now or now[number].metrics != row.metrics else []
            self.again += [number] if number in now and now[number].attempt != row.attempt else []


def spec(place: Path, trials: int, seconds: float) -> Path:
    """A sweep of so many trials, of which one in twenty fails by itself."""
    content = sweeps.spec(
        sweeps.catalog(place / "catalog", minutes=5), {"strategy.buys": list(range(1, trials + 1))},
        tracking={"uri": f"sqlite:///{place / 'mlflow.db'}", "tearsheets": "none"},
        execution={"replay": "isolated"},  # a pack of 64 ends at once, before there are enough kills
    )  # fmt: skip
    content["strategy"]["config"] = {"pause": seconds, "error_every": 20}
    return sweeps.write(place / "spec.yaml", content)


def kill_once(spec: Path, runs: Path, executor: str, chance: random.Random, toll: Toll) -> bool:
    """Start the sweep and kill it. False when it had ended before."""
    before = complete(runs)
    driver = Driver("run", spec, "--runs-dir", runs, "--executor", executor, "--workers", 2)
    toll.marks.append(driver.mark)
    if chance.random() < 0.2:  # at any moment of its beginning
        time.sleep(chance.uniform(0, 4 if executor == "ray" else 2))
    else:
        driver.until(lambda: len(complete(runs)) > len(before) or driver.process.poll() is not None)
        time.sleep(chance.uniform(0, 1.0))
    has_ended = driver.process.poll() is not None
    driver.kill()
    now = complete(runs)
    toll.kills[executor] += not has_ended
    toll.early += len(now) == len(before)
    toll.compare(before, now)
    return not has_ended


def torture(place: Path, kills: Sequence[str], trials: int, seconds: float, seed: int) -> tuple[Toll, Folder, Folder]:
    """Kill the sweep so often, on these executors, then resume it to its end, and run another one undisturbed."""
    chance, toll = random.Random(seed), Toll()
    document, runs = spec(place, trials, seconds), place / "killed"
    for executor in kills:
        if not kill_once(document, runs, executor, chance, toll):
            break
    before = complete(runs)
    last = Driver("resume", only(runs).id, "--runs-dir", runs, "--workers", 2)
    code, _, errors = last.end(600)
    assert code == 0, errors
    toll.marks.append(last.mark)
    toll.compare(before, rows(runs))
    sweep.run(document, runs_dir=place / "calm", executor="inline", tracking=False)
    return toll, only(runs), only(place / "calm")


def table(folder: Folder) -> pd.DataFrame:
    """`trials.parquet` without times, hosts, attempts and runs of MLflow."""
    return pd.read_parquet(folder.trials).drop(columns=CIRCUMSTANCES)


def orphans(marks: Sequence[str], patience: float = 120) -> list[str]:
    """Processes that came of the drivers and still live after a while."""
    deadline = time.monotonic() + patience
    while (left := [p for mark in marks for p in left_by(mark)]) and time.monotonic() < deadline:
        time.sleep(0.5)
    return left


def assert_unharmed(toll: Toll, killed: Folder, calm: Folder, store: str) -> None:
    """Nothing lost, nothing run twice, the same tables, MLflow exact, nobody left."""
    assert not toll.lost, toll
    assert not toll.again, toll
    assert set(table(calm)["state"]) == {"COMPLETE", "FAILED"}
    pd.testing.assert_frame_equal(table(killed), table(calm))
    pd.testing.assert_frame_equal(pd.read_parquet(killed.returns), pd.read_parquet(calm.returns))
    assert not (left := orphans(toll.marks)), left
    assert_mirrored(killed, View(store, killed.id))


def main() -> int:
    """Run it, and say what it found in one line."""
    parser: Any = argparse.ArgumentParser(description="Kill the driver of one sweep at random moments.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--ray", type=int, help="so many of them on Ray; by default one in five")
    parser.add_argument("--trials", type=int, help="of the sweep; by default ten for each kill")
    parser.add_argument("--seconds", type=float, default=0.25, help="that each trial takes at least")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    on_ray = options.kills // 5 if options.ray is None else options.ray
    kills = ["ray"] * on_ray + ["inline"] * (options.kills - on_ray)
    chance.shuffle(kills)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        place, trials = Path(name), options.trials or 10 * options.kills
        toll, killed, calm = torture(place, kills, trials, options.seconds, options.seed)
        assert_unharmed(toll, killed, calm, f"sqlite:///{place / 'mlflow.db'}")
        attempts = [row.attempt for row in rows(killed.path.parent).values()]
    sys.stdout.write(
        f"{sum(toll.kills.values())} kills ({toll.kills['ray']} on Ray, {toll.early} before the first trial) over "
        f"{trials} trials: {len(toll.lost)} lost, {len(toll.again)} COMPLETE run again, {sum(a > 1 for a in attempts)} "
        f"in flight run again; tables equal, one MLflow run each, no process left; {time.monotonic() - began:.0f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
