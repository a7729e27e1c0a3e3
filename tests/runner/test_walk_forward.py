"""A search for each window: it knows nothing of what comes after its training, and comes out the same everywhere."""

import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sweep
from sweep.executors import inline
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.results.statistics.out_of_sample import WalkForwardResult, WalkForwardStep
from sweep.runner import walk_forward
from sweep.runner.control.progress import Leader, Progress
from sweep.runner.control.stop import Stop
from sweep.runner.plan import plan
from tests.support import eight_sessions, sweeps
from tests.support.drivers import Driver
from tests.support.effort import repeats

WALK = {"walk_forward": {"train": "3d", "test": "2d", "embargo": "1d"}}
GRID = {"space": eight_sessions.SPACE}
STUDY = {
    "method": "optuna", "trials": 8, "window": 4,
    "space": {"strategy.threshold": {"low": 0.1, "high": 0.9}, "strategy.hold": {"low": 5, "high": 1000}},
}  # fmt: skip
CIRCUMSTANCE = ["attempt", "started", "ended", "seconds", "worker", "mlflow_run_id"]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return eight_sessions.catalog(tmp_path_factory.mktemp("data") / "catalog", minutes=6)


def write(place: Path, catalog: str, **more: Any) -> Path:
    place.mkdir(exist_ok=True)
    return sweeps.write(place / "spec.yaml", eight_sessions.spec(catalog, **({"validation": WALK} | more)))


def run(place: Path, catalog: str, *, executor: Any = "inline", workers: int | None = None, **more: Any) -> Report:
    spec = write(place, catalog, **more)
    return sweep.run(spec, runs_dir=place / "runs", executor=executor, workers=workers, tracking=False)


