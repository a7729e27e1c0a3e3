"""Samplers compared on whole tables: best value after 50, 100, 200 and 400 trials. No engine runs but for the tables.

python benchmarks/samplers.py tables     # runs two whole grids once; their values go into results/tables/
python benchmarks/samplers.py run        # studies on them, 40 seeds each; resumes where it was interrupted
python benchmarks/samplers.py show       # means and 95 % intervals
"""

import argparse
import json
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

import sweep
from sweep.search.base import SearchMethod
from sweep.search.optuna.study import Study
from sweep.spec.objectives import Goal
from sweep.spec.space import Space
from sweep.spec.space_parser import parse
from sweep.trial import Result, State

HERE = Path(__file__).parent
SPECS, TABLES, RESULTS = HERE.parent / "search_spaces", HERE / "results" / "tables", HERE / "results" / "samplers.jsonl"
AT = (50, 100, 200, 400)
SEEDS, WINDOW = 40, 16
GOAL = Goal((("pnl_total", "maximize"),))


@dataclass(frozen=True)
class Table:
    """A ready spec on a space without continuous ranges, all points of which are run once."""

    spec: str
    space: Mapping[str, Any]
    changes: Mapping[str, Any]
    constraints: tuple[str, ...] = ()

    def parsed(self) -> Space:
        """The space of the table."""
        space, problems = parse(dict(self.space), list(self.constraints), {})
        if problems:
            raise ValueError(problems)
        return space


ALL = {
    "score": Table(  # 1,080 points on five days of synthetic data
        "demo_tpe.yaml",
        {
            "strategy.score_threshold": {"low": 50, "high": 90, "step": 5},
            "strategy.tp_pct": {"low": 0.05, "high": 1.6, "log": True, "points": 6},
            "strategy.sl_pct": {"low": 0.05, "high": 0.8, "log": True, "points": 5},
            "strategy.flat_minutes": [0, 5, 10, 15],
        },
        {"execution": {"replay": "shared"}},
    ),
    "ema": Table(  # 896 points on a week of GBP/USD
        "ema_bracket_fx_tpe.yaml",
        {
            "strategy.fast": {"low": 2, "high": 60, "log": True, "points": 5},
            "strategy.slow": {"low": 10, "high": 200, "log": True, "points": 6},
            "strategy.tp_pct": {"low": 0.02, "high": 1.0, "log": True, "points": 4},
            "strategy.sl_pct": {"low": 0.02, "high": 1.0, "log": True, "points": 4},
            "strategy.bar_minutes": [5, 15],
        },
        {"period": {"start": "2012-02-01", "end": "2012-02-09"}},
        ("fast < slow",),
    ),
}
SAMPLERS: dict[str, dict[str, Any]] = {
    "random": {"sampler": "random"},
    "qmc": {"sampler": "qmc"},
    "tpe": {"sampler": "tpe"},  # of Optuna 5: multivariate, with the constant liar
    "tpe, each parameter alone": {"sampler": "tpe", "sampler_options": {"multivariate": False}},
    "tpe without the liar": {"sampler": "tpe", "sampler_options": {"constant_liar": False}},
    "cmaes": {"sampler": "cmaes"},
    "nsga2": {"sampler": "nsga2"},
    "nsga3": {"sampler": "nsga3"},
}  # fmt: skip


def make_tables(place: Path) -> None:
    """Run each grid, or what is missing of it, and write its values."""
    TABLES.mkdir(parents=True, exist_ok=True)
    for name, table in ALL.items():
        spec = yaml.safe_load((SPECS / table.spec).read_text()) | dict(table.changes)
        spec["search"] = {"space": dict(table.space), "constraints": list(table.constraints)}
        spec |= {"name": f"table-{name}", "tracking": {"tearsheets": "none"}}
        path = place / f"{name}.yaml"
        path.write_text(yaml.safe_dump(spec, sort_keys=False))
        report = sweep.run(path, runs_dir=place / "runs", workers=1, tracking=False)
        trials = pd.read_parquet(report.folder.trials)
        names = list(table.space)
        values = {tuple(row[f"params.{n}"] for n in names): row["metrics.pnl_total"] for _, row in trials.iterrows()}
        points = [tuple(point[n] for n in names) for point in table.parsed().points()]
        np.save(TABLES / f"{name}.npy", np.array([values[p] for p in points]))
        print(f"{name}: {len(points):,} points, {report.count()}")


@cache
def values(name: str) -> dict[tuple[Any, ...], float]:
    """Objective of each point of a table."""
    table = ALL[name]
    points = [tuple(point[n] for n in table.space) for point in table.parsed().points()]
    return dict(zip(points, np.load(TABLES / f"{name}.npy").tolist(), strict=True))


