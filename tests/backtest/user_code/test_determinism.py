"""The wall clock, unseeded random numbers and opened catalogs are found before a trial and while it runs."""

import sys
import threading
from pathlib import Path

import pytest

from sweep.backtest import check, run
from sweep.backtest.engine import backtest_run
from sweep.backtest.shared import shared_run
from sweep.backtest.user_code import determinism
from sweep.backtest.user_code.unkeyed_inputs import InputLog
from sweep.errors import Reason, TrialError
from sweep.trial import Result
from tests.support import nondeterministic_strategy
from tests.support.trials import trial

MODULE = "tests.support.nondeterministic_strategy"
FOUND = {  # the method of NondeterministicStrategy: what it uses
    "time": "time.time",
    "perf_counter": "time.perf_counter_ns",
    "localtime": "time.localtime",
    "now": "datetime.datetime.now",
    "today": "datetime.date.today",
    "timestamp": "pandas.Timestamp.now",
    "timestamp_text": "pandas.Timestamp",
    "datetime64": "numpy.datetime64",
    "draw": "random.random",
    "choice": "random.choice",
    "generator": "numpy.random.default_rng",
    "generator_none": "numpy.random.default_rng",
    "legacy": "numpy.random.rand",
    "own": "random.Random",
    "catalog": "nautilus_trader.persistence.ParquetDataCatalog",
}

ONLY_WHILE_IT_RUNS = {  # what the source does not say
    "hidden": "time.time_ns",
    "set_time": "nautilus_trader.common.Clock.set_time",
    "purge": "nautilus_trader.common.Cache.purge_closed_orders",
    "reset_cache": "nautilus_trader.common.Cache.reset",
}


def backtest(catalog, name="NondeterministicStrategy", use=""):
    config = {"use": use, "catalog": catalog} if name in {"NondeterministicStrategy", "DeterministicStrategy"} else {}
    path = f"{MODULE}:{'NondeterministicStrategyConfig' if config else 'ScriptedConfig'}"
    return trial(catalog, {"path": f"{MODULE}:{name}", "config_path": path, "config": config})


def written(source, tmp_path):
    """The findings in a source, as (line, name)."""
    file = tmp_path / "mine.py"
    file.write_text(source)
    return [(use.line, use.name) for use in determinism.uses([file])]


@pytest.mark.parametrize("use", [*FOUND, *ONLY_WHILE_IT_RUNS])
def test_found_while_it_runs(spy, use):
    name = (FOUND | ONLY_WHILE_IT_RUNS)[use]
    for _ in range(2):
        with pytest.raises(TrialError) as caught:
            run(backtest(spy, use=use))
        assert caught.value.reason is Reason.GUARD
        assert f"({name})" in caught.value.message
        assert caught.value.message.startswith("nondeterministic_strategy.py:")
        assert caught.value.message.endswith("(at 2026-05-04T14:00:02Z)")


def test_a_place_that_called_something_harmless_in_an_earlier_trial_is_looked_at_again(spy):
    harmless = backtest(spy, use="indirect")
    assert run(harmless).metrics["orders"] == 0
    harmless["strategy"]["config"]["reader"] = "time"
    with pytest.raises(TrialError, match=r"\(time.time\)"):
        run(harmless)


def test_a_place_is_looked_at_again_in_each_window(spy):
    with pytest.raises(TrialError, match=r"\(time.time\)"):
        backtest_run.run(backtest(spy, "Later"), rows=1)


