"""Calls without MLflow where they end: what MLflow may refuse goes to it, and what it forbids is refused here, too."""

from unittest.mock import sentinel

import pytest

from sweep.errors import SweepError
from sweep.tracking.mlflow.database.sqlite_calls import SqliteCalls
from sweep.tracking.tracking_uri import TrackingStore


class Library:
    """Recorder of the calls that reach MLflow."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append(name)
            return sentinel.answer

        return call


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def calls(uri, library) -> SqliteCalls:
    return SqliteCalls(TrackingStore.at(uri), lambda: library)


@pytest.fixture
def run(calls, tmp_path) -> str:
    experiment = calls.create_experiment("demo", (tmp_path / "files # é").as_uri(), {})
    return calls.create_run(experiment, 1000, {"a": "1"}, "name").info.run_id


@pytest.mark.parametrize(
    ("metrics", "params", "tags"),
    [
        pytest.param([("m", 0, float("inf"), 1)], {}, {}, id="infinite"),
        pytest.param([("m", 0, float("nan"), 1)], {}, {}, id="nan"),
        pytest.param([("m*", 0, 1.0, 1)], {}, {}, id="name-of-a-metric"),
        pytest.param([], {"../a": "1"}, {}, id="name-of-a-param"),
        pytest.param([], {"a": "x" * 6001}, {}, id="long-param"),
        pytest.param([], {str(n): "1" for n in range(101)}, {}, id="many-params"),
        pytest.param([], {}, {"a": "x" * 8001}, id="long-tag"),
        pytest.param([], {}, {"a//b": "1"}, id="name-of-a-tag"),
        pytest.param([], {}, {"mlflow.runName": "b"}, id="name-of-the-run"),
    ],
)
def test_what_mlflow_may_refuse_or_change_goes_to_it(calls, library, run, metrics, params, tags):
    calls.log_values(run, metrics, params, tags)
    assert library.calls == ["log_values"]
    assert not calls.points(run)


def test_so_do_calls_that_a_plain_sweep_does_not_make(calls, library):
    assert calls.restore_experiment("7") is sentinel.answer
    calls.set_experiment_tag("0", "a", "x" * 20_001)
    calls.create_experiment("a*b", "file:///x", {})
    assert library.calls == ["restore_experiment", "set_experiment_tag", "create_experiment"]


def test_a_run_in_the_trash_takes_nothing(calls, run, tmp_path):
    calls.delete_run(run)
    file = tmp_path / "file.txt"
    file.write_text("x")
    for write in (
        lambda: calls.log_values(run, [("m", 0, 1.0, 1)], {}, {}),
        lambda: calls.set_terminated(run, "FINISHED", 2),
        lambda: calls.update_run(run, "RUNNING"),
        lambda: calls.log_artifact(run, str(file)),
        lambda: calls.delete_run(run),
    ):
        with pytest.raises(SweepError, match="no active run"):
            write()
    assert not calls.points(run)


def test_a_param_is_never_changed_and_nothing_is_written_beside_it(calls, run):
    calls.log_values(run, [], {"a": "1"}, {})
    with pytest.raises(SweepError, match="other values of the params .* a"):
        calls.log_values(run, [("m", 0, 1.0, 1)], {"a": "2", "b": "1"}, {"t": "1"})
    assert not calls.points(run)
    calls.log_values(run, [("m", 0, 1.0, 1)], {"a": "1", "b": "2"}, {})
    assert calls.points(run) == {("m", 0): 1.0}


def test_files_come_whole_under_their_names(calls, run, tmp_path, view):
    (tmp_path / "a file.html").write_text("1")
    calls.log_artifact(run, str(tmp_path / "a file.html"))
    assert [path.read_text() for path in (tmp_path / "files # é").rglob("a file.html")] == ["1"]
    assert view.artifacts(view.client.get_run(run)) == {"a file.html"}


def test_a_store_that_is_gone_is_not_made_anew(calls, run, uri):
    from pathlib import Path

    path = Path(uri.removeprefix("sqlite:///"))
    path.unlink()
    with pytest.raises(Exception, match="unable to open"):
        calls.points(run)
    assert not path.exists()
