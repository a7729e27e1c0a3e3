"""The drain in this process, against real MLflow stores; processes and servers are in test_faults.py."""

import itertools
import sqlite3
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.errors import SweepError
from sweep.ledger.ledger import Ledger
from sweep.tracking.mlflow import client as clients
from sweep.tracking.mlflow import mirror_process as drains
from sweep.tracking.mlflow import parent_run
from sweep.tracking.mlflow.client import Client
from sweep.tracking.mlflow.database.sqlite_rows import SqliteRuns
from sweep.tracking.mlflow.mirror_process import MirrorProcess, StopCondition, exclusive_mirror
from sweep.tracking.tracking_uri import TrackingStore
from tests.tracking.sweeps import FACTS, extend, key, new_folder, result
from tests.tracking.views import View, assert_mirrored


class Killed(BaseException):
    """Ends the drain as SIGKILL would: nothing after it runs."""


CALLS = {
    "create_experiment", "create_run", "search_runs", "log_values", "set_terminated", "delete_run", "log_artifact",
    "update_run",
}  # fmt: skip


class Faulty:
    """MLflow's client, with one call that fails or is the last: before the server has done it, or after."""

    def __init__(self, real, at: int, fault: BaseException, *, lasting: bool) -> None:
        self.real, self.at, self.fault, self.lasting, self.calls = real, at, fault, lasting, 0

    def __getattr__(self, name):
        call = getattr(self.real, name)
        return self.faulty(call) if name in CALLS else call

    def faulty(self, call):
        def wrapped(*args, **kwargs):
            self.calls += 1
            if self.calls != self.at + 1:
                return call(*args, **kwargs)
            if self.lasting:
                call(*args, **kwargs)
            raise self.fault

        return wrapped


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(drains, "PAUSE", (0.0, 0.0))
    monkeypatch.setattr(drains, "POLL", 0.0)


@pytest.fixture
def faulty(monkeypatch):
    """Puts a Faulty before the next calls of a store that are made; tells whether its fault came."""
    real = clients.opened

    def arm(at: int, fault: BaseException, *, lasting: bool):
        faulty_clients = []

        def make(store):
            calls = real(store)
            faulty_clients.append(calls if faulty_clients else Faulty(calls, at, fault, lasting=lasting))
            return faulty_clients[-1]

        monkeypatch.setattr(clients, "opened", make)
        return lambda: faulty_clients[0].calls > at

    return arm


def drain(folder, uri, until=None) -> bool:
    """Once over a finished ledger."""
    with folder.open() as ledger:
        facts = ledger.facts

    def connect() -> Client:
        return Client(TrackingStore.at(uri), facts.name, parent_run.experiment(facts), "tester")

    with Ledger.open(folder.ledger, write=True) as ledger:
        return MirrorProcess(folder, ledger, connect, until or StopCondition(over=True)).run()


def test_every_ended_trial_gets_one_whole_run(sweep, uri, view):
    folder = sweep(9)
    assert drain(folder, uri)
    assert_mirrored(folder, view)


def test_a_trial_that_has_not_ended_gets_none(sweep, uri, view):
    folder = sweep(2)
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.begin(key(99), {})
    assert drain(folder, uri)
    assert set(view.children) == {key(0), key(1)}
    assert view.parent.info.status == "KILLED"


def test_a_second_time_nothing_is_written(sweep, uri, view, monkeypatch):
    folder = sweep(3)
    drain(folder, uri)
    before = {k: run.info.run_id for k, run in view.children.items()}

    def refuse(*_):
        raise AssertionError("written again")

    for name in ("create", "fill", "delete", "log_file"):
        monkeypatch.setattr(Client, name, refuse)
    assert drain(folder, uri)
    assert before == {k: run.info.run_id for k, run in view.children.items()}


@pytest.mark.parametrize(
    ("fault", "was_applied", "least"),
    [
        pytest.param(ConnectionError("cut"), True, 10, id="fails-done", marks=pytest.mark.slow),
        pytest.param(Killed(), False, 10, id="killed-not-done"),
        pytest.param(ConnectionError("cut"), False, 10, id="fails-not-done", marks=pytest.mark.slow),
        pytest.param(Killed(), True, 10, id="killed-done", marks=pytest.mark.slow),
        pytest.param(ConnectionError("cut"), True, 7, id="fails-done-without-mlflow"),
        pytest.param(Killed(), False, 7, id="killed-not-done-without-mlflow"),
    ],
)
def test_whatever_call_fails_or_is_the_last_mlflow_ends_up_whole(
    tmp_path, empty_store, faulty, monkeypatch, fault, was_applied, least
):
    if least == 10:  # by MLflow's client, whose first run takes three more calls
        monkeypatch.setattr(clients.rehearsal, "allows", lambda *_: False)
    for at in itertools.count():
        place = tmp_path / str(at)
        folder = new_folder(place / "runs" / FACTS["id"])
        extend(folder, 2)
        (place / "mlflow.db").write_bytes(empty_store.read_bytes())
        uri = f"sqlite:///{place / 'mlflow.db'}"
        was_reached = faulty(at, fault, lasting=was_applied)
        try:
            whole = drain(folder, uri)
        except Killed:
            whole = drain(folder, uri)
        assert whole, f"call {at}"
        assert_mirrored(folder, View(uri))
        if not was_reached():
            break
    assert at > least, "the fault came at too few places"


