"""Choice of the trials that get a child run in MLflow; the parent run's tables and series have all of them."""

from functools import cached_property

from sweep.common.units import sheets
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger, Row

MANY = 10_000  # trials up to which each gets a run: MLflow's pages stay usable (docs/mlflow.md)
BEST = 1_000  # of more trials so many do


def choose_policy(policy: str, trials: int, facts: SweepFacts) -> str:
    """all, none or top:N: what the spec says, else what an earlier run of the sweep had, else by its size."""
    return policy if policy != "auto" else facts.children or ("all" if trials <= MANY else f"top:{BEST}")


def describe(policy: str) -> str:
    """Describe the policy in words."""
    best = sheets(policy)
    return "a run for each trial" if best is None else f"runs of the best {best:,} trials" if best else "no run a trial"


class ChildRuns:
    """The choice as of one look at the ledger: with top:N the N leaders of that moment."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @cached_property
    def _numbers(self) -> frozenset[int] | None:
        best = sheets(self._ledger.facts.children or "all")
        return None if best is None else frozenset(row.number for row in self._ledger.leaders(best))

    def has(self, row: Row) -> bool:
        """True if an ended trial gets a run."""
        return self._numbers is None or row.number in self._numbers
