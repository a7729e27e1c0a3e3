"""Rows of all metrics."""

from sweep.results.html.metric_rows import OWN, metric_rows
from sweep.spec.metric_table import METRIC_TABLE


def test_each_metric_is_in_the_group_of_the_table():
    groups = metric_rows({"strategies.fast.pnl_total": 1.0}, "USD")
    rows = {row.name: title for title, content in groups.items() for row in content}
    assert set(rows) == set(METRIC_TABLE)
    assert OWN not in groups
    titles = {"result": "Result and trades", "risk": "Returns and risk", "execution": "Orders and costs"}
    assert all(rows[name] == titles[metric.group] for name, metric in METRIC_TABLE.items())
