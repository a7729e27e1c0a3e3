"""Pruned studies on whole tables (tables.py), beside whole studies at the same engine seconds. No engine runs.

python benchmarks/pruners.py cost --table ema --catalog DIR    # fixed engine seconds of a trial, in trading days
python benchmarks/pruners.py run --first 0 --minutes 10       # 40 seeds from the first; goes on where it ended
python benchmarks/pruners.py show --first 0                   # mean ratio of the bests, with 95 % intervals
"""

import argparse
import json
import time
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from samplers import DEFAULT, GOAL, SEEDS, WINDOW, Steps, best_of, interval, rules
from tables import ALL, Table, planned

from sweep.backtest.engine import backtest_run as engine
from sweep.backtest.engine.pruning_checks import RungSchedule
from sweep.search.base import SearchMethod
from sweep.search.optuna.study import Study
from sweep.search.pruners.factory import create
from sweep.spec.model import resolve
from sweep.trial import Proposal, Result, Rung, State

RESULTS = Path(__file__).parent / "results" / "pruners.jsonl"
BUDGETS = (50, 100, 200)  # whole trials whose engine seconds a pruned study may take
FIXED = {"score": 0.45, "ema": 1.13}  # engine seconds of a trial beside its days, in days (`cost`)
RUNGS = {"score": (0.2, 0.4, 0.6, 0.8), "ema": (0.1, 0.2, 0.4, 0.8)}  # of the ready specs
EQUITY = 100_000  # at the start, in both specs
EARLY: Mapping[str, Any] = {"type": "asha", "rungs": (0.1, 0.5)}  # the first day, and half of them


PRUNERS: dict[str, Mapping[str, Any] | None] = {
    "whole": None,
    "asha, 3": {"type": "asha", "reduction_factor": 3},  # of the ready specs
    "asha, 4": {"type": "asha", "reduction_factor": 4},
    "median": {"type": "median"},
    "asha, 6 then 2": EARLY | {"reduction_factor": [6, 2]},
    "asha, 8 then 2": EARLY | {"reduction_factor": [8, 2]},
}


def outcome(proposal: Proposal, path: list[float]) -> tuple[Result, int]:
    """The result of a trial with this profit after each day, and the days that it replays."""
    schedule = RungSchedule(proposal.rungs, len(path))
    returns = [(after - before) / (EQUITY + before) for before, after in pairwise([0.0, *path])]
    for day, profit in enumerate(path, 1):
        if schedule.is_due(day) and not schedule.judge(day, {"pnl_total": profit}, returns[:day]):
            return Result(State.PRUNED, rungs=tuple(schedule.values)), day
    figures: dict[str, float | int | None] = {"pnl_total": path[-1]}
    return Result(State.COMPLETE, figures, returns=tuple(returns), rungs=tuple(schedule.values)), len(path)


def study(table: Table, rule: Mapping[str, Any] | None, seed: int, trials: int) -> dict[str, Any]:
    """A study that begins trials until it has taken the engine seconds of so many whole ones.

    Its best values with the share of these seconds that was taken when their trial began, and its numbers of trials.
    """
    pruner = create({"rungs": RUNGS[table.name], **rule}, GOAL, seed) if rule else None
    search = SearchMethod(Study(table.parsed, GOAL, rules(DEFAULT, seed)), None, WINDOW, pruner)
    spent, budget = 0.0, trials * (len(table.cents[0]) + FIXED[table.name])
    steps: Steps = []
    counts = {"started": 0, "complete": 0}
    while round(spent, 6) < round(budget, 6) and (proposal := search.ask()):
        result, days = outcome(proposal, table.path(proposal.params))
        search.tell(proposal.number, result)
        counts["started"] += 1
        if result.state is State.COMPLETE:
            counts["complete"] += 1
            value = float(result.metrics["pnl_total"] or 0)
            if not steps or value > steps[-1][1]:
                steps.append((round(trials * spent / budget, 3), value))
        spent += days + FIXED[table.name]
    return {"steps": steps, **counts}


def cases(pruners: Collection[str], first: int, trials: int) -> Iterator[dict[str, Any]]:
    """Every study of the comparison, seed by seed: an interruption leaves all pruners equally far."""
    for seed in range(first, first + SEEDS):
        for table in ALL.values():
            if table.file.exists():
                for pruner in pruners:
                    yield {"table": table.name, "pruner": pruner, "seed": seed, "trials": trials}


