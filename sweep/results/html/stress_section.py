"""Section of the report about the stress tests of the best trials."""

from typing import Any

from sweep.ledger.facts import SweepFacts
from sweep.results.stress import StressedTrial, StressResult, stressed
from sweep.spec.metric_table import formatted


def stress(facts: SweepFacts) -> list[dict[str, Any]]:
    """A table for each tested trial; none where none was tested."""
    metric = facts.objective["metric"]
    return [_table(trial, metric) for trial in stressed(facts)]


def _table(trial: StressedTrial, metric: str) -> dict[str, Any]:
    return {
        "trial": trial.trial,
        "value": figure(trial.value, metric),
        "rows": [
            [test.name, test.size, test.word, figure(test.median, metric), figure(test.low, metric), count(test)]
            for test in trial.tests
        ],
    }


def figure(value: float | None, metric: str) -> str:
    """A value of the objective; a dash where there is none."""
    return "–" if value is None else formatted(value, metric)


def count(test: StressResult) -> str:
    """Number of trials, of failures among them, and of values that were refused; or why there are none."""
    more = [f"{test.failed} failed"] if test.failed else []
    more += [f"{test.refused} refused"] if test.refused else []
    return test.reason or ", ".join([f"{test.trials:,}", *more])
