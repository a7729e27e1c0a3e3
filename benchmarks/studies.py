"""Studies measured: what the look-back window costs, and what pruning saves. See README.md for how to run it.

python benchmarks/studies.py window      # simulated: idle workers and search quality by window; no engine
python benchmarks/studies.py idle        # real: trials of 1x to 10x length on two workers
python benchmarks/studies.py pruning     # real: a study, and the pruned one with half of its engine seconds
"""

import argparse
import heapq
import json
import tempfile
from collections import Counter, deque
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import fmean, median
from time import monotonic, process_time
from typing import Any

import sweep
from sweep.backtest.rungs import Ladder
from sweep.executors.work import execute
from sweep.goal import Goal
from sweep.plain import digest
from sweep.plan import Plan, plan
from sweep.report import Report
from sweep.search import Search, start
from sweep.search.optuna import Study
from sweep.space import Range, Space
from sweep.trial import Params, Proposal, Result, State

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


def measured(planned: Plan, budget: float | None = None) -> dict[str, Any]:
    """A study in this process: CPU seconds of its trials, the best objective, and how it came there.

    With a budget in CPU seconds no more trials are begun once it is spent. As many as the window allows are under way
    at once, as on many workers.
    """
    search, goal = start.search(planned.spec), planned.spec.goal
    flights: deque[Proposal] = deque()
    spent, trials, replayed, best = 0.0, 0, 0.0, float("-inf")
    states: Counter[str] = Counter()
    paths: list[tuple[list[float], float | None]] = []  # PnL after each day, and the objective where bounds are kept
    while budget is None or spent < budget:
        if len(flights) < (planned.spec.search.window or 1) and (proposal := search.ask()):
            flights.append(proposal)
            continue
        if not flights:
            break
        proposal = flights.popleft()
        begin = process_time()
        result = execute(planned.base, proposal.params, rungs=proposal.rungs)
        spent, trials = spent + process_time() - begin, trials + 1
        replayed += result.stats.get("events", 0)
        states[str(result.state)] += 1
        search.tell(proposal.number, result)
        scores = goal.scores(result.metrics) if result.state is State.COMPLETE else None
        counts = scores and goal.is_feasible(result.metrics)
        best = max(best, scores[0]) if scores and counts else best
        start_equity = float(result.stats.get("starting_equity", 0.0))
        growth = accumulate(result.returns, lambda equity, day: equity * (1 + day), initial=start_equity)
        paths.append(([equity - start_equity for equity in growth][1:], scores[0] if scores and counts else None))
    return {"seconds": spent, "best": best, "trials": trials, "events": replayed, **states, "paths": paths}


def overlaid(planned: Plan, paths: list[tuple[list[float], float | None]]) -> dict[str, float]:
    """The pruner of a spec, for pnl_total, laid over trials that ran whole: what it alone saves and costs.

    The sampler has no part in it: the trials stay what they were, but for being cut off. Gives the share of the days
    that would have been replayed, and the best that is left over the best there was.
    """
    days, late = max(len(path) for path, _ in paths), planned.spec.search.window or 1
    results, used = list[Result](), 0
    if (judge := start.search(planned.spec).pruner) is None:
        raise SystemExit("the spec has no pruner")
    for n, (path, _) in enumerate(paths):
        if n >= late:
            judge.learn(n - late, results[n - late])
        ladder, day = Ladder(judge.rungs(n), days), 0
        for day, pnl in enumerate(path, 1):
            if ladder.is_due(day) and not ladder.judge(day, {"pnl_total": pnl}, ()):
                results.append(Result(State.PRUNED, rungs=tuple(ladder.values)))
                break
        else:
            results.append(Result(State.COMPLETE, rungs=tuple(ladder.values)))
        used += day
    left = [
        value for r, (_, value) in zip(results, paths, strict=True) if r.state is State.COMPLETE and value is not None
    ]
    whole = max(value for _, value in paths if value is not None)
    return {"share": used / (days * len(paths)), "best": max(left) / whole}


def pruning(spec: Path, seeds: range, settings: list[str], cache: Path, patience: float) -> list[dict[str, Any]]:
    """The whole study, and the pruned one with half of its CPU seconds, for each seed; what is in `cache` is kept.

    No further seed is begun after `patience` seconds.
    """
    since, rows = monotonic(), list[dict[str, Any]]()
    mark = digest([spec.read_text(), settings])[:8]
    for seed in seeds:
        kept = cache / f"{spec.stem}-{mark}-{seed}.json"
        if not kept.exists():
            if monotonic() - since > patience:
                break
            given = [*settings, f"search.seed={seed}"]
            planned = plan(spec, given)
            execute(planned.base, next(iter(planned.spec.search.enqueue), {}))  # what the first trial of a worker pays
            whole = measured(plan(spec, [*given, "search.pruner.type=none"]))
            pruned = measured(plan(spec, [*given, "search.trials=100000"]), whole["seconds"] / 2)
            cache.mkdir(parents=True, exist_ok=True)
            over = overlaid(planned, whole.pop("paths"))
            del pruned["paths"]
            kept.write_text(json.dumps({"seed": seed, "whole": whole, "pruned": pruned, "overlaid": over}))
        rows.append(json.loads(kept.read_text()))
        print(json.dumps(rows[-1]), flush=True)
    return rows


def compared(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over the seeds."""
    return {
        "seeds": len(rows),
        "median share of engine seconds": median(r["pruned"]["seconds"] / r["whole"]["seconds"] for r in rows),
        "median ratio of the best": median(r["pruned"]["best"] / r["whole"]["best"] for r in rows),
        "ratio of the median bests": median(r["pruned"]["best"] for r in rows)
        / median(r["whole"]["best"] for r in rows),
        "overlaid: median share, median best": [median(r["overlaid"][k] for r in rows) for k in ("share", "best")],
        "median trials, whole and pruned": [median(r[kind]["trials"] for r in rows) for kind in ("whole", "pruned")],
    }


def main() -> None:
    """Run one of them."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("what", choices=["window", "idle", "pruning"])
    given.add_argument("--seeds", type=int, default=10)
    given.add_argument("--first", type=int, default=0, help="the first seed")
    given.add_argument("--spec", type=Path, default=Path("search_spaces/demo_tpe.yaml"))
    given.add_argument("--set", action="append", default=[], dest="settings", metavar="PATH=VALUE")
    given.add_argument("--cache", type=Path, default=Path("runs/benchmark"), help="keeps what each seed came to")
    given.add_argument("--patience", type=float, default=float("inf"), help="begin no seed after so many seconds")
    options = given.parse_args()
    if options.what == "window":
        windows(options.seeds)
    elif options.what == "idle":
        print(json.dumps(idle(2)))
    else:
        seeds = range(options.first, options.first + options.seeds)
        rows = pruning(options.spec, seeds, options.settings, options.cache, options.patience)
        print(json.dumps(compared(rows), indent=2))


if __name__ == "__main__":
    main()
