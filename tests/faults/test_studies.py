"""The study of the built-in data at its full size, on any number of workers and killed again and again."""

import json
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

import pytest

from sweep.catalog.demo import writer
from tests.support.drivers import Driver, only, rows
from tests.support.sweeps import record

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(900)]

TRIALS = 200
KILLS = ("inline", "ray", "inline", "ray", "inline")


def run(catalog: Path, runs: Path, *options: object) -> Driver:
    settings = ("--set", f"catalog={catalog}", "--set", f"search.trials={TRIALS}", "--tracking-uri", "none")
    return Driver("run", "search_spaces/demo_tpe.yaml", "--runs-dir", runs, *settings, *options)


def ended(runs: Path) -> int:
    return sum(row.state is not None for row in rows(runs).values())


def whole(catalog: Path, runs: Path, *options: object) -> tuple[list[Any], list[Any]]:
    """Ledger of an undisturbed study."""
    code, _, errors = run(catalog, runs, *options).end(400)
    assert code == 0, errors
    return record(only(runs))


def test_the_same_study_on_one_worker_on_two_inline_and_after_five_kills(tmp_path: Path):
    """Settings, values, bounds, decisions to prune: all of the record but times and hosts."""
    catalog, random = tmp_path / "catalog", Random(7)
    writer.write(catalog)
    expected = whole(catalog, tmp_path / "inline", "--executor", "inline")
    trials, asks = expected
    assert (len(trials), len(asks)) == (TRIALS, TRIALS)
    states = [state for _, _, _, state, *_ in trials]
    assert states.count("PRUNED") > TRIALS / 4
    assert states.count("COMPLETE") > 10
    assert sum("lower" in rung for *_, rungs in asks for rung in json.loads(rungs)) > TRIALS
    for workers in (1, 2):
        assert whole(catalog, tmp_path / f"ray-{workers}", "--workers", workers) == expected
    killed = tmp_path / "killed"
    for kill, executor in enumerate(KILLS, 1):
        enough = ended(killed) + random.randint(5, TRIALS // 7)
        driver = run(catalog, killed, "--executor", executor, "--workers", 2)
        driver.until(lambda enough=enough: ended(killed) >= enough)
        sleep(random.random() / 5)
        driver.kill()
        assert ended(killed) < TRIALS, f"over before kill {kill}"
    assert whole(catalog, killed, "--workers", 2) == expected
