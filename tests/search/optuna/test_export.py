"""A sweep as an Optuna study: everything in it, as Optuna reads it, and as optuna-dashboard shows it."""

import gc
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import optuna
import pytest
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from sweep.errors import InputError, SweepError
from sweep.ledger.ledger import Ledger
from sweep.search.base import SearchMethod
from sweep.search.optuna.export import export
from sweep.search.pruners import factory as pruners
from sweep.search.pruners.base import Pruner
from sweep.spec.objectives import Bound, Goal
from sweep.trial import State
from tests.support import ledgers
from tests.support.browser import browser
from tests.support.full_disk import full_disk
from tests.support.searches import GOAL, SPACE, run, study

TWO = Goal((("value", "maximize"), ("cost", "minimize")), (Bound("cost", 1, 0.8),))


def facts(goal: Goal) -> dict[str, object]:
    objectives = [{"metric": metric, "direction": way} for metric, way in goal.objectives]
    return {
        "id": "small-12345678",
        "objective": objectives[0],
        "objectives": objectives,
        "metric_constraints": list(map(str, goal.bounds)),
    }


def ledger(path: Path, goal: Goal = GOAL, judge: Pruner | None = None, trials: int = 30) -> Ledger:
    """A study in a ledger: every eleventh trial FAILED, some pruned."""
    new_ledger = Ledger.create(path, facts(goal))
    search = SearchMethod(study("tpe", goal=goal), trials, 4, judge)
    for proposal, result in run(search, at=(0.2, 0.6) if judge else (), fails=lambda n: n % 11 == 7):
        number = new_ledger.begin(str(proposal.number), proposal.params, proposal)
        new_ledger.record([(number, result)] if result else [])
    return new_ledger


def opened(path: Path) -> optuna.Study:
    """The study in a file, all in memory."""
    storage = RDBStorage(f"sqlite:///{path}") if path.suffix == ".db" else JournalStorage(JournalFileBackend(str(path)))
    stored_study = optuna.load_study(study_name=None, storage=storage)
    study = optuna.create_study(study_name=stored_study.study_name, directions=stored_study.directions)
    study.add_trials(stored_study.trials)
    with warnings.catch_warnings(action="ignore"):
        study.set_metric_names(stored_study.metric_names or [])
    if isinstance(storage, RDBStorage):
        storage.remove_session()
        storage.engine.dispose()
    return study


@pytest.mark.parametrize("name", ["study.log", "deeper/study.db"])
def test_everything_is_in_it(tmp_path: Path, name: str):
    judge = pruners.create({"type": "median", "rungs": [0.2, 0.6], "startup_trials": 3}, GOAL, 0)
    with ledger(tmp_path / "ledger.sqlite", judge=judge) as reader:
        assert export(reader, SPACE, tmp_path / name) == 30
        rows = list(reader.rows())
    study = opened(tmp_path / name)
    assert study.study_name == "small-12345678"
    assert study.metric_names == ["value"]
    states = {"COMPLETE": TrialState.COMPLETE, "PRUNED": TrialState.PRUNED, "FAILED": TrialState.FAIL}
    assert [t.state for t in study.trials] == [states[str(row.state)] for row in rows]
    assert {t.state for t in study.trials} == set(states.values())
    for trial, row in zip(study.trials, rows, strict=True):
        assert trial.params["ratio"] == row.params["ratio"]
        assert trial.params["rate"] == row.params["rate"]
        assert trial.user_attrs["key"] == row.key
        assert tuple(trial.intermediate_values.values()) == row.rungs
        if trial.state is TrialState.COMPLETE:
            assert trial.value == row.metrics["value"]
    assert study.best_trial.value == max(r.metrics["value"] for r in rows if str(r.state) == "COMPLETE")  # type: ignore[type-var]


def test_several_objectives_with_bounds(tmp_path: Path):
    with ledger(tmp_path / "ledger.sqlite", TWO) as reader:
        export(reader, SPACE, tmp_path / "study.log")
        expected = {row.number for row in reader.leaders(99)}
    study = opened(tmp_path / "study.log")
    assert {t.number for t in study.best_trials} == expected
    assert all(len(t.constraints) == 1 for t in study.trials if t.state is TrialState.COMPLETE)


@pytest.mark.parametrize("name", ["study.log", "study.db"])
def test_the_best_of_optuna_keeps_the_bounds(tmp_path: Path, name: str):
    bounded = Goal((("value", "maximize"),), (Bound("value", 1, -0.5),))
    with ledger(tmp_path / "ledger.sqlite", bounded) as reader:
        export(reader, SPACE, tmp_path / name)
        (best,) = reader.leaders(1)
        highest = max(row.metrics["value"] for row in reader.rows(state=State.COMPLETE))  # type: ignore[type-var]
    trial = opened(tmp_path / name).best_trial
    assert (trial.user_attrs["number"], trial.value) == (best.number, best.metrics["value"])
    assert trial.value < highest


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Optuna leaves its database open
@pytest.mark.parametrize("name", ["study.log", "study.db"])
def test_a_full_disk_leaves_no_half_of_it(tmp_path: Path, name: str):
    record, path = (
        ledgers.write(ledgers.folder(tmp_path), [({"strategy.fast": 1}, {"pnl_total": 1.0})]),
        tmp_path / name,
    )
    with record.open() as ledger, full_disk(), pytest.raises(SweepError, match=f"{name} cannot be written"):
        export(ledger, SPACE, path)
    gc.collect()
    assert not path.exists()


def test_a_file_that_exists_is_not_touched(tmp_path: Path):
    (tmp_path / "study.log").write_text("mine")
    with ledger(tmp_path / "ledger.sqlite", trials=3) as reader, pytest.raises(InputError, match="exists already"):
        export(reader, SPACE, tmp_path / "study.log")
    assert (tmp_path / "study.log").read_text() == "mine"


@contextmanager
def dashboard(path: Path) -> Generator[str]:
    """optuna-dashboard on a file; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("optuna-dashboard")
    process = subprocess.Popen(
        [sys.executable, program, str(path), "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urlopen(f"{address}/api/meta", timeout=5).close()  # noqa: S310
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("goal", "titles"),
    [(GOAL, ["Hyperparameter Importance", "History"]), (TWO, ["Pareto Front", "Hyperparameter Importance"])],
    ids=["one", "two"],
)
def test_the_dashboard_shows_it(tmp_path: Path, goal: Goal, titles: list[str]):
    with ledger(tmp_path / "ledger.sqlite", goal, trials=60) as reader:
        export(reader, SPACE, tmp_path / "study.log")
    with dashboard(tmp_path / "study.log") as address, browser() as page:
        look(page, address, titles)


def look(page, address: str, titles: list[str], picture: str = "") -> None:
    size = {"width": 1500, "height": 1500, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", **size)
    page.call("Page.navigate", url=f"{address}/dashboard/studies/0")
    for title in titles:
        page.wait(f"document.body && document.body.innerText.includes({title!r})")
    page.wait("document.querySelectorAll('svg.main-svg').length >= 2")
    time.sleep(2)  # plots move into their place
    if picture:
        page.picture(Path(picture))
    assert not [e for e in page.errors if "favicon" not in e]
