"""Completion of sweeps, metrics, trials and keys."""

import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from select import select

import pytest
import typer

from sweep.cli import app, completion


def context(**params):
    context = typer.Context(typer.main.get_command(app))
    context.params = params
    return context


def test_sweeps_are_completed_by_id_and_name(finished_sweep):
    runs = finished_sweep.folder.path.parent
    assert completion.sweeps(context(runs_dir=runs), "sm") == [finished_sweep.id, "small"]
    assert completion.sweeps(context(runs_dir=runs), "other") == []
    assert completion.sweeps(context(runs_dir=runs / "nowhere"), "") == []


def test_trials_are_those_that_can_be_replayed(finished_sweep):
    runs = finished_sweep.folder.path.parent
    assert completion.trials(context(runs_dir=runs, sweep="small"), "") == ["0", "2", "4"]
    assert completion.trials(context(runs_dir=runs, sweep="small"), "2") == ["2"]
    assert completion.trials(context(runs_dir=runs, sweep="none"), "") == []


def test_metrics_and_keys_are_completed():
    assert completion.metrics("sharpe") == ["sharpe_ratio"]
    assert "search.pruner.rungs" in completion.keys("search.pruner")


def test_a_shell_gets_them(finished_sweep, monkeypatch):
    from typer.testing import CliRunner

    runs = finished_sweep.folder.path.parent
    monkeypatch.chdir(runs.parent)
    environment = {
        "_SWEEP_COMPLETE": "complete_bash", "COMP_WORDS": "sweep show sm", "COMP_CWORD": "2",
    }  # fmt: skip
    result = CliRunner().invoke(app, [], env=environment, prog_name="sweep")
    assert finished_sweep.id in result.stdout


def completed(shell: str, line: str, folder: Path) -> str:
    """The output of a shell that completes the line in a folder."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "LINE": line, "_SWEEP_COMPLETE": ""}
    if shell == "zsh":
        return typed(line, folder, environment)
    programs = {
        "bash": """eval "$(_SWEEP_COMPLETE=source_bash sweep)"
                   COMP_WORDS=($LINE); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                   _sweep_completion sweep; printf '%s\\n' "${COMPREPLY[@]}" """,
        "fish": "_SWEEP_COMPLETE=source_fish sweep | source; complete -C $LINE",
    }
    process = subprocess.run(
        [shell, "-c", programs[shell]], cwd=folder, env=environment, capture_output=True, check=True
    )
    return process.stdout.decode()


def typed(line: str, folder: Path, environment: Mapping[str, str]) -> str:
    """The line in zsh after the tabulator key; zsh completes on terminals only."""
    terminal, other_end = pty.openpty()
    setup = "autoload -U compinit; compinit -u -D; source =(_SWEEP_COMPLETE=source_zsh sweep); echo rea''dy\n"
    with subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=other_end, stdout=other_end, stderr=other_end, cwd=folder, env=environment,
        start_new_session=True,
    ) as shell:  # fmt: skip
        try:
            os.write(terminal, setup.encode())
            until(terminal, "ready")
            os.write(terminal, f"{line}\t".encode())
            return until(terminal, "sweep show small")
        finally:
            shell.kill()


def until(terminal: int, pattern: str) -> str:
    """Output of a terminal up to a text that it is to show."""
    text = ""
    while not re.search(pattern, text):
        readable, _, _ = select([terminal], [], [], 60)
        assert readable, text
        text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(terminal, 65536).decode(errors="replace"))
    return text


OTHERS = [shell for shell in ("zsh", "fish") if shutil.which(shell)]
SHELLS = ["bash", *(pytest.param(shell, marks=pytest.mark.slow) for shell in OTHERS)]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_lines(finished_sweep, shell):
    folder = finished_sweep.folder.path.parents[1]
    assert "small" in completed(shell, "sweep show sma", folder)
    if shell != "zsh":
        assert "sharpe_ratio" in completed(shell, "sweep show small --sort sharp", folder).split()
        assert "catalog" in completed(shell, "sweep cat", folder).split()
