"""Metrics of the user's own, inside a backtest."""

from decimal import localcontext
from typing import Any

import pytest

from sweep.backtest.engine import backtest_run
from sweep.backtest.metrics import custom
from sweep.backtest.records import Hooks
from sweep.backtest.setup import builder
from sweep.errors import Reason, TrialError
from sweep.ledger.ledger import Ledger
from sweep.results import tables
from sweep.spec.metric_table import METRIC_TABLE
from sweep.trial import Result, State
from tests.support.trials import strategy, trial


def metric(name: str, **config):
    return {"name": name, "path": f"tests.support.metrics:{name}", "config": config}


def run(catalog, *metrics):
    return backtest_run.run(trial(catalog, strategy(orders=[[1, 10], [4, -10]])) | {"metrics": list(metrics)})


def test_they_stand_after_ours_and_change_none(spy):
    result = run(spy, metric("fills_per_day", factor=10), metric("twice_the_fees"), metric("nothing"))
    assert list(result.metrics)[: len(METRIC_TABLE)] == list(METRIC_TABLE)
    assert result.metrics["fills_per_day"] == 20.0  # two fills on one day
    assert result.metrics["twice_the_fees"] == 2 * result.metrics["fees"]
    assert result.metrics["nothing"] is None
    assert {k: v for k, v in result.metrics.items() if k in METRIC_TABLE} == run(spy).metrics


def test_none_can_write_into_what_it_reads(spy):
    records: list[Any] = []
    plain = trial(spy, strategy(orders=[[1, 10], [4, -10]]))
    result = backtest_run.run(plain | {"metrics": [metric("overwriting")]}, look=Hooks(keep=records.append))
    assert result.metrics["overwriting"] == 0.0
    assert {k: v for k, v in result.metrics.items() if k in METRIC_TABLE} == run(spy).metrics
    assert records[0].fills[0].price > 0


def test_none_reaches_what_is_recorded_however_deep_it_digs(spy):
    plain, result = run(spy), run(spy, metric("digging"))
    assert result.metrics == plain.metrics | {"digging": 1.0}
    assert (result.days, result.returns, result.warnings, result.fills) == (
        plain.days, plain.returns, plain.warnings, plain.fills
    )  # fmt: skip
    assert result.stats | {"figures": None} == plain.stats | {"figures": None}
    assert result.stats["figures"] == result.metrics


def test_money_is_computed_in_a_context_of_its_own(spy):
    """A strategy that rounds to three digits changes its own arithmetic alone."""
    with localcontext(prec=3):
        rounded = run(spy).metrics
    assert rounded == run(spy).metrics


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("failing", "raised ZeroDivisionError: no trades"),
        ("not_a_number", "must give a finite number"),
        ("exiting", "raised SystemExit: 3"),
        ("without_text", "raised WithoutTextError: its text raised WithoutTextError"),
        ("beyond_all_floats", "must give a finite number, or None where there is none .was an integer of 1329 bits"),
    ],
)
def test_one_that_fails_fails_the_trial_with_its_name(spy, name, message):
    with pytest.raises(TrialError, match=f"metric {name} {message}") as failed:
        run(spy, metric("fills_per_day"), metric(name))
    assert failed.value.reason is Reason.METRIC


@pytest.mark.parametrize(
    ("section", "where", "rule"),
    [
        (metric("fils_per_day"), "metrics.0.path", "has no 'fils_per_day'"),
        (metric("fills_per_day", faktor=1), "metrics.0.config.faktor", "has no argument 'faktor'"),
        (metric("without_a_trial"), "metrics.0.path", "must take a finished trial"),
        ({"name": "x", "path": "sweep.backtest.records:BacktestRecord"}, "metrics.0.path", "must be a function"),
        ({"name": "b", "path": "sweep.metrics:auc"}, "metrics.0.config.event", "needs a value for 'event'"),
    ],
)
def test_mistakes_are_found_before_anything_runs(spy, section, where, rule):
    problems = builder.check(trial(spy, strategy()) | {"metrics": [section]})
    assert problems[0].where == where
    assert rule in problems[0].rule


def test_whole_numbers_stay_whole(spy):
    assert custom.CustomMetric("n", lambda _: 3).measure(None) == 3
    assert type(custom.CustomMetric("n", lambda _: 3).measure(None)) is int


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63) + 1, 2**63, -(2**63), 2**64 + 1])
def test_whole_numbers_that_tables_cannot_hold_are_floats(value, tmp_path):
    """The figure is stored and comes back the same, in the ledger and in its table."""
    figure = custom.CustomMetric("n", lambda _: value).measure(None)
    fits = abs(value) < 2**63
    assert (type(figure), figure) == ((int, value) if fits else (float, float(value)))
    with Ledger.create(tmp_path / "ledger.sqlite", {}) as ledger:
        number = ledger.begin("k", {"a": 1})
        ledger.record([(number, Result(State.COMPLETE, {"pnl_total": 1.0, "n": figure}, started=1.0, ended=2.0))])
        row = ledger.find("k")
        assert row
        assert ledger.result(row).metrics["n"] == figure
        (table,) = tables.tables(ledger)
        assert table["metrics.n"].to_pylist() == [figure]
