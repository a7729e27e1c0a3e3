"""Checks of a cluster before a sweep begins there. Local folders and variables stand in for the cluster's."""

import json

import pytest

from sweep.cluster import remote_commands
from sweep.cluster.handshake import MARK
from sweep.cluster.volume_check import MARK as LASTS
from sweep.ledger.driver_files import DriverFiles
from sweep.runner.control.attendant import Attendant
from sweep.runner.control.stop import Stop
from sweep.runner.plan import plan
from tests.support import ledgers, sweeps


@pytest.fixture
def request_of(tmp_path, capsys, monkeypatch):
    """Asks with a request that is right but for what is given; the answer."""
    monkeypatch.chdir(tmp_path)
    spec = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1, 2]})
    sweeps.write(tmp_path / "spec.yaml", spec)
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / LASTS).touch()

    def ask(code: int = 2, **more):
        right = {"spec": "spec.yaml", "settings": [], "runs": str(runs), "tracking": None}
        right |= {"sources": dict(plan(tmp_path / "spec.yaml").sources)}
        (tmp_path / "request.json").write_text(json.dumps(right | more))
        assert remote_commands.check(str(tmp_path / "request.json")) == code
        return json.loads(capsys.readouterr().out.removeprefix(MARK))

    return ask


def only(answer):
    (problem,) = answer["problems"]
    return problem["where"], problem["rule"]


def test_a_sweep_that_can_run_is_told_with_its_id(request_of, tmp_path):
    answer = request_of(code=0)
    assert (answer["sweep"], answer["trials"], answer["known"]) == (plan(tmp_path / "spec.yaml").id, 2, 0)
    assert answer["tracking"] == f"sqlite:///{tmp_path}/runs/mlflow.db", "the folder of a job ends with it"


def test_the_cluster_s_own_mlflow_is_taken_where_the_spec_names_a_file(request_of, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")
    assert request_of(code=0)["tracking"] == "http://mlflow:5000"
    assert request_of(code=0, tracking="none")["tracking"] == "none"
    assert request_of(code=0, settings=["tracking.uri=http://other:5000"])["tracking"] is None


def test_a_password_in_the_cluster_s_address_of_mlflow_is_not_repeated(request_of, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:hunter2@mlflow:5000")
    answer = request_of()
    assert only(answer) == ("MLFLOW_TRACKING_URI", "holds a password") and "hunter2" not in json.dumps(answer)


def test_the_deployment_may_say_where_runs_are(request_of, tmp_path, monkeypatch):
    assert "no runs directory is named" in only(request_of(runs=None))[1]
    monkeypatch.setenv("SWEEP_RUNS_DIR", str(tmp_path / "runs"))
    assert request_of(code=0, runs=None)["runs"] == str(tmp_path / "runs")


def test_a_relative_folder_would_end_with_the_job(request_of):
    assert only(request_of(runs="runs")) == ("--runs", remote_commands.RELATIVE)


def test_all_mistakes_are_told_at_once_with_their_place(request_of):
    answer = request_of(runs="runs", settings=["catalog=/away", "limits.retries=-1"])
    places = [p["where"] for p in answer["problems"]]
    assert places == ["--runs", "limits.retries (on the cluster)", "catalog (on the cluster)"]
    assert "--set catalog=/PATH" in answer["problems"][2]["remedy"]


def test_a_missing_strategy_and_another_one_are_told(request_of):
    assert "there is no module 'away'" in only(request_of(settings=["strategy.path=away:A"]))[1]
    assert only(request_of(sources={"tests.support.worker_fault_strategy": "0"})) == (
        "tests.support.worker_fault_strategy (on the cluster)",
        "differs from the one that was submitted",
    )


def test_a_request_reaches_the_driver_that_runs_here(tmp_path, monkeypatch):
    monkeypatch.setattr(remote_commands, "BEGINS", 0.0)
    folder = ledgers.folder(tmp_path)
    pause = {"runs": str(tmp_path), "sweep": folder.id, "action": "pause"}
    assert remote_commands.tell(pause) == {"error": "has not begun"}
    ledgers.write(folder, [({"strategy.buys": 1}, {"pnl_total": 1.0})])
    assert remote_commands.tell(pause) == {"state": "finished", "running": 0, "is_heard": False}
    stop = Stop()
    with folder.locked() as run, Attendant(DriverFiles(folder, run), stop, print).attending():
        assert remote_commands.tell(pause) == {"state": "running", "running": 0, "is_heard": True}
        assert stop.paused
        assert remote_commands.tell(pause | {"action": "resume"})["state"] == "paused"
        assert not stop.paused
    folder.ledger.write_text("no ledger")
    assert "error" in remote_commands.tell(pause)


def test_a_driver_that_runs_it_already_is_told(request_of, tmp_path):
    from sweep.ledger.run_directory import Folder

    with Folder(tmp_path / "runs" / plan(tmp_path / "spec.yaml").id).locked():
        assert request_of(code=0)["held"].startswith("process ")
    assert request_of(code=0)["held"] == ""
