import pytest

from sweep.spec.metric_table import METRIC_TABLE, PAGE_METRICS, SCREEN_METRICS, formatted


@pytest.mark.parametrize("place", ["screen", "page"])
def test_no_two_metrics_share_a_position(place):
    positions = [getattr(metric, place) for metric in METRIC_TABLE.values() if getattr(metric, place)]
    assert sorted(positions) == list(range(1, len(positions) + 1))


def test_the_columns_of_the_screen_and_of_the_report():
    assert SCREEN_METRICS[:3] == ("pnl_total", "win_rate", "trades")
    assert set(PAGE_METRICS) - set(SCREEN_METRICS) == {"return_total"}


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (0.4861, "win_rate", "48.6 %"),
        (0.00397, "max_drawdown", "0.40 %"),
        (1901.0, "pnl_total", "1,901.00"),
        (1234, "trades", "1,234"),
        (1234.567, "a metric of the user's own", "1,234.57"),
    ],
)
def test_a_figure_is_written_by_the_unit_of_its_metric(value, name, text):
    assert formatted(value, name) == text
