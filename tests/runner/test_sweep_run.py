"""One run of a sweep: what it keeps, takes from others, refuses, and leaves behind when something goes wrong."""

import json
import os
import shutil
import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sweep
from sweep.backtest.user_code.source_snapshot import SourceSnapshot
from sweep.errors import InputError, LedgerError, SweepError
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.ledger.schema import FORMAT
from sweep.results.report import Report
from sweep.runner import resume, sweep_run
from sweep.runner.control.stop import Stop
from sweep.runner.plan import plan
from sweep.trial import State
from tests.support import sweeps

BUYS = {"strategy.buys": [1, 2, 3]}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("data") / "catalog", minutes=2)


@pytest.fixture
def write(tmp_path: Path, catalog: str):
    """Writes a spec of WorkerFaultStrategy, with sections of one's own."""

    def write(space: dict[str, Any] = BUYS, **more: Any) -> Path:
        return sweeps.write(tmp_path / "spec.yaml", sweeps.spec(catalog, space, **more))

    return write


def go(spec: Path, **options: Any) -> Report:
    return sweep.run(spec, runs_dir=spec.parent / "runs", executor="inline", tracking=False, **options)


def known(report: Report) -> dict[str, tuple[int, float | None]]:
    """Attempt and end of each trial by key, which must never change again."""
    with report.folder.open() as ledger:
        return {row.key: (row.attempt, row.ended) for row in ledger.rows()}


def test_a_second_run_runs_nothing_and_an_extended_space_only_what_is_new(write):
    first = known(go(write()))
    assert known(go(write())) == first
    more = go(write({"strategy.buys": [1, 2, 3, 4]}))
    assert known(more).items() > first.items()
    assert more.count() == {"COMPLETE": 4}


def test_it_leaves_spec_tables_and_nothing_half_written(write):
    folder = go(write()).folder
    names = {p.name for p in folder.path.iterdir()} - {"ledger.sqlite-shm", "ledger.sqlite-wal"}  # of its readers
    assert names == {
        "chart.json",
        "driver.lock",
        "ledger.sqlite",
        "returns.parquet",
        "spec.yaml",
        "trials.parquet",
        "report.html",
        "sources",
    }
    assert plan(folder.spec).id == folder.id
    assert pd.read_parquet(folder.trials)["params.strategy.buys"].tolist() == [1, 2, 3]


def test_reuse_takes_the_same_key_from_another_sweep_and_says_so(write):
    first = go(write())
    again = go(write({"strategy.buys": [3, 4]}, name="other"), reuse=True)
    taken, own = (again.trial(0), again.trial(1))
    assert taken.message == f"taken from {first.id}, trial 2 (--reuse)"
    assert own.message == ""
    source = first.trial(2)
    assert (taken.key, taken.metrics, taken.ended) == (source.key, source.metrics, source.ended)
    with first.folder.open() as first_ledger, again.folder.open() as here:
        assert here.series(0) == first_ledger.series(2)


def test_nothing_is_reused_unasked_nor_what_failed_or_has_another_key(write):
    first = go(write({"strategy.buys": [1, 2]}, strategy=failing()))
    assert first.count() == {"COMPLETE": 1, "FAILED": 1}
    unasked = go(write({"strategy.buys": [1, 2]}, strategy=failing(), name="unasked"))
    assert [r.message for r in rows(unasked) if r.state is State.COMPLETE] == [""]
    report = go(write({"strategy.buys": [1, 2]}, strategy=failing(), name="asked"), reuse=True)
    assert [r.message.startswith("taken from") for r in rows(report)] == [True, False]
    others = go(write({"strategy.buys": [1]}, name="others"), reuse=True)
    assert rows(others)[0].message == ""


