"""Risk limits as parameters, and their figures as constraints."""

import sweep
from tests.support import sweeps
from tests.support.trials import strategy


def test_limits_are_parameters_and_their_figures_constraints(tmp_path):
    # Bids fall from 700.00 by a cent each two minutes' quarter; 100 shares bought lose some cents each.
    spec = sweeps.spec(
        sweeps.catalog(tmp_path / "catalog", minutes=5),
        {"risk.max_drawdown": [0.0001, "1 %"], "risk.then": ["flatten", "halt"]},
        strategy=strategy(orders=[[1, 100]]),
        risk={"max_drawdown": "10 %"},
    )
    spec["search"]["metric_constraints"] = ["risk_stops <= 0"]
    report = sweep.run(
        sweeps.write(tmp_path / "spec.yaml", spec), runs_dir=tmp_path / "runs", executor="inline", tracking=False
    )
    assert report.count() == {"COMPLETE": 4}
    with report.folder.open() as ledger:
        metrics_of = {(row.params["risk.max_drawdown"], row.params["risk.then"]): row.metrics for row in ledger.rows()}
    assert {key: metrics["risk_stops"] for key, metrics in metrics_of.items()} == {
        (0.0001, "flatten"): 1, (0.0001, "halt"): 1, ("1 %", "flatten"): 0, ("1 %", "halt"): 0,
    }  # fmt: skip
    assert metrics_of[0.0001, "flatten"]["positions_open"] == 0
    assert metrics_of[0.0001, "halt"]["positions_open"] == 1
    assert {row.params["risk.max_drawdown"] for row in report.leaders(9)} == {"1 %"}
