"""The engine's ERROR lines for a failed trial, also from a logger that is late. Its real logger: test_guards.py."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from sweep.backtest.engine import error_log


class DelayedLogger:
    """The engine's logger, whose lines reach the file when the test lets them."""

    def __init__(self, log: error_log.ErrorLog) -> None:
        self.log, self.waiting, self.is_late = log, list[str](), False

    def error(self, message: str) -> None:
        self.waiting.append(json.dumps({"component": "engine", "message": message}) + "\n")
        if not self.is_late:
            self.write()

    def write(self) -> None:
        with self.log.file.open("a", encoding="utf-8") as file:
            file.writelines(self.waiting)
        self.waiting.clear()


@pytest.fixture
def engine(monkeypatch, tmp_path):
    monkeypatch.setattr(error_log, "PATIENCE", 0.0)
    monkeypatch.setattr(error_log, "TemporaryDirectory", lambda prefix: SimpleNamespace(name=str(tmp_path)))
    delayed = DelayedLogger(error_log.ErrorLog())
    monkeypatch.setattr(error_log, "Logger", lambda _: delayed)
    return delayed


def test_the_first_error_of_each_failed_trial(engine):
    engine.error("one ü")
    engine.error("two")
    assert engine.log.drain() == "engine: one ü"
    assert engine.log.drain() == ""
    engine.error("three")
    assert engine.log.drain() == "engine: three"


@pytest.mark.parametrize("misses", [1, 12])
def test_a_logger_that_was_late_is_quoted_again_and_never_for_another_trial(engine, misses):
    engine.is_late = True
    for n in range(misses):
        engine.error(f"late {n}")
        assert engine.log.drain() == ""
    engine.is_late = False
    assert engine.log.drain() == "", "the late lines are those of earlier trials"
    engine.error("new")
    assert engine.log.drain() == "engine: new"


def test_late_lines_are_passed_over_in_favour_of_the_trials_own(engine):
    engine.is_late = True
    engine.error("late")
    assert engine.log.drain() == ""
    engine.error("own")
    engine.is_late = False
    assert engine.log.drain() == "engine: own"


def test_a_logger_that_never_answers_costs_twice_the_patience_at_most(engine):
    engine.is_late = True
    engine.log.patience, waits = 0.001, []
    for _ in range(20):
        waits.append(engine.log.patience)
        assert engine.log.drain() == ""
    assert sum(waits) < 2 * waits[0]


def test_a_process_that_is_killed_leaves_no_file_of_the_log_and_its_errors_are_read(tmp_path):
    """Every worker that Ray ended left a folder in the temporary directory."""
    script = """
import os
from nautilus_trader.common import Logger
from sweep.backtest.engine.engine_factory import build_engine
from sweep.backtest.engine.error_log import error_log
first, second = build_engine([], []), build_engine([], [])
Logger("engine").error("one")
print(error_log().drain(), os.listdir(os.environ["TMPDIR"]), flush=True)
os.kill(os.getpid(), 9)
"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stdout) == (-signal.SIGKILL, "engine: one []\n"), process.stderr
    assert not list(tmp_path.iterdir())
