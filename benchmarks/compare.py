"""`sweep` beside what people would write, on one market with one strategy: PnL compared first, then the time taken.

    python benchmarks/compare.py                     # every load and every peer; half an hour on two idle cores
    python benchmarks/compare.py grid --only v1 tune  # one load, some peers (and `sweep` itself, always)

Environments are made under `benchmarks/.peers/` at the first run, and compiled, as pip would: nobody's imports are
compiled while the clock runs. Writes a table, and replaces the rows of these loads and peers in
`benchmarks/results/compare.json`.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import loads  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from benchmarks.peers import market  # noqa: E402

PLACE = loads.PLACE
ENVIRONMENTS = {
    "v1": ["nautilus_trader==1.231.0", "ray==2.60.0", "mlflow==3.17.2"],
    "v2": ["nautilus_trader==2.0.0rc7", "ray[tune]==2.60.0", "mlflow==3.17.2", "optuna==5.0.0"],
}
WORKERS = 2
PAUSE = 5  # seconds before a run: daemons of the one before may still be ending


PROGRAM = """import json, sys
args = json.loads(sys.argv[1])
if __name__ == "__main__":
    {code}
    json.dump(out, open(sys.argv[2], "w"))
"""


@dataclass(frozen=True)
class Load:
    """Trials of one length."""

    quotes: int
    shape: tuple[int, int, int]  # of the grid
    peers: tuple[str, ...]
    fixed: dict[str, Any] = field(default_factory=dict)  # of the strategy, beside the grid

    @property
    def trials(self) -> int:
        return self.shape[0] * self.shape[1] * self.shape[2]

    @property
    def turns(self) -> bool:
        """True for bars or several instruments: benchmarks/peers/turns.py."""
        return "instruments" in self.fixed

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The settings of each trial's strategy."""
        if self.turns:
            return [{"every": loads.EVERY + n, **self.fixed} for n in range(self.trials)]
        return [setting | self.fixed for setting in market.settings(self.shape)]


ALL = ("v1", "processes", "reset", "tune", "tune-reuse", "sweep", "shared")
LOADS = {
    "grid": Load(117_000, (9, 3, 3), ALL),  # as the built-in score grid
    "threads": Load(117_000, (9, 3, 3), ("threads", "sweep")),  # apart: it may stand still (results/NOTES.md)
    "grid-300k": Load(300_000, (4, 3, 2), ("v1", "processes", "tune-reuse", "sweep", "shared")),  # the same, longer
    "grid-1m": Load(1_000_000, (4, 2, 2), ("v1", "processes", "tune-reuse", "sweep", "shared")),  # a month of quotes
    "callback": Load(117_000, (3, 3, 3), ("v1", "processes", "sweep"), {"on_each_quote": True}),
    "bars": Load(100_000, (40, 1, 1), ("processes", "sweep"), {"instruments": 1, "bars": True}),
    "five": Load(100_000, (20, 1, 1), ("processes", "sweep"), {"instruments": 5}),  # quotes of each, with a callback
    "short": Load(20_000, (10, 10, 10), ("processes", "reset", "sweep", "shared")),
    "tenth": Load(40_000, (5, 4, 4), ("tune", "tune-reuse", "sweep")),  # a tenth of a second each
    "second": Load(500_000, (5, 4, 2), ("processes", "tune", "tune-reuse", "sweep")),
    "long": Load(2_000_000, (4, 2, 2), ("processes", "reset", "sweep", "shared")),
}


@dataclass(frozen=True)
class Outcome:
    """Outcome of one load with one peer."""

    seconds: float  # wall, start-up included
    figures: list[dict[str, float]]


def python(environment: str) -> Path:
    """The interpreter of a peer's environment, which is made where it is not there."""
    place = PLACE / environment
    if not (place / ".complete").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(place)], check=True)
        target = ["--python", str(place / "bin" / "python")]
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--compile-bytecode", *target, *ENVIRONMENTS[environment]], check=True
        )
        (place / ".complete").touch()
    return place / "bin" / "python"


def call(environment: str, code: str, *arguments: object) -> Any:
    """Run `code` (which sees `args` and sets `out`) in an environment; what it left in `out`."""
    answer = PLACE / "answer.json"
    answer.unlink(missing_ok=True)
    program = PROGRAM.format(code=code)
    file = PLACE / "program.py"
    file.write_text(program)
    paths = {"v1": ROOT / "benchmarks" / "peers", "v2": ROOT}
    environment_of = loads.ENVIRONMENT | {"PYTHONPATH": str(paths[environment])}
    command = [python(environment), file, json.dumps(arguments), answer]
    process = subprocess.run(command, env=environment_of, capture_output=True, text=True, check=False)
    if process.returncode:
        sys.exit(f"{environment}: {code}\n{process.stderr[-3000:]}")
    return json.loads(answer.read_text())


def catalog(environment: str, load: Load) -> str:
    """The catalog of a load, written by that version of the engine."""
    if environment == "v2":
        return loads.turns(load.quotes, load.fixed) if load.turns else loads.catalog(load.quotes)
    place = PLACE / "catalogs" / f"{environment}-{load.quotes}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        call(environment, "import v1; v1.write(*args); out = None", str(place), load.quotes)
    return str(place)