@pytest.fixture(scope="module")
def walked(catalog: str, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The grid of all windows, finished; only to be read."""
    return run(tmp_path_factory.mktemp("walked"), catalog)


@pytest.fixture
def own(walked: Report, tmp_path: Path) -> Report:
    """The same in the folder of this test, which may go on with it."""
    return sweeps.copied(walked, tmp_path)


def forward(report: Report) -> WalkForwardResult:
    result = report.unseen().forward
    assert result
    return result


def everything(report: Report) -> dict[str, Any]:
    """Results of the sweep and of every sweep on a part of its period."""
    folders = [report.folder, *sorted(Folder.all(report.folder.parts), key=lambda f: f.id)]
    return {
        folder.id: (
            pd.read_parquet(folder.trials).drop(columns=CIRCUMSTANCE).to_json(double_precision=15),
            pd.read_parquet(folder.returns).to_json(double_precision=15),
        )
        for folder in folders
    }


def test_windows_are_the_calendars_and_each_choice_is_the_best_of_its_training(walked):
    """3 days of training, 1 left out, 2 of test, over 8 days: trained on days 1-3, tested on 5-6; then 3-5 and 7-8."""
    steps = forward(walked).steps
    spans = [(s.train["start"], s.train["end"], s.test["start"], s.test["end"]) for s in steps]
    assert [[moment[:10] for moment in span] for span in spans] == [
        ["2026-05-04", "2026-05-07", "2026-05-08", "2026-05-12"],  # a weekend belongs to its Monday
        ["2026-05-06", "2026-05-09", "2026-05-12", "2026-05-14"],
    ]
    for step in steps:
        searched = Report(walked.folder.part(step.search))
        assert step.params == searched.best().params
        assert step.before
        assert step.before.metrics == searched.best().metrics
        assert searched.count() == {"COMPLETE": 6}


def test_a_test_is_what_a_plain_sweep_on_its_days_finds_for_the_choice(walked, catalog, tmp_path):
    for step in forward(walked).steps:
        own = {"start": step.test["start"], "end": step.test["end"]}
        plain = run(tmp_path, catalog, validation={}, period=own, name="plain")
        (row,) = (row for row in map(plain.trial, range(6)) if row.params == step.params)
        assert step.after
        assert step.after.metrics == row.metrics
        with plain.folder.open() as ledger:
            assert (step.after.days, step.after.returns) == ledger.series(row.number)[:2]


@pytest.mark.parametrize(
    ("files", "search"),
    [
        pytest.param("days", GRID, id="days-grid"),
        pytest.param("one", STUDY, id="one-study", marks=pytest.mark.slow),
        pytest.param("one", GRID, id="one-grid", marks=pytest.mark.slow),
        pytest.param("days", STUDY, id="days-study", marks=pytest.mark.slow),
    ],
)
def test_no_choice_changes_when_all_after_its_training_is_noise(tmp_path, search, files):
    """The first window's training ends before the 7th, the second's before the 9th."""
    calm = run(tmp_path / "calm", eight_sessions.catalog(tmp_path / "a", minutes=6, files=files), search=search)
    for n, noise in enumerate(["2026-05-07", "2026-05-11"][: repeats(2, quick=1)]):
        market = eight_sessions.catalog(tmp_path / noise, noise=noise, minutes=6, files=files)
        noisy = run(tmp_path / f"noisy-{noise}", market, search=search)
        ours, theirs = forward(calm).steps, forward(noisy).steps
        for one, other in zip(ours[: n + 1], theirs[: n + 1], strict=True):
            assert (one.params, one.before, one.search) == (other.params, other.before, other.search)
            tables = [found(report, one.search) for report in (calm, noisy)]
            assert tables[0] == tables[1]
        assert ours[n].after != theirs[n].after  # the noise is noticed where it may be


def found(report: Report, search: str) -> list[Any]:
    return list(sweeps.record(report.folder.part(search)))


def test_the_report_and_the_stitched_tearsheet_show_the_windows(walked, catalog, tmp_path):
    page = (walked.folder.path / "report.html").read_text()
    section = page.partition('<section id="unseen">')[2].partition("</section>")[0]
    assert section.count("<tr><td>2026-05-") == 2
    assert 'href="walk-forward.html"' in section
    assert "2 tests stitched" in walked.folder.walk_forward.read_text()
    without = run(tmp_path, catalog, validation={})
    assert '<section id="unseen">' not in (without.folder.path / "report.html").read_text()


def test_a_second_run_runs_nothing_and_a_larger_space_only_what_is_new(own, catalog, tmp_path, monkeypatch):
    before, ran = everything(own), list[Any]()
    execute = inline.execute_all
    monkeypatch.setattr(
        inline, "execute_all", lambda base, trials, **k: ran.extend(trials) or execute(base, trials, **k)
    )
    assert everything(run(tmp_path, catalog)) == before
    assert not ran
    steps = forward(own).steps
    more = run(tmp_path, catalog, search={"space": eight_sessions.SPACE | {"strategy.hold": [7, 20, 1000, 3]}})
    assert more.id == own.id
    changed = sum(s.params != t.params for s, t in zip(steps, forward(more).steps, strict=True))
    assert len(ran) == 3 * 2 + changed  # two new settings in each of three searches, and what is chosen now


@pytest.mark.slow
def test_a_search_that_is_stopped_chooses_nothing(walked, catalog, tmp_path):
    planned = plan(write(tmp_path, catalog))
    tallies: list[Progress] = []

    def watch(tally: Progress) -> None:
        tallies.append(tally)
        if tally.ended == 8:  # all of the whole search, two of the first window's
            signal.raise_signal(signal.SIGINT)

    report = sweep.run(planned, runs_dir=tmp_path / "runs", executor="inline", tracking=False, watch=watch)
    assert tallies[-1].total == 6 * 3 + 2
    assert [s.params for s in forward(report).steps] == [None, None]
    assert report.facts.finished is None
    assert {c.name: c.passed for c in report.verdict().criteria}["walk_forward"] is None
    again = sweep.run(planned, runs_dir=tmp_path / "runs", executor="inline", tracking=False)
    assert everything(again) == everything(walked)
    assert forward(again).is_whole


@pytest.mark.slow
def test_the_choice_can_be_the_plateaus_centre(catalog, tmp_path):
    walk = {"walk_forward": WALK["walk_forward"] | {"choose": "plateau"}}
    report = run(tmp_path, catalog, validation=walk)
    for step in forward(report).steps:
        centre = Report(report.folder.part(step.search)).choice().by_plateau[0]
        assert step.before
        assert step.before.trial == centre.number


@pytest.mark.slow
def test_a_window_whose_trials_all_fail_has_no_choice_and_hides_nothing(catalog, tmp_path):
    """From the 11th on the strategy raises: the second window's training is well, its test is not."""
    broken = eight_sessions.STRATEGY | {"config": {"breaks": "2026-05-12T13:35:00Z"}}
    report = run(tmp_path, catalog, strategy=broken)
    assert report.count() == {"FAILED": 6}
    first, second = forward(report).steps
    assert first.after
    assert first.after.metrics
    assert second.after
    assert "out of my depth" in second.after.failure
    assert forward(report).days == first.after.days


def test_stages_wait_for_the_stage_before():
    class One:
        def __init__(self, rounds: int) -> None:
            self.rounds = rounds

        def fill(self, _: Stop) -> bool:
            return self.rounds > 0

        def step(self, _: Stop) -> None:
            self.rounds -= 1

    def drivers():
        for n in (1, 0, 2):
            began.append(n)
            yield One(n)

    began: list[int] = []
    stages: Any = walk_forward.StagedRun(drivers())  # pyright: ignore[reportArgumentType]
    rounds = 0
    while stages.fill(Stop()):
        rounds += 1
        stages.step(Stop())
    assert (began, rounds) == ([1, 0, 2], 3)
    began.clear()
    stopped: Any = walk_forward.StagedRun(drivers())  # pyright: ignore[reportArgumentType]
    stopped.step(Stop())
    assert not stopped.fill(Stop(level=1))
    assert began == [1]


def test_together_counts_all_and_has_the_first_ones_best():
    search = Progress(3, exact=True, slots=2, leaders=[Leader(1, 5.0, {})], ended=2)
    tally = walk_forward.combine_progress([search, Progress(4, exact=False, slots=2, ended=1)])
    assert (tally.total, tally.exact, tally.ended, tally.best) == (7, False, 3, (1, 5.0))


@pytest.mark.slow
@pytest.mark.parametrize(
    "search", [pytest.param(GRID, id="grid"), pytest.param(STUDY, id="study", marks=pytest.mark.slow)]
)
def test_one_worker_and_two_leave_what_inline_leaves(catalog, tmp_path, search):
    spec = everything(run(tmp_path / "inline", catalog, search=search))
    for workers in (1, 2):
        assert everything(run(tmp_path / str(workers), catalog, executor="ray", workers=workers, search=search)) == spec


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_driver_that_is_killed_loses_nothing(catalog, tmp_path):
    spec, runs = write(tmp_path, catalog, search=STUDY), tmp_path / "runs"

    def ended() -> int:
        folders = [f for top in Folder.all(runs) for f in (top, *Folder.all(top.parts))]
        return sum(sum(Report(f).count().values()) for f in folders)

    for enough in (4, 12, 20):
        driver = Driver("run", spec, "--runs-dir", runs, "--executor", "inline", "--tracking-uri", "none")
        driver.until(lambda enough=enough: ended() >= enough or driver.process.poll() is not None)  # noqa: B023
        driver.kill()
    (folder,) = Folder.all(runs)
    code, _, errors = Driver("resume", folder.id, "--runs-dir", runs, "--executor", "inline", "--no-tracking").end(300)
    assert code == 0, errors
    assert everything(Report(folder)) == everything(run(tmp_path / "calm", catalog, search=STUDY))


def test_what_has_not_run_is_absent():
    step = WalkForwardStep({"days": 1}, {"days": 1}, "id", None)
    assert not WalkForwardResult((step,)).is_whole
    assert WalkForwardResult((step,)).figures()["forward_tested"] == 0