def test_a_trial_that_is_run_again_replaces_its_run(sweep, uri, view):
    folder = sweep(4)
    drain(folder, uri)
    assert view.children[key(3)].info.status == "FAILED"
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.begin(key(3), {"strategy.score_threshold": 53, "strategy.mode": "fast", "strategy.hard": True})
        ledger.record([(3, result(3, failed=False))])
    drain(folder, uri)
    assert view.children[key(3)].info.status == "FINISHED"
    assert_mirrored(folder, view)


def test_ghosts_and_half_written_runs_are_repaired(sweep, uri, view):
    folder = sweep(3)
    drain(folder, uri)
    ghost_of, deleted, half = (view.children[key(n)] for n in range(3))

    def create_again(run):  # as a client does that repeats its POST
        return view.client.create_run(run.info.experiment_id, run.info.start_time, run.data.tags).info.run_id

    create_again(ghost_of)
    view.client.delete_run(deleted.info.run_id)
    view.client.delete_run(half.info.run_id)
    completed = create_again(half)
    drain(folder, uri)
    assert_mirrored(folder, view)
    assert view.children[key(0)].info.run_id == ghost_of.info.run_id
    assert view.children[key(2)].info.run_id == completed


def test_two_parents_become_one_and_keep_the_children(sweep, uri, view):
    folder = sweep(2)
    drain(folder, uri)
    parent = view.parent
    view.client.create_run(parent.info.experiment_id, parent.info.start_time, parent.data.tags)
    drain(folder, uri)
    assert view.parent.info.run_id == parent.info.run_id
    assert_mirrored(folder, view)


def test_a_deleted_parent_takes_nothing_with_it(sweep, uri, view):
    folder = sweep(2)
    drain(folder, uri)
    view.client.delete_run(view.parent.info.run_id)
    drain(folder, uri)
    assert_mirrored(folder, view)


def test_a_deleted_experiment_comes_back(sweep, uri, view):
    folder = sweep(2)
    drain(folder, uri)
    view.client.delete_experiment(view.parent.info.experiment_id)
    drain(folder, uri)
    assert_mirrored(folder, view)


def test_runs_of_another_ledger_of_the_same_sweep_stay(sweep, uri, view, tmp_path):
    drain(sweep(2), uri)
    other = new_folder(tmp_path / "elsewhere")
    with Ledger.open(other.ledger, write=True) as ledger:
        ledger.record([(ledger.begin(key(70), {}), result(70))])
    drain(other, uri)
    assert set(view.children) == {key(0), key(1), key(70)}


def test_the_ledger_can_be_mirrored_to_a_second_store(sweep, uri, tmp_path, empty_store):
    folder = sweep(2)
    drain(folder, uri)
    second = f"sqlite:///{tmp_path / 'second.db'}"
    (tmp_path / "second.db").write_bytes(empty_store.read_bytes())
    drain(folder, second)
    assert_mirrored(folder, View(second))


def test_one_trial_that_mlflow_refuses_does_not_hold_up_the_others(sweep, uri, view):
    folder, store = sweep(3), TrackingStore.at(uri)
    with closing(sqlite3.connect(store.path)) as db:
        db.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON tags WHEN NEW.key = 'sweep.trial' AND NEW.value = '1' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    assert not drain(folder, uri)
    assert set(view.children) == {key(0), key(2)}
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("DROP TRIGGER refuse")
    assert drain(folder, uri)
    assert_mirrored(folder, view)


def test_it_gives_up_when_mlflow_stays_away(sweep, tmp_path, caplog):
    (tmp_path / "file").touch()
    assert not drain(sweep(1), f"sqlite:///{tmp_path}/file/mlflow.db")
    assert "gave up" in caplog.text
    assert len(caplog.records) == drains.TRIES


