from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import Reason
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Row
from sweep.results.labels import label, text
from sweep.tracking.mlflow import trial_run
from sweep.tracking.mlflow.trial_run import RunRecord, child, note, param_name
from sweep.trial import State
from tests.tracking.sweeps import FACTS

ROW = Row(
    number=12, key="a" * 64, params={"strategy.score_threshold": 70, "strategy.tp_pct": 0.2}, state=State.COMPLETE,
    reason=None, message="", trace="", metrics={"pnl_total": 5.5, "sharpe_ratio": None, "fees": 1, "mine": 2.0},
    warnings=(), timing={}, attempt=1, started=1000.0005, ended=1002.25, worker="host:7", mlflow_run_id=None,
)  # fmt: skip


def made(**changes) -> RunRecord:
    return child(replace(ROW, **changes), SweepFacts.of(FACTS), "parent")


def test_a_complete_trial():
    run = made()
    assert run.name == "#12 score_threshold=70 tp_pct=0.2"
    assert (run.status, run.start, run.end) == ("FINISHED", 1_000_000, 1_002_250)
    assert list(run.params.items())[:3] == [
        ("strategy.score_threshold", "70"), ("strategy.tp_pct", "0.2"), ("strategy.path", "my.strategy:Mine"),
    ], "searched ones first"  # fmt: skip
    assert run.metrics == {
        "result/pnl_total": 5.5, "execution/fees": 1.0, "extra/mine": 2.0, "trial/number": 12.0, "trial/seconds": 2.25,
    }  # fmt: skip
    assert run.tags == {
        "mlflow.parentRunId": "parent", "mlflow.source.name": "my.strategy:Mine", "mlflow.source.type": "LOCAL",
        "sweep.id": FACTS["id"], "sweep.kind": "trial", "sweep.trial": "12", "sweep.key": "a" * 64,
        "sweep.state": "COMPLETE", "mlflow.sweep.attempt": "1", "mlflow.sweep.worker": "host:7",
    }  # fmt: skip


def test_the_objective_is_the_first_metric():
    facts = SweepFacts.of(FACTS | {"objective": {"metric": "mine", "direction": "maximize"}})
    assert next(iter(child(ROW, facts, "parent").metrics)) == "extra/mine"
    assert next(iter(made().metrics)) == "result/pnl_total"


def test_the_columns_of_the_leaderboard_follow_the_objective():
    facts = SweepFacts.of(FACTS | {"objective": {"metric": "mine", "direction": "maximize"}})
    figures = {"pnl_total": 5.5, "fees": 1.0, "trades": 3.0, "sharpe_ratio": 2.0, "mine": 2.0}
    names = list(child(replace(ROW, metrics=figures), facts, "parent").metrics)
    assert names[:5] == ["extra/mine", "result/pnl_total", "risk/sharpe_ratio", "result/trades", "execution/fees"]


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0.4864864864864865, 0.486486), (-147.8421052631579, -147.842), (1234567.891, 1234567.89), (0.0, 0.0),
     (1e-9, 1e-9), (8.003654331947985, 8.00365), (float("inf"), float("inf"))],
)  # fmt: skip
def test_metrics_have_the_digits_that_people_read(value, rounded):
    assert trial_run.rounded(value) == rounded


@given(st.floats(-1e9, 1e9))
def test_rounding_keeps_six_digits_and_cents(value):
    assert abs(trial_run.rounded(value) - value) <= min(max(abs(value) * 5e-6, 1e-12), 0.00501)


def test_the_equity_curve_has_a_step_a_day():
    days = ("2026-05-04", "2026-05-05", "2026-05-06")
    assert trial_run.equity(days, (0.1, -0.5, 1.0)) == [
        ("equity/return", 1, 0.1, 1_777_852_800_000),
        ("equity/return", 2, -0.45, 1_777_939_200_000),
        ("equity/return", 3, 0.1, 1_778_025_600_000),
    ]
    assert trial_run.equity((), ()) == []


def test_a_failed_trial_has_a_reason_and_no_figures():
    run = made(state=State.FAILED, reason=Reason.GUARD, message="no data", trace="Traceback")
    assert run.status == "FAILED"
    assert run.tags["sweep.reason"] == "guard"
    assert run.tags["mlflow.note.content"] == "**guard**: no data\n\n```\nTraceback\n```"
    assert set(run.metrics) == {"trial/number", "trial/seconds"}


