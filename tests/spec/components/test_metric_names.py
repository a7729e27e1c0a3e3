from sweep.spec.components.metric_names import metric_names
from sweep.spec.metric_table import METRIC_TABLE, STRATEGY_METRICS, of_strategy, strategy_metric


def test_a_plain_backtest_has_the_built_in_metrics_and_its_own():
    assert metric_names({"strategy": {"path": "m:A"}}) == list(METRIC_TABLE)
    assert metric_names({"strategy": {"path": "m:A"}, "metrics": [{"name": "mine"}]})[-1] == "mine"


def test_several_strategies_and_risk_limits_add_theirs():
    backtest = {
        "strategies": [{"name": "fast"}, {"path": "m:Slow"}],
        "actors": [{"name": "x"}],
        "risk": {"daily_loss": 0.1},
    }
    names = metric_names(backtest)[len(METRIC_TABLE) :]
    assert names[:2] == ["risk_stops", "orders_refused"]
    assert names[2:] == [f"strategies.{s}.{f}" for s in ("fast", "Slow") for f in STRATEGY_METRICS]


def test_the_name_of_a_strategy_s_figure_reads_back():
    for figure in STRATEGY_METRICS:
        assert of_strategy(strategy_metric("fast", figure)) == ("fast", figure)
    assert of_strategy("pnl_total") is of_strategy("strategies.fast.other") is None
