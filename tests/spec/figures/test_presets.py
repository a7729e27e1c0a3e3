from pathlib import Path

from sweep.spec.figures.presets import PRESETS, metric_of
from sweep.spec.metric_table import METRIC_TABLE

DOCS = Path(__file__).parents[3] / "docs/metrics.md"


def test_each_preset_is_a_metric_of_which_more_is_better():
    assert {METRIC_TABLE[metric].better for metric, _ in PRESETS.values()} == {"higher"}


def test_any_other_name_stays():
    assert (metric_of("calmar"), metric_of("pnl_total")) == ("calmar_ratio", "pnl_total")


def test_the_documentation_lists_them():
    rows = {f"| `{name}` | `{metric}` | {sentence} |" for name, (metric, sentence) in PRESETS.items()}
    assert rows <= set(DOCS.read_text().splitlines())