def study(name: str, rules: Mapping[str, Any], seed: int, trials: int = max(AT)) -> tuple[list[float], int]:
    """Best values after the first trials of a study, and how many different points it ran."""
    table, surface = ALL[name], values(name)
    search = SearchMethod(Study(table.parsed(), GOAL, {"seed": seed, **rules}), trials, WINDOW)
    best, points, bests = float("-inf"), set[tuple[Any, ...]](), list[float]()
    while proposal := search.ask():
        point = tuple(proposal.params[n] for n in table.space)
        value = surface[point]
        points.add(point)
        defined = not np.isnan(value)
        search.tell(proposal.number, Result(State.COMPLETE, {"pnl_total": value if defined else None}))
        best = max(best, value) if defined else best
        bests.append(best)
    return [bests[n - 1] for n in AT if n <= trials], len(points)


def is_made(table: str) -> bool:
    """True if the values of a table are there (`tables`)."""
    return (TABLES / f"{table}.npy").exists()


def cases() -> Iterator[dict[str, Any]]:
    """Every study of the comparison, seed by seed: a comparison that is interrupted has all samplers."""
    for seed in range(SEEDS):
        for table in filter(is_made, ALL):
            for sampler in SAMPLERS:
                for repeats in (False, True):
                    yield {"table": table, "sampler": sampler, "avoid_repeats": not repeats, "seed": seed}


def run(minutes: float, trials: int, samplers: Collection[str]) -> None:
    """Run the studies of so many trials that have no result yet, for so many minutes."""
    RESULTS.touch()
    finished = {json.dumps(json.loads(line)["case"]) for line in RESULTS.read_text().splitlines()}
    end = time.monotonic() + 60 * minutes
    with RESULTS.open("a") as file:
        for one in cases():
            case: dict[str, Any] = {**one, "trials": trials}
            if json.dumps(case) in finished or case["sampler"] not in samplers:
                continue
            if time.monotonic() > end:
                print("interrupted; the same command goes on")
                return
            rules = SAMPLERS[case["sampler"]] | {"avoid_repeats": case["avoid_repeats"]}
            best, different = study(case["table"], rules, case["seed"], trials)
            file.write(json.dumps({"case": case, "best": best, "different": different}) + "\n")
            file.flush()


def show(trials: int) -> None:
    """Print the mean best of each sampler as a share of the table's best, with its 95 % interval."""
    rows = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    for table in filter(is_made, ALL):
        top = float(np.nanmax(np.load(TABLES / f"{table}.npy")))
        print(
            f"\n{table}: best {top:,.2f}\n| sampler | "
            + " | ".join(str(n) for n in AT if n <= trials)
            + " | different | seeds |"
        )
        for sampler in SAMPLERS:
            for avoids in (False, True):
                case: dict[str, Any] = {"table": table, "sampler": sampler, "avoid_repeats": avoids, "trials": trials}
                selected = [r for r in rows if r["case"].items() >= case.items()]
                if selected:
                    print(_row(f"{sampler}{', no repeats' if avoids else ''}", selected, top))


def _row(name: str, results: list[dict[str, Any]], top: float) -> str:
    shares = np.array([r["best"] for r in results]) / top
    half = (
        1.96 * shares.std(0, ddof=1) / np.sqrt(len(results)) if len(results) > 1 else np.full(shares.shape[1], np.nan)
    )
    cells = [f"{m:.3f} ± {h:.3f}" for m, h in zip(shares.mean(0), half, strict=True)]
    return (
        f"| {name} | " + " | ".join(cells) + f" | {np.mean([r['different'] for r in results]):.0f} | {len(results)} |"
    )


def main() -> None:
    """Choose what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["tables", "run", "show"])
    parser.add_argument("--place", type=Path, default=Path("runs-samplers"), help="folder of the whole grids")
    parser.add_argument("--minutes", type=float, default=10, help="end after so many minutes; the same command goes on")
    parser.add_argument("--trials", type=int, default=max(AT), choices=AT, help="trials of each study")
    parser.add_argument("--samplers", nargs="+", choices=SAMPLERS, help="those that are run; all by default")
    arguments = parser.parse_args()
    if arguments.what == "tables":
        arguments.place.mkdir(parents=True, exist_ok=True)
        make_tables(arguments.place)
    elif arguments.what == "run":
        run(arguments.minutes, arguments.trials, arguments.samplers or SAMPLERS)
    else:
        show(arguments.trials)


if __name__ == "__main__":
    main()
