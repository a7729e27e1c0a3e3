"""The command at the end of a run: what it knows, that it ends, and that it changes nothing."""

import io
import json
import time

import pytest

from sweep.cli import console, notices
from sweep.cli.notices import RunEnd, run_command
from sweep.cli.user_settings import PLACE, UserSettings
from tests.support import commands, sweeps
from tests.support.commands import invoke


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """The user's settings: a function that writes them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / PLACE).parent.mkdir(parents=True)
    return (tmp_path / "config" / PLACE).write_text


def test_a_run_tells_the_command_its_name_and_state_and_keeps_its_exit_code(finished_sweep, tmp_path, settings):
    report = sweeps.copied(finished_sweep, tmp_path / "copy")
    run = ["run", commands.spec_of(report), *commands.of(report), "--executor", "inline", "--no-tracking"]
    settings(f"on_end: env | grep ^SWEEP_ > {tmp_path}/told; echo not this >&1; echo no such bell >&2; exit 3\n")
    process = invoke(*run, "--json")
    assert json.loads(process.stdout)["id"] == report.id, "the command's output is not that of the run"
    variables = dict(line.split("=", 1) for line in (tmp_path / "told").read_text().splitlines())
    assert (variables["SWEEP_ID"], variables["SWEEP_NAME"], variables["SWEEP_STATE"]) == (
        report.id,
        "small",
        "finished",
    )
    best = report.best()
    assert (variables["SWEEP_BEST_TRIAL"], float(variables["SWEEP_BEST"])) == (
        str(best.number),
        best.metrics["pnl_total"],
    )
    assert (variables["SWEEP_TRIALS"], variables["SWEEP_FAILED"], variables["SWEEP_ERROR"]) == ("6", "3", "")
    assert variables["SWEEP_FOLDER"] == str(report.folder.path.resolve())
    summary = f"{report.id}: finished, 3 COMPLETE, 3 FAILED; best pnl_total"
    assert variables["SWEEP_SUMMARY"].startswith(summary)
    assert any(line.startswith(summary) for line in process.stderr.splitlines()), "the summary is one line"
    assert "ended with exit code 3: no such bell" in process.stderr
    settings("on_end: 7\n")
    refused = invoke(*run, code=2).stderr
    assert "nothing was started" in refused and "must be a command of the shell" in refused


def test_no_spec_can_name_a_command(finished_sweep, tmp_path):
    report = sweeps.copied(finished_sweep, tmp_path / "copy")
    spec = commands.spec_of(report)
    spec.write_text(spec.read_text() + f"\non_end: touch {tmp_path}/owned\n")
    assert "on_end" in invoke("check", spec, code=2).stderr
    assert not (tmp_path / "owned").exists()


def test_a_name_is_a_value_and_no_code(tmp_path):
    value = f"$(touch {tmp_path}/a) `touch {tmp_path}/b`; touch {tmp_path}/c\0"
    assert run_command(f'printf %s "$SWEEP_NAME" > {tmp_path}/told', {"SWEEP_NAME": value}) == ""
    assert (tmp_path / "told").read_text() == value[:-1]
    assert [path.name for path in tmp_path.iterdir()] == ["told"]


def test_a_command_that_does_not_end_is_ended_with_all_that_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(notices, "LIMIT", 0.3)
    begin = time.monotonic()
    assert "longer than 0.3 s" in run_command(f"sleep 1 && touch {tmp_path}/late & wait; sleep 60", {})
    assert time.monotonic() - begin < 10
    assert run_command("sleep 0.5 &", {}) == "", "what it leaves in the background is its own"
    monkeypatch.setattr(notices, "SHELL", "/nowhere/sh")
    assert "cannot be run" in run_command("true", {})
    time.sleep(max(0.0, begin + 1.5 - time.monotonic()))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("seconds", "bell_after", "rings"), [(600, True, True), (600, False, False), (5, True, False)])
def test_the_bell_rings_after_a_long_run(finished_sweep, tmp_path, monkeypatch, seconds, bell_after, rings):
    page = io.StringIO()
    monkeypatch.setattr(console, "err", console.SafeConsole(file=page, force=True, width=80))
    notices.give(RunEnd(finished_sweep, seconds), UserSettings(tmp_path, "", bell_after))
    assert ("\a" in page.getvalue()) is rings
