"""Crash files of dead workers, and the recycling of workers."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sweep.errors import Reason
from sweep.executors.limits import Limits
from sweep.executors.worker import crash_recorder, watchdog
from sweep.executors.worker.crash_recorder import Worker, find_crash_cause, last_output, record_crash, terminal_stderr


@pytest.fixture
def worker(monkeypatch) -> Worker:
    """This process as a new worker."""
    fresh = Worker()
    monkeypatch.setattr(crash_recorder, "worker", fresh)
    return fresh


def say(text: str) -> None:
    os.write(2, text.encode())


def test_a_record_is_kept_while_the_trial_runs_and_gone_after(worker):
    with record_crash("t", Limits()) as crash_file:
        say("a word")
        assert last_output(crash_file) == "a word"
    assert not list(crash_file.parent.glob(f"{crash_file.name}*"))
    assert worker.trials == 1


def test_what_is_said_aloud_goes_past_the_record(worker, capfd):
    with record_crash("t", Limits()) as crash_file:
        with terminal_stderr():
            say("to the user")
        say("to the record")
        assert last_output(crash_file) == "to the record"
    with terminal_stderr():
        say(", always")
    assert capfd.readouterr().err == "to the user, always"


def test_a_new_worker_is_never_spent_however_little_it_may_use(worker):
    tiny = Limits(memory_bytes=1)
    assert not worker.needs_recycling(tiny)
    with record_crash("t", Limits()):
        pass
    assert worker.needs_recycling(tiny)
    assert not worker.needs_recycling(Limits(memory_bytes=2**50))


def test_a_worker_where_a_trial_left_threads_runs_no_other_and_is_ended_if_they_hold_it(worker):
    with record_crash("t", Limits()):
        pass
    assert not worker.needs_recycling(Limits(memory_bytes=2**50))
    worker.has_leaked_threads = True
    assert worker.needs_recycling(Limits(memory_bytes=2**50))


def test_a_worker_in_which_not_all_was_set_back_runs_no_other_trial(worker):
    with pytest.raises(LookupError), record_crash("t", Limits()):
        raise LookupError
    assert worker.needs_recycling(Limits(memory_bytes=2**50))


def leave(name: str, text: str, verdict: str = "", fatal: str = "") -> int:
    """Write the crash files of a dead worker; return its pid."""
    pid = 2**22 + 1  # beyond what the system gives
    crash_file = crash_recorder.crash_directory() / f"{pid}-{name}.crash"
    crash_file.write_text(text)
    (crash_file.parent / f"{crash_file.name}.fatal").write_text(fatal)
    if verdict:
        (crash_file.parent / f"{crash_file.name}.verdict").write_text(verdict)
    return pid


@pytest.mark.parametrize(
    ("text", "verdict", "reason", "message"),
    [
        ("File x", '{"limit": "seconds"}', Reason.TIMEOUT, "still running after 2 s"),
        ("", '{"limit": "bytes"}', Reason.MEMORY, "grew beyond 1 MiB"),
        ("Fatal Python error: Aborted\n", "", Reason.CRASH, "died: it exited or was killed, after"),
        ("", "", Reason.CRASH, "exited or was killed"),
        ("", "half a verd", Reason.CRASH, "exited or was killed"),
    ],
)
def test_an_autopsy_tells_why_and_leaves_nothing(text, verdict, reason, message):
    cause = find_crash_cause(leave("k", text, verdict), "k", Limits(2, 2**20))
    assert cause.reason is reason
    assert message in cause.message
    assert cause.trace == text.strip()
    assert not list(crash_recorder.crash_directory().glob("*-k.crash_file*"))


def test_a_fatal_error_of_the_worker_itself_is_its_cause_whatever_was_written_before():
    own = "Fatal Python error: Aborted\n" + "x" * crash_recorder.TAIL  # a long traceback
    cause = find_crash_cause(leave("k", "Fatal Python error: Bus error", fatal=own), "k", Limits())
    assert (cause.message, cause.is_unknown) == ("the worker process died: Aborted", False)
    assert cause.trace == "Fatal Python error: Bus error\n\n" + "x" * crash_recorder.TAIL


DIE = "os.kill(os.getpid(), signal.SIGSEGV)"
CHILDREN = {
    "fork": f"{DIE} if os.fork() == 0 else os.wait()",
    "program": f"subprocess.run([sys.executable, '-X', 'faulthandler', '-c', 'import os, signal; {DIE}'])",
    "none": "pass",
}
TREE = """
import os, signal, subprocess, sys
from sweep.executors.limits import Limits
from sweep.executors.worker.crash_recorder import record_crash
with record_crash("tree", Limits()):
    {child}
    {end}
