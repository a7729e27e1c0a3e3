# ruff: noqa: INP001, T201 (a program of its own that tells what it does; it starts `sweep`)
"""Pictures of the live page at three moments of a run of 2,000 trials, on synthetic data of one session.

    PYTHONPATH=. .venv/bin/python docs/images/live.py runs-live

Debian: apt-get install chromium
"""

import subprocess
import sys
import time
from pathlib import Path

import yaml

from tests.support.browser import browser

HERE = Path(__file__).parent
SWEEP = (sys.executable, "-m", "sweep")
SPACE = {
    "strategy.score_threshold": [50 + 5 * n for n in range(8)],
    "strategy.tp_pct": [round(0.1 + 0.05 * n, 2) for n in range(25)],
    "strategy.sl_pct": [round(0.1 + 0.05 * n, 2) for n in range(10)],
}
MOMENTS = {"live-begin": 0.08, "live-middle": 0.5, "live-end": 1.0}  # shares of the trials
WIDTH = 1000  # pixels


def spec(place: Path) -> Path:
    """The example grid with 2,000 points, in shared passes. A session is too short for its bound on trades."""
    content = yaml.safe_load((HERE.parents[1] / "search_spaces" / "demo_grid.yaml").read_text())
    content |= {"name": "spy-2000", "catalog": str(place / "catalog"), "execution": {"replay": "shared", "pack": 50}}
    content["period"] = {"start": "2026-05-04", "end": "2026-05-05"}
    content["search"] = {"method": "grid", "space": SPACE}
    content["objective"] = {"metric": "pnl_total", "direction": "maximize"}
    path = place / "spec.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def take(place: Path) -> None:
    """Run the sweep, follow it, and keep what the page shows."""
    place.mkdir(parents=True, exist_ok=True)
    runs = place / "runs"
    subprocess.run([*SWEEP, "catalog", "demo", str(place / "catalog")], check=True)
    options = ["--runs-dir", str(runs), "--workers", "2", "--no-tracking"]
    driver = subprocess.Popen([*SWEEP, "run", str(spec(place)), *options])
    while not list(runs.glob("*/ledger.sqlite")):
        time.sleep(0.2)
    page = subprocess.Popen([*SWEEP, "watch", "spy-2000", "--runs-dir", str(runs)], stdout=subprocess.PIPE, text=True)
    try:
        with browser() as b:
            b.show((page.stdout or sys.stdin).readline().strip(), WIDTH)
            for name, share in MOMENTS.items():
                b.wait(f"last.status?.total && last.status.done >= {share} * last.status.total", 900)
                b.run("inSight.add('history').add('equity').add('parallel'); again()")
                print(name, b.run("byId('progress').textContent"))
                b.picture(HERE / f"{name}.png", b.run("document.documentElement.scrollHeight"))
    finally:
        page.terminate()
        driver.wait()


if __name__ == "__main__":
    take(Path(sys.argv[1]).resolve())
