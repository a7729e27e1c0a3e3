"""Overhead of `sweep` beside the engine: each goal of benchmarks/README.md, as a ratio within one run.

    python benchmarks/overhead.py                # all, on a machine that does nothing else: twenty minutes
    python benchmarks/overhead.py feed share     # some

Writes a table, and `benchmarks/results/overhead.json`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import compare, loads  # noqa: E402
from benchmarks.machine import machine  # noqa: E402

PLACE = loads.PLACE
ENVIRONMENT = loads.ENVIRONMENT
REPEATS = 5

type Row = dict[str, Any]


def alone(function: str, *arguments: object) -> Any:
    """Result of a function of benchmarks/probes.py in a process of its own."""
    called = f"probes.{function}(*json.loads(sys.argv[1]))"
    code = f"import json, sys; from benchmarks import probes; print(json.dumps({called}))"
    process = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if process.returncode:
        sys.exit(process.stderr[-3000:])
    return json.loads(process.stdout.splitlines()[-1])


def sweep(spec: dict[str, Any], *arguments: str) -> tuple[float, Path]:
    """Seconds of a whole `sweep run` with two workers, and the folder that it left."""
    runs, file = PLACE / "runs", PLACE / "sweep.json"
    shutil.rmtree(runs, ignore_errors=True)
    file.write_text(json.dumps(spec))
    command = [sys.executable, "-m", "sweep", "run", file, "--runs-dir", runs, "--workers", "2", "--json", *arguments]
    began = time.monotonic()
    process = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if process.returncode:
        sys.exit(process.stderr[-3000:])
    (folder,) = (path.parent for path in runs.glob("*/ledger.sqlite"))
    return time.monotonic() - began, folder


def feed() -> list[Row]:
    """CPU of feeding and running a trial with events, against `BacktestNode` on the same quotes without events.

    CPU, as a sweep has a worker on each core: the node decodes on a second one. In turns, as machines do other work.
    """
    return [*fed("", {}), *fed(", a callback on each quote", {"on_each_quote": True})]


def fed(how: str, setting: dict[str, Any]) -> list[Row]:
    spec, catalog = loads.described(1_000_000), loads.catalog(1_000_000)
    runs = [(alone("node", catalog, setting), alone("feeding", spec, setting)) for _ in range(REPEATS)]
    first, later = (median(ours[which] / node for node, ours in runs) for which in ("first", "later"))
    return [
        row(f"feed and run, first trial of a worker / BacktestNode{how}", first, "≤ 1.2"),
        row(f"feed and run, later trials / BacktestNode{how}", later, "≤ 1.0"),
    ]


def share() -> list[Row]:
    """Share of both cores that decodes, feeds and runs, of a whole `sweep run` with MLflow, tearsheets and report."""
    return [
        row("share of the cores in feeding and running, trials of 2 s", busy(3_000_000, (8, 5, 3)), "≥ 0.95"),
        row("the same, trials of 0.3 s", busy(450_000, (20, 8, 5)), "≥ 0.85"),
    ]


def busy(quotes: int, shape: tuple[int, int, int]) -> float:
    from sweep.ledger.ledger import Ledger

    seconds, folder = sweep(loads.described(quotes, shape, compare.store("share")))
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        timings = [r.timing for r in ledger.rows()]
    inside = sum(t["decode"] + t["feed"] + t["run"] for t in timings)
    print(f"{len(timings)} trials of {inside / len(timings):.2f} s in {seconds:.1f} s", file=sys.stderr)
    return inside / (2 * seconds)


def empty() -> list[Row]:
    """5,000 trials that do nothing: milliseconds for each."""
    from sweep.ledger.ledger import Ledger

    spec = loads.empty(5000)
    _, folder = sweep(spec, "--tracking-uri", "none")
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        ends = sorted(r.ended for r in ledger.rows() if r.ended)
    first, last = ends[999] - ends[0], ends[-1] - ends[-1000]
    return [
        row("5,000 empty trials: ms for each, all", (ends[-1] - ends[0]) / 5, "≤ 10"),
        row("5,000 empty trials: ms for each, the first thousand", first, "≤ 10"),
        row("5,000 empty trials: ms for each, the last thousand", last, "≤ 10"),
    ]


def memory() -> list[Row]:
    """Peak memory of a worker on ten times the data; of a driver over a large grid.

    Once without a trade: the engine keeps the orders and positions of a trial, which are ten times as many, to its end.
    """
    bases = [alone("planned", loads.described(n)) for n in (2_000_000, 20_000_000)]
    grows = {}
    for how, setting in {"": {}, ", without a trade": {"threshold": 101.0}}.items():
        small, large = (alone("peak", base, setting) for base in bases)
        grows[how] = large / small
    grown = alone("driver", 100_000, 50_000)
    return [
        *(row(f"worker's peak memory, data × 10 (window cache of 64 MiB){h}", g, "≤ 1.1") for h, g in grows.items()),
        row("driver's memory, 100,000-point grid, half of it run: MiB more", grown, "≤ 300"),
    ]


def start() -> list[Row]:
    """From the command to the first trial, against `ray.init` and one task that imports the engine; CPU of imports."""
    spec = loads.described(20_000, (2, 2, 2))
    ours, bare = [], []
    for _ in range(REPEATS):
        began = time.time()
        _, folder = sweep(spec, "--tracking-uri", "none")
        ours.append(first_start(folder) - began)
        bare.append(alone_seconds("bare"))
    return [
        row("from `sweep run` to the first trial / bare Ray and engine", median(ours) / median(bare), "≤ 1.2"),
        row("`import sweep`: CPU seconds", median(cpu("-c", "import sweep") for _ in range(REPEATS)), "≤ 0.3"),
        row("`sweep --help`: CPU seconds", median(cpu("-m", "sweep", "--help") for _ in range(REPEATS)), "≤ 0.3"),
    ]


def first_start(folder: Path) -> float:
    from sweep.ledger.ledger import Ledger

    with Ledger.open(folder / "ledger.sqlite") as ledger:
        return min(r.started for r in ledger.rows() if r.started)


def alone_seconds(function: str) -> float:
    """Seconds from the start of a process to the moment (UNIX seconds) that its function gives."""
    began = time.time()
    return alone(function) - began


def cpu(*arguments: str) -> float:
    """CPU seconds of a Python process."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def row(measured: str, value: float, goal: str) -> Row:
    """One line of the table."""
    return {"what": measured, "value": round(value, 3), "goal": goal}


PARTS: dict[str, Callable[[], list[Row]]] = {
    "feed": feed, "share": share, "empty": empty, "memory": memory, "start": start,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    options = parser.parse_args()
    PLACE.mkdir(exist_ok=True)
    file = ROOT / "benchmarks" / "results" / "overhead.json"
    file.parent.mkdir(exist_ok=True)
    rows = json.loads(file.read_text())["rows"] if file.exists() else {}
    for part in options.parts or PARTS:
        rows[part] = PARTS[part]()
        for each in rows[part]:
            print(f"| {each['what']} | {each['value']} | {each['goal']} |", flush=True)
        file.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