def store(peer: str) -> str:
    """A new MLflow store."""
    file = PLACE / f"{peer}.db"
    for each in PLACE.glob(f"{peer}.db*"):
        each.unlink()
    return f"sqlite:///{file}"


def v1(load: Load, peer: str) -> list[dict[str, float]]:
    return call("v1", "import v1; out = v1.run(*args)", catalog("v1", load), load.settings, store(peer))


def loop(load: Load, peer: str) -> list[dict[str, float]]:
    code = f"from benchmarks.peers import loops; out = loops.LOOPS['{peer}'](*args)"
    return call("v2", code, catalog("v2", load), load.settings, store(peer))


def ours(load: Load, peer: str) -> list[dict[str, float]]:
    """`sweep run`, with MLflow and ten tearsheets, as a user starts it."""
    import shutil

    import pandas as pd

    runs, spec = PLACE / "runs", PLACE / "sweep.json"
    shutil.rmtree(runs, ignore_errors=True)
    if load.turns:
        described = loads.turning(load.quotes, load.trials, load.fixed, store(peer))
    else:
        described = loads.described(load.quotes, load.shape, store(peer))
        described["strategy"]["config"] |= load.fixed
    spec.write_text(json.dumps(described | ({"execution": {"replay": "shared"}} if peer == "shared" else {})))
    command = [sys.executable, "-m", "sweep", "run", spec, "--runs-dir", runs, "--workers", str(WORKERS), "--json"]
    process = subprocess.run(command, cwd=ROOT, env=loads.ENVIRONMENT, capture_output=True, text=True, check=False)
    if process.returncode:
        sys.exit(process.stderr[-3000:])
    (table,) = runs.glob("*/trials.parquet")
    rows = pd.read_parquet(table).sort_values("number")
    return [
        {"pnl": round(p, 2), "filled": f}
        for p, f in zip(rows["metrics.pnl_realized"], rows["metrics.fills"], strict=True)
    ]


def measure(load: Load, peer: str) -> Outcome:
    """One run of one peer."""
    run: Callable[[Load, str], list[dict[str, float]]] = {"v1": v1, "sweep": ours, "shared": ours}.get(peer, loop)
    catalog("v1" if peer == "v1" else "v2", load)
    time.sleep(PAUSE)
    began = time.monotonic()
    figures = run(load, peer)
    return Outcome(time.monotonic() - began, figures)


def wrong(figures: Sequence[dict[str, float]], right: Sequence[dict[str, float]]) -> int:
    """The number of trials that differ in PnL (to the cent) or in filled orders."""
    return sum(a.get("pnl") != b["pnl"] for a, b in zip(figures, right, strict=True))


def compare(name: str, only: Sequence[str], repeats: int) -> list[dict[str, Any]]:
    """Every peer on one load; medians of the repeats, which go around the peers so that a slow minute hits all."""
    load = LOADS[name]
    peers = [p for p in load.peers if not only or p in only or p == "sweep"]
    runs: dict[str, list[Outcome]] = {peer: [] for peer in peers}
    for _ in range(repeats):
        for peer in peers:
            runs[peer].append(measure(load, peer))
            print(f"{name} {peer}: {runs[peer][-1].seconds:.1f} s", file=sys.stderr, flush=True)
    right = runs["sweep"][0].figures
    return [
        {
            "load": name, "trials": load.trials, "quotes": load.quotes, "peer": peer, "runs": repeats,
            "seconds": round(middle := median(o.seconds for o in outcomes), 2),
            "trials_per_minute": round(60 * load.trials / middle, 1),
            "other_pnl": wrong(outcomes[0].figures, right),
        }
        for peer, outcomes in runs.items()
    ]  # fmt: skip


def merged(earlier: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a load and a peer replaced by new ones, the others kept; each beside `sweep` on its load."""
    rows = {(row["load"], row["peer"]): row for row in (*earlier, *new)}
    own = {load: row["seconds"] for (load, peer), row in rows.items() if peer == "sweep"}
    order = [(load, peer) for load, all_of_it in LOADS.items() for peer in all_of_it.peers if (load, peer) in rows]
    ordered = [rows[place] for place in order]
    return [row | {"sweep_is_faster": round(row["seconds"] / own[row["load"]], 2)} for row in ordered]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("loads", nargs="*", choices=[*LOADS, []], help="default: all")
    parser.add_argument("--only", nargs="*", default=[], choices=[*ALL, "threads"], help="peers; sweep always")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--try", dest="tried", action="store_true", help="show what would be written, and write nothing"
    )
    options = parser.parse_args()
    PLACE.mkdir(exist_ok=True)
    results = ROOT / "benchmarks" / "results" / "compare.json"
    results.parent.mkdir(exist_ok=True)
    for name in options.loads or [name for name in LOADS if name != "threads"]:
        new = compare(name, options.only, options.repeats)
        rows = merged(json.loads(results.read_text())["rows"] if results.exists() else [], new)
        if not options.tried:
            results.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")
        for row in rows:
            if row["load"] == name:
                print("| " + " | ".join(str(value) for value in row.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
