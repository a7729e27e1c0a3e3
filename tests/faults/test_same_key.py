"""The promise itself: whatever is disturbed while a sweep runs, a COMPLETE trial has a fresh process's figures.

A small number of random sweeps in the quick run; `python -m tests.faults.test_same_key DIR --sweeps 300` runs many of
them, and goes on where it was stopped.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import sweep
from sweep.backtest.user_code.unkeyed_inputs import changed
from sweep.errors import SweepError
from sweep.ledger.run_directory import Folder
from tests.support import sweeps
from tests.support.editable_project import Project, project

ROOT = Path(__file__).parents[2]
QUICK = 1
MODULE = """import importlib, json, os, random
from pathlib import Path
SEEN = []
COUNT = 0
HERE = Path(__file__).parent
ASIDE = importlib.import_module('aside' + '_n')"""
LEAKS = {  # each makes the size depend on the trials before, unless it is kept from that
    "nothing": "pass",
    "global": "global COUNT; COUNT += 1; size += COUNT // 2",
    "list": "SEEN.append(size); size += len(SEEN) // 2",
    "class": "Trader.seen += 1; size += Trader.seen // 2",
    "environment": "n = int(os.environ.get('LEFT', 0)) + 1; os.environ['LEFT'] = str(n); size += n // 2",
    "library": "json.left = getattr(json, 'left', 0) + 1; size += json.left // 2",
    "directory": "size += len(os.getcwd()) % 7; os.chdir('/')",
    "a file": "size += int(Path(HERE, 'n.txt').read_text())",
    "code": "size += importlib.import_module('aside' + '_n').N",
    "imported": "size += ASIDE.N",
    "random": "size += random.getstate() == random.Random(7).getstate(); random.seed(7)  # sweep: allow random",
}
FRESH = """
import json, os, sys
import pandas  # now, not in each fork
import sweep
import sweep.backtest.engine.backtest_run, sweep.backtest.shared.shared_run, sweep.runner.plan
from sweep.executors.worker.run_trial import execute
for line in sys.stdin:
    place, *specs = json.loads(line)
    for spec in specs:  # each in a process that has run no user code
        if os.fork() == 0:
            os.chdir(place)
            sys.path.insert(0, place)
            planned = sweep.load(spec)
            params = next(planned.spec.space.points())
            print("FIGURES " + json.dumps([planned.key(params), execute(planned.base, params).metrics]), flush=True)
            os._exit(0)
        if os.wait()[1]:
            sys.exit(1)
    print("END", flush=True)
"""


class Fresh:
    """A process that has imported the engine and never a user's module; each fresh process is a fork of it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def figures(self, user: Project, sizes: list[int]) -> dict[str, Any]:
        """Figures by key of an undisturbed process for each trial, imported as Python imports."""
        assert self._process.stdin
        specs = [str(user.spec([n], name="fresh").rename(user.place / f"fresh-{n}.yaml")) for n in sizes]
        print(json.dumps([str(user.place), *specs]), file=self._process.stdin, flush=True)
        figures: dict[str, Any] = dict(json.loads(line) for line in self._lines())
        assert len(figures) == len(sizes)
        return figures

    def _lines(self) -> Iterator[str]:
        assert self._process.stdout
        for line in self._process.stdout:
            if line == "END\n":
                return
            if line.startswith("FIGURES "):
                yield line.removeprefix("FIGURES ")


@contextmanager
def fresh_processes() -> Generator[Fresh]:
    """A server of fresh processes, which ends with the block."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LEFT": "0"}
    command, pipe = [sys.executable, "-c", FRESH], subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        yield Fresh(process)


def disturbances(user: Project, draw: random.Random, body: str) -> list[Callable[[], object]]:
    """Disturbances between two trials, or within one."""
    catalog, other = user.place / "catalog", user.place / "other"

    def exchange() -> None:
        catalog.rename(user.place / "aside")
        other.rename(catalog)
        (user.place / "aside").rename(other)

    def for_a_while() -> None:
        exchange()
        exchange()

    return [
        lambda: user.write(f"{body}; size += {draw.randrange(1, 9)}", module=MODULE),
        lambda: user.file.write_text("raise RuntimeError('half saved')"),
        lambda: user.write(body, module=MODULE),
        exchange,
        for_a_while,
        lambda: os.environ.update(LEFT=str(draw.randrange(99))),
        lambda: beside(user, draw.randrange(1, 9)),
    ]


def beside(user: Project, n: int) -> None:
    """Write what the strategy reads past its imports."""
    (user.place / "n.txt").write_text(str(n))
    (user.place / "aside_n.py").write_text(f"N = {n}\n")


def check(place: Path, seed: int, fresh: Fresh) -> int:
    """One random sweep, disturbed; returns how many COMPLETE rows had the figures of a fresh process."""
    draw, name = random.Random(seed), f"disturbed_{seed}"
    with project(place, name) as user, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEFT", "0")
        body, sizes = LEAKS[draw.choice(list(LEAKS))], [1, 2, 3, 4]
        user.write(body, module=MODULE)
        beside(user, 0)
        sweeps.catalog(place / "other", minutes=3)
        right = fresh.figures(user, sizes)
        planned = sweep.load(user.spec(sizes))
        acts, moments = disturbances(user, draw, body), sorted(draw.sample(range(1, 5), 2))

        def watch(tally: Any) -> None:
            while moments and tally.ended >= moments[0]:
                moments.pop(0)
                draw.choice(acts)()

        with suppress(SweepError):  # the data is another one at the end
            sweep.run(planned, runs_dir=place / "runs", executor="inline", tracking=False, watch=watch)
        with Folder.all(place / "runs")[0].open() as ledger:
            complete = [row for row in ledger.rows() if row.state == "COMPLETE"]
            beside(user, 0)  # what the fresh ones read; the next run takes back what read something else
            rows = [row for row in complete if not changed(ledger.inputs(row.number))]
        for row in rows:
            assert row.metrics == right[row.key], (seed, body, row.number)
    return len(rows)


@pytest.mark.parametrize("seed", range(QUICK))
def test_every_complete_row_has_the_figures_of_a_fresh_process(tmp_path: Path, seed: int):
    with fresh_processes() as fresh:
        check(tmp_path, seed, fresh)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=0, help="seed of the first sweep of this piece")
    parser.add_argument("--sweeps", type=int, default=300)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    finished = options.folder / "done.jsonl"
    lines = finished.read_text().splitlines() if finished.exists() else []
    seeds = {json.loads(line)["seed"] for line in lines}
    with fresh_processes() as fresh:
        for seed in (n for n in range(options.first, options.first + options.sweeps) if n not in seeds):
            outcome = checked(options.folder, seed, fresh)
            with finished.open("a") as file:
                print(json.dumps({"seed": seed, **outcome}), file=file)


def checked(folder: Path, seed: int, fresh: Fresh) -> dict[str, Any]:
    """The outcome of a sweep; a difference does not end the campaign."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        try:
            return {"complete": check(Path(place), seed, fresh)}
        except AssertionError as error:
            return {"difference": str(error)}


if __name__ == "__main__":
    main()
