"""From a run of MLflow back to the trial."""

import socket

import pytest

from sweep.errors import InputError
from sweep.tracking.mlflow.run_lookup import trial_of


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    client = MlflowClient(uri)
    experiment = client.create_experiment("x")
    tags = {"sweep.kind": "trial", "sweep.id": "grid-1a2b3c4d", "sweep.trial": "17"}
    runs = [client.create_run(experiment, tags=t).info.run_id for t in (tags, {"sweep.kind": "sweep"})]
    return uri, *runs


@pytest.mark.slow
def test_a_run_says_which_trial_it_is(store):
    uri, trial, parent = store
    assert trial_of(trial, uri) == ("grid-1a2b3c4d", 17)
    with pytest.raises(InputError, match="is no run of a sweep's trial"):
        trial_of(parent, uri)
    with pytest.raises(InputError, match="there is no such run"):
        trial_of("0" * 32, uri)


def test_a_store_that_is_not_there_is_said_and_not_made(tmp_path):
    with pytest.raises(InputError, match="there is no tracking store"):
        trial_of("0" * 32, f"sqlite:///{tmp_path}/none.db")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_said():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(InputError, match="cannot be reached"):
        trial_of("0" * 32, f"http://127.0.0.1:{port}")
