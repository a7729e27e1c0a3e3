"""Results whose trials read what no key covers count only while that is the same, wherever results are taken again."""

from pathlib import Path
from typing import Any, Literal

import pytest

import sweep
from sweep.errors import InputError
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.runner.lockbox import open_lockbox
from sweep.runner.replay import replay
from tests.support import commands, sweeps
from tests.support.editable_project import Project, project

BODY = "size += int((HERE / 'n.txt').read_text())"
MODULE = "from pathlib import Path\nHERE = Path(__file__).parent"
LOSS = -0.33  # of one share


@pytest.fixture
def user(tmp_path, request):
    with project(tmp_path, f"reuse_{abs(hash(request.node.name)) % 10**8}") as place:
        place.write(BODY, module=MODULE)
        beside(place, 0)
        yield place


def beside(user: Project, n: int) -> None:
    (user.place / "n.txt").write_text(str(n))


def run(user: Project, executor: Literal["inline", "ray"] = "inline", **more: Any) -> Report:
    return sweep.run(user.spec([1, 2], **more), runs_dir=user.place / "runs", executor=executor, tracking=False)


def test_a_replay_names_the_input_that_changed(user: Project):
    report = run(user)
    assert replay(report.folder, 0).changed == ()
    beside(user, 5)
    other = replay(report.folder, 0)
    assert other.changed == ("n.txt, which it read and no key covers, is not the same",)
    assert not other.identical


def test_a_lockbox_whose_trial_read_something_else_is_opened_again_only_on_request_and_counted(user: Project):
    report = run(user, validation={"lockbox": "1d"})
    first = open_lockbox(report.folder)
    assert first.metrics
    assert first.metrics["pnl_total"] == pytest.approx(LOSS)
    beside(user, 2)
    with pytest.raises(InputError, match="n.txt, which it read, changed since"):
        open_lockbox(report.folder)
    second = open_lockbox(report.folder, first.trial, again=True)
    assert (second.key, second.trial) == (first.key, first.trial)
    assert second.metrics
    assert second.metrics["pnl_total"] == pytest.approx(3 * LOSS)
    assert open_lockbox(report.folder) == second  # nothing changed since
    assert len(Report(report.folder).facts.looks) == 2
    assert "opened 2 times" in commands.invoke("show", report.id, *commands.of(report)).output


PARTS: dict[str, dict[str, Any]] = {
    "walk-forward": {
        "validation": {"walk_forward": {"train": "2d", "test": "1d"}},
        "period": {"start": "2026-05-04", "end": "2026-05-07"},
    },
    "stress": {"stress": {"top": 1, "spread": [2]}},
}


def profits(report: Report) -> dict[Path, list[Any]]:
    """PnL by share of every trial of the sweep and its parts."""
    by_sweep = dict[Path, list[Any]]()
    for folder in (report.folder, *Folder.all(report.folder.path / "validation")):
        with folder.open() as ledger:
            by_sweep[folder.path] = [row.metrics["pnl_total"] for row in ledger.rows() if row.state == "COMPLETE"]
    return by_sweep


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_parts_of_a_sweep_run_again_when_an_input_changed(user: Project, part: str):
    user.catalog = sweeps.catalog(user.place / "three days", minutes=2, days=(*sweeps.DAYS, "2026-05-06"))
    before = profits(run(user, **PARTS[part]))
    beside(user, 5)
    after = profits(run(user, **PARTS[part]))
    assert len(after) > 1
    assert before.keys() <= after.keys()
    for folder, figures in after.items():
        assert figures
        assert not set(figures) & set(before.get(folder, ()))


@pytest.mark.slow
def test_trials_on_ray_note_their_inputs_as_inline_ones_do(user: Project):
    noted = list[dict[str, str]]()
    executors: tuple[Literal["inline", "ray"], ...] = ("inline", "ray")
    for executor in executors:
        report = run(user, executor, name=executor)
        with report.folder.open() as ledger:
            noted += [ledger.inputs(n) for n in range(2)]
    assert list(noted[0]) == ["n.txt"]
    assert noted == [noted[0]] * 4
    beside(user, 5)
    again = run(user, "ray", name="ray")
    assert [again.trial(n).attempt for n in range(2)] == [2, 2]
