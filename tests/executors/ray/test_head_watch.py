"""Watch over the head of a cluster."""

import socket
import threading

from sweep.executors.ray import head_watch
from sweep.executors.ray.head_watch import HeadWatch, answers


def test_a_head_that_leaves_is_counted_and_said_once(monkeypatch):
    monkeypatch.setattr(head_watch, "INTERVAL", 0.01)
    words: list[str] = []
    is_said = threading.Event()

    def say(text: str) -> None:
        words.append(text)
        is_said.set()

    with socket.create_server(("127.0.0.1", 0)) as head:
        watch = HeadWatch(f"127.0.0.1:{head.getsockname()[1]}", say, lambda: "go on with: sweep resume")
        assert watch.answers()
        assert not watch.is_gone
    assert is_said.wait(60)
    assert watch.is_gone
    assert not watch.answers()
    watch.close()
    assert words == ["go on with: sweep resume"]


def test_a_head_that_comes_back_is_not_gone(monkeypatch):
    monkeypatch.setattr(head_watch, "INTERVAL", 3600.0)
    with socket.create_server(("127.0.0.1", 0)) as head:
        watch = HeadWatch(f"127.0.0.1:{head.getsockname()[1]}", lambda _: None, lambda: "")
        watch.missed = head_watch.GONE - 1
        watch.look()
        assert watch.missed == 0
        watch.close()


def test_addresses_of_both_kinds_are_read():
    assert not answers("127.0.0.1:1")
    assert not answers("[::1]:1")
