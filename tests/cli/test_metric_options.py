"""Names of metrics on the command line."""

from types import SimpleNamespace
from typing import Any

import pytest

from sweep.cli.metric_options import listed, require_metrics
from sweep.errors import InputError
from sweep.ledger.facts import SweepFacts


@pytest.mark.parametrize(
    ("text", "names"), [(None, []), ("", []), (" , ", []), ("beta", ["beta"]), ("beta, alpha,beta,", ["beta", "alpha"])]
)
def test_lists(text: str | None, names: list[str]):
    assert listed(text) == names


def reader(**facts: Any) -> Any:
    """As much of a sweep as names its metrics."""
    objective = {"metric": "sharpe_ratio - max_drawdown", "direction": "maximize"}
    recorded = SweepFacts(backtest={"metrics": [{"name": "mine"}]}, objective=objective, **facts)
    return SimpleNamespace(facts=recorded, goal=recorded.goal)


def test_names_that_no_trial_has_are_refused_all_at_once():
    own = ["mine", "ulcer_index", "sharpe_ratio - max_drawdown"]
    require_metrics(reader(), "--columns", own)
    require_metrics(reader(benchmark={"source": "x", "closes": {}}), "--columns", [*own, "beta"])
    with pytest.raises(InputError) as error:
        require_metrics(reader(), "--columns", [*own, "beta", "ulcer_indx"])
    assert [(p.where, p.value) for p in error.value.problems] == [("--columns", "beta"), ("--columns", "ulcer_indx")]
    assert "ulcer_index" in error.value.problems[1].remedy