def test_a_default_of_a_study_that_changed_is_told(write):
    study = {"method": "optuna", "trials": 1, "space": {"strategy.buys": [1, 2]}}
    old = go(write(search=study))
    changes = {"avoid_repeats": False, "constraints": ["buys > 1"], "startup_trials": 3}
    ((_, why),) = resume.related_sweeps(old.folder.path.parent, plan(write(search=study | changes)))
    assert why == [
        "search.constraints changed: it was [], now it is ['buys > 1']",
        "search.avoid_repeats changed: it was True, now it is False",
        "search.startup_trials changed: it was None, now it is 3",
    ]


def failing() -> dict[str, Any]:
    """The strategy, which fails with an even number of shares."""
    return sweeps.spec("", {})["strategy"] | {"config": {"error_every": 2}}


def rows(report: Report) -> list[Any]:
    with report.folder.open() as ledger:
        return list(ledger.rows())


def test_a_ledger_that_cannot_be_read_is_passed_by(write):
    first = go(write())
    damaged = first.folder.path.parent / "small-00000000"
    damaged.mkdir()
    (damaged / "ledger.sqlite").write_bytes(b"not a database" * 100)
    assert go(write(name="other"), reuse=True).trial(0).message.startswith(f"taken from {first.id}")
    assert resume.related_sweeps(damaged.parent, plan(write(period={"start": "2026-05-04", "end": "2026-05-05"})))


def test_what_changed_makes_a_new_sweep_and_is_named(write, monkeypatch):
    old = go(write())
    shorter = plan(write(period={"start": "2026-05-04", "end": "2026-05-05"}))
    assert shorter.id != old.id
    ((folder, why),) = resume.related_sweeps(old.folder.path.parent, shorter)
    assert folder == old.folder
    assert any("period.end changed: it was '2026-05-06T00:00:00Z'" in w for w in why)
    monkeypatch.setattr("sweep.runner.plan.engine_version", lambda: "nautilus_trader 9.9")
    with pytest.raises(InputError, match=r"engine changed: it was nautilus_trader 2.*now it is nautilus_trader 9\.9"):
        resume.resume(old.folder)


def test_changed_data_and_code_are_named(tmp_path, monkeypatch):
    catalog = sweeps.catalog(tmp_path / "catalog", minutes=2)
    spec = sweeps.write(tmp_path / "spec.yaml", sweeps.spec(catalog, BUYS))
    old = go(spec)
    change(catalog)
    with pytest.raises(InputError, match=r"the data in .*catalog changed"):
        resume.resume(old.folder)
    monkeypatch.setattr(SourceSnapshot, "hashes", {"tests.support.worker_fault_strategy": "other"})
    with pytest.raises(InputError, match=r"the source of tests\.support\.worker_fault_strategy changed"):
        resume.resume(old.folder)


def change(catalog: str) -> None:
    """Touch the content of a catalog: one file holds what the other held."""
    files = sorted(Path(catalog).rglob("quotes/**/*.parquet")) or sorted(Path(catalog).rglob("*.parquet"))
    target = next(f for f in files if "instrument" not in str(f) and "equit" not in str(f))
    table = pd.read_parquet(target)
    import pyarrow.parquet as pq

    whole = pq.read_table(target)
    assert len(table) > 1
    pq.write_table(whole.slice(0, len(whole) - 1), target)


def test_data_that_changes_while_it_runs_is_told_after_the_results_are_safe(tmp_path):
    catalog = sweeps.catalog(tmp_path / "catalog", minutes=2)
    spec = sweeps.write(tmp_path / "spec.yaml", sweeps.spec(catalog, BUYS))
    changed: list[int] = []

    def watch(tally: Any) -> None:
        if tally.ended == 2 and not changed:
            changed.append(1)
            change(catalog)

    with pytest.raises(SweepError, match="changed while the sweep ran"):
        go(spec, watch=watch)
    (folder,) = Folder.all(tmp_path / "runs")
    assert len(pd.read_parquet(folder.trials)) == 3
    assert folder.holder() is None


