"""The starter of a worker hands itself over to the fork server, or is the worker: never both, never neither."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from sweep.executors.ray import fork_server, forked_worker

START = "from sweep.executors.ray import forked_worker; forked_worker.PATIENCE = {}; forked_worker.main()"


@pytest.fixture
def listener(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "f"))
        server.listen()
        server.settimeout(60)
        yield server


@pytest.fixture
def start(tmp_path):
    """Begin a starter whose worker would write its arguments; what is called then returns what was written."""
    program, output = tmp_path / "program.py", tmp_path / "output"  # no pipe: a request has its end with it
    program.write_text("import sys; print('a worker', *sys.argv[1:])")
    begun: list[subprocess.Popen[bytes]] = []

    def begin(patience: float) -> Callable[[], str]:
        places = {forked_worker.SERVER: str(tmp_path / "f"), forked_worker.PROGRAM: str(program)}
        command = [sys.executable, "-c", START.format(patience), "one", "two"]
        with output.open("wb") as file:
            starter = subprocess.Popen(command, env=os.environ | places, stdout=file)
        begun.append(starter)
        return lambda: output.read_text() if starter.wait(60) == 0 else "failed"

    yield begin
    for starter in begun:
        starter.kill()
        starter.wait()


def test_a_starter_that_is_taken_over_ends(listener, start):
    written = start(60.0)
    with listener.accept()[0] as connection:
        request, streams = fork_server._request(connection)
        assert request["arguments"] == ["one", "two"] and len(streams) == 3
        assert fork_server._take_over(connection)
        os.write(streams[1], b"a copy")
        for stream in streams:
            os.close(stream)
    assert written() == "a copy"


def test_a_server_that_answers_too_late_makes_no_second_worker(listener, start):
    """As one that is stopped, and later continues."""
    assert start(0.1)() == "a worker one two\n"
    with listener.accept()[0] as connection:
        request, streams = fork_server._request(connection)
        for stream in streams:
            os.close(stream)
        assert request and not fork_server._take_over(connection)


@pytest.mark.parametrize("answers", [True, False])
def test_an_answer_in_the_last_moment_counts(answers, monkeypatch):
    """It lies in the socket when the starter stops to wait for it."""
    ours, theirs = socket.socketpair()

    class Late(socket.socket):
        def shutdown(self, how: int) -> None:
            assert not answers or fork_server._take_over(theirs)
            super().shutdown(how)

    monkeypatch.setattr(forked_worker, "PATIENCE", 0.01)
    with theirs, Late(fileno=ours.detach()) as starter:
        assert forked_worker._is_taken(starter) is answers
        assert not fork_server._take_over(theirs)


def test_a_starter_that_nobody_hears_is_the_worker(start):
    assert start(60.0)() == "a worker one two\n"


@pytest.mark.parametrize("part", [b"", b'{"program": "x", "argu'])
def test_a_starter_that_dies_in_the_middle_of_its_request_is_left_aside(part):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(part)
        theirs.close()
        assert fork_server._request(ours) == ({}, [])
