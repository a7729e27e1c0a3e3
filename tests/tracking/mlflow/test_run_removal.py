"""Runs of whole sweeps in a real store."""

import pytest

from sweep.errors import SweepError
from sweep.tracking.mlflow.run_removal import places, remove

ONE, TWO = "one-00000001", "two-00000002"


@pytest.fixture
def store(tmp_path):
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    client = MlflowClient(uri)
    runs = {}
    for sweep in (ONE, TWO):
        experiment = client.create_experiment(sweep)
        parent = {"sweep.id": sweep, "sweep.kind": "sweep", "sweep.folder": f"host:/runs/{sweep}"}
        child = {"sweep.id": sweep, "sweep.kind": "trial"}
        runs[sweep] = [client.create_run(experiment, tags=t).info.run_id for t in (parent, child, child)]
    runs["other"] = [client.create_run(experiment, tags={"mine": "1"}).info.run_id]
    return uri, client, runs


def active(client, runs):
    return [client.get_run(run).info.lifecycle_stage == "active" for run in runs]


def test_runs_of_one_sweep_go_to_the_trash_and_no_other(store):
    uri, client, runs = store
    assert places(uri) == {ONE: f"host:/runs/{ONE}", TWO: f"host:/runs/{TWO}"}
    assert remove(ONE, uri) == 3
    assert active(client, runs[ONE]) == [False] * 3
    assert active(client, runs[TWO] + runs["other"]) == [True] * 4
    assert remove(ONE, uri) == 0, "a second time finds none"
    assert places(uri) == {TWO: f"host:/runs/{TWO}"}


def test_a_store_that_is_not_there_has_no_runs_and_is_not_made(tmp_path):
    uri = f"sqlite:///{tmp_path}/none.db"
    assert (remove(ONE, uri), places(uri)) == (0, {})
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_does_not_answer_is_an_error(tmp_path):
    (tmp_path / "x.db").write_text("no database")
    with pytest.raises(SweepError, match="does not answer"):
        remove(ONE, f"sqlite:///{tmp_path}/x.db")
