"""The lock-box: no figure of the search depends on it, and every look at it is on record."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sweep
from sweep.errors import InputError, SweepError
from sweep.results.report import Report
from sweep.runner import lockbox
from sweep.runner.lockbox import open_lockbox
from sweep.runner.plan import plan
from sweep.runner.replay import replay
from tests.support import commands, eight_sessions, sweeps

LOCKBOX = {"validation": {"lockbox": "2d"}}
FIRST = "2026-05-12"  # of the days in the lock-box
GRID = {"search": {"space": eight_sessions.SPACE}}
STUDY = {
    "search": {
        "method": "optuna", "trials": 12, "window": 4, "pruner": {"type": "asha", "rungs": [0.4, 0.7]},
        "space": {"strategy.threshold": {"low": 0.1, "high": 0.9}, "strategy.hold": {"low": 5, "high": 1000}},
    }
}  # fmt: skip
CIRCUMSTANCE = ["attempt", "started", "ended", "seconds", "worker", "mlflow_run_id"]


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], str]:
    """Catalogs by how their files are cut, and whether the lock-box holds noise."""
    place = tmp_path_factory.mktemp("catalogs")
    return {
        (files, noise): eight_sessions.catalog(place / f"{files}-{noise}", noise=FIRST if noise else "", files=files)
        for files in ("days", "one")
        for noise in (False, True)
    }


def run(place: Path, catalog: str, **more: Any) -> Report:
    place.mkdir(exist_ok=True)
    spec = sweeps.write(place / "spec.yaml", eight_sessions.spec(catalog, **(LOCKBOX | more)))
    return sweep.run(spec, runs_dir=place / "runs", executor="inline", tracking=False)


def found(report: Report) -> dict[str, Any]:
    """Everything that the search found."""
    with report.folder.open() as ledger:
        asks = [(p.params, p.rungs, p.memo) for p in ledger.asks()]
    trials = pd.read_parquet(report.folder.trials).drop(columns=CIRCUMSTANCE)
    return {
        "id": report.id, "data": report.facts.data, "asks": asks,
        "trials": json.loads(trials.to_json(double_precision=15)),
        "returns": pd.read_parquet(report.folder.returns).to_dict("list"),
        "verdict": report.verdict().plain(), "choice": report.choice().plain(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("search", "files"),
    [
        pytest.param(GRID, "days", id="grid-days"),
        pytest.param(STUDY, "one", id="study-one", marks=pytest.mark.slow),
        pytest.param(GRID, "one", id="grid-one", marks=pytest.mark.slow),
        pytest.param(STUDY, "days", id="study-days", marks=pytest.mark.slow),
    ],
)
def test_no_figure_of_the_search_changes_when_the_lockbox_holds_noise(catalogs, tmp_path, files, search):
    calm = run(tmp_path / "calm", catalogs[files, False], **search)
    noisy = run(tmp_path / "noisy", catalogs[files, True], **search)
    one, other = found(calm), found(noisy)
    assert {"COMPLETE"} <= set(one["trials"]["state"].values()) <= {"COMPLETE", "PRUNED"}
    assert len(set(one["trials"]["metrics.pnl_total"].values())) > 4  # the market decides
    assert any(one["trials"]["metrics.positions_open"].values())  # open at the border
    assert one == other
    assert open_lockbox(calm.folder).metrics != open_lockbox(noisy.folder).metrics  # the noise is noticed there


def test_the_comparison_can_fail(catalogs, tmp_path):
    """Without a lock-box the same noise changes all of it."""
    whole = [run(tmp_path / str(noise), catalogs["days", noise], validation={}) for noise in (False, True)]
    one, other = map(found, whole)
    assert one["trials"]["metrics.pnl_total"] != other["trials"]["metrics.pnl_total"]
    assert one["id"] != other["id"]


def test_search_and_lockbox_are_what_two_plain_sweeps_on_their_days_find(catalogs, tmp_path):
    """Data stamped at the border, to the nanosecond, belongs to the lock-box; positions do not go over it."""
    divided = run(tmp_path / "divided", catalogs["days", False])
    before = run(tmp_path / "a", catalogs["days", False], validation={}, period=period(end=FIRST))
    after = run(tmp_path / "b", catalogs["days", False], validation={}, period=period(start=FIRST))
    assert found(divided)["trials"] == found(before)["trials"]
    assert divided.id == before.id
    look = open_lockbox(divided.folder)
    assert look.trial == before.best().number
    assert look.metrics == after.trial(look.trial).metrics
    assert (look.key, look.data) == (after.trial(look.trial).key, after.facts.data)
    assert pd.read_parquet(before.folder.returns)["day"].astype(str).max() < FIRST


def period(start: str = eight_sessions.DAYS[0], end: str = eight_sessions.END) -> dict[str, str]:
    return {"start": start, "end": end}


@pytest.fixture(scope="module")
def finished(catalogs, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return run(tmp_path_factory.mktemp("finished"), catalogs["days", False])


@pytest.fixture
def report(finished, tmp_path) -> Report:
    """A sweep in the folder of this test, which may open its lock-box."""
    return sweeps.copied(finished, tmp_path / "own")


def test_the_run_leaves_it_closed(report):
    assert report.facts.lockbox["period"] == {"start": "2026-05-12T00:00:00Z", "end": "2026-05-14T00:00:00Z"}
    assert not report.folder.parts.exists()
    assert "lockbox" not in [c.name for c in report.verdict().criteria]
    document = json.loads(commands.invoke("show", report.id, "--json", *commands.of(report)).stdout)
    assert document["lockbox"]["looks"] == []


def test_a_look_is_recorded_and_the_same_one_is_only_shown_again(report, monkeypatch):
    look = open_lockbox(report.folder)
    assert (look.trial, look.state, look.ended) == (report.best().number, "COMPLETE", 6)
    assert look.by
    assert look.at
    assert Report(report.folder).facts.looks == json.loads(json.dumps([look.plain()]))
    monkeypatch.setattr(lockbox, "_run", lambda *_: pytest.fail("it was run again"))
    assert open_lockbox(report.folder) == look
    assert open_lockbox(report.folder, look.trial, again=True) == look
    assert replay_is_identical(report)


def replay_is_identical(report: Report) -> bool:
    return replay(report.folder, "lockbox").identical


def test_a_second_look_is_refused_or_counted_and_never_makes_the_verdict_better(report):
    look = open_lockbox(report.folder)
    other = next(n for n in range(6) if n != look.trial)
    with pytest.raises(InputError, match="opened twice it is no lock-box"):
        open_lockbox(report.folder, other)
    assert len(Report(report.folder).facts.looks) == 1
    open_lockbox(report.folder, other, again=True)
    box = Report(report.folder).unseen().lockbox
    assert box
    assert [s.trial for s in box.looks] == [look.trial, other]
    (criterion,) = (c for c in report.verdict().criteria if c.name == "lockbox")
    assert "opened 2 times" in criterion.sentence
    assert criterion.passed is all(s.gains for s in box.looks)
    assert "opened 2 times" in commands.invoke("show", report.id, *commands.of(report)).output
    assert "opened 2 times" in commands.invoke("status", report.id, *commands.of(report)).output


def test_it_is_on_record_before_anything_is_seen(report, monkeypatch):
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(lockbox, "_run", die)
        with pytest.raises(KeyboardInterrupt):
            open_lockbox(report.folder)
    (begun,) = Report(report.folder).facts.looks
    assert begun["state"] is None
    with pytest.raises(InputError, match="opened twice"):
        open_lockbox(report.folder, next(n for n in range(6) if n != begun["trial"]))
    assert open_lockbox(report.folder).at == begun["at"]  # the same look, completed
    assert len(Report(report.folder).facts.looks) == 1


def test_a_search_that_goes_on_is_not_covered_by_the_look(catalogs, tmp_path):
    first = run(tmp_path, catalogs["days", False])
    look = open_lockbox(first.folder)
    more = run(
        tmp_path, catalogs["days", False], search={"space": eight_sessions.SPACE | {"strategy.hold": [7, 20, 40, 1000]}}
    )
    assert more.id == first.id
    (criterion,) = (c for c in more.verdict().criteria if c.name == "lockbox")
    assert criterion.passed is (None if (look.metrics or {}).get("pnl_total", 0) > 0 else False)
    assert len(more.facts.looks) == 1


def test_days_that_another_sweep_has_searched_are_named(catalogs, tmp_path):
    searched = run(tmp_path, catalogs["days", False], validation={}, name="greedy")
    blind = run(tmp_path, catalogs["days", False], validation={}, name="blind", period=period(end=FIRST))
    report = run(tmp_path, catalogs["days", False])
    assert open_lockbox(report.folder).seen == (searched.id,)
    assert blind.id not in open_lockbox(report.folder).seen


@pytest.mark.slow
def test_a_changed_lockbox_is_another_one_and_its_search_is_the_same(catalogs, tmp_path):
    """New days come: the lock-box grows, the search stays, the first look counts for the days that both have."""
    short = run(tmp_path, catalogs["days", False], period=period(end="2026-05-13"), validation={"lockbox": "1d"})
    open_lockbox(short.folder)
    grown = run(tmp_path, catalogs["days", False])
    assert grown.id == short.id
    with pytest.raises(InputError, match="opened twice"):
        open_lockbox(grown.folder)
    later = run(tmp_path, catalogs["days", False], validation={"lockbox": "2026-05-13"})
    assert later.id != grown.id  # what was in the lock-box is searched now


@pytest.mark.slow
def test_what_keeps_no_lockbox_or_has_nothing_to_score_says_so(catalogs, tmp_path):
    plain = run(tmp_path, catalogs["days", False], validation={})
    commands.invoke("validate", plain.id, *commands.of(plain), code=2)
    failing = eight_sessions.spec(catalogs["days", False], **LOCKBOX, name="failing")
    failing["strategy"] = eight_sessions.STRATEGY | {"config": {"size": 0}}
    spec = sweeps.write(tmp_path / "failing.yaml", failing)
    report = sweep.run(spec, runs_dir=tmp_path / "runs", executor="inline", tracking=False)
    with pytest.raises(SweepError, match="complete"):
        open_lockbox(report.folder)
    assert not Report(report.folder).facts.looks


def test_a_trial_that_fails_there_is_a_look_and_no_success(catalogs, tmp_path):
    config = {"breaks": f"{FIRST}T13:40:00Z"}
    report = run(tmp_path, catalogs["days", False], strategy=eight_sessions.STRATEGY | {"config": config})
    assert report.count() == {"COMPLETE": 6}
    look = open_lockbox(report.folder)
    assert look.state == "FAILED"
    assert "out of my depth" in look.failure
    (criterion,) = (c for c in report.verdict().criteria if c.name == "lockbox")
    assert criterion.passed is False
    with pytest.raises(InputError, match="opened twice"):
        open_lockbox(report.folder, next(n for n in range(6) if n != look.trial))


def test_a_lockbox_without_data_is_refused(catalogs, tmp_path):
    shutil.copytree(catalogs["days", False], tmp_path / "catalog")
    report = run(tmp_path, str(tmp_path / "catalog"))
    for day in (FIRST, "2026-05-13"):
        next((tmp_path / "catalog" / "data" / "bars").rglob(f"{day}*.parquet")).unlink()
    with pytest.raises(InputError, match=r"validation\.lockbox.*holds no Bar"):
        open_lockbox(report.folder)
    assert not Report(report.folder).facts.looks


def test_the_command_says_what_it_showed(report):
    process = commands.invoke("validate", report.id, "--no-tracking", *commands.of(report))
    assert "opened once" in process.output
    assert "on 2 days that the search never saw" in commands.invoke("show", report.id, *commands.of(report)).output
    again = json.loads(commands.invoke("validate", report.id, "--json", "--no-tracking", *commands.of(report)).stdout)
    assert again["look"]["trial"] == report.best().number
    assert len(again["lockbox"]["looks"]) == 1
    commands.invoke(
        "validate", report.id, "--trial", "5" if report.best().number != 5 else "4", *commands.of(report), code=2
    )
    assert "identical" in commands.invoke("replay", report.id, "lockbox", *commands.of(report)).output


def test_a_sweep_without_validation_has_the_id_that_it_had(catalogs, tmp_path):
    spec = sweeps.write(tmp_path / "spec.yaml", eight_sessions.spec(catalogs["days", False]))
    written = plan(spec).yaml()
    assert "validation" not in written
    assert "exact" not in plan(spec).facts()
    with_none = sweeps.write(tmp_path / "none.yaml", eight_sessions.spec(catalogs["days", False], validation={}))
    assert plan(with_none).id == plan(spec).id
