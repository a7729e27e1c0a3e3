"""Checks on the laptop, and the command of the job."""

import json
import shlex
from pathlib import Path

import pytest
import yaml

from sweep.cluster import handshake
from sweep.cluster.submit import REQUEST, SubmitRequest, _accepted, _more, entry, preview, shipped
from sweep.errors import InputError, SweepError
from sweep.runner.plan import plan
from tests.support import sweeps

ANSWER = {
    "sweep": "grid-0123abcd", "trials": 2, "exact": True, "runs": "/runs", "tracking": "http://mlflow:5000",
    "known": 0, "held": "", "warnings": [],
}  # fmt: skip


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return sweeps.write(tmp_path / "spec.yaml", sweeps.spec("catalog", {"strategy.buys": [1, 2]}))


def test_a_catalog_that_is_only_on_the_cluster_is_no_mistake(spec, tmp_path):
    away = preview(SubmitRequest(spec=spec, settings=["catalog=/on/the/cluster"]))
    sweeps.catalog(tmp_path / "catalog", minutes=2)
    assert away == preview(SubmitRequest(spec=spec)) == plan(spec).sources
    assert list(away) == ["tests.support.worker_fault_strategy"]


@pytest.mark.parametrize("catalog", ["/nonexistent", "file:///on/the/cluster", "s3://bucket/on-the-cluster"])
def test_no_path_stands_for_a_catalog_that_is_elsewhere(spec, tmp_path, catalog, monkeypatch):
    """Also not one that happens to exist here: /nonexistent is the home of `nobody`."""
    is_dir = Path.is_dir
    monkeypatch.setattr(Path, "is_dir", lambda path: str(path) != "/nonexistent" and is_dir(path))
    for place in ("exists", "is_file"):
        real = getattr(Path, place)
        monkeypatch.setattr(Path, place, lambda path, real=real: str(path) == "/nonexistent" or real(path))
    assert list(preview(SubmitRequest(spec=spec, settings=[f"catalog={catalog}"])))


def test_every_other_mistake_is_told_here(spec):
    with pytest.raises(InputError) as caught:
        preview(
            SubmitRequest(
                spec=spec, settings=["strategy.config.nonsense=1", "limits.retries=-1", "venues.ARCA.oms_type=X"]
            )
        )
    places = [p.where for p in caught.value.problems]
    assert {"limits.retries", "strategy.config.nonsense"} <= set(places), places
    assert "catalog" not in places


def test_a_catalog_that_is_here_is_checked_here(spec, tmp_path):
    sweeps.catalog(tmp_path / "catalog", minutes=2)
    with pytest.raises(InputError, match=r"data\.0\.instruments\.0"):
        preview(SubmitRequest(spec=spec, settings=["data.0.instruments.0=SPX.ARCA"]))


@pytest.mark.parametrize(
    "more",
    [
        {"tracking_uri": "postgresql://me:hunter2@db/mlflow"},
        {"settings": ["tracking.uri=https://me:hunter2@mlflow"]},
        {"runs": "s3://me:hunter2@bucket/runs"},
    ],
)
def test_a_password_is_refused_and_not_repeated(spec, more):
    with pytest.raises(InputError) as caught:
        preview(SubmitRequest(spec=spec, **more))
    assert "must not hold a password" in str(caught.value) and "hunter2" not in str(caught.value)


def test_a_password_in_the_spec_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = sweeps.spec("/away", {"strategy.buys": [1]}, tracking={"uri": "https://me:hunter2@mlflow"})
    with pytest.raises(InputError) as caught:
        preview(SubmitRequest(spec=sweeps.write(tmp_path / "spec.yaml", content)))
    assert [p.where for p in caught.value.problems] == ["tracking.uri"]
    assert "hunter2" not in str(caught.value)


def test_the_job_is_the_ordinary_driver():
    request = SubmitRequest(spec=Path("my grid.yaml"), settings=["name=a b"], workers=4, retry_failed=True)
    command = entry(request, _accepted(ANSWER))
    assert shlex.split(command) == [
        "exec", "python", "-m", "sweep", "run", ".sweep/my grid.yaml", "--address", "auto", "--runs-dir", "/runs",
        "--set", "name=a b", "--tracking-uri", "http://mlflow:5000", "--workers", "4", "--retry-failed",
    ]  # fmt: skip


def test_no_secret_of_the_environment_is_shipped(spec, monkeypatch):
    for name in ("RAY_AUTH_TOKEN", "MLFLOW_TRACKING_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "hunter2")
    more = _more(SubmitRequest(spec=spec), {"a": "1"})
    assert json.loads(more[REQUEST])["versions"] == handshake.versions()
    assert not [name for name, text in more.items() if "hunter2" in text]


def test_a_spec_in_files_is_shipped_whole(spec, tmp_path):
    request = SubmitRequest(spec=spec)
    assert _more(request, {})[".sweep/spec.yaml"] == spec.read_text()  # with its comments
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/space.yaml").write_text("strategy.buys: [1, 2]\n")
    whole = sweeps.spec("catalog", {}) | {"search": {"space": "file:parts/space.yaml"}}
    sweeps.write(spec, whole)
    text = _more(request, {})[".sweep/spec.yaml"]
    assert yaml.safe_load(text) == whole | {"search": {"space": {"strategy.buys": [1, 2]}}}


def test_the_catalog_and_the_runs_are_not_shipped(spec, tmp_path):
    for name in ("mine.py", "catalog/notes.txt", "results/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert set(shipped(SubmitRequest(spec=spec, runs="results")).files) == {"mine.py", "spec.yaml"}


def test_other_versions_on_the_cluster_are_told_one_by_one():
    theirs = handshake.versions() | {"python": "3.9", "nautilus_trader": "not installed"}
    with pytest.raises(InputError) as caught:
        _accepted({"versions": theirs})
    assert [p.where for p in caught.value.problems] == ["python", "nautilus_trader"]
    assert "is 3.9 on the cluster and" in caught.value.problems[0].rule


def test_versions_that_changed_here_meanwhile_are_no_mistake_of_the_user():
    with pytest.raises(SweepError, match="submit again") as caught:
        _accepted({"versions": handshake.versions()})
    assert not isinstance(caught.value, InputError)


def test_the_mistakes_of_the_cluster_are_raised_here():
    problem = {"where": "catalog (on the cluster)", "rule": "does not exist", "value": "/c", "remedy": "", "line": 3}
    with pytest.raises(InputError, match=r"line 3: catalog \(on the cluster\): does not exist"):
        _accepted({"problems": [problem]})


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        (ANSWER | {"sweep": "../../.ssh"}, "sweep"),
        (ANSWER | {"sweep": "grid-0123abcd\n"}, "sweep"),
        (ANSWER | {"trials": "many"}, "trials"),
        ({}, "sweep"),
        ({"problems": [{"what": "no"}]}, "where"),
        ({"problems": "no"}, "list"),
    ],
)
def test_an_answer_of_another_form_is_refused(answer, place):
    with pytest.raises(SweepError, match=f"none of sweep's: .*{place}"):
        _accepted(answer)
