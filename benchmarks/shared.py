"""Shared passes beside isolated trials and beside the stack of 1.x: one load, every figure compared before any time.

    python benchmarks/shared.py                    # 81 trials of 3,000,000 quotes: eight minutes on two idle cores
    python benchmarks/shared.py --every 240        # four times the signals, and orders, for each quote
    python benchmarks/shared.py --quotes 1000000   # a third of the market: start and end weigh more
    python benchmarks/shared.py --no-peer --quotes 300000

The whole command is timed (`sweep run` with MLflow, ten tearsheets, the proof), and the CPU of the engines alone.
NautilusTrader 1.231 runs some of the settings only; its time for all of them is taken from what each further one
cost. Puts its row into `benchmarks/results/shared.json`.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import compare, loads  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from benchmarks.peers import market  # noqa: E402

SHAPE = (9, 3, 3)
REPEATS = 3  # of the shared command, of which the median counts; the isolated one takes five times as long
FEW, SOME = 2, 18  # settings that 1.231 runs: the difference is what a further one takes


def catalog(environment: str, quotes: int, every: int) -> str:
    """A catalog with a signal in so many quotes, written by that version of the engine."""
    place = loads.PLACE / "catalogs" / f"{environment}-{quotes}-{every}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        module = "v1" if environment == "v1" else "benchmarks.peers.v2"
        compare.call(environment, f"import {module} as m; m.write(*args); out = None", str(place), quotes, every)
    return str(place)


def spec(args: argparse.Namespace, replay: str, tracking: str = "") -> dict[str, Any]:
    """The grid, as a user would write it."""
    place = catalog("v2", args.quotes, args.every)
    return loads.described(args.quotes, SHAPE, tracking, place) | {"execution": {"replay": replay, "pack": args.pack}}


def cpu() -> float:
    """CPU seconds of this process."""
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def engines(args: argparse.Namespace) -> dict[str, Any]:
    """CPU seconds of the engines alone in one worker, no driver, no proof: each ninth trial isolated, all in packs."""
    from sweep.backtest import run, run_together
    from sweep.runner.plan import plan
    from sweep.spec.model import resolve

    file = loads.PLACE / "shared.json"
    file.write_text(json.dumps(spec(args, "shared")))
    planned = plan(file)
    points = [resolve(planned.base, point) for point in planned.spec.space.points()]
    run(points[0])  # imports and decoding
    used = cpu()
    alone = [run(point) for point in points[::9]]
    isolated, used = (cpu() - used) * len(points) / len(alone), cpu()
    packs = max(args.workers, -(-len(points) // args.pack))
    outcomes: dict[int, Any] = {}
    for n in range(packs):
        some = range(n, len(points), packs)
        outcomes |= zip(some, run_together([(points[i], ()) for i in some]), strict=True)
    shared = cpu() - used
    same = sum(
        not isinstance(b := outcomes[9 * n], str) and (a.metrics, a.returns, a.fills) == (b.metrics, b.returns, b.fills)
        for n, a in enumerate(alone)
    )
    fills = sum(o.metrics["fills"] for o in outcomes.values() if not isinstance(o, str)) / len(points)
    return {
        "packs": packs, "fills_each": round(fills, 1), "isolated_cpu": round(isolated, 2),
        "shared_cpu": round(shared, 2), "ratio": round(isolated / shared, 2), "compared": len(alone), "same": same,
    }  # fmt: skip


def ours(args: argparse.Namespace, replay: str) -> tuple[float, list[dict[str, Any]]]:
    """Seconds of a whole `sweep run` on Ray, and its table."""
    import shutil

    import pandas as pd

    runs, file = loads.PLACE / "runs", loads.PLACE / "shared.json"
    shutil.rmtree(runs, ignore_errors=True)
    file.write_text(json.dumps(spec(args, replay, compare.store(f"replay-{replay}"))))
    command = [sys.executable, "-m", "sweep", "run", file, "--runs-dir", runs, "--workers", str(args.workers), "--json"]
    began = time.monotonic()
    process = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )  # fmt: skip
    seconds = time.monotonic() - began
    if process.returncode:
        sys.exit(process.stderr[-3000:])
    (table,) = runs.glob("*/trials.parquet")
    rows = pd.read_parquet(table).sort_values("number")
    return seconds, rows.drop(columns=[c for c in rows if c in CIRCUMSTANCES]).to_dict("records")


CIRCUMSTANCES = ["attempt", "started", "ended", "seconds", "worker", "mlflow_run_id"]


def without(rows: list[dict[str, Any]]) -> str:
    """The trials without how they were run."""
    return json.dumps([{k: v for k, v in row.items() if k != "replay"} for row in rows], default=str)


def peer(args: argparse.Namespace, right: list[dict[str, Any]]) -> dict[str, Any]:
    """Seconds that 1.231 takes for the whole grid, from a part of it, and how many trials have another PnL."""
    settings, place, seconds = market.settings(SHAPE), catalog("v1", args.quotes, args.every), dict[int, float]()
    spread = [n * len(settings) // SOME for n in range(SOME)]
    figures: list[dict[str, float]] = []
    for count in (FEW, SOME):
        began = time.monotonic()
        chosen = [settings[n] for n in spread[:count]]
        figures = compare.call("v1", "import v1; out = v1.run(*args)", place, chosen, compare.store("v1"))
        seconds[count] = time.monotonic() - began
    each = (seconds[SOME] - seconds[FEW]) / (SOME - FEW)
    other = sum(
        f["pnl"] != round(right[n]["metrics.pnl_realized"], 2) for n, f in zip(spread, figures, strict=True)
    )  # fmt: skip
    return {
        "seconds": round(seconds[FEW] + each * (len(settings) - FEW), 1),
        "each": round(each, 2),
        "other_pnl": other,
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quotes", type=int, default=3_000_000)
    parser.add_argument("--every", type=int, default=1_000, help="quotes to a signal")
    parser.add_argument("--pack", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-peer", action="store_true")
    args = parser.parse_args()
    loads.PLACE.mkdir(exist_ok=True)
    trials = SHAPE[0] * SHAPE[1] * SHAPE[2]
    row: dict[str, Any] = {"quotes": args.quotes, "every": args.every, "trials": trials}
    row["engines"] = engines(args)
    print(row["engines"], flush=True)
    slow, right = ours(args, "isolated")
    runs = [ours(args, "shared") for _ in range(REPEATS)]
    fast, rows = median(seconds for seconds, _ in runs), runs[0][1]
    row["identical"] = without(rows) == without(right)
    row["verified"] = sum(row["replay"] == "shared, verified" for row in rows)
    row |= {"isolated": round(60 * trials / slow, 1), "shared": round(60 * trials / fast, 1)}
    print(f"{slow:.1f} s isolated, {fast:.1f} s shared: {slow / fast:.2f} x; identical: {row['identical']}", flush=True)
    if not args.no_peer:
        row["v1"] = peer(args, right) | {"trials_per_minute": 0.0}
        row["v1"]["trials_per_minute"] = round(60 * trials / row["v1"]["seconds"], 1)
    row["ratios"] = {"shared / isolated": round(slow / fast, 2)}
    if "v1" in row:
        row["ratios"]["shared / 1.231"] = round(row["v1"]["seconds"] / fast, 2)
    keep(row)
    print(json.dumps(row, indent=1))


def keep(new_row: dict[str, Any]) -> None:
    """Put a row among the results, in the place of one of the same load."""
    file = ROOT / "benchmarks" / "results" / "shared.json"
    rows: list[dict[str, Any]] = json.loads(file.read_text())["rows"] if file.exists() else []
    others = [row for row in rows if (row["quotes"], row["every"]) != (new_row["quotes"], new_row["every"])]
    ordered = sorted([*others, new_row], key=lambda row: (-row["quotes"], -row["every"]))
    file.write_text(json.dumps({"machine": machine(), "rows": ordered}, indent=1) + "\n")


if __name__ == "__main__":
    main()