"""


@pytest.mark.parametrize(
    ("child", "end", "message"),
    [
        ("fork", "os._exit(1)", "exited or was killed, after Python or a child of it wrote: Segmentation fault"),
        ("program", "os._exit(1)", "exited or was killed, after Python or a child of it wrote: Segmentation fault"),
        ("fork", "os.abort()", "died: Aborted"),
        ("program", "os.kill(os.getpid(), 9)", "exited or was killed, after"),
        ("none", DIE, "died: Segmentation fault"),
    ],
)
def test_the_fault_of_a_child_is_not_taken_for_that_of_the_worker(child, end, message):
    code = TREE.format(child=CHILDREN[child], end=end)
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    _, errors = process.communicate(timeout=60)
    assert not errors
    assert message in find_crash_cause(process.pid, "tree", Limits()).message


@pytest.mark.parametrize(
    ("kills", "text", "reason", "message"),
    [
        (8, "half a line", Reason.MEMORY, "the kernel killed it"),
        (7, "half a line", Reason.CRASH, "exited or was killed"),
        (8, "Fatal Python error: Aborted", Reason.CRASH, "died: Aborted"),
    ],
)
def test_a_worker_that_the_kernel_killed_for_its_memory_says_so(
    worker, tmp_path, monkeypatch, kills, text, reason, message
):
    (events := tmp_path / "memory.events").write_text("oom 7\noom_kill 7\n")
    monkeypatch.setattr(crash_recorder.memory_events, "events_file", lambda: events)
    ready, written = os.pipe()
    if (pid := os.fork()) == 0:
        with record_crash("oom", Limits()) as crash_file:
            Path(f"{crash_file}.fatal").write_text(text) if text.startswith("Fatal") else say(text)
            os.write(written, b"!")
            signal.pause()
    os.read(ready, 1)
    os.close(ready), os.close(written)
    events.write_text(f"oom 9\noom_kill {kills}\n")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    cause = find_crash_cause(pid, "oom", Limits())
    assert (cause.reason, cause.trace) == (reason, text)
    assert message in cause.message
    assert not list(crash_recorder.crash_directory().glob(f"{pid}-*"))


def test_an_autopsy_without_a_body_is_a_crash():
    assert find_crash_cause(2**22 + 2, "nobody", Limits()).reason is Reason.CRASH


def test_old_boxes_of_the_dead_are_removed_and_no_others(worker):
    names = {
        n: crash_recorder.crash_directory() / f"{pid}-{n}.crash"
        for n, pid in {"old": 2**22 + 3, "new": 2**22 + 3, "mine": 1}.items()
    }
    for name, crash_file in names.items():
        crash_file.write_text("x")
        os.utime(crash_file, (1, 1) if name != "new" else None)
    with record_crash("t", Limits()):
        assert {n for n, crash_file in names.items() if crash_file.exists()} == {"new", "mine"}
    for crash_file in names.values():
        crash_file.unlink(missing_ok=True)


def test_only_the_end_of_a_long_speech_is_kept(tmp_path):
    (crash_file := tmp_path / "b.crash").write_text("x" * 10_000 + "the end")
    assert len(last_output(crash_file)) == crash_recorder.TAIL
    assert last_output(crash_file).endswith("the end")


def test_the_sentinel_is_started_once_and_again_when_it_died(worker):
    with record_crash("a", Limits(timeout_s=60)):
        first = worker.watchdog
    with record_crash("b", Limits(timeout_s=60)):
        assert worker.watchdog is first
    assert first
    first.kill()
    first.wait()
    with record_crash("c", Limits(timeout_s=60)):
        assert worker.watchdog is not first
        assert watchdog.resident(os.getpid()) > 0
    assert worker.watchdog
    assert worker.watchdog.stdin
    worker.watchdog.stdin.close()
    assert worker.watchdog.wait(10) == 0
    if first.stdin:
        first.stdin.close()


@pytest.mark.parametrize("trap", ["link", "file", "writable"])
def test_what_another_user_put_into_the_temporary_directory_is_not_used(worker, tmp_path, monkeypatch, trap):
    """Its name can be guessed: neither are trials stopped there, nor are files written where it leads."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place, target = tmp_path / f"sweep-{os.getuid()}", tmp_path / "home"
    target.mkdir()
    if trap == "link":
        place.symlink_to(target)
    elif trap == "file":
        place.touch()
    else:
        place.mkdir()
        place.chmod(0o777)
    with record_crash("t", Limits()) as crash_file:
        assert not crash_file.is_relative_to(tmp_path) and not crash_file.resolve().is_relative_to(tmp_path)
        say("a word")
        assert last_output(crash_file) == "a word"
    assert not list(target.iterdir())


def test_crashes_are_recorded_without_a_temporary_directory(worker, monkeypatch):
    def missing() -> str:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr("tempfile.gettempdir", missing)
    with record_crash("t", Limits()) as crash_file:
        say("a word")
        assert last_output(crash_file) == "a word"
