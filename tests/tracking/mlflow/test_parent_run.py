import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger
from sweep.tracking.mlflow import parent_run
from sweep.trial import State
from tests.tracking.sweeps import FACTS, extend, new_folder

C, F = State.COMPLETE, State.FAILED


def series(*values, direction="maximize", whole=False):
    points = parent_run.series([(n, *v, float(n)) for n, v in enumerate(values)], "m", direction, whole=whole)
    return {at: value for at, (value, _) in points.items()}


def best(*values, **options):
    return {step: value for (name, step), value in series(*values, **options).items() if name == "best/m"}


def test_the_best_so_far():
    assert best((C, 1.0), (C, 3.0), (C, 2.0)) == {0: 1.0, 1: 3.0, 2: 3.0}
    assert best((C, 1.0), (C, 3.0), (C, -2.0), direction="minimize") == {0: 1.0, 1: 1.0, 2: -2.0}


def test_the_best_so_far_stands_before_single_trials():
    assert [name for name, _ in series((C, 1.0), (C, 3.0))] == ["best/m", "best/m", "trial/m", "trial/m"]


def test_a_trial_that_breaks_a_bound_is_never_the_best():
    values = [(n, C, value, float(n)) for n, value in enumerate((9.0, 1.0, 8.0, 2.0))]
    points = parent_run.series(values, "m", "maximize", whole=True, broken={0, 2})
    assert {step: v for (name, step), (v, _) in points.items() if name == "best/m"} == {1: 1.0, 3: 2.0}
    assert [v for (name, _), (v, _) in points.items() if name == "trial/m"] == [9.0, 1.0, 8.0, 2.0]


def test_failed_trials_and_missing_figures_leave_gaps():
    assert series((F, None), (C, None), (C, 2.0)) == {("trial/m", 2): 2.0, ("best/m", 2): 2.0}


def test_the_best_waits_for_trials_that_run_and_single_values_do_not():
    values = (C, 1.0), (None, None), (C, 5.0)
    assert series(*values) == {("trial/m", 0): 1.0, ("best/m", 0): 1.0, ("trial/m", 2): 5.0}
    assert best(*values, whole=True) == {0: 1.0, 2: 5.0}


@given(st.lists(st.tuples(st.sampled_from([C, F, State.PRUNED, None]), st.floats(-9, 9)), max_size=12))
def test_no_later_trial_changes_a_best_that_was_logged(values):
    """Points logged while trials run are the same as those at the end: none is written twice."""
    values_of_c = [(s or C, v) for s, v in values]
    assert best(*values).items() <= best(*values_of_c, whole=True).items()


@pytest.mark.parametrize(
    ("finished", "count", "status"),
    [
        (True, {"COMPLETE": 2, "FAILED": 1}, "FINISHED"),
        (True, {"FAILED": 3}, "FAILED"),
        (True, {"COMPLETE": 2, "RUNNING": 1}, "KILLED"),
        (None, {"COMPLETE": 2}, "KILLED"),
    ],
)
def test_how_the_parent_ends(finished, count, status):
    assert parent_run.status(SweepFacts(finished=finished), count) == status


@pytest.fixture
def ledger(tmp_path):
    folder = new_folder(tmp_path / "run")
    extend(folder, 5)
    with Ledger.open(folder.ledger) as ledger:
        yield ledger


def test_the_leaderboard_is_a_table(ledger):
    rows = ledger.best("pnl_total", "maximize", 10)
    table = list(csv.DictReader(io.StringIO(parent_run.leaderboard(rows).decode())))
    assert [row["rank"] for row in table] == ["1", "2", "3", "4"]
    assert [float(row["pnl_total"]) for row in table] == sorted((r.metrics["pnl_total"] for r in rows), reverse=True)
    assert table[0]["strategy.mode"] == "fast"
    assert table[0]["sharpe_ratio"] == ""


def test_the_note_names_the_best_and_the_counts(ledger):
    (top,) = ledger.best("pnl_total", "maximize", 1)
    tags = parent_run.tags(SweepFacts.of(FACTS), ledger.count(), top, "1")
    assert f"#{top.number} `score_threshold={50 + top.number}" in tags["mlflow.note.content"]
    assert "4 COMPLETE, 1 FAILED" in tags["mlflow.note.content"]


def test_a_sweep_without_a_complete_trial_has_no_best():
    tags = parent_run.tags(SweepFacts.of(FACTS), {"FAILED": 1}, None, "1")
    assert "sweep.best" not in tags
    assert parent_run.leader(None, 1, 1000) == {}


def test_the_experiment_opens_on_its_runs():
    tags = parent_run.experiment(SweepFacts.of(FACTS))
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert tags["mlflow.experiment.primaryMetric.name"] == "result/pnl_total"