def test_found_in_the_constructor(spy):
    for _ in range(2):
        with pytest.raises(
            TrialError, match=r"nondeterministic_strategy.py:\d+ reads the wall clock \(time.monotonic\)"
        ):
            run(backtest(spy, "Constructed"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the guard ends the thread
def test_found_in_a_thread_of_the_strategy(spy):
    """Only the trial's thread may ask the engine for the time: another one would end the process."""
    with pytest.raises(TrialError, match=r"\(time.time\).* \(at any moment, in the thread mine\)") as caught:
        run(backtest(spy, use="in_a_thread"))
    assert caught.value.reason is Reason.GUARD
    (alone,) = shared_run.run([(backtest(spy, use="in_a_thread"), ())])
    assert isinstance(alone, str)


@pytest.mark.parametrize("use", [*ONLY_WHILE_IT_RUNS, "swallowed"])
def test_found_in_a_pack_even_where_the_strategy_swallows_it(spy, use):
    harmless = (backtest(spy, "DeterministicStrategy", "clock_of_the_backtest"), ())
    (alone,) = shared_run.run([(backtest(spy, use=use), ())])
    assert isinstance(alone, str)
    assert isinstance(shared_run.run([harmless])[0], Result)


@pytest.mark.parametrize("shared", [False, True])
def test_a_thread_that_ran_before_the_trial_is_left_alone(spy, shared):
    ended = threading.Event()
    thread = threading.Thread(target=nondeterministic_strategy.meanwhile, args=(ended, spy))
    thread.start()
    try:
        with (log := InputLog()).listening():
            spec = backtest(spy, "DeterministicStrategy", "clock_of_the_backtest")
            result = shared_run.run([(spec, ())] * 2)[0] if shared else run(spec)
        assert thread.is_alive()
    finally:
        ended.set()
        thread.join()
    assert isinstance(result, Result)
    assert not result.warnings
    assert not [name for name in log.settled() if name.endswith(".parquet") or "HOME" in name]


@pytest.mark.parametrize("use", ["allowed", "seeded", "library", "clock_of_the_backtest"])
def test_what_may_be_done(spy, use):
    assert run(backtest(spy, "DeterministicStrategy", use)).metrics["orders"] == 0


def test_shared_generators_that_the_trial_seeds(spy):
    assert run(backtest(spy, "Seeding")).metrics["orders"] == 0


def test_found_before_anything_runs(spy):
    lines = Path(nondeterministic_strategy.__file__).read_text().splitlines()
    problems = check(backtest(spy))
    expected = set(FOUND.values()) - {"random.random", "random.choice", "numpy.random.rand"}  # Seeding seeds them
    assert {p.rule.partition("(")[2].rstrip(")") for p in problems} == expected | {"time.monotonic"}
    for problem in problems:
        file, _, line = problem.where.rpartition(":")
        assert file.endswith("tests/support/nondeterministic_strategy.py")
        assert problem.rule.rpartition(".")[2].rstrip(")") in lines[int(line) - 1]
        assert "# sweep: allow" in problem.remedy


def test_the_shipped_strategies_and_those_of_the_tests_are_pure(spy):
    files = [*Path(sys.modules["sweep"].__file__).parent.glob("strategies/*.py")]
    assert len(files) > 2
    assert not determinism.uses(files)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import time as t\nt.time()", ["time.time"]),
        ("from time import time as now\nx = now()", ["time.time"]),
        ("from dataclasses import field\nimport time\na = field(default_factory=time.time)", ["time.time"]),
        ("import datetime\ndatetime.datetime.utcnow()", ["datetime.datetime.utcnow"]),
        ("import numpy.random as r\nr.normal()", ["numpy.random.normal"]),
        ("from numpy import random\nrandom.PCG64()", ["numpy.random.PCG64"]),
        ("from random import Random, shuffle\nRandom(3)\nshuffle([])", ["random.shuffle"]),
        ("import os, secrets\nos.urandom(8); secrets.randbits(3)", ["os.urandom", "secrets.randbits"]),
        ("import random\nrandom.seed(3)\ndef f(): return random.random()", ["random.random"]),  # once a process
        ("import random\ndef f():\n    random.seed(3)\n    return random.random()", []),
        ("import random\ndef f():\n    random.seed()\n    return random.random()", ["random.random"]),
        ("import time\nif __name__ == '__main__':\n    time.time()", []),
        ("import time\ntime.time()  # sweep: allow random", ["time.time"]),
        ("import time\ntime.time()  # Sweep: no", ["time.time"]),
        ("import time\ntime.sleep(1)", []),
        ("class A:\n    time = 1\nself.time.time()\nclock.time()", []),
        ("from nautilus_trader.persistence import ParquetDataCatalog as P\ndef f(c: P): ...", []),
    ],
)
def test_names_in_a_source(tmp_path, source, names):
    assert [name for _, name in written(source, tmp_path)] == names
