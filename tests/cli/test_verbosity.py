"""The amount of output on stderr, and its characters."""

import io
import os
import subprocess
import sys

import pytest

from sweep.cli import console, verbosity
from tests.support.commands import invoke, of


@pytest.fixture(autouse=True)
def _usual():
    yield
    verbosity.use(quiet=False, verbose=False)


def test_quiet_keeps_results_and_errors(finished_sweep):
    usual, quiet = (invoke("show", finished_sweep.id, *of(finished_sweep), *more) for more in ((), ("-q",)))
    assert quiet.stdout == usual.stdout
    assert "next:" in usual.stderr
    assert "next:" not in quiet.stderr
    assert "FAILED" in quiet.stderr
    assert "no such sweep" in invoke("show", "nosuch", *of(finished_sweep), "-q", code=2).stderr


def test_verbose_says_the_versions_and_when(finished_sweep):
    text = invoke("show", finished_sweep.id, *of(finished_sweep), "-v").stderr
    assert "nautilus_trader 2.0.0rc7" in text.splitlines()[0]
    assert all(line.split()[1] == "s" for line in text.splitlines() if line.strip())


def test_a_name_of_a_spec_is_shown_and_not_obeyed(tmp_path):
    stderr = invoke("check", tmp_path / "a\x1b]0;b\x07.yaml", "-v", code=2).stderr
    assert "␛]0;b␇.yaml: loading the engine" in stderr and "\x1b]" not in stderr


@pytest.mark.parametrize(
    "encoding", ["ascii", *(pytest.param(e, marks=pytest.mark.slow) for e in ("latin-1", "utf-8"))]
)
def test_every_terminal_can_print_what_is_said(finished_sweep, encoding):
    command = [sys.executable, "-m", "sweep", "show", finished_sweep.id, "--runs-dir", of(finished_sweep)[1]]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    process = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert process.returncode == 0, process.stderr
    text = process.stderr.decode(encoding)
    assert ("·" if encoding != "ascii" else "-") in text
    assert "?" not in text


def test_words_are_whole_on_a_narrow_terminal_and_lines_are_whole_in_a_pipe(monkeypatch):
    line = "of 8 trials: a very long sentence about orders that were rejected, reduced, and later filled again"
    for is_terminal in (True, False):
        file = io.StringIO()
        monkeypatch.setattr(console, "err", console.SafeConsole(file=file, width=30, force=is_terminal))
        console.say(line)
        printed = file.getvalue()
        assert [w for text in printed.splitlines() for w in text.split()] == line.split()
        assert (len(printed.splitlines()) > 1) == is_terminal


def test_a_command_to_copy_stays_on_one_line(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(console, "err", console.SafeConsole(file=file, width=20, force=True))
    console.say("next: sweep show spy-score-grid-1e0c83d4 --sort sharpe_ratio")
    assert len(file.getvalue().splitlines()) == 1


SLOW = ("resume none", "check none.yaml", "ui --tracking-uri x")


@pytest.mark.parametrize("command", ["replay none 0", "init", *(pytest.param(c, marks=pytest.mark.slow) for c in SLOW)])
def test_a_start_is_told_before_anything_heavy_is_imported(tmp_path, command):
    words = [sys.executable, "-X", "importtime", "-m", "sweep", *command.split(), "-v"]
    process = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.returncode == 2
    before, message, _ = process.stderr.partition(" …\n")
    assert message
    imported = {line.rpartition("|")[2].strip() for line in before.splitlines()}
    assert "sweep.cli" in imported
    assert not imported & {"nautilus_trader", "ray", "mlflow", "numpy", "pyarrow"}
