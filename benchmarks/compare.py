"""`sweep` beside what people would write, on one market with one strategy: PnL compared first, then the time taken.

    python benchmarks/compare.py --plain             # beside plain `multiprocessing`: twelve minutes on two idle cores
    python benchmarks/compare.py                     # every load and every peer; half an hour on two idle cores
    python benchmarks/compare.py grid --only v1 tune  # one load, some peers (and `sweep` itself, always)

Environments are made under `benchmarks/.peers/` at the first run, and compiled, as pip would: nobody's imports are
compiled while the clock runs. Writes a table, and replaces the rows of these loads and peers in
`benchmarks/results/compare.json`. With `--plain` that is `benchmarks/results/plain.json`, whose rows were all measured
with the same commit: a load that it has for this commit is not measured again, so a run that was interrupted goes on.
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
RESULTS = ROOT / "benchmarks" / "results"
ENVIRONMENTS = {
    "v1": ["nautilus_trader==1.231.0", "ray==2.60.0", "mlflow==3.17.2"],
    "v2": ["nautilus_trader==2.0.0rc7", "ray[tune]==2.60.0", "mlflow==3.17.2", "optuna==5.0.0"],
}
WORKERS = 2
PAUSE = 5.0  # seconds, at most, that a run waits for the machine: daemons of the one before may still be ending
QUIET = 0.1  # share of the cores that an idle machine uses


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
    def native(self) -> bool:
        """True for a strategy of the engine itself: benchmarks/peers/native.py."""
        return "native" in self.fixed

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The settings of each trial's strategy."""
        if self.turns:
            return [{"every": loads.EVERY + n, **self.fixed} for n in range(self.trials)]
        if self.native:
            return market.points(market.periods(self.shape))
        return [setting | self.fixed for setting in market.settings(self.shape)]


ALL = ("v1", "processes", "reset", "tune", "tune-reuse", "sweep", "shared")
OWN = {"sweep": "isolated", "shared": "shared", "auto": "auto"}  # `execution.replay` of `sweep` itself
PLAIN = ("grid", "short", "callback", "bars", "second", "native")  # the loads that are compared with a plain loop
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
    "native": Load(1_000_000, (5, 4, 1), ("processes", "sweep"), {"native": "EmaCross"}),
    "long": Load(2_000_000, (4, 2, 2), ("processes", "reset", "sweep", "shared")),
}


@dataclass(frozen=True)
class Outcome:
    """Outcome of one load with one peer."""

    seconds: float  # wall, start-up included
    figures: list[dict[str, float]]


def python(environment: str) -> Path:
    """The interpreter of a peer's environment, which is made where it is not there; "own" is the project's."""
    if environment == "own":
        return Path(sys.executable)
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
    path = ROOT / "benchmarks" / "peers" if environment == "v1" else ROOT
    environment_of = loads.ENVIRONMENT | {"PYTHONPATH": str(path)}
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
    environment = "own" if peer in {"processes", "reset"} else "v2"  # these need nothing but the engine
    return call(environment, code, catalog("v2", load), load.settings, store(peer))


def ours(load: Load, peer: str) -> list[dict[str, float]]:
    """`sweep run`, with MLflow and ten tearsheets, as a user starts it."""
    import shutil

    import pandas as pd

    runs, spec = PLACE / "runs", PLACE / "sweep.json"
    shutil.rmtree(runs, ignore_errors=True)
    if load.turns:
        described = loads.turning(load.quotes, load.trials, load.fixed, store(peer))
    elif load.native:
        described = loads.native(load.quotes, load.shape, store(peer))
    else:
        described = loads.described(load.quotes, load.shape, store(peer))
        described["strategy"]["config"] |= load.fixed
    spec.write_text(json.dumps(described | {"execution": {"replay": OWN[peer]}}))
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
    run: Callable[[Load, str], list[dict[str, float]]] = {"v1": v1, **dict.fromkeys(OWN, ours)}.get(peer, loop)
    catalog("v1" if peer == "v1" else "v2", load)
    settle()
    began = time.monotonic()
    figures = run(load, peer)
    return Outcome(time.monotonic() - began, figures)


def settle() -> None:
    """Wait until the cores are idle, and say it where they are not."""
    deadline = time.monotonic() + PAUSE
    while (busy := busy_share(0.5)) > QUIET:
        if time.monotonic() > deadline:
            print(f"the machine is not idle: {busy:.0%} of its cores are used", file=sys.stderr)
            return


def busy_share(seconds: float) -> float:
    """Share of all cores that is used during so many seconds from now."""
    before = ticks()
    time.sleep(seconds)
    idle, whole = (now - then for now, then in zip(ticks(), before, strict=True))
    return 1 - idle / max(1, whole)