def test_the_description_links_to_the_comparison():
    note = parent_run.tags(SweepFacts.of(FACTS), {"COMPLETE": 1}, None, "7")["mlflow.note.content"]
    assert "[table](#/experiments/7/runs?" in note
    assert "viewStateShareKey=demo-12345678" in note


def test_a_best_that_a_retry_changed_is_the_later_one():
    """MLflow shows, of two values at a step, that of the later time; for `minimize` it would else show the larger."""
    before = [(0, F, None, 10.0), (1, C, 5.0, 20.0)]
    after = [(0, C, 2.0, 30.0), (1, C, 5.0, 20.0)]
    (_, was), (value, now) = (parent_run.series(v, "m", "minimize", whole=True)["best/m", 1] for v in (before, after))
    assert value == 2.0
    assert now > was


def test_the_verdict_is_a_tag_described_by_its_criteria_and_measured():
    criteria = [
        {"name": "luck", "passed": False, "sentence": "in 22 % of cases"},
        {"name": "halves", "passed": None, "sentence": "not shown"},
    ]
    noted = {
        "of": [],
        "verdict": "no evidence",
        "sentence": "No evidence: …",
        "criteria": criteria,
        "figures": {"p": 0.22, "pbo": None, "objective_p": 0.31},
        "notes": ["a search shows a best [sqn] this high"],
    }
    facts = FACTS | {"verdict": noted | {"choice": {"centre": {"trial": 7}}}}
    tags = parent_run.tags(SweepFacts.of(facts), {"COMPLETE": 1}, None, "1")
    assert tags["sweep.verdict"] == "no evidence"
    assert "- luck: failed: in 22 % of cases" in tags["mlflow.note.content"]
    assert "- halves: no meaning: not shown" in tags["mlflow.note.content"]
    assert r"- a search shows a best \[sqn] this high" in tags["mlflow.note.content"]
    assert "1 COMPLETE · **No evidence**" in tags["mlflow.note.content"]
    assert not [name for name in tags if name.startswith("sweep.verdict.")], "few tags"
    assert tags["sweep.plateau"] == "#7"
    assert "**Verdict**: No evidence" in tags["mlflow.note.content"]
    expected = {("verdict/p", 5): (0.22, 99), ("verdict/objective_p", 5): (0.31, 99)}
    assert parent_run.last(SweepFacts.of(facts), None, 5, 99) == expected
    assert "sweep.verdict" not in parent_run.tags(SweepFacts.of(FACTS), {}, None, "1")


def test_tags_and_metrics_say_how_often_the_lockbox_was_opened():
    box = {"lockbox": {"period": {"start": "2026-05-12", "end": "2026-05-14"}, "days": 2}}
    assert parent_run.unseen(SweepFacts()) == {}
    assert parent_run.unseen(SweepFacts.of(box))["sweep.lockbox"] == "closed"
    rest = {"key": "k", "period": box["lockbox"]["period"], "data": "d", "kept": "x-12345678", "ended": 5,
            "state": "COMPLETE", "seen": []}  # fmt: skip
    look = rest | {"trial": 3, "by": "me@here", "at": "now", "failure": "", "metrics": {"pnl_total": 12.5}}
    failed = look | {"trial": 4, "failure": "guard: blown", "metrics": {}}
    tags = parent_run.unseen(SweepFacts.of(box | {"looks": [look, failed]}))
    assert tags["sweep.lockbox"] == "opened 2 times"
    assert tags["sweep.lockbox.look_1"] == "#3 by me@here at now: pnl_total 12.5"
    assert tags["sweep.lockbox.look_2"] == "#4 by me@here at now: guard: blown"
    figures = {"lockbox_looks": 2, "lockbox_pnl_total": 12.5, "forward_sharpe": -1.5, "forward_low": None}
    points = parent_run.last(SweepFacts(verdict={"figures": figures}), None, 7, 1000)
    assert points == {
        ("lockbox/looks", 7): (2.0, 1000),
        ("lockbox/pnl_total", 7): (12.5, 1000),
        ("walk_forward/sharpe", 7): (-1.5, 1000),
    }


def test_stress_tests_are_described_and_metrics_of_the_best():
    test = {"name": "fees", "size": "2 ×", "word": "holds", "trials": 1, "failed": 0, "median": 9.0, "low": 8.0}
    test |= {"refused": 0, "reason": ""}
    noted = [{"trial": 3, "value": 10.0, "tests": [test]}, {"trial": 4, "value": 9.0, "tests": [test | {"low": 1.0}]}]
    facts = SweepFacts.of(FACTS | {"stress": noted})
    note = parent_run.tags(facts, {}, None, "1")["mlflow.note.content"]
    assert "- trial 3 holds under fees\n- trial 4 holds under fees" in note
    assert parent_run.last(facts, None, 7, 99) == {
        ("stress/fees_median", 7): (9.0, 99),
        ("stress/fees_low", 7): (8.0, 99),
    }