def test_it_gives_up_when_each_round_writes_the_same_again(sweep, uri, monkeypatch):
    """A server where nothing that is written is found again, and the parent run cannot be completed."""
    folder, created = sweep(2), list[str]()
    create = Client.create

    def noted(client, record):
        created.append(create(client, record))
        return created[-1]

    def fail(*_, **__):
        raise ConnectionError("no answer")

    monkeypatch.setattr(Client, "create", noted)
    monkeypatch.setattr(Client, "create_ended", lambda *_: [])
    monkeypatch.setattr(Client, "runs", lambda *_, **__: iter(()))
    monkeypatch.setattr(drains.Reconciler, "summarize", fail)
    monkeypatch.setattr(drains, "ROUNDS", 3)
    with Ledger.open(folder.ledger, write=True) as ledger:
        mirror = MirrorProcess(
            folder, ledger, lambda: Client(TrackingStore.at(uri), "x", {}, "tester"), StopCondition(over=True)
        )
        assert not mirror.run()
    assert "gave up after 3 rounds" in mirror.error
    assert "no answer" in mirror.error
    assert len(created) == 3 * (drains.ROUNDS + 1)  # a parent and two children each time


def test_it_gives_up_in_a_long_round_of_calls_without_an_answer(sweep, uri, monkeypatch):
    folder, calls = sweep(12), list[str]()

    def silent(_, row, *__):
        calls.append(row.key)
        raise TimeoutError("no answer within 30 s")

    monkeypatch.setattr(drains.Reconciler, "create_missing", lambda *_: 0)
    monkeypatch.setattr(drains.Reconciler, "mirror", silent)
    monkeypatch.setattr(drains, "SILENCE", -1.0)
    assert not drain(folder, uri)
    assert len(calls) == drains.TRIES


def test_it_follows_a_growing_ledger_until_it_is_over(tmp_path, uri, view, monkeypatch):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    until, waits = StopCondition(), iter(range(3))

    def wait(_):  # stands for the driver: trials end while the mirror sleeps
        turn = next(waits)
        assert view.parent.info.status == "RUNNING"
        assert len(view.children) == 2 * turn
        extend(folder, 2, finished=turn == 2)
        until.over = turn == 2

    monkeypatch.setattr(until, "wait", wait)
    assert drain(folder, uri, until)
    assert len(view.children) == 6
    assert view.parent.info.status == "FINISHED"
    assert_mirrored(folder, view)


def test_a_lost_answer_leaves_no_ghost_even_while_the_sweep_runs(tmp_path, uri, view, faulty, monkeypatch):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 3, finished=False)
    until, looks, create_run = (
        StopCondition(),
        iter(range(9)),
        5,
    )  # calls before it: connecting, the list, the first trial
    was_reached = faulty(create_run, ConnectionError("cut"), lasting=True)

    def wait(_):
        if next(looks) == 2:  # after the failure, and a round later
            assert set(view.children) == {key(n) for n in range(3)}
            until.over = True

    monkeypatch.setattr(until, "wait", wait)
    assert drain(folder, uri, until)
    assert was_reached()


def test_a_trial_that_is_run_again_is_stale_at_once(tmp_path, uri, view, monkeypatch):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 4, finished=False)
    until, turns = StopCondition(), iter(range(3))

    def wait(_):
        turn = next(turns)
        assert view.children[key(3)].info.status == ("FAILED", "FINISHED")[turn]
        with Ledger.open(folder.ledger, write=True) as ledger:
            assert ledger.standing() == (4, 0)
            if turn == 0:
                ledger.begin(key(3), {})
                ledger.record([(3, result(3, failed=False))])
                assert ledger.standing() == (4, 1)
        until.over = turn == 1

    monkeypatch.setattr(until, "wait", wait)
    assert drain(folder, uri, until)


def test_a_mark_that_comes_too_late_is_ignored(sweep):
    """The driver has begun the trial again while its earlier attempt was being mirrored."""
    with Ledger.open(sweep(4).ledger, write=True) as ledger:
        ledger.begin(key(3), {})
        ledger.record([(3, result(3))])
        ledger.mirrored([(3, 1, "of-attempt-1"), (0, 1, "of-attempt-1")])
        rows = list(ledger.rows())
    assert [row.mlflow_run_id for row in rows] == ["of-attempt-1", None, None, None]


def test_told_to_stop_it_ends_after_the_trials_that_are_being_written(sweep, uri, view, monkeypatch):
    folder, until, write = sweep(103), StopCondition(over=True), SqliteRuns.write

    def write_and_stop(*arguments):
        until.terminate()
        return write(*arguments)

    monkeypatch.setattr(SqliteRuns, "write", write_and_stop)
    assert not drain(folder, uri, until)
    assert set(view.children) == {key(n) for n in range(100)}
    monkeypatch.undo()
    assert drain(folder, uri)
    assert_mirrored(folder, view)