def test_data_that_vanishes_while_it_runs_is_told_too(tmp_path):
    catalog = sweeps.catalog(tmp_path / "catalog", minutes=2)
    spec = sweeps.write(tmp_path / "spec.yaml", sweeps.spec(catalog, BUYS))

    def watch(tally: Any) -> None:
        if tally.ended == 3:
            shutil.rmtree(catalog, ignore_errors=True)

    with pytest.raises(SweepError, match="changed while the sweep ran"):
        go(spec, watch=watch)


def test_a_ledger_that_cannot_be_written_ends_the_sweep_and_a_resume_completes_it(write, monkeypatch):
    record, left = Ledger.record, [1]

    def full(self: Ledger, results: Any) -> None:
        if not left:
            with self._writing():
                raise sqlite3.OperationalError("database or disk is full")
        left.pop()
        record(self, results)

    monkeypatch.setattr(Ledger, "record", full)
    with pytest.raises(LedgerError, match=r"disk is full.*then run the same command again"):
        go(write())
    monkeypatch.undo()
    (folder,) = Folder.all(write().parent / "runs")
    assert Report(folder).count() == {"COMPLETE": 1, "RUNNING": 1}
    report = go(write())
    assert report.count() == {"COMPLETE": 3}
    assert [r.attempt for r in rows(report)] == [1, 2, 1]


def test_a_folder_that_cannot_be_written_is_a_mistake_of_the_user(write):
    with pytest.raises(InputError, match=r"--runs-dir: nothing can be written there"):
        sweep.run(write(), runs_dir="/proc/runs", executor="inline", tracking=False)
    (blocked := write().parent / "file").write_text("")
    with pytest.raises(InputError, match=r"--runs-dir: nothing can be written there"):
        sweep.run(write(), runs_dir=blocked, executor="inline", tracking=False)


def test_a_ledger_of_a_newer_version_stays_as_it_is(write):
    folder = go(write()).folder
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(format=FORMAT + 1)
    before = dump(folder)
    with pytest.raises(LedgerError, match="upgrade sweep"):
        go(write())
    assert dump(folder) == before


def dump(folder: Folder) -> list[str]:
    with closing(sqlite3.connect(folder.ledger)) as db:
        return list(db.iterdump())


def test_a_sweep_that_is_being_run_is_refused(write):
    folder = go(write()).folder
    with folder.locked(), pytest.raises(InputError, match=f"process {os.getpid()} on .* since 20"):
        go(write())


def test_a_first_stop_ends_after_the_trial_that_runs(write):
    def watch(tally: Any) -> None:
        if tally.ended == 1:
            os.kill(os.getpid(), 2)

    planned = plan(write())
    messages: list[str] = []
    options = sweep_run.RunOptions(
        runs_dir=write().parent / "runs", executor="inline", tracking=False, watch=watch, say=messages.append
    )
    ended = sweep_run.run(planned, options)
    assert ended.interrupted
    assert messages[0].startswith("stopping: no more trials are started")
    assert ended.report.count()["COMPLETE"] in (1, 2)
    assert len(pd.read_parquet(ended.report.folder.trials)) >= 1
    assert go(write()).count() == {"COMPLETE": 3}


def test_a_thread_that_is_not_the_main_one_leaves_signals_alone():
    calls: list[str] = []

    def listen() -> None:
        with Stop().on_signals():
            calls.append("listened")

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert calls == ["listened"]


def test_signals_are_given_back():
    before = signal.getsignal(signal.SIGTERM)
    with Stop().on_signals():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_facts_are_plain(write):
    report = go(write())
    assert json.loads(json.dumps(report.facts.plain())) == report.facts.plain()
    assert SweepFacts.of(report.facts.plain()) == report.facts
    assert report.facts.finished


def test_the_best_have_tearsheets_without_mlflow_too(write):
    folder = go(write(tracking={"tearsheets": "top 2"})).folder
    best = {f"{row.number}.html" for row in Report(folder).leaders(2)}
    assert {p.name for p in folder.tearsheets.iterdir()} == best
