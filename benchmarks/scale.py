"""The driver at a thousand workers: real search, real ledger, simulated trials. No engine, no Ray.

    python benchmarks/scale.py                                    # 1,000 workers, 100,000 trials: some minutes
    python benchmarks/scale.py --workers 200 --trials 20000

The clock is simulated: it jumps to the next end of a trial, and goes on by what the driver really takes for its work.
A worker is idle from the end of a trial until the next one is there for it.
"""

import argparse
import heapq
import json
import resource
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import loads  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from sweep.ledger.ledger import Ledger  # noqa: E402
from sweep.runner.driver import Driver, Progress, Stop  # noqa: E402
from sweep.runner.plan import SweepPlan, plan  # noqa: E402
from sweep.search.factory import search  # noqa: E402
from sweep.spec.metric_table import METRIC_TABLE  # noqa: E402
from sweep.trial import Result, State, Trial  # noqa: E402

DAYS = tuple(f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}" for n in range(250))
QUEUED = 2  # as executors/ray.py


class Simulated:
    """`workers` places whose trials take as long as `seconds` says, on a simulated clock."""

    def __init__(self, workers: int, seconds: Iterator[float]) -> None:
        self.slots, self._seconds = workers, seconds
        self.now, self.idle, self.busy, self.ended = 0.0, 0.0, 0.0, 0
        self._left = time.perf_counter()  # when the driver was last given the word
        self._running: list[tuple[float, int, Trial, float]] = []  # by end
        self._queue: deque[tuple[float, Trial]] = deque()  # since when each waits
        self._free = [0.0] * workers  # since when each place is free

    def room(self) -> int:
        """Places left, those in the queue included."""
        return max(0, QUEUED * self.slots - len(self._running) - len(self._queue))

    def submit(self, *trials: Trial) -> None:
        """Start each where a place is free."""
        self._pass()
        self._queue.extend((self.now, trial) for trial in trials)
        self._fill()

    def wait(self, _timeout: float) -> list[tuple[Trial, Result]]:
        """Jump to the next end; whatever ended until then comes with it."""
        self._pass()
        if not self._running:
            return []
        self.now = max(self.now, self._running[0][0])
        ended: list[tuple[Trial, Result]] = []
        while self._running and self._running[0][0] <= self.now:
            end, _, trial, seconds = heapq.heappop(self._running)
            heapq.heappush(self._free, end)
            self.busy += seconds
            self._fill()
            ended.append((trial, result(trial, end - seconds, end)))
        self.ended += len(ended)
        self._left = time.perf_counter()
        return sorted(ended, key=lambda d: d[0].number)

    def _pass(self) -> None:
        """Let the clock go on by what the driver took since it was given the word."""
        now = time.perf_counter()
        self.now, self._left = self.now + now - self._left, now

    def _fill(self) -> None:
        while self._free and self._queue:
            free, (since, trial) = heapq.heappop(self._free), self._queue.popleft()
            began, seconds = max(free, since), next(self._seconds)
            self.idle += began - free
            heapq.heappush(self._running, (began + seconds, trial.number, trial, seconds))

    def recall(self) -> list[Trial]:
        """Nothing: nobody interrupts a simulation."""
        return []

    def interrupt(self) -> None:
        """Nothing waits for real."""

    abandon = close = interrupt


def result(trial: Trial, started: float, ended: float) -> Result:
    """A COMPLETE trial of a year, with figures of its own."""
    random = Random(trial.number)
    figure = random.gauss(0.0, 100.0)
    returns = tuple(random.gauss(0.0, 0.01) for _ in DAYS)
    metrics: dict[str, float | int | None] = dict.fromkeys(METRIC_TABLE, figure)
    return Result(State.COMPLETE, metrics, days=DAYS, returns=returns, started=started, ended=ended, worker="sim:1")


def planned(place: Path, points: int, catalog: str | None = None) -> SweepPlan:
    """A grid of so many points."""
    file = place / "spec.json"
    file.write_text(json.dumps(loads.empty(points, catalog)))
    return plan(file, [])


def drive(place: Path, points: int, executor: Simulated, catalog: str | None = None, until: int | None = None) -> Path:
    """Run a grid, or so many trials of it, on a simulation; where its ledger is."""
    sweep_plan = planned(place, points, catalog)
    tally, path = Progress(points, exact=True, slots=executor.slots), place / "ledger.sqlite"
    with Ledger.create(path, sweep_plan.facts()) as ledger:
        stop = Stop()

        def watch(_: Progress) -> None:
            stop.level = 2 if until and executor.ended >= until else 0

        Driver(sweep_plan, search(sweep_plan.spec), executor, ledger, tally).run(stop, watch)
    return path


def lengths(mean: float, seed: int = 1) -> Iterator[float]:
    """Seconds of trials: lognormal, as the trials of a real grid on a month of quotes spread (sigma 0.35)."""
    random = Random(seed)
    while True:
        yield mean * random.lognormvariate(-(0.35**2) / 2, 0.35)


def measure(workers: int, trials: int, mean: float) -> dict[str, Any]:
    """Cost of a sweep for the driver, and the waiting time of its workers."""
    executor, cpu = Simulated(workers, lengths(mean)), time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory(dir=loads.PLACE) as place:
        size = drive(Path(place), trials, executor).stat().st_size
    return {
        "workers": workers, "trials": trials, "seconds_each": mean,
        "driver_cpu_ms_per_trial": round(1000 * (time.process_time() - cpu) / trials, 2),
        "driver_memory_mib_more": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1),
        "ledger_kib_per_trial": round(size / trials / 1024, 2),
        "idle_share": round(executor.idle / (executor.idle + executor.busy), 4),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--mean", type=float, default=60.0, help="seconds of a trial")
    options = parser.parse_args()
    row = measure(options.workers, options.trials, options.mean)
    file = ROOT / "benchmarks" / "results" / "scale.json"
    file.write_text(json.dumps({"machine": machine(), "rows": [row]}, indent=1) + "\n")
    print("\n".join(f"| {name} | {value} |" for name, value in row.items()))


if __name__ == "__main__":
    main()
