"""Parameter importance by objective, stored when a sweep ends, so that showing it costs nothing.

Optuna takes a second to import: not for so few trials that nothing is said of them.
"""

from sweep.ledger.ledger import Ledger
from sweep.results.verdict_store import stamp
from sweep.spec.space import Space
from sweep.trial import State

type Shares = dict[str, dict[str, float]]  # objective: parameter: its share, the largest first

FEWEST = 10  # trials; of fewer nothing is said


def shares(ledger: Ledger, space: Space) -> Shares:
    """From the COMPLETE trials; of parameters with a condition nothing is said, as they are not in every trial."""
    by_objective: Shares = {}
    rows = list(ledger.inside(state=State.COMPLETE))
    if len(rows) < FEWEST:
        return by_objective
    from sweep.results.statistics.importance import importance

    for metric, direction in ledger.facts.goal.objectives:
        trials = [(row.params, float(v)) for row in rows if (v := row.metrics.get(metric)) is not None]
        by_objective[metric] = importance(space, trials, direction)
    return by_objective


def note(ledger: Ledger, space: Space) -> None:
    """Keep it in the ledger."""
    ledger.note(importance={"of": stamp(ledger), "shares": shares(ledger, space)})


def noted(ledger: Ledger) -> Shares | None:
    """The stored note; None if trials have changed since."""
    note = ledger.facts.importance
    return note["shares"] if note and note["of"] == stamp(ledger) else None
