import signal
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.request import urlopen

import pytest

from sweep.errors import InputError, SweepError
from sweep.tracking.factory import sync
from sweep.tracking.mlflow import ui_views
from sweep.tracking.mlflow.ui_server import reachable, ui
from tests.tracking.servers import free_port
from tests.tracking.sweeps import FACTS


def test_a_port_in_use_and_a_store_that_is_missing_are_said_at_once(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError) as error:
            ui(f"sqlite:///{tmp_path}/mlflow.db", taken.getsockname()[1])
    assert [p.where for p in error.value.problems] == ["--tracking-uri", "--port"]


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_is_none_is_said(uri, port):
    with pytest.raises(InputError, match="--port"):
        ui(uri, port)


@pytest.mark.slow
def test_a_server_that_does_not_start_is_quoted(tmp_path):
    (tmp_path / "text.db").write_text("no database, and longer than a header of one" * 99)
    with pytest.raises(SweepError, match=r"did not start(.|\n)*not a database"):
        ui(f"sqlite:///{tmp_path}/text.db", free_port())


def test_a_server_is_named_not_served():
    messages = []
    ui("http://host:5000", 5000, messages.append)
    assert messages == ["an MLflow server is its own UI: http://host:5000"]


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_ui_is_served_to_this_machine_until_it_is_stopped(uri, sweep, view, stop):
    assert sync(sweep(2).path, uri).left == 0
    port = free_port()
    printer = "lambda line: print(line, flush=True)"
    code = f"from sweep.tracking.mlflow.ui_server import ui; ui({uri!r}, {port}, {printer}, show={printer})"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as served:
        try:
            assert served.stdout
            assert served.stdout.readline().endswith(f"http://127.0.0.1:{port}\n")
            link = ui_views.link(view.parent.info.experiment_id, FACTS["id"])
            assert link in served.stdout.readline()
            assert served.stdout.readline() == f"http://127.0.0.1:{port}{link}\n", "the browser shows the sweep"
            with urlopen(f"http://127.0.0.1:{port}/") as page:
                assert b"MLflow" in page.read()
        finally:
            served.send_signal(stop)
        assert served.wait(30) == 0
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    pytest.fail("something still listens")


def test_a_store_that_does_not_exist_yet_can_be_made(tmp_path):
    fits, message = reachable(f"sqlite:///{tmp_path}/new/mlflow.db")
    assert fits
    assert "will be made" in message


def test_a_store_is_counted(uri):
    assert reachable(uri)[0]
    assert reachable(uri)[1].endswith("holds 0 runs")


def test_another_file_is_no_store(tmp_path):
    (tmp_path / "text.db").write_text("no database, and longer than a header of one" * 99)
    fits, message = reachable(f"sqlite:///{tmp_path}/text.db")
    assert not fits
    assert "no MLflow store" in message


def test_a_bad_address_is_said():
    assert reachable("sqllite:///x") == (False, reachable("sqllite:///x")[1])
    assert "did you mean" in reachable("sqllite:///x")[1]


def test_nobody_listens():
    fits, message = reachable(f"http://127.0.0.1:{free_port()}")
    assert not fits
    assert "does not answer" in message


def answering(status: int, body: bytes):
    """A server that answers everything in the same way, and keeps their requests."""

    class Handler(BaseHTTPRequestHandler):
        requests: list[tuple[str, str | None]] = []  # noqa: RUF012

        def do_GET(self):
            self.requests.append((self.path, self.headers.get("Authorization")))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Silence."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server, Handler.requests


@pytest.mark.parametrize(
    ("status", "body", "fits", "words"),
    [
        (200, b'{"experiments": []}', True, "MLflow"),
        (200, b"<html>", False, "not answer as an MLflow server"),
        (401, b"", False, "asks for a login"),
        (403, b"Invalid Host header", False, "--allowed-hosts"),
        (500, b"", False, "status 500"),
    ],
)
def test_what_a_server_answers(status, body, fits, words):
    server, _ = answering(status, body)
    answers, message = reachable(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
    assert answers is fits
    assert words in message


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, None),
        ({"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": "pw"}, "Basic bWU6cHc="),
        ({"MLFLOW_TRACKING_TOKEN": "t0"}, "Bearer t0"),
    ],
)
def test_the_login_is_sent(settings, sent, monkeypatch):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    server, requests = answering(200, b"{}")
    reachable(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
    assert requests
    assert {login for _, login in requests} == {sent}
