"""Processes and threads that a trial leaves, in this process: really forked, really left."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import forkserver, get_context, resource_tracker
from pathlib import Path

import pytest

from sweep.executors.worker import watchdog
from sweep.executors.worker.left_behind import TICKS, Present, adopting_orphans

LONG = 600


def fork(act: Callable[[], object] = lambda: None) -> int:
    if (pid := os.fork()) == 0:
        try:
            act()
            time.sleep(LONG)
        finally:
            os._exit(0)
    return pid


def daemon(note: Path) -> int:
    """A grandchild in a session of its own, whose parent has ended."""

    def leave() -> None:
        os.setsid()
        if (pid := os.fork()) > 0:
            note.write_text(str(pid))
            os._exit(0)

    os.waitpid(fork(leave), 0)
    return int(note.read_text())


def command() -> int:
    process = subprocess.Popen(["sleep", str(LONG)], start_new_session=True)
    process.returncode = 0  # others wait for it; its object need not warn that nobody has
    return process.pid


def is_alive(pid: int) -> bool:
    return watchdog.stat(pid)[:1] not in ([], ["Z"])


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_children_of_a_trial_are_ended_and_reaped_and_no_others(tmp_path: Path):
    before = fork()
    with adopting_orphans():
        present = Present.now()
        left = [fork(), fork(fork), daemon(tmp_path / "pid"), command()]
        in_thread: list[int] = []
        thread = threading.Thread(target=lambda: in_thread.append(command()))
        thread.start()
        thread.join()
        names = present.end_processes()
    assert len(names) >= 5
    assert "sleep" in names
    assert not any(map(is_alive, [*left, *in_thread]))
    assert not any(watchdog.stat(pid) for pid in [*left, *in_thread]), "nobody waited for them"
    assert is_alive(before)
    watchdog.kill([before])
    os.waitpid(before, 0)


def test_a_child_of_a_thread_that_was_there_before_and_ends_meanwhile_lives_on():
    """The system hands it to the main thread then: it may be what a notebook began."""
    begun, ended, children = threading.Event(), threading.Event(), list[int]()

    def another() -> None:
        children.append(command())
        begun.set()
        ended.wait(10)

    thread = threading.Thread(target=another)
    thread.start()
    begun.wait(10)
    time.sleep(2 / TICKS)
    present = Present.now()
    ended.set()
    thread.join()
    assert present.end_processes() == []
    assert is_alive(children[0])
    watchdog.kill(children)
    os.waitpid(children[0], 0)


@pytest.mark.parametrize("method", ["fork", "forkserver"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_pool_that_was_left_open_leaves_nothing_and_the_next_one_works(method: str):
    context = get_context(method)
    with adopting_orphans():
        for _ in range(2):
            present = Present.now()
            pool = ProcessPoolExecutor(1, mp_context=context)
            pool.submit(time.sleep, LONG)
            assert present.end_processes()
            assert present.threads_left() == []
            assert present.end_processes() == []


def test_a_trial_without_children_ends_nothing():
    present = Present.now()
    assert present.end_processes() == []
    assert present.threads_left() == []


def test_a_pool_of_threads_is_left_only_while_it_works():
    present, over = Present.now(), threading.Event()
    pool = ThreadPoolExecutor(1, thread_name_prefix="own")
    pool.submit(over.wait)
    assert present.threads_left() == ["own_0"]
    over.set()
    deadline = time.monotonic() + 10
    while present.threads_left() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert present.threads_left() == []
    pool.shutdown()


def test_orphans_are_adopted_inside_only(tmp_path: Path):
    with adopting_orphans():
        pid = daemon(tmp_path / "in")
        assert int(watchdog.stat(pid)[1]) == os.getpid()
        watchdog.kill([pid])
        os.waitpid(pid, 0)
    pid = daemon(tmp_path / "out")
    assert int(watchdog.stat(pid)[1]) != os.getpid()
    watchdog.kill([pid])


@pytest.mark.parametrize("kind", ["partial", "timer", "subclass"])
def test_a_thread_that_a_trial_leaves_behind_is_seen(kind):
    over = threading.Event()

    class Own(threading.Thread):
        def run(self) -> None:
            over.wait()

    threads = {
        "partial": lambda: threading.Thread(target=partial(over.wait), daemon=True),
        "timer": lambda: threading.Timer(30, print, ["late"]),
        "subclass": lambda: Own(daemon=True),
    }
    thread = threads[kind]()
    present = Present.now()
    thread.start()
    assert present.threads_left() == [thread.name]
    over.set()
    thread.cancel() if isinstance(thread, threading.Timer) else None
    thread.join()


def test_threads_that_ended_or_were_there_before_do_no_harm():
    over = threading.Event()
    before = threading.Thread(target=over.wait, daemon=True)
    before.start()
    present = Present.now()
    ended = threading.Thread(target=int)
    ended.start()
    ended.join()
    over.set()
    before.join()
    assert present.threads_left() == []


@pytest.mark.parametrize("library", ["ray.util.client", "concurrent.futures.process"])
def test_threads_of_libraries_do_no_harm(library):
    over = threading.Event()
    kind = type("Own", (threading.Thread,), {"__module__": library, "run": lambda _: over.wait()})
    present = Present.now()
    (thread := kind(daemon=True)).start()
    assert present.threads_left() == []
    over.set()
    thread.join()


def test_python_has_the_private_names_that_are_used():
    """Seen with Python 3.13 and 3.14. A name that is gone would hide what a trial leaves, without an error."""
    threads = threading.Thread(target=daemon)
    assert vars(threads)["_target"] is daemon
    assert callable(vars(type(forkserver._forkserver))["_stop"])
    assert isinstance(forkserver._forkserver._forkserver_pid, int | None)
    assert isinstance(resource_tracker._resource_tracker._pid, int | None)
