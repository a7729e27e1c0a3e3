"""The cluster of docker/compose.yaml, for real: two workers, of which one is killed while the built-in grid runs."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from sweep.common.object_store import ObjectStore
from tests.support.drivers import ROOT
from tests.support.project import copied

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]

BASES = {
    "BASE_IMAGE": re.search("BASE_IMAGE=(.+)", (ROOT / "docker" / "Dockerfile").read_text()),
    "POSTGRES_IMAGE": re.search("POSTGRES_IMAGE:-(.+)}", (ROOT / "docker" / "compose.yaml").read_text()),
}
IMAGES = [os.environ.get(name) or (match and match[1]) for name, match in BASES.items()]
TRIALS, BEFORE = 108, 20  # of the built-in grid; that have ended when a worker is killed
PASSING = [
    "attempt",
    "started",
    "ended",
    "seconds",
    "worker",
    "mlflow_run_id",
]  # columns that say when, where and how often
COUNT = """
import glob, sqlite3
asked = "SELECT count(*) FROM trials WHERE state = 'COMPLETE'"
print(sum(sqlite3.connect(path).execute(asked).fetchone()[0] for path in glob.glob("/runs/*/ledger.sqlite")))
"""


class Cluster:
    """A cluster of its own project, ports and secrets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ray, self.mlflow, self.s3 = 18265, 15000, 18333
        ports = {"RAY_PORT": str(self.ray), "MLFLOW_PORT": str(self.mlflow), "S3_PORT": str(self.s3)}
        self._environment = copied(folder) | ports | {"COMPOSE_PROJECT_NAME": "sweep-test"}

    def run(self, *command: str) -> str:
        process = subprocess.run(
            command, cwd=self.folder, env=self._environment | self.secrets, capture_output=True, text=True, check=False
        )
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout + process.stderr

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, cwd=self.folder, env=self._environment | self.secrets, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    @property
    def secrets(self) -> dict[str, str]:
        """The variables of docker/.env, as a user's shell reads them."""
        file = self.folder / "docker" / ".env"
        variables = dict(re.findall(r"^(\w+)=(.*)$", file.read_text(), re.MULTILINE)) if file.exists() else {}
        return {name: value for name, value in variables.items() if name != "COMPOSE_PROJECT_NAME"}

    @property
    def login(self) -> str:
        """The header with which a client logs in to MLflow."""
        credentials = (self.secrets[f"MLFLOW_TRACKING_{part}"] for part in ("USERNAME", "PASSWORD"))
        return f"Basic {b64encode(':'.join(credentials).encode()).decode()}"

    def containers(self, service: str) -> list[str]:
        """Short ids of the running containers of a service, which are their host names too."""
        labels = ("com.docker.compose.project=sweep-test", f"com.docker.compose.service={service}")
        filters = [part for label in labels for part in ("--filter", f"label={label}")]
        return self.run("docker", "ps", "--quiet", *filters).split()

    def inside(self, service: str, *command: str) -> str:
        return self.run("docker", "exec", self.containers(service)[0], *command)

    def ended(self) -> int:
        return int(self.inside("head", "python", "-c", COUNT))


def status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    for image in IMAGES:
        inspection = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
        if inspection.returncode and subprocess.run(["docker", "pull", "--quiet", image], check=False).returncode:
            pytest.skip(f"the image {image} is neither here nor to be had")
    cluster = Cluster(tmp_path_factory.mktemp("project"))
    try:
        cluster.run("sweep", "catalog", "demo", "data/demo")
        cluster.run("make", "cluster-up")
        yield cluster
    finally:
        cluster.run("make", "cluster-down", "VOLUMES=--volumes")


