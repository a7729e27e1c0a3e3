"""The feed of a sweep: piece by piece it is the same as all at once, and nothing comes twice."""

import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import LedgerError, Reason
from sweep.ledger.driver_files import Activity, DriverFiles, DriverState
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.live import feed as module
from sweep.live.feed import SweepFeed
from sweep.trial import Result, State
from tests.results.ledgers import written
from tests.support import ledgers
from tests.support.effort import repeats

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (a disk takes milliseconds for each commit)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(module, "FRESH", 0.0)


@pytest.fixture
def folder(tmp_path) -> Folder:
    return written(tmp_path / "made-00000000")


class Page:
    """The state of the page's script."""

    def __init__(self, feed: SweepFeed) -> None:
        self.feed, self.id, self.count = feed, "", -1
        self.trials: dict[int, Any] = {}
        self.sent: list[int] = []

    def look(self) -> dict[str, Any]:
        news = self.feed.changes(self.id, self.count)
        if news["reset"]:
            self.trials.clear()
        self.id, self.count = news["feed"], news["count"]
        self.sent = [row[0] for row in news["rows"]]
        for row in news["rows"]:
            if news["states"][row[1]] == "RUNNING":
                self.trials.pop(row[0], None)
            else:
                self.trials[row[0]] = row
        return news


MOMENTS = count()  # no two attempts end at the same time


def result(kind: str) -> Result:
    times = {"started": 1.0, "ended": 2.0 + next(MOMENTS)}
    if kind == "failed":
        return Result(State.FAILED, reason=Reason.CRASH, message="<b>gone</b>", **times)
    return Result(State.COMPLETE, {"pnl_total": float(kind)}, days=("2026-05-04",), returns=(0.01,), **times)


ACTIONS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["begin", "failed", "1.0", "2.0", "look"])), max_size=30
)


@settings(max_examples=repeats(150, quick=20))
@given(ACTIONS)
def test_looks_at_any_times_give_what_one_look_at_the_end_gives(actions):
    """Trials begin, fail, are complete and run again in any order; a look after each sends only what has changed."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(dir=MEMORY) as place:
        patch.setattr(module, "FRESH", 0.0)
        folder = written(Path(place, "made-00000000"), fast=1, slow=1)
        page = Page(SweepFeed(folder))
        with Ledger.open(folder.ledger, write=True) as ledger:
            for key, action in actions:
                if action == "look":
                    page.look()
                    page.look()
                    assert page.sent == [], "nothing has changed since"
                    continue
                number = ledger.begin(f"key-{key}", {"strategy.fast": key})
                if action != "begin":
                    ledger.record([(number, result(action))])
        page.look()
        whole = Page(SweepFeed(folder))
        whole.look()
        assert page.trials == whole.trials
        with folder.open() as ledger:
            assert sorted(page.trials) == [row.number for row in ledger.rows() if row.state]


def test_who_comes_later_gets_all_and_who_stays_gets_what_is_new(folder):
    feed = SweepFeed(folder)
    first, second = Page(feed), Page(feed)
    news = first.look()
    assert first.sent == [0, 1, 2, 3, 4, 5]
    assert news["params"] == ["strategy.fast", "strategy.slow"] and news["metrics"][0] == "pnl_total"
    assert first.trials[0][4] == [1, 10]
    assert news["failures"] == [[1, "strategy error", "ValueError: <b>boom</b>"]]
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.record([(ledger.begin("new", {"strategy.fast": 9, "strategy.more": "x"}), result("7.0"))])
    news = first.look()
    assert (first.sent, first.trials[6][4]) == ([6], [9, None, "x"])
    second.look()
    assert second.trials == first.trials
    stranger = feed.changes("another server's", 3)
    assert stranger["reset"] and len(stranger["rows"]) == 7


def test_the_curve_of_the_best_comes_when_the_best_changes(folder):
    page = Page(SweepFeed(folder))
    news = page.look()
    with folder.open() as ledger:
        (best,) = ledger.leaders(1)
        days, returns, _ = ledger.series(best.number)
    assert news["equity"]["trial"] == best.number == news["leaders"][0]
    assert list(news["equity"]["days"]) == list(days)
    growth = news["equity"]["growth"]
    assert growth[0] == 0.0, "it begins before the first day"
    np.testing.assert_allclose(growth[1:], np.cumprod(1 + np.array(returns)) - 1, rtol=1e-5)
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.record([(ledger.begin("worse", {}), result("-1e9"))])
    assert page.look()["equity"] is None, "it is the same"
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.record([(ledger.begin("better", {}), replace(result("1e9"), stats={"currency": "CHF"}))])
    equity = page.look()["equity"]
    assert (equity["growth"], equity["currency"]) == ([0.0, 0.01], "CHF")


def test_a_leaderboard_without_trials_says_why(tmp_path):
    goal = {"objective": {"metric": "sqn", "direction": "maximize"}, "metric_constraints": ["trades >= 30"]}
    feed = SweepFeed(ledgers.write(ledgers.folder(tmp_path), [({}, None)], **goal))
    assert feed.changes("", 0)["status"]["no_best"] == "No trial is complete."
    ledgers.write(feed.folder, [({"fast": n}, {"sqn": 2.0, "trades": n}) for n in (28, 29)])
    news = feed.changes("", 0)
    assert (news["leaders"], news["status"]["no_best"]) == ([], "None of 2 complete trials keeps trades >= 30.")
    ledgers.write(feed.folder, [({"fast": 30}, {"sqn": 1.0, "trades": 30})])
    assert feed.changes("", 0)["leaders"] == [3]


def test_the_state_tells_what_workers_run_and_how_long(folder):
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.begin("busy", {})
    with folder.locked() as run:
        files = DriverFiles(folder, run)
        files.begin()
        busy = Activity(worker="host:3", since=1.0, keys=("busy",))
        files.write(
            DriverState(phase="paused", at=1.0, elapsed=60.0, total=9, done=6, ended=6, slots=2, activities=(busy,))
        )
        status = SweepFeed(folder).changes("", -1)["status"]
    assert (status["state"], status["done"], status["total"], status["pace"]) == ("paused", 6, 9, 6.0)
    assert status["trials"] == {"COMPLETE": 5, "FAILED": 1, "RUNNING": 1, "WAITING": 2}
    assert status["workers"][0][:2] == ["host:3", "trial 6"]


def test_a_sweep_that_was_removed_and_run_again_begins_anew(folder, tmp_path):
    page = Page(SweepFeed(folder))
    page.look()
    shutil.rmtree(folder.path)
    with pytest.raises(LedgerError):
        page.look()
    written(folder.path, fast=1, slow=1)
    assert page.look()["reset"]
    assert list(page.trials) == [0]


def test_the_page_is_told_the_units_and_the_bounds(tmp_path):
    goal = {"objective": {"metric": "sqn", "direction": "maximize"}, "metric_constraints": ["trades >= 30"]}
    news = SweepFeed(ledgers.write(ledgers.folder(tmp_path), [({}, None)], **goal)).changes("", 0)
    assert news["bounds"] == "trades >= 30"
    assert news["units"]["return_total"] == ("fraction", 2)
    assert set(news["units"]) <= set(news["metrics"])
