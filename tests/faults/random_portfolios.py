"""Random portfolios, each run calm, with packs wanted, and by a driver that is killed and resumed: one ledger.

python -m tests.faults.random_portfolios PLACE --seeds 200

Every second driver runs on two workers of Ray, the others inside their own process. PLACE keeps what has been compared:
the same command goes on where it ended.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import sweep
from sweep.ledger.run_directory import Folder
from tests.support import sweeps
from tests.support.drivers import Driver
from tests.support.portfolio_specs import component, spec

ON_RAY = ["--executor", "ray", "--workers", "2"]


def portfolio(catalog: str, seed: int) -> dict[str, Any]:
    """A spec of up to four strategies, two actors and an algorithm, some switched off, and a small space."""
    draw = Random(seed)
    actors = [component(f"a{n}", "Regime", window=draw.choice([9, 20, 45])) for n in range(draw.randint(1, 2))]
    strategies: list[dict[str, Any]] = [component("s0", "Turning", every=draw.choice([5, 11, 30]))]
    for n in range(1, draw.randint(1, 4)):
        kind = draw.choice(["Turning", "Follower", "EmaCross"])
        if kind == "EmaCross":
            config = {
                "instrument_id": "SPY.ARCA",
                "trade_size": draw.randint(1, 9),
                "fast_period": 4,
                "slow_period": 20,
            }
            strategies.append({"name": f"s{n}", "native": kind, "config": config})
        else:
            algo = {"algo": "Halves"} if kind == "Follower" and draw.random() < 0.5 else {}
            strategies.append(component(f"s{n}", kind, trade_size=2 * draw.randint(1, 9), **algo))
    for one in (*strategies[1:], *actors[1:]):
        one["enabled"] = draw.random() < 0.8
    last = strategies[-1]
    space: dict[str, Any] = {"strategies.s0.trade_size": [2, 4]}
    space |= {f"strategies.{last['name']}.enabled": [True, False]} if len(strategies) > 1 else {}
    space |= {"actors.a0.window": [10, 25]} if draw.random() < 0.5 else {}
    whole = spec(catalog, space, strategies, actors=actors, exec_algorithms=[component("Halves", "Halves")])
    return whole | {"name": f"random_{seed}"}


def settled(folder: Folder) -> dict[str, Any]:
    """The outcome of each trial, by key."""
    with folder.open() as ledger:
        return {row.key: (row.state, row.metrics, row.warnings, ledger.trail(row.number)) for row in ledger.rows()}


def killed(path: Path, runs: Path, options: list[str], chance: Random) -> tuple[dict[str, Any], bool]:
    """The ledger of a sweep whose driver was killed at a random moment and resumed; False if it had ended before."""
    arguments = ["run", path, "--runs-dir", runs, "--no-tracking", *options]
    driver = Driver(*arguments)
    time.sleep(chance.uniform(1.0, 9.0 if options == ON_RAY else 4.0))
    was_running = driver.process.poll() is None
    driver.kill()
    code, out, err = Driver(*arguments).end(timeout=600)
    assert code == 0, (code, out, err)
    (directory,) = (ledger.parent for ledger in runs.glob("*/ledger.sqlite"))
    return settled(Folder(directory)), was_running


def compare(catalog: str, seed: int, place: Path) -> tuple[str, bool]:
    """Run one portfolio in all ways; the differences as text, and True if its driver was killed on its way."""
    place.mkdir(parents=True)
    whole, options = portfolio(catalog, seed), ON_RAY if seed % 2 else ["--executor", "inline"]
    path = sweeps.write(place / "spec.yaml", whole)
    once = settled(sweep.run(path, runs_dir=place / "once", executor="inline", tracking=False).folder)
    packs = sweeps.write(place / "packs.yaml", whole | {"execution": {"replay": "shared"}})
    shared = settled(sweep.run(packs, runs_dir=place / "packs", executor="inline", tracking=False).folder)
    resumed, was_killed = killed(path, place / "killed", options, Random(seed))
    wrong = [f"{name}: {other}" for name, other in (("packs", shared), ("killed", resumed)) if other != once]
    return "\n".join([*wrong, f"once: {once}"] if wrong else []), was_killed


def main() -> int:
    """Compare so many portfolios, those that have not been yet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("place", type=Path)
    parser.add_argument("--seeds", type=int, default=200)
    arguments = parser.parse_args()
    place: Path = arguments.place
    finished, place_of_data = place / "done.txt", place / "catalog"
    catalog = str(place_of_data) if finished.exists() else sweeps.catalog(place_of_data, minutes=3)
    lines = finished.read_text().splitlines() if finished.exists() else []
    finished.touch()
    for seed in range(arguments.seeds):
        if any(line.split()[0] == str(seed) for line in lines):
            continue
        shutil.rmtree(place / f"{seed}", ignore_errors=True)
        wrong, was_killed = compare(catalog, seed, place / f"{seed}")
        with finished.open("a") as file:
            file.write(f"{seed} {'DIFFERENT' if wrong else 'equal'} {'killed' if was_killed else 'had ended'}\n")
        if wrong:
            (place / f"{seed}.txt").write_text(wrong)
        else:
            shutil.rmtree(place / f"{seed}")
    results = finished.read_text().splitlines()
    different = sum("DIFFERENT" in line for line in results)
    sys.stdout.write(f"{len(results)} portfolios, {different} different\n")
    return int(any("DIFFERENT" in line for line in results))


if __name__ == "__main__":
    sys.exit(main())
