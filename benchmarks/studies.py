"""Studies measured: what the look-back window costs, and what pruning saves. See README.md for how to run it.

python benchmarks/studies.py window      # simulated: idle workers and search quality by window; no engine
python benchmarks/studies.py idle        # real: trials of 1x to 10x length on two workers
python benchmarks/studies.py pruning     # real: search_spaces/demo_tpe.yaml with and without its pruner
"""

import argparse
import heapq
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import fmean, median

import sweep
from sweep.goal import Goal
from sweep.ledger import Ledger
from sweep.report import Report
from sweep.search import Search
from sweep.search.optuna import Study
from sweep.space import Range, Space
from sweep.trial import Params, Result, State

GOAL = Goal((("value", "maximize"),))
SPACE = Space(tuple(Range(f"x{n}", 0.0, 1.0) for n in range(6)))
TOP = (0.2, 0.8, 0.35, 0.65, 0.5, 0.1)


def hill(params: Params) -> float:
    """Six parameters that matter less and less, one top at 0."""
    return -sum((float(params[f"x{n}"]) - top) ** 2 / (n + 1) for n, top in enumerate(TOP))  # type: ignore[arg-type]


def simulated(
    window: int, workers: int, trials: int, seed: int, sampler: str, length: Callable[[Random], float]
) -> tuple[float, float]:
    """Share of the workers' time that nobody used until the last trial began, and the best value of a study."""
    random = Random(seed)
    search = Search(Study(SPACE, GOAL, {"sampler": sampler, "seed": seed}), trials, window)
    running: list[tuple[float, int, float]] = []
    now, busy, best, last = 0.0, 0.0, float("-inf"), 0.0
    while True:
        while len(running) < workers and (proposal := search.ask()):
            span = length(random)
            heapq.heappush(running, (now + span, proposal.number, hill(proposal.params)))
            busy, last = busy + span, now
        if not running:
            break
        now, number, value = heapq.heappop(running)
        best = max(best, value)
        search.tell(number, Result(State.COMPLETE, {"value": value}))
    tail = sum(max(0.0, end - last) for end, _, _ in running)
    return 1 - (busy - tail) / (workers * now), best


def windows(seeds: int) -> list[dict[str, float]]:
    """Idle share on 2, 8 and 32 workers with lengths of 1 to 10, and the best of 150 TPE trials, for each window."""
    rows: list[dict[str, float]] = []
    for window in (1, 2, 4, 8, 12, 16, 24, 32, 64):
        row: dict[str, float] = {"window": window}
        for workers in (2, 8, 32):
            runs = [simulated(window, workers, 400, s, "random", lambda r: r.uniform(1, 10))[0] for s in range(seeds)]
            row[f"idle on {workers}"] = round(fmean(runs), 4)
        best = [simulated(window, window, 150, s, "tpe", lambda _: 1.0)[1] for s in range(seeds)]
        row["best (0 is the top)"] = round(fmean(best), 5)
        rows.append(row)
        print(json.dumps(row), flush=True)
    return rows


def idle_share(report: Report, workers: int) -> float:
    """Share of the workers' time in which no trial ran, from the first begin to the last begin."""
    with report.folder.open() as ledger:
        spans = [(row.started or 0.0, row.ended or 0.0) for row in ledger.rows()]
    first, last = min(b for b, _ in spans), max(b for b, _ in spans)
    return 1 - sum(min(e, last) - b for b, e in spans) / (workers * (last - first))


def idle(workers: int) -> dict[str, float]:
    """A real study whose trials sleep 0.3 to 3 seconds, on this machine."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as runs:
        report = sweep.run(here / "sleeper.yaml", runs_dir=runs, workers=workers, tracking=False)
        return {
            "workers": workers,
            "trials": sum(report.count().values()),
            "idle": round(idle_share(report, workers), 4),
        }


def seconds(ledger: Ledger) -> float:
    """Engine seconds of all trials."""
    return ledger.seconds()


def pruning(spec: Path, seeds: int, settings: list[str]) -> dict[str, float]:
    """Engine seconds and best objective with the pruner against without it, over seeds."""
    shares: list[float] = []
    quality: list[float] = []
    with tempfile.TemporaryDirectory() as runs:
        for seed in range(seeds):
            found: dict[str, tuple[float, float]] = {}
            for kind in ("asha", "none"):
                given = [*settings, f"search.seed={seed}", f"search.pruner.type={kind}", f"name=bench-{kind}-{seed}"]
                report = sweep.run(sweep.load(spec, given), runs_dir=runs, workers=2, tracking=False)
                with report.folder.open() as ledger:
                    found[kind] = seconds(ledger), report.best().metrics["pnl_total"] or 0.0
            shares.append(found["asha"][0] / found["none"][0])
            quality.append(found["asha"][1] / found["none"][1])
            print(json.dumps({"seed": seed, "engine seconds": found, "best": quality[-1]}), flush=True)
    return {"seeds": seeds, "median share of engine seconds": median(shares), "median best": median(quality)}


def main() -> None:
    """Run one of them."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("what", choices=["window", "idle", "pruning"])
    given.add_argument("--seeds", type=int, default=10)
    given.add_argument("--spec", type=Path, default=Path("search_spaces/demo_tpe.yaml"))
    given.add_argument("--set", action="append", default=[], dest="settings", metavar="PATH=VALUE")
    options = given.parse_args()
    if options.what == "window":
        windows(options.seeds)
    elif options.what == "idle":
        print(json.dumps(idle(2)))
    else:
        print(json.dumps(pruning(options.spec, options.seeds, options.settings), indent=2))


if __name__ == "__main__":
    main()