@pytest.mark.parametrize("was_applied", [True, False])
@pytest.mark.parametrize("fault", [Killed(), ConnectionError("cut")], ids=["killed", "fails"])
def test_a_fault_at_the_runs_that_are_written_at_once_leaves_no_ghosts(
    sweep, uri, view, monkeypatch, fault, was_applied
):
    folder, write = sweep(4), SqliteRuns.write

    def faulty_write(*arguments):
        monkeypatch.setattr(SqliteRuns, "write", write)
        if was_applied:
            write(*arguments)
        raise fault

    monkeypatch.setattr(SqliteRuns, "write", faulty_write)
    with nullcontext() if isinstance(fault, Exception) else pytest.raises(Killed):
        drain(folder, uri)
    assert drain(folder, uri)
    assert_mirrored(folder, view)


def test_the_parent_has_the_series_the_tables_and_the_counts(sweep, uri, view):
    folder = sweep(9)
    (folder.path / "trials.parquet").write_bytes(b"PAR1")
    drain(folder, uri)
    parent = view.parent
    pnl = {n: result(n).metrics["pnl_total"] for n in range(9) if n != 3}
    histories = view.histories(parent)
    assert histories["trial/pnl_total"] == list(pnl.items())
    best = list(itertools.accumulate(pnl.values(), max))
    assert histories["best/pnl_total"] == list(zip(pnl, best, strict=True))
    leader = max(pnl, key=pnl.__getitem__)
    assert histories["leader/trades"] == [(9, leader)]
    tags = parent.data.tags
    assert tags["sweep.best"] == f"#{leader}"
    assert "8 COMPLETE, 1 FAILED" in tags["mlflow.note.content"]
    assert view.artifacts(parent) == {"spec.yaml", "trials.parquet", "leaderboard.csv"}
    assert parent.info.status == "FINISHED"
    assert f"mlflow.sharedViewState.{FACTS['id']}" in view.client.get_experiment(parent.info.experiment_id).tags


def test_the_parent_runs_again_when_the_sweep_goes_on(sweep, uri, view):
    folder = sweep(2)
    drain(folder, uri)
    extend(folder, 3)
    drain(folder, uri)
    assert "4 COMPLETE, 1 FAILED" in view.parent.data.tags["mlflow.note.content"]
    assert len(view.histories(view.parent)["trial/pnl_total"]) == 4
    assert_mirrored(folder, view)


def test_a_tearsheet_and_its_equity_curve_are_uploaded_once(sweep, uri, view, monkeypatch):
    folder = sweep(2)
    folder.tearsheets.mkdir()
    with Ledger.open(folder.ledger, write=True) as ledger:
        again = ledger.begin(key(1), ledger.find(key(1)).params)
        series = replace(result(1), days=("2026-05-04", "2026-05-05"), returns=(0.02, -0.5))
        ledger.record([(again, series)])
    (folder.path / "tearsheet.html").write_text("<p>first</p>")
    (folder.tearsheets / "1.html").symlink_to(folder.path / "tearsheet.html")
    uploads = []
    log_file = Client.log_file

    def count(self, run_id, name, content):
        uploads.append(name)
        log_file(self, run_id, name, content)

    monkeypatch.setattr(Client, "log_file", count)
    drain(folder, uri)
    drain(folder, uri)
    assert uploads.count("tearsheet.html") == 1
    run = view.children[key(1)]
    assert view.artifacts(run) == {"tearsheet.html"}
    assert view.artifacts(view.children[key(0)]) == set()
    path = view.client.download_artifacts(run.info.run_id, "tearsheet.html")
    assert Path(path).read_text() == "<p>first</p>"
    curve = view.client.get_metric_history(run.info.run_id, "equity/return")
    monday = 1_777_852_800_000
    days = [(1, 0.02, monday), (2, -0.49, monday + 86_400_000)]
    assert sorted((m.step, m.value, m.timestamp) for m in curve) == days, "once, each at its day"
    assert "equity/return" not in view.children[key(0)].data.metrics


def test_one_mirror_at_a_time(sweep, monkeypatch):
    monkeypatch.setattr(drains, "GRACE", 0.0)
    folder = sweep(0)
    held, refused = (
        exclusive_mirror(folder, StopCondition(over=True)),
        exclusive_mirror(folder, StopCondition(over=True)),
    )
    with held, pytest.raises(SweepError, match="another process"), refused:
        pass
    with exclusive_mirror(folder, StopCondition(over=True)):
        pass


def test_artifacts_lie_beside_the_store_wherever_it_was_started(sweep, uri, view, tmp_path):
    drain(sweep(1), uri)
    place = view.parent.info.artifact_uri
    assert place.startswith((tmp_path / "mlartifacts" / "demo").as_uri())


def test_the_store_knows_what_it_holds(sweep, tmp_path, uri):
    drain(sweep(3), uri)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as db:
        ((rows, _),) = db.execute("SELECT stat, tbl FROM sqlite_stat1 WHERE tbl = 'runs'")
    assert rows.startswith("4")  # a parent and three children


def test_the_store_keeps_a_write_ahead_log(sweep, tmp_path, uri):
    drain(sweep(1), uri)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