@pytest.fixture(scope="module")
def disturbed(cluster):
    """The built-in grid, submitted from outside; a worker is killed in the middle, and a new one comes."""
    address = f"http://127.0.0.1:{cluster.ray}"
    submitted = cluster.start(
        "sweep", "submit", "search_spaces/demo_grid.yaml", "--address", address, "--set", "catalog=/data/demo",
        "--runs", "/runs", "--tracking-uri", "http://mlflow:5000", "--follow",
    )  # fmt: skip
    while cluster.ended() < BEFORE:
        assert submitted.poll() is None, submitted.communicate()[0]
        time.sleep(0.5)
    victim, survivor = cluster.containers("worker")
    cluster.run("docker", "kill", victim)
    cluster.run("docker", "rm", victim)  # as of a machine that is gone: the next one is another
    cluster.run("docker/cluster", "compose", "up", "--detach", "--scale", "worker=2")
    (newcomer,) = set(cluster.containers("worker")) - {survivor}
    output, _ = submitted.communicate()
    assert submitted.returncode == 0, output
    cluster.run("sweep", "fetch", "spy-score-grid", "--address", address, "--runs-dir", "runs/cluster")
    (table,) = (cluster.folder / "runs" / "cluster").glob("*/trials.parquet")
    return pd.read_parquet(table), victim, newcomer, table.parent.name


@pytest.fixture(scope="module")
def here(cluster):
    """The table of the same sweep on this machine, one trial after another."""
    cluster.run(
        "sweep", "run", "search_spaces/demo_grid.yaml", "--runs-dir", "runs/here", "--tracking-uri", "none",
        "--executor", "inline",
    )  # fmt: skip
    (table,) = (cluster.folder / "runs" / "here").glob("*/trials.parquet")
    return pd.read_parquet(table)