def test_the_figures_of_a_pruned_trial_stand_apart():
    run = made(state=State.PRUNED)
    assert run.status == "FINISHED"
    assert run.metrics["pruned/pnl_total"] == 5.5
    assert "result/pnl_total" not in run.metrics


def test_troubles_are_a_tag_that_can_be_searched():
    run = made(metrics={"orders_denied": 2, "orders_rejected": 0, "liquidations": 1})
    assert run.tags["sweep.troubles"] == "orders_denied=2 liquidations=1"
    assert run.metrics["execution/liquidations"] == 1
    assert "sweep.troubles" not in made().tags


def test_repeats_of_a_setting_share_a_tag():
    facts = FACTS | {"search": {"repeat": {"over": "seed", "values": [1, 2]}}}
    tags = [
        child(replace(ROW, params={"tp": 1, "seed": n}), SweepFacts.of(facts), "parent").tags["sweep.setting"]
        for n in (1, 2)
    ]
    other = child(replace(ROW, params={"tp": 2, "seed": 1}), SweepFacts.of(facts), "parent").tags["sweep.setting"]
    assert tags[0] == tags[1] != other


def test_warnings_are_shown():
    run = made(warnings=("2 orders rejected", "open at the end"))
    assert run.tags["sweep.warnings"] == "2 orders rejected\nopen at the end"
    assert run.tags["mlflow.note.content"] == "- 2 orders rejected\n\n- open at the end"


def test_a_trial_that_never_started_has_the_time_of_its_end():
    run = made(state=State.FAILED, reason=Reason.NODE, started=0.0, ended=50.0)
    assert (run.start, run.end) == (50_000, 50_000)
    assert "trial/seconds" not in run.metrics


def test_a_trial_without_any_time_has_that_of_the_sweep():
    assert made(started=0.0, ended=0.0).end == trial_run.epoch(FACTS["created"]) == 1_778_407_200_000


def test_a_trial_that_runs_has_no_record():
    with pytest.raises(ValueError, match="has not ended"):
        made(state=None)


@pytest.mark.parametrize(
    "change",
    [{"attempt": 2}, {"ended": 1003.0}, {"metrics": {"pnl_total": 5.6}}, {"params": {"a": 1}}, {"state": State.PRUNED}],
    ids=str,
)
def test_any_change_of_a_trial_changes_the_digest(change):
    assert made().digest == made().digest
    assert made(**change).digest != made().digest


def test_the_digest_knows_the_parent():
    assert child(ROW, SweepFacts.of(FACTS), "other").digest != made().digest


def test_names_that_end_alike_are_told_apart():
    assert (
        label({"venues.A.seed": 1, "venues.B.seed": 2, "strategy.x": True}) == "venues.A.seed=1 venues.B.seed=2 x=true"
    )


@pytest.mark.parametrize(
    ("value", "expected"), [("fast", "fast"), (0.1, "0.1"), (True, "true"), (None, "null"), ([1, "ü"], '[1, "ü"]')]
)
def test_values_are_written_as_in_the_spec(value, expected):
    assert text(value) == expected


def test_a_long_trace_keeps_its_end():
    content = note(replace(ROW, reason=Reason.STRATEGY, message="m" * 9000, trace="x" * 9000 + "the cause"))
    assert "the cause" in content
    assert len(content) <= trial_run.NOTE


names = st.text(min_size=1, max_size=300)
values = st.one_of(st.text(max_size=9000), st.floats(allow_nan=False), st.booleans(), st.integers())


@given(params=st.dictionaries(names, values, max_size=4), message=st.text(max_size=9000))
def test_nothing_is_longer_or_odder_than_mlflow_takes(params, message):
    from mlflow.utils.validation import _validate_param, _validate_tag

    run = made(params=params, message=message, worker=message, warnings=(message,))
    for name, value in run.params.items():
        _validate_param(name, value)
    for name, value in run.tags.items():
        _validate_tag(name, value)


def test_a_parameters_name_stays_as_it_is():
    assert param_name("venues.ARCA.fill_model.prob_slippage") == "venues.ARCA.fill_model.prob_slippage"
