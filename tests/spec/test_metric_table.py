import pytest

from sweep.spec.metric_table import DEFAULT_COLUMNS, MAIN_METRICS, METRIC_TABLE, formatted, is_lower_better, unit_of


def test_no_two_metrics_share_a_position():
    positions = [metric.column for metric in METRIC_TABLE.values() if metric.column]
    assert sorted(positions) == list(range(1, len(positions) + 1))


def test_the_default_columns():
    assert (
        *("pnl_total", "return_total", "cagr", "sharpe_ratio", "max_drawdown", "calmar_ratio", "trades", "win_rate"),
        *("profit_factor", "average_trade", "exposure"),
    ) == DEFAULT_COLUMNS
    assert DEFAULT_COLUMNS[:8] == MAIN_METRICS


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (0.4861, "win_rate", "48.6 %"),
        (0.00397, "max_drawdown", "0.40 %"),
        (0.00397, "strategies.fast.max_drawdown", "0.40 %"),
        (-0.0123, "var_5", "-1.23 %"),
        (1901.0, "pnl_total", "1,901.00"),
        (1234, "trades", "1,234"),
        (1234.567, "a metric of the user's own", "1,234.57"),
        (12.5, "holding_time", "12.5 s"),
        (59.99, "holding_time", "60 s"),
        (270.4, "holding_time", "4 min 30 s"),
        (3599.7, "holding_time", "60 min 00 s"),
        (7500.0, "holding_time", "2 h 05 min"),
        (86_400 * 3 + 3 * 3600 + 1800, "drawdown_time", "3 d 04 h"),
    ],
)
def test_a_figure_is_written_by_the_unit_of_its_metric(value, name, text):
    assert formatted(value, name) == text


def test_the_unit_of_a_strategys_figure_is_that_of_the_metric():
    assert unit_of("strategies.fast.exposure") == unit_of("exposure") == "fraction"
    assert unit_of("my_metric") is None


def test_less_is_better_of_these():
    assert {name for name in METRIC_TABLE if is_lower_better(name)} >= {"max_drawdown", "fees", "volatility"}
    assert not is_lower_better("var_5"), "a return: the higher the better"
