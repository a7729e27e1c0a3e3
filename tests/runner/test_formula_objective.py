"""A formula over metrics as the objective, wherever an objective is used."""

import pandas as pd
import pytest

import sweep
from sweep.errors import InputError
from tests.support import sweeps

FORMULA = "trades - 2 * pnl_total"  # the trial with the smaller gain leads


@pytest.fixture(scope="module")
def ranked(finished_sweep, tmp_path_factory):
    """The six trials of a finished sweep, ranked again by the formula."""
    place = tmp_path_factory.mktemp("formula")
    copy = sweeps.copied(finished_sweep, place)
    before = sweeps.record(copy.folder)
    plan = sweep.load(place / "spec.yaml", [f"objective={FORMULA}", f"catalog={copy.facts.backtest['catalog']}"])
    report = sweep.run(plan, runs_dir=place / "runs", executor="inline", tracking=False)
    assert report.id == copy.id
    assert sweeps.record(report.folder) == before, "trials ran again, or were written again"
    return report


def test_a_finished_sweep_is_ranked_again(ranked):
    values = {row.number: row.metrics[FORMULA] for row in ranked.leaders(9)}
    expected = {r.number: r.metrics["trades"] - 2 * r.metrics["pnl_total"] for r in ranked.leaders(9)}
    assert values == pytest.approx(expected)
    assert list(values) == sorted(values, key=lambda n: -values[n])
    assert ranked.best().number == next(iter(values))
    assert ranked.objective == {"metric": FORMULA, "direction": "maximize"}


def test_it_is_a_column_of_the_tables(ranked):
    table = pd.read_parquet(ranked.folder.path / "trials.parquet").set_index("number")
    own = table[f"metrics.{FORMULA}"].dropna()
    assert own.to_dict() == pytest.approx((table["metrics.trades"] - 2 * table["metrics.pnl_total"]).dropna().to_dict())


def test_it_is_computed_anew_in_a_replay(ranked):
    replayed = sweep.replay(ranked, ranked.best().number)
    assert FORMULA in {figure.name for figure in replayed.figures if figure.now is not None}
    assert replayed.identical


def test_a_grid_with_a_pruner_and_a_study_take_it(tmp_path):
    catalog = sweeps.catalog(tmp_path / "catalog", minutes=2)
    pruner = {"type": "median", "rungs": [0.5], "startup_trials": 1}
    search = {"space": {"strategy.buys": [8, 1]}, "window": 1, "method": "optuna", "trials": 3, "pruner": pruner}
    content = sweeps.spec(catalog, {}, search=search, objective="pnl_total - 0 * fees")
    report = sweep.run(sweeps.write(tmp_path / "s.yaml", content), runs_dir=tmp_path, executor="inline", tracking=False)
    plain = content | {"name": "plain", "objective": "pnl_total"}
    other = sweep.run(sweeps.write(tmp_path / "p.yaml", plain), runs_dir=tmp_path, executor="inline", tracking=False)
    both = [sweeps.record(each.folder)[0] for each in (report, other)]
    assert [(r[2], r[3], r[5]) for r in both[0]] == [(r[2], r[3], r[5]) for r in both[1]]
    assert any(r[3] == "PRUNED" for r in both[0])


def test_a_wrong_name_in_a_formula_is_refused_with_the_right_one(finished_sweep, tmp_path):
    copy = sweeps.copied(finished_sweep, tmp_path)
    with pytest.raises(InputError, match="objective.metric: names 'max_drawdwn'.*max_drawdown"):
        sweep.load(
            tmp_path / "spec.yaml", ["objective=pnl_total - max_drawdwn", f"catalog={copy.facts.backtest['catalog']}"]
        )
