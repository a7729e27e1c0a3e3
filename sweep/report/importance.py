"""How much each parameter matters, by objective: noted when a study ends, so that showing it costs nothing.

Optuna takes a second to import; where a study runs it is there already.
"""

from sweep.goal import Goal
from sweep.ledger import Ledger
from sweep.report.judged import stamp
from sweep.space import Space
from sweep.trial import State

type Shares = dict[str, dict[str, float]]  # objective: parameter: its share, the largest first

NOTE = "importance"  # the fact of the sweep that keeps it


def shares(ledger: Ledger, space: Space) -> Shares:
    """From the COMPLETE trials; of parameters with a condition nothing is said, as they are not in every trial."""
    from sweep.analysis.importance import importance

    found: Shares = {}
    rows = list(ledger.rows(state=State.COMPLETE))
    for metric, direction in Goal.of(ledger.facts).objectives:
        trials = [(row.params, float(v)) for row in rows if (v := row.metrics.get(metric)) is not None]
        found[metric] = importance(space, trials, direction)
    return found


def note(ledger: Ledger, space: Space) -> None:
    """Keep it in the ledger."""
    ledger.note(**{NOTE: {"of": stamp(ledger), "shares": shares(ledger, space)}})


def noted(ledger: Ledger) -> Shares | None:
    """What was noted, unless trials have changed since."""
    known = ledger.facts.get(NOTE)
    return known["shares"] if known and known["of"] == stamp(ledger) else None
