"""Completion of sweeps, metrics, trials and keys."""

import typer

from sweep.cli import app, completion


def context(**params):
    made = typer.Context(typer.main.get_command(app))
    made.params = params
    return made


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
