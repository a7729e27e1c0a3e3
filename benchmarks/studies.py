"""Studies measured: what the look-back window costs, and what pruning saves. See README.md for how to run it.

python benchmarks/studies.py window      # simulated: idle workers and search quality by window; no engine
python benchmarks/studies.py idle        # real: trials of 1x to 10x length on two workers
python benchmarks/studies.py pruning     # real: a study, and the pruned one with half of its engine seconds
"""

import argparse
import heapq
import json
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import fmean, median
from time import monotonic, process_time
from typing import Any, Self

import sweep
from sweep.backtest.engine.pruning_checks import RungSchedule
from sweep.common.json_values import digest
from sweep.executors.worker.run_trial import execute
from sweep.results.report import Report
from sweep.runner.plan import SweepPlan, plan
from sweep.search import factory
from sweep.search.base import SearchMethod
from sweep.search.optuna.study import Study
from sweep.spec.objectives import Goal
from sweep.spec.space import Range, Space
from sweep.trial import Params, Proposal, Result, State

SHARE = 0.42  # of the days that a whole study replays: less than half of its engine seconds, whatever the seed
GOAL = Goal((("value", "maximize"),))
SPACE = Space(tuple(Range(f"x{n}", 0.0, 1.0) for n in range(6)))
BY_PNL = ("objective=pnl_total", "search.metric_constraints=[]")  # what the results were measured with
TOP = (0.2, 0.8, 0.35, 0.65, 0.5, 0.1)


def hill(params: Params) -> float:
    """Six parameters that matter less and less, one top at 0."""
    return -sum((float(params[f"x{n}"]) - top) ** 2 / (n + 1) for n, top in enumerate(TOP))  # type: ignore[arg-type]


def simulated(
    window: int, workers: int, trials: int, seed: int, sampler: str, length: Callable[[Random], float]
) -> tuple[float, float]:
    """Share of the workers' time that nobody used until the last trial began, and the best value of a study."""
    random = Random(seed)
    search = SearchMethod(Study(SPACE, GOAL, {"sampler": sampler, "seed": seed}), trials, window)
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


@dataclass(frozen=True)
class Ran:
    """One trial of a study: what it cost, and how it came there."""

    state: str
    seconds: float  # CPU
    path: list[float]  # profit and loss after each day that was replayed
    value: float | None  # the objective, of a complete trial that keeps its bounds

    @classmethod
    def of(cls, result: Result, seconds: float, goal: Goal) -> Self:
        """From what a worker hands back."""
        start_equity = float(result.stats.get("starting_equity", 0.0))
        growth = accumulate(result.returns, lambda equity, day: equity * (1 + day), initial=start_equity)
        scores = goal.scores(result.metrics) if result.state is State.COMPLETE else None
        value = scores[0] if scores and goal.is_feasible(result.metrics) else None
        return cls(str(result.state), seconds, [round(equity - start_equity, 2) for equity in growth][1:], value)


def measured(planned: SweepPlan, budget: int | None = None) -> list[Ran]:
    """A study in this process. With a budget no more trials are begun once so many trading days are replayed.

    As many trials as the window allows are under way at once, as on many workers. A budget in days and not in seconds
    gives the same study on every machine.
    """
    search, goal = factory.search(planned.spec), planned.spec.goal
    flights, ran, replayed = deque[Proposal](), list[Ran](), 0
    while budget is None or replayed < budget:
        if len(flights) < (planned.spec.search.window or 1) and (proposal := search.ask()):
            flights.append(proposal)
            continue
        if not flights:
            break
        proposal = flights.popleft()
        begin = process_time()
        result = execute(planned.base, proposal.params, rungs=proposal.rungs)
        ran.append(Ran.of(result, process_time() - begin, goal))
        replayed += len(ran[-1].path)
        search.tell(proposal.number, result)
    return ran


def sought(planned: SweepPlan) -> dict[str, Any]:
    """The search of a spec; of a pruner that is switched off nothing is left."""
    rules = planned.spec.search.model_dump()
    return rules if planned.spec.search.prunes else rules | {"pruner": None}


def best(ran: Sequence[Ran]) -> float:
    """The best objective of complete trials."""
    return max((r.value for r in ran if r.value is not None), default=float("-inf"))


def days(ran: Sequence[Ran]) -> int:
    """Trading days replayed."""
    return sum(len(r.path) for r in ran)


def until(ran: Sequence[Ran], budget: float) -> Sequence[Ran]:
    """The first trials that so many days are enough for."""
    return [
        r for r, before in zip(ran, accumulate((len(r.path) for r in ran), initial=0), strict=False) if before < budget
    ]


def overlaid(planned: SweepPlan, ran: Sequence[Ran]) -> dict[str, float]:
    """The pruner of a spec, for pnl_total, laid over trials that ran whole: what it alone saves and costs.

    The sampler has no part in it: the trials stay what they were, but for being cut off. Gives the share of the days
    that would have been replayed, and the best that is left over the best there was.
    """
    length, late = max(len(r.path) for r in ran), planned.spec.search.window or 1
    results, used = list[Result](), 0
    if (judge := factory.search(planned.spec).pruner) is None:
        raise SystemExit("the spec has no pruner")
    for n, trial in enumerate(ran):
        if n >= late:
            judge.learn(n - late, results[n - late])
        ladder, day = RungSchedule(judge.rungs(n), length), 0
        for day, pnl in enumerate(trial.path, 1):
            if ladder.is_due(day) and not ladder.judge(day, {"pnl_total": pnl}, ()):
                results.append(Result(State.PRUNED, rungs=tuple(ladder.values)))
                break
        else:
            results.append(Result(State.COMPLETE, rungs=tuple(ladder.values)))
        used += day
    left = [trial for r, trial in zip(results, ran, strict=True) if r.state is State.COMPLETE]
    return {"share": used / days(ran), "best": best(left) / best(ran)}


