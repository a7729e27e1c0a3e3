"""The MLflow UI, and whether a store can be reached. MLflow itself is not imported: it takes seconds."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from sweep.common import extras
from sweep.errors import InputError, Problem, SweepError
from sweep.tracking.mlflow.ui_views import link, run_page
from sweep.tracking.tracking_uri import TrackingStore, home, problems

HOST = "127.0.0.1"
TIMEOUT = 5.0  # seconds for one answer
STARTING = 120.0  # seconds that the server may take to come up
SETTINGS = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
STORE = "MLFLOW_BACKEND_STORE_URI"  # read by the server; other users see command lines, but no environment
REFUSALS = {
    401: "asks for a login: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
    403: "refuses: check the login, and --allowed-hosts of the server",
}
SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"


def ui(uri: str, port: int, say: Callable[[str], None] = print, *, show: Callable[[str], object] | None = None) -> None:
    """Serve the MLflow UI on a store, to this machine alone, until Ctrl-C. A server is named instead of served.

    `show` is called with the address of the latest sweep, or else of the home page.
    """
    store = TrackingStore.at(uri)
    _check(store, port)
    if store.is_server:
        return say(f"an MLflow server is its own UI: {store.shown}")
    url = f"http://{HOST}:{port}"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the server too, as Ctrl-C does
    with (
        TemporaryFile() as log,
        subprocess.Popen(
            _command(store, port), env=os.environ | SETTINGS | home() | {STORE: store.opened}, stdout=log, stderr=log
        ) as server,
    ):
        try:
            _await(server, url, log, store)
            say(f"MLflow UI of {store.shown}, until Ctrl-C: {url}")
            if view := latest(url):
                say(f"The latest sweep: {url}{view}")
            if show:
                show(f"{url}{view}")
            server.wait()
        except KeyboardInterrupt:
            pass
        finally:
            _end(server)
    return None


def _check(store: TrackingStore, port: int) -> None:
    mistakes = problems(store.uri, "--tracking-uri")
    if not store.is_server:
        mistakes += extras.missing("ui", "sweep ui")
    if not mistakes and store.path and not store.path.exists():
        remedy = "`sweep run` makes one; --tracking-uri names another"
        mistakes.append(Problem("--tracking-uri", "there is no MLflow store yet", store.shown, remedy))
    if not store.is_server and not _is_free(port):
        mistakes.append(Problem("--port", "another program listens there", port, "choose another with --port"))
    if mistakes:
        raise InputError(mistakes)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _command(store: TrackingStore, port: int) -> list[str]:
    quiet = ["--uvicorn-opts", "--log-level warning"]
    place = ["--artifacts-destination", str(store.artifacts)] if store.artifacts else []
    app = ["--app-name", "sweep", "--host", HOST, "--port", str(port), "--workers", "1"]
    return [sys.executable, "-m", "mlflow", "server", *app, *place, *quiet]


def _await(server: subprocess.Popen[bytes], url: str, log: IO[bytes], store: TrackingStore) -> None:
    deadline = time.monotonic() + STARTING
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"{url}/health", timeout=TIMEOUT):  # noqa: S310 (our own address)
                return
        except OSError:
            time.sleep(0.2)
    log.seek(0)
    words = store.hide(log.read().decode(errors="replace")).strip().splitlines()[-10:]
    raise SweepError("\n".join([f"the MLflow server did not start (status {server.poll()}); it said:", *words]))


def latest(url: str) -> str:
    """The view of the sweep that began last, if there is one; its parent run where its trials have no runs."""
    experiments = json.loads(_get(url, "/api/2.0/mlflow/experiments/search?max_results=1000")).get("experiments", [])
    query = {"filter": "tags.`sweep.kind` = 'sweep'", "order_by": ["start_time DESC"], "max_results": 1}
    query["experiment_ids"] = [e["experiment_id"] for e in experiments]
    runs = json.loads(_get(url, "/api/2.0/mlflow/runs/search", json.dumps(query).encode())).get("runs", [])
    if not runs:
        return ""
    tags = {tag["key"]: tag["value"] for tag in runs[0]["data"]["tags"]}
    experiment, run = runs[0]["info"]["experiment_id"], runs[0]["info"]["run_id"]
    return run_page(experiment, run) if tags.get("sweep.children") == "none" else link(experiment, tags["sweep.id"])


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()


def reachable(uri: str) -> tuple[bool, str]:
    """Test if sweeps can be mirrored to a store now; return the result as a sentence too."""
    store = TrackingStore.at(uri)
    if mistakes := problems(uri):
        return False, str(mistakes[0])
    if store.is_server:
        return _server_answers(store)
    return _file_opens(store.path) if store.path else _database_answers(store)


def _server_answers(store: TrackingStore) -> tuple[bool, str]:
    try:
        version = _get(store.uri, "/version").decode(errors="replace")[:20]
        json.loads(_get(store.uri, SEARCH))
    except HTTPError as error:
        return False, f"{store.shown} {REFUSALS.get(error.code, f'answers with status {error.code}')}"
    except URLError as error:
        return False, f"{store.shown} does not answer: {error.reason}"
    except (OSError, ValueError) as error:
        return False, f"{store.shown} does not answer as an MLflow server does: {error}"
    return True, f"MLflow {version} at {store.shown}"


def _get(uri: str, path: str, body: bytes | None = None) -> bytes:
    name, password = (os.environ.get(f"MLFLOW_TRACKING_{n}", "") for n in ("USERNAME", "PASSWORD"))
    login = f"{name}:{password}" if name else ""
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    headers = {"Authorization": f"Basic {b64encode(login.encode()).decode()}"} if login else {}
    headers |= {"Authorization": f"Bearer {token}"} if token and not login else {}
    headers |= {"Content-Type": "application/json"} if body else {}
    request = Request(uri.rstrip("/") + path, body, headers)  # noqa: S310 (http or https: Store.is_server)
    with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        return answer.read()


def _file_opens(path: Path) -> tuple[bool, str]:
    if not path.exists():
        parent = next(p for p in path.parents if p.exists())
        can = os.access(parent, os.W_OK)
        return can, f"{path} {'will be made by the first sweep' if can else f'cannot be made: {parent} is read-only'}"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=TIMEOUT)) as db:
            (runs,) = db.execute("SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'").fetchone()
    except sqlite3.Error as error:
        return False, f"{path} is no MLflow store: {error}"
    return os.access(path, os.W_OK), f"{path} holds {runs} runs" + (
        "" if os.access(path, os.W_OK) else " and is read-only"
    )


def _database_answers(store: TrackingStore) -> tuple[bool, str]:
    if store.uri.startswith("databricks"):
        return True, "Databricks (not tried)"
    from sqlalchemy import create_engine  # comes with MLflow
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with create_engine(store.opened).connect():
            return True, f"{store.shown} answers"
    except (SQLAlchemyError, ImportError) as error:
        return False, f"{store.shown} does not answer: {store.hide(str(error)).splitlines()[0]}"
