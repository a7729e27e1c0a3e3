"""A sweep on a real head with token authentication, from outside: submitted, refused, killed, resumed, fetched."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from sweep.cluster import handshake
from sweep.cluster.client import Cluster
from sweep.cluster.submit import SubmitRequest, submit
from sweep.cluster.volume_check import MARK
from sweep.errors import InputError
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from tests.support import drivers, ray_head, sweeps
from tests.support.commands import invoke
from tests.support.drivers import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

TOKEN = "0123456789abcdef" * 4
SECRET = "hunter2-of-the-cluster"  # noqa: S105
TRIALS, PAUSE = 200, 1.0  # seconds


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("cluster")
    (place / "project").mkdir()
    (place / "runs").mkdir()
    (place / "runs" / MARK).touch()
    shutil.copy(ROOT / "tests" / "support" / "worker_fault_strategy.py", place / "project" / "mine.py")
    content = sweeps.spec(sweeps.catalog(place / "catalog", minutes=2), {"strategy.buys": list(range(1, TRIALS + 1))})
    content["strategy"] = {
        "path": "mine:WorkerFaultStrategy",
        "config_path": "mine:WorkerFaultStrategyConfig",
        "config": {"pause": PAUSE},
    }
    sweeps.write(place / "project" / "spec.yaml", content)
    return place


@pytest.fixture(scope="module")
def head(place):
    secrets = {
        "MLFLOW_TRACKING_PASSWORD": SECRET,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "SWEEP_RUNS_DIR": str(place / "runs"),
    }
    with ray_head.started(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=TOKEN, **secrets) as ray_head_node:
        yield ray_head_node


@pytest.fixture(autouse=True)
def laptop(head, place, monkeypatch):
    """This process, in the user's folder, with the cluster's address and token."""
    monkeypatch.chdir(place / "project")
    monkeypatch.setenv("SWEEP_ADDRESS", head.url)
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("RAY_AUTH_MODE", "token")


@pytest.mark.parametrize(
    ("token", "rule"), [(None, "wants a token, and none is given"), ("fedc" * 16, "refuses this token")]
)
def test_without_the_token_nothing_is_said(token, rule, place):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_AUTH")} | {"PYTHONPATH": str(ROOT)}
    environment |= {"RAY_AUTH_TOKEN": token} if token else {"RAY_AUTH_MODE": "disabled"}
    command = [sys.executable, "-m", "sweep", "submit", "spec.yaml"]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 2 and rule in process.stderr and "Traceback" not in process.stderr, process.stderr
    assert TOKEN not in process.stderr


def refused(*more: str, spec: str = "spec.yaml") -> str:
    """Error of a submission that cannot run, within seconds."""
    return " ".join(invoke("submit", spec, *more, code=2).output.split())


def test_what_the_cluster_lacks_is_told_at_once(place, monkeypatch, tmp_path):
    shutil.copy("mine.py", tmp_path / "away.py")
    monkeypatch.syspath_prepend(tmp_path)
    away = [
        "--set",
        "strategy.path=away:WorkerFaultStrategy",
        "--set",
        "strategy.config_path=away:WorkerFaultStrategyConfig",
    ]
    message = refused(*away, "--set", "catalog=/not/there", "--runs", str(tmp_path))
    for expected in (
        "strategy.path (on the cluster): there is no module 'away'",
        "catalog (on the cluster): does not exist",
        "--runs: the runs directory would be lost",
        "nothing was started",
    ):
        assert expected in message, message
    assert not Cluster(os.environ["SWEEP_ADDRESS"]).jobs()


@pytest.mark.parametrize("name", ["ray", "python", "nautilus_trader", "sweep"])
def test_another_version_is_told_by_its_name(name, monkeypatch):
    ours = handshake.versions()
    monkeypatch.setattr(handshake, "versions", lambda: ours | {name: "0.0.1"})
    with pytest.raises(InputError) as caught:
        submit(SubmitRequest(spec=Path("spec.yaml")), os.environ["SWEEP_ADDRESS"])
    (problem,) = caught.value.problems
    assert problem.where == name and "on the cluster and 0.0.1 here" in problem.rule


def complete(folder: Folder) -> list[int]:
    return list(drivers.complete(folder.path.parent))


def until(condition, seconds=200):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_sweep_outlives_its_driver_and_comes_home(head, place):
    first = json.loads(invoke("submit", "spec.yaml", "--json").stdout)
    folder = Folder(place / "runs" / first["sweep"])
    assert (first["attempt"], first["job"], first["trials"]) == (1, f"{first['sweep']}-1", TRIALS)
    assert "is paused" in invoke("pause", first["sweep"]).output, "also before its driver has begun"
    assert f"is being run by the job {first['job']}" in refused()
    assert "goes on" in invoke("resume", first["sweep"]).output
    until(lambda: len(complete(folder)) >= 2)

    os.kill(int(folder.holder()["pid"]), signal.SIGKILL)
    before = complete(folder)
    cluster = Cluster(head.url)
    until(lambda: not cluster.job(first["job"]).is_running)

    second = json.loads(invoke("submit", "spec.yaml", "--json").stdout)
    assert (second["sweep"], second["attempt"]) == (first["sweep"], 2) and second["known"] >= len(before)
    until(lambda: len(complete(folder)) > len(before) + 1)
    it_stands(head, second["job"], second["sweep"])
    it_pauses(folder)
    assert "is stopped" in invoke("stop", first["sweep"]).output
    assert cluster.job(second["job"]).state == "STOPPED"
    assert "interrupted: the ledger is whole" in cluster.log(second["job"]), "it was not killed while it ended"

    assert "does not run: it is stopped" in invoke("pause", first["sweep"]).output
    assert "sweep submit SPEC.yaml" in invoke("resume", first["sweep"], code=1).output
    third = invoke("submit", "spec.yaml", "--follow")
    assert f"{TRIALS} COMPLETE" in third.output
    with closing(sqlite3.connect(folder.ledger)) as db:
        ended = db.execute("SELECT number, count(*) FROM attempts WHERE state = 'COMPLETE' GROUP BY 1").fetchall()
    assert ended == [(n, 1) for n in range(TRIALS)], "a trial that was complete ran again, or one was lost"

    states = {job["attempt"]: job["state"] for job in json.loads(invoke("jobs", "--json").stdout)}
    assert states == {1: "FAILED", 2: "STOPPED", 3: "SUCCEEDED"}
    invoke("fetch", first["sweep"][:10])
    here = Report(Folder(place / "project" / "runs" / first["sweep"]))
    calmly = ["--set", "strategy.config.pause=0.0", "--executor", "inline", "--runs-dir", "alone", "--json"]
    alone = json.loads(invoke("run", "spec.yaml", *calmly).stdout)
    assert figures(here.folder) == figures(Folder(place / "project" / "alone" / alone["id"])), "as on a workstation"
    no_secret_was_told(head, place, cluster)

    inside = head.environment | {"RAY_ADDRESS": head.gcs, "SWEEP_RUNS_DIR": str(place / "runs")}
    command = [sys.executable, "-m", "sweep", "status", first["sweep"], "--address", "auto", "--json"]
    process = subprocess.run(command, env=os.environ | inside, capture_output=True, text=True, check=True)
    (status,) = json.loads(process.stdout)["sweeps"]
    assert status["trials"] == {"COMPLETE": TRIALS} and status["best"]["trial"] == here.best().number


def test_a_portfolio_of_several_files_comes_home_as_on_a_workstation(place):
    project = place / "project"
    shutil.copy(ROOT / "tests" / "support" / "portfolio.py", project / "desk.py")
    trend = 'from desk import Turning\n\n\nclass Slow(Turning):\n    """Another file of source."""\n'
    (project / "trend.py").write_text(trend)
    (project / "parts").mkdir()
    (project / "parts" / "slow.yaml").write_text("every: 20\ntrade_size: 3\n")
    (project / "parts" / "actor.yaml").write_text("{name: regime, path: 'desk:Regime', config: {window: 9}}\n")
    spy = {"instrument_id": "SPY.ARCA", "trade_size": 5, "fast_period": 4, "slow_period": 20}
    content = sweeps.spec(
        str(place / "catalog"), {"strategies.follow.trade_size": [2, 4], "strategies.slow.every": [20]}
    )
    del content["strategy"]
    parts = {
        "name": "desk",
        "actors": ["file:parts/actor.yaml"],
        "strategies": [
            {"name": "follow", "path": "desk:Follower", "config": {"algo": "Halves"}},
            {"name": "slow", "path": "trend:Slow", "config": "file:parts/slow.yaml"},
            {"name": "cross", "native": "EmaCross", "config": spy},
        ],
        "exec_algorithms": [{"name": "Halves", "path": "desk:Halves"}],
    }
    sweeps.write(project / "desk.yaml", content | parts)
    sent = invoke("submit", "desk.yaml", "--follow")
    assert "2 COMPLETE" in sent.output
    alone = json.loads(
        invoke("run", "desk.yaml", "--executor", "inline", "--runs-dir", "alone", "--no-tracking", "--json").stdout
    )
    invoke("fetch", alone["id"])
    here = Folder(project / "runs" / alone["id"])
    assert figures(here) == figures(Folder(project / "alone" / alone["id"]))
    assert all(metrics["strategies.cross.trades"] for *_, metrics, _ in figures(here))


def it_stands(head, job: str, sweep: str) -> None:
    """While it runs: what `status` says, and the metrics."""
    stands = json.loads(invoke("status", "--json").stdout)
    (node,), (running,) = stands["nodes"], stands["sweeps"]
    assert (node["alive"], node["head"], node["cpus"]) == (True, True, 2.0) and 0 < node["busy"] <= 2
    assert (running["job"], running["state"]) == (job, "running") and running["best"]
    assert running["trials_per_minute"] > 0 and running["failures"] == {}
    assert job in invoke("status").output
    exported = urllib.request.urlopen(head.metrics, timeout=10).read().decode()  # noqa: S310
    for name in ("sweep_trials_ended_total", "sweep_trials_in_flight", "sweep_slots"):
        assert f"ray_{name}{{" in exported and sweep in exported, name


def it_pauses(folder: Folder) -> None:
    """While it runs: a pause from outside, what is said of it, and its end."""
    assert f"{folder.id} was not paused: it runs" in invoke("resume", folder.id).output
    paused = invoke("pause", folder.id[:10]).output
    assert f"{folder.id} is paused" in paused and f"sweep resume {folder.id} --address" in paused
    until(lambda: json.loads(invoke("status", "--json").stdout)["sweeps"][0]["trials"].get("RUNNING", 0) == 0)
    before = complete(folder)
    assert "  (paused: " in invoke("status", folder.id).output
    time.sleep(3 * PAUSE)
    assert complete(folder) == before, "a trial began in the pause"
    assert f"{folder.id} goes on" in invoke("resume", folder.id, "--json").stderr
    until(lambda: len(complete(folder)) > len(before))
    assert "is paused" in invoke("pause", folder.id).output, "so it is stopped in a pause"


def figures(folder: Folder) -> list[tuple[object, ...]]:
    with folder.open() as ledger:
        return [(row.number, row.params, row.state, row.metrics, ledger.series(row.number)) for row in ledger.rows()]


def no_secret_was_told(head, place, cluster):
    jobs = "".join(str(details.__dict__) for details in cluster._client.list_jobs())
    stored = "".join(p.read_bytes().decode("latin-1") for p in (place / "runs").rglob("*") if p.is_file())
    assert "spec.yaml" in jobs and "sweep.key" in stored, "the right places are looked at"
    for where, text in (("logs", head.logs()), ("jobs", jobs), ("runs and MLflow", stored)):
        for secret in (TOKEN, SECRET):
            assert secret not in text, where