def run(minutes: float, pruners: Collection[str], first: int, trials: int) -> None:
    """Run the studies that have no result yet, for so many minutes."""
    finished = {json.dumps(row["case"]) for row in results()}
    end = time.monotonic() + 60 * minutes
    with RESULTS.open("a") as file:
        for case in cases(pruners, first, trials):
            if json.dumps(case) in finished:
                continue
            if time.monotonic() > end:
                print("interrupted; the same command goes on")
                return
            row = study(ALL[case["table"]], PRUNERS[case["pruner"]], case["seed"], trials)
            file.write(json.dumps({"case": case, **row}) + "\n")
            file.flush()


def results() -> list[dict[str, Any]]:
    """Stored studies."""
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def show(first: int) -> None:
    """Print the mean ratio of a pruned study's best to that of the whole study of the same seed and engine seconds."""
    for table in filter(lambda t: t.file.exists(), ALL.values()):
        print(
            f"\n{table.name}, engine seconds of so many whole trials\n| pruner | " + " | ".join(map(str, BUDGETS)),
            end="",
        )
        print(" | started (complete) | seeds |")
        by_pruner: dict[str, dict[int, dict[str, Any]]] = {}
        for row in sorted(results(), key=lambda row: row["case"]["trials"]):  # of two, the longer counts
            case = row["case"]
            if case["table"] == table.name and first <= case["seed"] < first + SEEDS:
                by_pruner.setdefault(case["pruner"], {})[case["seed"]] = row
        whole = by_pruner.pop("whole", {})
        for pruner, rows in by_pruner.items():
            both = sorted(rows.keys() & whole.keys())
            cells = [
                interval([ratio(rows[s], whole[s], n) for s in both if n <= rows[s]["case"]["trials"]]) for n in BUDGETS
            ]
            counts = [np.mean([row[name] for row in rows.values()]) for name in ("started", "complete")]
            print(f"| {pruner} | {' | '.join(cells)} | {counts[0]:.0f} ({counts[1]:.0f}) | {len(both)} |")


def ratio(pruned: Mapping[str, Any], whole: Mapping[str, Any], budget: int) -> float:
    """The best of a pruned study over that of a whole one, at the engine seconds of so many whole trials."""
    return best_of(pruned["steps"], budget) / best_of(whole["steps"], budget)


def cost(table: Table, catalog: str | None) -> float:
    """Engine seconds of a trial beside its days, in days: from trials of one day, of half of the days, and of all."""
    base, (*_, days) = planned(table, catalog).base, table.cents.shape
    backtests = [resolve(base, point) for point in Random(1).sample(table.points, 12)]
    engine.run(backtests[0])
    means = dict[int, float]()
    for last in (1, days // 2, days):
        rungs = () if last == days else (Rung(last, "pnl_total", lower=float("inf")),)
        seconds = list[float]()
        for backtest in backtests:
            started = time.process_time()
            engine.run(backtest, rungs)
            seconds.append(time.process_time() - started)
        means[last] = float(np.median(seconds))
    slope, fixed = np.polyfit(list(means), list(means.values()), 1)
    return float(fixed / slope)


def main() -> None:
    """Choose what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cost", "run", "show"])
    parser.add_argument("--minutes", type=float, default=10, help="end after so many minutes; the same command goes on")
    parser.add_argument("--first", type=int, default=0, help="the first of 40 seeds")
    parser.add_argument(
        "--trials", type=int, default=100, choices=BUDGETS, help="whole trials that take the same seconds"
    )
    parser.add_argument("--pruners", nargs="+", choices=PRUNERS, default=list(PRUNERS), help="those that are run")
    parser.add_argument("--table", choices=ALL, default="score", help="of `cost`")
    parser.add_argument("--catalog", help="of `cost`: the table's market data; that of the spec by default")
    options = parser.parse_args()
    if options.what == "cost":
        print(f"{options.table}: {cost(ALL[options.table], options.catalog):.2f} days")
    elif options.what == "run":
        run(options.minutes, options.pruners, options.first, options.trials)
    else:
        show(options.first)


if __name__ == "__main__":
    main()
