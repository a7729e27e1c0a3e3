"""Trials with a child run in MLflow, while a sweep runs and at its end."""

import pytest

from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger
from sweep.tracking.child_runs import BEST, MANY, ChildRuns, choose_policy, describe
from sweep.tracking.mlflow import mirror_process as drains
from sweep.tracking.mlflow.client import Client
from sweep.tracking.mlflow.mirror_process import StopCondition
from tests.tracking.mlflow.test_mirror_process import drain
from tests.tracking.sweeps import FACTS, extend, key, new_folder, result
from tests.tracking.views import assert_mirrored


def keys(count: int, top: int) -> set[str]:
    """Of the best of the first so many trials."""
    complete = [n for n in range(count) if n % 7 != 3]
    return {key(n) for n in sorted(complete, key=lambda n: -result(n).metrics["pnl_total"])[:top]}


@pytest.fixture
def sweep(tmp_path):
    """Makes the folder of a sweep of so many trials with a policy."""

    def make(trials: int, policy: str):
        folder = new_folder(tmp_path / "runs" / FACTS["id"], facts={**FACTS, "children": policy})
        extend(folder, trials)
        return folder

    return make


def set_policy(folder, policy: str) -> None:
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(children=policy)


def test_the_choice_is_the_specs_then_the_sweeps_own_then_by_size():
    assert choose_policy("top:3", 5, SweepFacts(children="all")) == "top:3"
    assert choose_policy("auto", 10**6, SweepFacts(children="all")) == "all"
    assert choose_policy("auto", MANY, SweepFacts()) == "all"
    assert choose_policy("auto", MANY + 1, SweepFacts()) == f"top:{BEST}"
    assert describe(f"top:{BEST}") == "runs of the best 1,000 trials"
    assert describe("none") != describe("all")


def test_only_the_best_have_runs_and_nothing_is_left_to_do(sweep, uri, view):
    folder = sweep(20, "top:3")
    assert drain(folder, uri)
    assert set(view.children) == keys(20, 3)
    with folder.open() as ledger:
        assert ledger.standing() == (20, 0)
        assert sum(bool(row.mlflow_run_id) for row in ledger.rows()) == 3
    parent = view.parent
    assert len(view.histories(parent)["trial/pnl_total"]) == 17  # three failed: the series has every complete trial
    assert parent.data.tags["sweep.children"] == "top:3"
    assert "top:3" in parent.data.tags["mlflow.note.content"]


def test_none_has_a_parent_alone(sweep, uri, view):
    assert drain(sweep(4, "none"), uri)
    assert view.children == {}
    assert "viewStateShareKey" not in view.parent.data.tags["mlflow.note.content"]


def test_a_second_time_nothing_is_written(sweep, uri, view):
    folder = sweep(12, "top:3")
    drain(folder, uri)
    before = {k: run.info.run_id for k, run in view.children.items()}
    drain(folder, uri)
    assert before == {k: run.info.run_id for k, run in view.children.items()}


def test_those_that_were_overtaken_go_when_the_sweep_is_over(tmp_path, uri, view, monkeypatch):
    folder = new_folder(tmp_path / "runs" / FACTS["id"], facts={**FACTS, "children": "top:2"})
    extend(folder, 5, finished=False)
    until, turns = StopCondition(), iter(range(9))

    def wait(_):  # stands for the driver
        if next(turns) == 0:
            assert set(view.children) == keys(5, 2)
            extend(folder, 20)
        else:
            assert set(view.children) == keys(5, 2) | keys(25, 2)
            until.over = True

    monkeypatch.setattr(until, "wait", wait)
    assert keys(5, 2) != keys(25, 2)
    assert drain(folder, uri, until)
    assert set(view.children) == keys(25, 2)


def test_another_policy_adds_and_takes_away(sweep, uri, view):
    folder = sweep(9, "all")
    drain(folder, uri)
    assert len(view.children) == 9
    set_policy(folder, "top:2")
    assert drain(folder, uri)
    assert set(view.children) == keys(9, 2)
    set_policy(folder, "all")
    assert drain(folder, uri)
    assert_mirrored(folder, view)


def test_a_leader_that_falls_makes_room_for_the_next(sweep, uri, view):
    folder = sweep(9, "top:2")
    drain(folder, uri)
    (first, *_), third = keys(9, 1), keys(9, 3) - keys(9, 2)
    with Ledger.open(folder.ledger, write=True) as ledger:
        row = ledger.find(first)
        ledger.begin(first, row.params)
        ledger.record([(row.number, result(row.number, failed=True))])
    drain(folder, uri)
    assert set(view.children) == keys(9, 2) - {first} | third


def test_the_leaders_are_of_one_look(sweep):
    folder = sweep(9, "top:2")
    with folder.open() as ledger:
        look = ChildRuns(ledger)
        assert {row.key for row in ledger.rows() if look.has(row)} == keys(9, 2)


@pytest.mark.parametrize("was_applied", [False, True], ids=["not-done", "done"])
def test_a_lost_answer_to_a_deletion_is_looked_up(sweep, uri, view, monkeypatch, was_applied):
    folder = sweep(6, "all")
    drain(folder, uri)
    set_policy(folder, "top:2")
    delete, left = Client.delete, [2]

    def fail_twice(self, run_id):
        left[0] -= 1
        if left[0] < 0:
            return delete(self, run_id)
        if was_applied:
            delete(self, run_id)
        raise ConnectionError("cut")

    monkeypatch.setattr(Client, "delete", fail_twice)
    monkeypatch.setattr(drains, "PAUSE", (0.0, 0.0))
    assert drain(folder, uri)
    assert set(view.children) == keys(6, 2)
