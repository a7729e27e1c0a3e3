"""A sweep of many short trials on a real Ray of many workers, all on this machine: cost of the driver and of MLflow.

python benchmarks/scale_ray.py                        # 20,000 trials on 64 workers of one node, without MLflow
python benchmarks/scale_ray.py --nodes 8              # the same workers on eight nodes
python benchmarks/scale_ray.py --children top:100     # with MLflow; or all, none

Each trial does nothing on two minutes of quotes: about a millisecond. Workers share the cores of this machine, so
trials a second are those of these cores; CPU a trial and memory are the driver's on any machine. Adds a row to
`benchmarks/results/scale_ray.json`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import compare, loads  # noqa: E402
from benchmarks.machine import machine  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "scale_ray.json"
TICKS, MIB = os.sysconf("SC_CLK_TCK"), 2**20
EVERY = 2.0  # seconds between two samples


@dataclass
class Usage:
    """CPU seconds and peak memory (MiB) of one process, as last sampled."""

    cpu: float = 0.0
    memory: float = 0.0

    def sample(self, pid: int) -> None:
        """Read the process, unless it has ended."""
        try:
            values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return
        self.cpu = (int(values[11]) + int(values[12])) / TICKS
        self.memory = max(self.memory, int(values[21]) * os.sysconf("SC_PAGE_SIZE") / MIB)


@contextmanager
def cluster(nodes: int, workers: int) -> Iterator[str]:
    """Address of a Ray with a head without cores and so many nodes, each with its share of the workers."""
    os.environ["RAY_AUTH_MODE"] = loads.ENVIRONMENT["RAY_AUTH_MODE"] = "disabled"
    os.environ |= loads.ENVIRONMENT
    from ray.cluster_utils import Cluster

    ray = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(nodes):
            ray.add_node(num_cpus=workers // nodes)
        yield ray.address
    finally:
        ray.shutdown()


def mirrors(driver: int) -> list[int]:
    """Processes that the driver has started to write to MLflow."""
    pids = list[int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            words = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == driver and b"mirror" in words:
            pids.append(int(stat.parent.name))
    return pids


def measure(trials: int, workers: int, nodes: int, children: str | None) -> dict[str, Any]:
    """Cost of one sweep."""
    from sweep.ledger.ledger import Ledger

    runs, file = loads.PLACE / "runs-scale", loads.PLACE / "scale.json"
    shutil.rmtree(runs, ignore_errors=True)
    spec = loads.empty(trials)
    if children:
        spec["tracking"] = {"uri": compare.store("scale"), "children": children, "tearsheets": "none"}
    file.write_text(json.dumps(spec))
    command = [sys.executable, "-m", "sweep", "run", str(file), "--runs-dir", str(runs), "--workers", str(workers)]
    command += ["--json", *(() if children else ("--no-tracking",))]
    with cluster(nodes, workers) as address:
        began = time.time()
        process = subprocess.Popen(
            [*command, "--address", address], cwd=ROOT, env=loads.ENVIRONMENT, stdout=subprocess.DEVNULL
        )
        usage = {"driver": Usage(), "mirror": Usage()}
        while process.poll() is None:
            usage["driver"].sample(process.pid)
            for pid in mirrors(process.pid):
                usage["mirror"].sample(pid)
            time.sleep(EVERY)
        ended = time.time()
    if process.returncode:
        sys.exit(f"the sweep ended with exit code {process.returncode}")
    (path,) = runs.glob("*/ledger.sqlite")
    with Ledger.open(path) as ledger:
        ends = sorted(row.ended for row in ledger.rows() if row.state == "COMPLETE" and row.ended)
    return {
        "trials": len(ends), "workers": workers, "nodes": nodes, "MLflow runs": children or "no MLflow",
        "trials a second, from the first end to the last": round((len(ends) - 1) / (ends[-1] - ends[0]), 1),
        "driver: ms of CPU a trial": round(1000 * usage["driver"].cpu / len(ends), 2),
        "driver: peak memory, MiB": round(usage["driver"].memory),
        "mirror: ms of CPU a trial": round(1000 * usage["mirror"].cpu / len(ends), 2),
        "mirror: peak memory, MiB": round(usage["mirror"].memory),
        "ledger: KiB a trial": round(path.stat().st_size / len(ends) / 1024, 2),
        "from the command to the first end, seconds": round(ends[0] - began, 1),
        "from the last end to the end of the command, seconds": round(ended - ends[-1], 1),
    }  # fmt: skip


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--children", help="tracking.children; without it there is no MLflow")
    parser.add_argument("--try", action="store_true", dest="is_trial", help="write nothing")
    options = parser.parse_args()
    loads.PLACE.mkdir(exist_ok=True)
    row = measure(options.trials, options.workers, options.nodes, options.children)
    print("\n".join(f"| {name} | {value} |" for name, value in row.items()))
    if not options.is_trial:
        same = ("trials", "workers", "nodes", "MLflow runs")
        stored = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
        others = [other for other in stored if any(other[name] != row[name] for name in same)]
        RESULTS.write_text(json.dumps({"machine": machine(), "rows": [*others, row]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