@dataclass(frozen=True)
class Bench:
    """Studies of one spec, each kept in a file, so that a benchmark that was stopped goes on."""

    spec: Path
    settings: Sequence[str]
    cache: Path
    share: float  # of the trading days of the whole study, for the others
    chance: bool = False  # whether a random search is run as well

    @property
    def label(self) -> str:
        """The study's name, and what is not as usual; the catalog is another place for the same."""
        others = [s for s in self.settings if not s.startswith(("catalog=", "search.trials="))]
        others += [f"{self.share:.0%} of the days"] if self.share != SHARE else []
        return ", ".join([self.plan().spec.name, *others])

    def plan(self, *more: str) -> SweepPlan:
        """The spec with settings of the benchmark and of a study."""
        return plan(self.spec, [*BY_PNL, *self.settings, *more])

    def study(self, *more: str, budget: int | None = None) -> list[Ran]:
        """The trials of a study."""
        planned = self.plan(*more)
        mark = digest([planned.base, sought(planned), budget])[:12]
        file = self.cache / f"{planned.spec.name}-{mark}.json"
        if not file.exists():
            execute(planned.base, next(iter(planned.spec.search.enqueue), {}))  # what the first trial of a worker pays
            self.cache.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps([asdict(r) for r in measured(planned, budget)]))
        return [Ran(**row) for row in json.loads(file.read_text())]

    def whole(self, seed: int) -> list[Ran]:
        """Every trial to its end."""
        return self.study(f"search.seed={seed}", "search.pruner.type=none")

    def row(self, seed: int) -> dict[str, Any]:
        """The whole study of a seed, and others that replay a share of its trading days; bests over the whole's."""
        whole = self.whole(seed)
        budget = round(self.share * days(whole))
        more = (f"search.seed={seed}", "search.trials=100000")
        pruned = self.study(*more, budget=budget)
        blind = (*more, "search.sampler=random", "search.pruner.type=none")
        random = best(self.study(*blind, budget=budget)) / best(whole) if self.chance else None
        return {
            "seed": seed,
            "best": best(whole),
            "pruned": best(pruned) / best(whole),
            "unpruned": best(until(whole, budget)) / best(whole),
            "random": random,
            "trials": [len(whole), len(pruned), sum(r.value is not None for r in pruned)],
            "days": days(pruned) / days(whole),
            "seconds": sum(r.seconds for r in pruned) / sum(r.seconds for r in whole),
            "overlaid": overlaid(self.plan(f"search.seed={seed}"), whole),
        }


def pruning(bench: Bench, seeds: range, patience: float) -> list[dict[str, Any]]:
    """A row for each seed; no further seed is begun after `patience` seconds."""
    since, rows = monotonic(), list[dict[str, Any]]()
    for seed in seeds:
        if monotonic() - since > patience:
            break
        rows.append(bench.row(seed))
        print(json.dumps(rows[-1]), flush=True)
    return rows


def compared(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Medians over the seeds."""
    kinds = ("pruned", "unpruned", "random", "days", "seconds", "best")
    middle = {k: None if any(r[k] is None for r in rows) else median(r[k] for r in rows) for k in kinds}
    over = {k: median(r["overlaid"][k] for r in rows) for k in ("share", "best")}
    trials = [median(r["trials"][n] for r in rows) for n in range(3)]
    return {"seeds": [r["seed"] for r in rows], **middle, "trials": trials, "overlaid": over}


def keep(bench: Bench, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put the rows among the results, beside those of other seeds and other studies; gives the medians of all seeds."""
    file = Path(__file__).parent / "results" / "pruning.json"
    stored: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    label, length = bench.label, rows[0]["trials"][0]
    old = [row for row in stored.get(label, {"rows": []})["rows"] if row["trials"][0] == length]
    by_seed = {row["seed"]: row for row in (*old, *rows)}
    every = [by_seed[seed] for seed in sorted(by_seed)]
    medians = compared(every)
    rounded = json.loads(
        json.dumps({"medians": medians, "rows": every}), parse_float=lambda text: round(float(text), 4)
    )
    file.write_text(json.dumps(stored | {label: rounded}, indent=1) + "\n")
    return medians


def main() -> None:
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["window", "idle", "pruning"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--spec", type=Path, default=Path("search_spaces/demo_tpe.yaml"))
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="PATH=VALUE")
    parser.add_argument("--share", type=float, default=SHARE, help="of the trading days that the whole study replays")
    parser.add_argument("--random", action="store_true", help="a random search of the same share as well")
    parser.add_argument("--cache", type=Path, default=Path("runs/benchmark"), help="keeps what each study came to")
    parser.add_argument("--patience", type=float, default=float("inf"), help="begin no seed after so many seconds")
    options = parser.parse_args()
    if options.what == "window":
        windows(options.seeds)
    elif options.what == "idle":
        print(json.dumps(idle(2)))
    else:
        seeds = range(options.first, options.first + options.seeds)
        bench = Bench(options.spec, options.settings, options.cache, options.share, options.random)
        rows = pruning(bench, seeds, options.patience)
        print(json.dumps(keep(bench, rows), indent=2))


if __name__ == "__main__":
    main()
