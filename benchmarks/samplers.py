"""Samplers compared on whole tables (tables.py): best profit after 50, 100, 200 and 400 trials. No engine runs.

python benchmarks/samplers.py run --minutes 10     # studies, 40 seeds each; goes on where it was interrupted
python benchmarks/samplers.py show                 # means and 95 % intervals; each beside TPE, seed by seed
"""

import argparse
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from optuna.search_space import intersection
from optuna.trial import TrialState
from tables import ALL, Table

from sweep.search.base import SearchMethod
from sweep.search.optuna.study import Study
from sweep.spec.objectives import Goal
from sweep.trial import Result, State

RESULTS = Path(__file__).parent / "results" / "samplers.jsonl"
AFTER = (50, 100, 200, 400)
SEEDS, WINDOW = 40, 16
GOAL = Goal((("pnl_total", "maximize"),))
DEFAULT = "tpe"
SAMPLERS: dict[str, dict[str, Any]] = {
    "tpe": {"sampler": "tpe"},  # of Optuna 5: multivariate, with the constant liar
    "random": {"sampler": "random"},
    "qmc": {"sampler": "qmc"},
    "cmaes": {"sampler": "cmaes"},
    "nsga2": {"sampler": "nsga2"},
    "nsga3": {"sampler": "nsga3"},
    "tpe, repeats": {"sampler": "tpe", "avoid_repeats": False},
    "tpe, multivariate: false": {"sampler": "tpe", "sampler_options": {"multivariate": False}},
    "tpe, constant_liar: false": {"sampler": "tpe", "sampler_options": {"constant_liar": False}},
    "tpe, group: true": {"sampler": "tpe", "sampler_options": {"group": True}},
    "gp": {"sampler": "gp"},  # where torch is installed
}
SAME = {"tpe, group: true": "tpe", "nsga3": "nsga2"}  # with one objective and no conditions: the same points
USUAL = [name for name in SAMPLERS if name != "gp" and name not in SAME]

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def same_for_all(trials: Sequence[Any], *_: object) -> tuple[dict[str, Any] | None, int]:
    """Parameters that all trials have: those of any, in a space without conditions.

    A fresh sampler for each ask compares all trials with each other: a quarter of the time of these studies.
    """
    last = next((trial for trial in reversed(trials) if trial.state in FINISHED), None)
    return (None, -1) if last is None else (dict(last.distributions), last.number + 1)


intersection._calculate = same_for_all  # noqa: SLF001 (no public place)

type Steps = list[tuple[float, float]]  # trial from which on a value is the best


def rules(sampler: str, seed: int) -> dict[str, Any]:
    """The search section of a study without a pruner, as the defaults make it."""
    return {"seed": seed, "avoid_repeats": True, **SAMPLERS[sampler]}


def study(table: Table, section: Mapping[str, Any], trials: int) -> Steps:
    """The best values of a study, in the order of asking; results are learned as in a sweep."""
    search = SearchMethod(Study(table.parsed, GOAL, section), trials, WINDOW)
    steps: Steps = []
    while proposal := search.ask():
        value = table.path(proposal.params)[-1]
        search.tell(proposal.number, Result(State.COMPLETE, {"pnl_total": value}))
        if not steps or value > steps[-1][1]:
            steps.append((proposal.number, value))
    return steps


def best_of(steps: Sequence[Sequence[float]], trials: int) -> float:
    """The best value of the first so many trials."""
    return max(value for number, value in steps if number < trials)


def cases(samplers: Collection[str], trials: int) -> Iterator[dict[str, Any]]:
    """Every study of the comparison, seed by seed: an interruption leaves all samplers equally far."""
    for seed in range(SEEDS):
        for table in ALL.values():
            if table.file.exists():
                for sampler in samplers:
                    yield {"table": table.name, "sampler": sampler, "seed": seed, "trials": trials}


def run(minutes: float, trials: int, samplers: Collection[str]) -> None:
    """Run the studies that have no result yet, for so many minutes."""
    finished = {json.dumps(row["case"]) for row in results()}
    end = time.monotonic() + 60 * minutes
    with RESULTS.open("a") as file:
        for case in cases(samplers, trials):
            if json.dumps(case) in finished:
                continue
            if time.monotonic() > end:
                print("interrupted; the same command goes on")
                return
            started = time.process_time()
            steps = study(ALL[case["table"]], rules(case["sampler"], case["seed"]), trials)
            seconds = round(time.process_time() - started, 2)
            file.write(json.dumps({"case": case, "steps": steps, "seconds": seconds}) + "\n")
            file.flush()


def results() -> list[dict[str, Any]]:
    """Stored studies."""
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def interval(values: Any) -> str:
    """The mean and its 95 % interval; "" of nothing."""
    if not values:
        return ""
    half = 1.96 * np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return f"{np.mean(values):.3f} ± {half:.3f}"


def shares(table: Table) -> dict[str, dict[int, list[float]]]:
    """Bests of each sampler and seed, as shares of the table's best."""
    by_sampler: dict[str, dict[int, list[float]]] = {}
    for row in results():
        case = row["case"]
        if case["table"] == table.name:
            bests = [best_of(row["steps"], n) / table.best for n in AFTER if n <= case["trials"]]
            other = by_sampler.setdefault(case["sampler"], {}).get(case["seed"], [])
            by_sampler[case["sampler"]][case["seed"]] = max(other, bests, key=len)
    return by_sampler


def show() -> None:
    """Print the mean best of each sampler as a share of the table's best, and below it the difference to TPE's."""
    for table in filter(lambda t: t.file.exists(), ALL.values()):
        print(f"\n{table.name}: {len(table.points):,} points, best {table.best:,.2f}")
        print("| sampler | " + " | ".join(f"after {n}" for n in AFTER) + " | seeds |")
        by_sampler = shares(table)
        for sampler in filter(by_sampler.__contains__, SAMPLERS):
            rows = by_sampler[sampler]
            print(f"| {sampler} | {columns(list(rows.values()))} | {len(rows)} |")
            both = sorted(rows.keys() & by_sampler[DEFAULT].keys())
            pairs = [zip(rows[seed], by_sampler[DEFAULT][seed], strict=False) for seed in both]
            print(f"| … less {DEFAULT} | {columns([[own - other for own, other in pair] for pair in pairs])} | |")


def columns(rows: Sequence[Sequence[float]]) -> str:
    """Mean and interval of each column; shorter studies have fewer."""
    cells = [[row[n] for row in rows if n < len(row)] for n in range(len(AFTER))]
    return " | ".join(map(interval, cells))


def main() -> None:
    """Choose what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "show"])
    parser.add_argument("--minutes", type=float, default=10, help="end after so many minutes; the same command goes on")
    parser.add_argument("--trials", type=int, default=max(AFTER), choices=AFTER, help="trials of each study")
    parser.add_argument("--samplers", nargs="+", choices=SAMPLERS, default=USUAL, help="those that are run")
    options = parser.parse_args()
    if options.what == "run":
        run(options.minutes, options.trials, options.samplers)
    else:
        show()


if __name__ == "__main__":
    main()