def same(table: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(table.drop(columns=PASSING), expected.drop(columns=PASSING), check_exact=True)


def test_the_table_is_the_workstation_s(disturbed, here):
    assert len(here) == TRIALS
    same(disturbed[0], here)


def test_a_worker_was_lost_and_a_new_one_took_part(disturbed):
    table, victim, newcomer, _ = disturbed
    hosts = Counter(table["worker"].str.partition(":")[0])
    assert hosts[victim] > 0
    assert hosts[newcomer] > 0
    assert table["attempt"].max() > 1


def test_mlflow_shows_each_trial_once(cluster, disturbed):
    base = f"http://127.0.0.1:{cluster.mlflow}/api/2.0/mlflow"
    headers = {"Authorization": cluster.login, "Content-Type": "application/json"}

    def asked(path: str, body: dict) -> dict:
        request = urllib.request.Request(f"{base}/{path}", json.dumps(body).encode(), headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    experiments = [e["experiment_id"] for e in asked("experiments/search", {"max_results": 100})["experiments"]]
    runs = asked("runs/search", {"experiment_ids": experiments, "max_results": 1000})["runs"]
    tags = [{tag["key"]: tag["value"] for tag in run["data"]["tags"]} for run in runs]
    kinds = Counter(t["sweep.kind"] for t in tags)
    assert kinds == {"sweep": 1, "trial": TRIALS}
    assert {t["sweep.trial"] for t in tags if t["sweep.kind"] == "trial"} == {str(n) for n in range(TRIALS)}
    assert {run["info"]["status"] for run in runs} == {"FINISHED"}
    count = "psql --username=mlflow --host=127.0.0.1 --tuples-only --command='SELECT count(*) FROM runs' mlflow"
    output = cluster.inside("postgres", "sh", "-c", f'PGPASSWORD="$POSTGRES_PASSWORD" {count}')
    assert int(output) == TRIALS + 1


def test_nobody_gets_in_without_a_token_or_a_login(cluster):
    ray, mlflow = f"http://127.0.0.1:{cluster.ray}", f"http://127.0.0.1:{cluster.mlflow}"
    assert status(f"{ray}/api/jobs/") == 401
    assert status(f"{ray}/api/jobs/", Authorization="Bearer wrong") == 403
    assert status(f"{ray}/api/jobs/", Authorization=f"Bearer {cluster.secrets['RAY_AUTH_TOKEN']}") == 200
    assert status(f"{mlflow}/api/2.0/mlflow/experiments/search?max_results=1") == 401
    assert status(f"{mlflow}/", Authorization=cluster.login) == 200
    assert status(f"{mlflow}/", Authorization=cluster.login, Host="elsewhere.example") == 403


def test_code_of_users_reaches_the_cluster_and_nothing_else(cluster):
    reach = "python -c \"import socket; socket.create_connection(('{}', {}), timeout=5)\" 2>&1 || true"
    for service in ("head", "worker"):
        assert not cluster.inside(service, "sh", "-c", reach.format("mlflow", 5000))
        assert re.search("unreachable|Timeout", cluster.inside(service, "sh", "-c", reach.format("192.0.2.1", 443)))
        assert "socket.gaierror" in cluster.inside(service, "sh", "-c", reach.format("postgres", 5432))


def test_containers_can_change_nothing_but_their_volumes(cluster):
    for service in ("head", "worker", "mlflow"):
        assert cluster.inside(service, "id", "--user").strip() == "1000"
        output = cluster.inside(service, "sh", "-c", "touch /opt/sweep/x 2>&1 || true")
        assert "Read-only file system" in output
    output = cluster.inside("worker", "sh", "-c", "touch /data/demo/x 2>&1 || true")
    assert "Read-only file system" in output


def test_secrets_are_in_no_command_label_or_log(cluster, disturbed):
    secrets = [value for value in cluster.secrets.values() if re.fullmatch("[0-9a-f]{48}", value)]
    assert len(secrets) == 4
    for service in ("head", "worker", "mlflow", "postgres"):
        for container in cluster.containers(service):
            (details,) = json.loads(cluster.run("docker", "inspect", container))
            text = json.dumps([details["Config"]["Cmd"], details["Config"]["Labels"], details["Path"], details["Args"]])
            text += cluster.run("docker", "logs", container)
            assert not [secret for secret in secrets if secret in text]
    jobs = cluster.run(
        "curl", "--silent", "--header", f"Authorization: Bearer {cluster.secrets['RAY_AUTH_TOKEN']}",
        f"http://127.0.0.1:{cluster.ray}/api/jobs/",
    )  # fmt: skip
    assert "spy-score-grid" in jobs
    assert not [secret for secret in secrets if secret in jobs]
    runs = b"".join(p.read_bytes() for p in (cluster.folder / "runs" / "cluster").rglob("*") if p.is_file())
    assert not [secret for secret in secrets if secret.encode() in runs]


def test_everything_listens_on_this_machine_alone(cluster):
    for service in ("head", "worker", "mlflow", "postgres"):
        for container in cluster.containers(service):
            (details,) = json.loads(cluster.run("docker", "inspect", container))
            bound = [at["HostIp"] for ports in details["NetworkSettings"]["Ports"].values() for at in ports or []]
            assert set(bound) <= {"127.0.0.1"}


def test_up_again_changes_nothing(cluster):
    before = {service: cluster.containers(service) for service in ("head", "worker", "mlflow", "postgres")}
    cluster.run("make", "cluster-up")
    assert {service: cluster.containers(service) for service in before} == before


def test_the_same_with_the_catalog_on_an_s3_server(cluster, here, monkeypatch):
    cluster.run("env", "S3=1", "docker/cluster", "up")  # writes the keys: from here on they are in docker/.env
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cluster.s3}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, cluster.secrets[name])
    store, catalog = ObjectStore("s3://catalogs/demo"), cluster.folder / "data" / "demo"
    for file in (path for path in catalog.rglob("*") if path.is_file()):
        store.put(file.relative_to(catalog).as_posix(), file)
    address = f"http://127.0.0.1:{cluster.ray}"
    cluster.run(
        "sweep", "submit", "search_spaces/demo_grid.yaml", "--address", address, "--set", "catalog=s3://catalogs/demo",
        "--runs", "/runs/s3", "--tracking-uri", "none", "--follow",
    )  # fmt: skip
    cluster.run("sweep", "fetch", "spy-score-grid", "--address", address, "--runs-dir", "runs/s3")
    (table,) = (cluster.folder / "runs" / "s3").glob("*/trials.parquet")
    same(pd.read_parquet(table), here)
    for container in cluster.containers("worker"):
        files = cluster.run("docker", "exec", container, "find", "/cache/sweep/catalogs/objects", "-type", "f").split()
        loose = cluster.run(
            "docker", "exec", container, "find", "/cache/sweep/catalogs/objects", "-type", "f", "-perm", "/222"
        )
        assert files
        assert not loose