def ticks() -> tuple[int, int]:
    """Ticks in which cores were idle, and all of them, since the machine started."""
    counts = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return counts[3] + counts[4], sum(counts)


def wrong(figures: Sequence[dict[str, float]], right: Sequence[dict[str, float]]) -> int:
    """The number of trials that differ in PnL (to the cent) or in filled orders."""
    return sum(a.get("pnl") != b["pnl"] for a, b in zip(figures, right, strict=True))


def compare(name: str, only: Sequence[str], repeats: int) -> list[dict[str, Any]]:
    """Every peer on one load; medians of the repeats, which go around the peers so that a slow minute hits all.

    Once all have run for the first time, their figures are compared: nothing is said of the time of other results.
    """
    load = LOADS[name]
    runs: dict[str, list[Outcome]] = {peer: [] for peer in chosen(load, only)}
    for _ in range(repeats):
        for peer, outcomes in runs.items():
            outcomes.append(measure(load, peer))
            print(f"{name} {peer}: {outcomes[-1].seconds:.1f} s", file=sys.stderr, flush=True)
        right = runs["sweep"][0].figures
        if differing := [peer for peer, outcomes in runs.items() if wrong(outcomes[-1].figures, right)]:
            sys.exit(f"{name}: {', '.join(differing)} and sweep have trials with different PnL")
    return [
        {
            "load": name, "trials": load.trials, "quotes": load.quotes, "peer": peer, "runs": repeats,
            "seconds": round(middle := median(o.seconds for o in outcomes), 2),
            "trials_per_minute": round(60 * load.trials / middle, 1),
            "other_pnl": 0, "all_seconds": [round(o.seconds, 2) for o in outcomes],
        }
        for peer, outcomes in runs.items()
    ]  # fmt: skip


def chosen(load: Load, only: Sequence[str]) -> list[str]:
    """The peers of a load that are asked for; `sweep` always, `auto` by its name alone where passes can be shared."""
    peers = [p for p in load.peers if not only or p in only or p == "sweep"]
    return peers + (["auto"] if "auto" in only and not load.native else [])


def merged(earlier: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a load and a peer replaced by new ones, the others kept; each beside `sweep` on its load."""
    rows = {(row["load"], row["peer"]): row for row in (*earlier, *new)}
    own = {load: row["seconds"] for (load, peer), row in rows.items() if peer == "sweep"}
    order = [(load, peer) for load, all_of_it in LOADS.items() for peer in (*all_of_it.peers, "auto")]
    order = [place for place in order if place in rows]
    ordered = [rows[place] for place in order]
    return [row | {"sweep_is_faster": round(row["seconds"] / own[row["load"]], 2)} for row in ordered]


def plain(repeats: int, *, tried: bool) -> None:
    """Measure the loads beside a plain loop that have not been measured with this commit, and keep each at once."""
    commit, file = revision(), RESULTS / "plain.json"
    document = json.loads(file.read_text()) if file.exists() else {}
    rows: list[dict[str, Any]] = document["rows"] if document.get("commit") == commit else []
    for name in PLAIN:
        if any(row["load"] == name for row in rows):
            print(f"{name}: measured with {commit} before", file=sys.stderr)
            continue
        rows = merged(rows, compare(name, ("processes", "auto"), repeats))
        show(rows, name)
        if not tried:
            keep(file, {"commit": commit, "date": time.strftime("%Y-%m-%d"), "machine": machine(), "rows": rows})


def revision() -> str:
    """The commit that is measured."""
    git = ["git", "-C", str(ROOT), "rev-parse", "--short=10", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()


def keep(file: Path, document: dict[str, Any]) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(document, indent=1) + "\n")


def show(rows: Sequence[dict[str, Any]], name: str) -> None:
    """Print the rows of a load."""
    for row in rows:
        if row["load"] == name:
            print("| " + " | ".join(str(value) for value in row.values()) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("loads", nargs="*", choices=[*LOADS, []], help="default: all")
    parser.add_argument("--plain", action="store_true", help="the loads and peers of the first table of RESULTS.md")
    parser.add_argument("--only", nargs="*", default=[], choices=[*ALL, "auto", "threads"], help="peers; sweep always")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--try", dest="tried", action="store_true", help="show what would be written, and write nothing"
    )
    options = parser.parse_args()
    PLACE.mkdir(exist_ok=True)
    if options.plain:
        return plain(options.repeats, tried=options.tried)
    file = RESULTS / "compare.json"
    for name in options.loads or [name for name in LOADS if name != "threads"]:
        new = compare(name, options.only, options.repeats)
        rows = merged(json.loads(file.read_text())["rows"] if file.exists() else [], new)
        if not options.tried:
            keep(file, {"machine": machine(), "rows": rows})
        show(rows, name)
    return None


if __name__ == "__main__":
    main()
