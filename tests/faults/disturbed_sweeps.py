"""Random sweeps whose source, data, environment and state are disturbed while they run, beside fresh processes.

`python -m tests.faults.disturbed_sweeps DIR --sweeps 300` goes on where it was stopped. Sweeps are disturbed between
trials, or (`--way ray`, `inline`, `packs`) by a thread at any moment from the plan to the end.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest

import sweep
from sweep.backtest.user_code.unkeyed_inputs import changed
from sweep.errors import SweepError
from sweep.ledger.run_directory import Folder
from tests.support import sweeps
from tests.support.editable_project import Project, project

ROOT = Path(__file__).parents[2]
HALF = "raise RuntimeError('half saved')"
Way = Literal["between", "inline", "packs", "ray"]
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
    place, left, *specs = json.loads(line)
    os.environ["LEFT"] = left
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

    def figures(self, user: Project, sizes: list[int], left: str = "0") -> dict[str, Any]:
        """Figures by key of an undisturbed process for each trial, imported as Python imports."""
        assert self._process.stdin
        specs = [str(user.spec([n], name="fresh").rename(user.place / f"fresh-{n}.yaml")) for n in sizes]
        print(json.dumps([str(user.place), left, *specs]), file=self._process.stdin, flush=True)
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
    no_threads = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}  # a fork may hang
    environment = os.environ | no_threads | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LEFT": "0"}
    command, pipe = [sys.executable, "-c", FRESH], subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Fresh(process)
        finally:
            process.kill()


def disturbances(user: Project, draw: random.Random, body: str, way: Way) -> list[Callable[[], object]]:
    """Disturbances between two trials, or within one.

    Inline, trials have the environment of the process in which a thread would change it: nobody can keep them apart.
    """

    def for_a_while() -> None:
        exchange(user)
        exchange(user)

    return [
        lambda: user.write(f"{body}; size += {draw.randrange(1, 9)}", module=MODULE),
        lambda: user.file.write_text(HALF),
        lambda: user.write(body, module=MODULE),
        lambda: exchange(user),
        for_a_while,
        *([] if way in ("inline", "packs") else [lambda: os.environ.update(LEFT=str(draw.randrange(99)))]),
        lambda: beside(user, draw.randrange(1, 9)),
    ]


def beside(user: Project, n: int) -> None:
    """Write what the strategy reads past its imports."""
    (user.place / "n.txt").write_text(str(n))
    (user.place / "aside_n.py").write_text(f"N = {n}\n")


def moments_of_data(user: Project, draw: random.Random) -> list[Callable[[], object]]:
    """Disturbances of the catalog that last for a moment."""
    catalog = user.place / "catalog"

    def lost() -> None:
        file = draw.choice(sorted(catalog.rglob("*.parquet")))
        with suppress(OSError):
            file.rename(user.place / "lost")
            time.sleep(draw.random() / 20)
            (user.place / "lost").rename(file)

    def exchanged() -> None:
        """Another content under the times of the first."""
        file = draw.choice(sorted(catalog.rglob("quote*/**/*.parquet")))
        content, status = file.read_bytes(), file.stat()
        other = next(path for path in sorted((user.place / "other").rglob("quote*/**/*.parquet"))).read_bytes()
        for bytes_now in (other, content):
            file.write_bytes(bytes_now)
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
            time.sleep(draw.random() / 20)

    def grown() -> None:
        file = draw.choice(sorted(catalog.rglob("quote*/**/*.parquet")))
        (copy := file.with_name("2030-01-01T00-00-00-000000000Z_2030-01-02T00-00-00-000000000Z.parquet")).write_bytes(
            file.read_bytes()
        )
        time.sleep(draw.random() / 20)
        copy.unlink()

    return [lost, exchanged, grown]


@contextmanager
def meanwhile(acts: Sequence[Callable[[], object]], draw: random.Random, *, over: float) -> Generator[None]:
    """A thread that disturbs two or three times within `over` seconds."""
    times = sorted(draw.random() * over for _ in range(draw.choice([2, 3])))
    ended, begin = threading.Event(), time.monotonic()

    def act() -> None:
        for moment in times:
            if ended.wait(max(0.0, begin + moment - time.monotonic())):
                return
            with suppress(OSError):  # two of them may hit the same file
                draw.choice(acts)()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class States:
    """The states of code and environment that disturbances left, so that a sweep may be planned from any of them."""

    def __init__(self, user: Project) -> None:
        self._user = user
        self._states = {self._now()}

    def noting(self, act: Callable[[], object]) -> Callable[[], None]:
        """The same disturbance, whose state is kept."""

        def noted() -> None:
            act()
            self._states.add(self._now())

        return noted

    def figures(self, user: Project, sizes: list[int], fresh: Fresh) -> dict[str, Any]:
        """Figures by key of fresh processes in each state, on both catalogs."""
        figures: dict[str, Any] = {}
        texts, values = {text for text, _ in self._states}, {left for _, left in self._states}
        for text, left, _ in product(texts - {HALF}, values, range(2)):
            user.file.write_text(text)
            figures |= fresh.figures(user, sizes, left=left)
            exchange(user)
        return figures

    def _now(self) -> tuple[str, str]:
        return self._user.file.read_text(), os.environ["LEFT"]


def exchange(user: Project) -> None:
    """Put the other catalog in the place of the first."""
    catalog, other, aside = (user.place / name for name in ("catalog", "other", "aside"))
    catalog.rename(aside)
    other.rename(catalog)
    aside.rename(other)


def between(acts: Sequence[Callable[[], object]], draw: random.Random) -> Callable[[Any], None]:
    """A watcher of the sweep that disturbs twice between two trials."""
    moments = sorted(draw.sample(range(1, 5), 2))

    def watch(tally: Any) -> None:
        while moments and tally.ended >= moments[0]:
            moments.pop(0)
            draw.choice(acts)()

    return watch


def check(place: Path, seed: int, fresh: Fresh, way: Way = "between") -> int:
    """One random sweep, disturbed; returns how many COMPLETE rows had the figures of a fresh process."""
    draw, name = random.Random(seed), f"disturbed_{seed}"
    with project(place, name) as user, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEFT", "0")
        body, sizes = LEAKS[draw.choice(list(LEAKS))], [1, 2, 3, 4] if way == "between" else list(range(1, 13))
        user.write(body, module=MODULE)
        beside(user, 0)
        sweeps.catalog(place / "other", minutes=3)
        right = fresh.figures(user, sizes)
        planned = sweep.load(user.spec(sizes, execution={"replay": "shared" if way == "packs" else "isolated"}))
        states = States(user)
        acts = [states.noting(act) for act in disturbances(user, draw, body, way)]
        options: dict[str, Any] = {"runs_dir": place / "runs", "tracking": False}
        with suppress(SweepError):  # the data is another one at the end
            if way == "between":
                sweep.run(planned, executor="inline", watch=between(acts, draw), **options)
            else:
                acts += moments_of_data(user, draw)
                executor, seconds = ("ray", 8.0) if way == "ray" else ("inline", 1.5)
                with meanwhile(acts, draw, over=seconds):
                    sweep.run(planned, executor=executor, workers=2 if way == "ray" else None, **options)
        with Folder.all(place / "runs")[0].open() as ledger:
            complete = [row for row in ledger.rows() if row.state == "COMPLETE"]
            beside(user, 0)  # what the fresh ones read; the next run takes back what read something else
            rows = [row for row in complete if not changed(ledger.inputs(row.number))]
        if not {row.key for row in rows} <= right.keys():  # planned from a state that a disturbance had made
            right |= states.figures(user, sizes, fresh)
        for row in rows:
            assert row.metrics == right.get(row.key), (seed, body, row.number)
    return len(rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=0, help="seed of the first sweep of this piece")
    parser.add_argument("--sweeps", type=int, default=300)
    parser.add_argument("--way", choices=["between", "inline", "packs", "ray"], default="between")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    finished = options.folder / "done.jsonl"
    seeds: set[int] = set()
    if finished.exists():
        seeds = {json.loads(line)["seed"] for line in finished.read_text().splitlines()}
    with fresh_processes() as fresh:
        for seed in (n for n in range(options.first, options.first + options.sweeps) if n not in seeds):
            outcome = checked(options.folder, seed, fresh, options.way)
            with finished.open("a") as file:
                print(json.dumps({"seed": seed, **outcome}), file=file)


def checked(folder: Path, seed: int, fresh: Fresh, way: Way) -> dict[str, Any]:
    """The outcome of a sweep; a difference does not end the campaign."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        try:
            return {"complete": check(Path(place), seed, fresh, way)}
        except AssertionError as error:
            return {"difference": str(error)}


if __name__ == "__main__":
    main()
