"""Addresses of clusters, and jobs by sweep. Real clusters are in test_cluster.py."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sweep.cluster import client
from sweep.cluster.client import Cluster, answer, base
from sweep.cluster.job import Job
from sweep.errors import InputError, SweepError


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://head:8265", "http://head:8265"),
        ("http://head:8265/", "http://head:8265"),
        ("head", "http://head:8265"),
        ("head:80", "http://head:80"),
        ("https://head", "https://head:443"),
        ("http://[::1]:8265", "http://[::1]:8265"),
    ],
)
def test_an_address_is_the_head_s_http_port(address, url):
    assert base(address) == url


@pytest.mark.parametrize(
    "address",
    [
        "  ",
        "a b:8265",
        "http://a\x1bb",
        "ray://head:10001",
        "http://",
        "auto://",
        "http://head:port",
        "http://[::1",
        "a]b",
    ],
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InputError, match=r"--address: must be http://HOST:PORT"):
        base(address)


@pytest.mark.parametrize("login", ["me:hunter2", "hunter2", "me:hunter2/x", "me:a?hunter2", "me:[hunter2"])
def test_an_address_does_not_carry_a_password(login):
    with pytest.raises(InputError, match="must not hold a name or a password") as caught:
        base(f"http://{login}@head:8265")
    assert "hunter2" not in str(caught.value)


def test_nobody_there_is_said_at_once():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(InputError, match="nothing answers there"):
        Cluster(f"http://127.0.0.1:{port}")


class Other(BaseHTTPRequestHandler):
    """Some other server."""

    status, body = 200, b"<html>hello</html>"

    def do_GET(self):
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>hello</html>"), (200, b"[]"), (404, b"nothing")])
def test_another_server_is_no_dashboard(status, body):
    with HTTPServer(("127.0.0.1", 0), type("Kind", (Other,), {"status": status, "body": body})) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(InputError, match="is no Ray dashboard.*8265"):
            Cluster(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_a_server_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(client, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(InputError, match="no answer within"):
        Cluster(f"http://127.0.0.1:{silent.getsockname()[1]}")


def job(sweep: str, attempt: int = 1) -> Job:
    return Job(f"{sweep}-{attempt}", sweep, "/runs", "RUNNING", attempt, 1.0 * attempt, None, None, "")


class Listed(Cluster):
    """A cluster of which only the list of its jobs is known."""

    def __init__(self, *jobs: Job) -> None:
        self._jobs = sorted(jobs, key=lambda j: j.started or 0, reverse=True)

    def jobs(self):
        return self._jobs


@pytest.mark.parametrize(
    ("name", "job_name"),
    [
        ("a-11111111", "a-11111111-3"),
        ("a-11111111-1", "a-11111111-1"),
        ("a", "a-11111111-3"),
        ("a-1", "a-11111111-3"),
        ("b-x", "b-x-22222222-1"),
        ("b-x-2", "b-x-22222222-1"),
    ],
)
def test_a_job_is_found_by_its_sweep_or_its_own_name(name, job_name):
    jobs = Listed(job("a-11111111"), job("a-11111111", 3), job("b-x-22222222"), job("ab-33333333", 9))
    assert jobs.find(name).name == job_name


def test_a_beginning_of_several_sweeps_is_refused():
    with pytest.raises(InputError, match="several sweeps.*one of a-11111111, a-12222222"):
        Listed(job("a-11111111"), job("a-12222222")).find("a-1")


def test_an_unknown_job_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'grid-11111111'"):
        Listed(job("grid-11111111")).find("gird-11111111")


def test_an_answer_is_the_marked_line_among_others():
    assert answer('noise\nsweep-answer {"a": 1}\nmore') == {"a": 1}
    assert answer("Traceback …") is None


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", '"text"', "[" * 100_000])
def test_an_answer_of_another_form_is_refused(text):
    with pytest.raises(SweepError, match="none of sweep's"):
        answer(f"sweep-answer {text}\n")
