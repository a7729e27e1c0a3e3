"""Rows of the metrics beside a benchmark, and the table of the docs."""

from pathlib import Path

import sweep
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.metric_table import METRIC_TABLE, formatted, is_lower_better, row_of

DOCS = Path(sweep.__file__).parents[1] / "docs" / "metrics.md"


def test_they_are_no_metrics_of_every_trial_and_have_a_unit():
    assert not BENCHMARK.keys() & METRIC_TABLE.keys()
    assert [row_of(name) for name in BENCHMARK] == list(BENCHMARK.values())
    assert (formatted(0.5, "beta"), formatted(0.123, "alpha")) == ("0.50", "12.30 %")
    assert [name for name in BENCHMARK if is_lower_better(name)] == ["beta", "correlation"]


def test_the_documentation_has_this_table():
    section = DOCS.read_text().partition("\n## Beside a benchmark")[2].partition("\n## ")[0]
    rows = [line.strip("| \n").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert [(name.strip("` "), *texts) for name, *texts in rows] == [
        (name, metric.unit, metric.formula, metric.undefined) for name, metric in BENCHMARK.items()
    ]
