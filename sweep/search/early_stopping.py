"""Stop rules of a search, applied to the results in the order of asking: the same moment on every machine."""

from dataclasses import dataclass, field

from sweep.spec.objectives import Goal, dominates
from sweep.trial import Result, State


@dataclass(slots=True)
class EarlyStopping:
    """Ends a search when nothing has got better for long enough, or when the target is reached.

    With several objectives a trial is better when no trial before it beats it: it is on the Pareto front.
    """

    goal: Goal
    no_improvement: int | None = None  # trials in a row
    target: float | None = None  # of the one objective
    _front: list[tuple[float, ...]] = field(default_factory=list[tuple[float, ...]])
    _since: int = 0  # trials since the last improvement
    _reached: bool = False

    def learn(self, result: Result) -> None:
        """Take the next result, in the order of asking."""
        self._since += 1
        scores = self.goal.scores(result.metrics) if result.state is State.COMPLETE else None
        if scores is None or not self.goal.is_feasible(result.metrics):
            return
        if not any(dominates(best, scores) or best == scores for best in self._front):
            self._front = [best for best in self._front if not dominates(scores, best)] + [scores]
            self._since = 0
        if self.target is not None:
            sign = 1 if self.goal.objectives[0][1] == "maximize" else -1
            self._reached = self._reached or scores[0] >= sign * self.target

    def verdict(self) -> str:
        """Return the reason to end now; "" to go on."""
        if self._reached:
            return f"the target is reached: {self.goal.objectives[0][0]} of {self.target:g}"
        if self.no_improvement is not None and self._front and self._since >= self.no_improvement:
            return f"nothing better in {self._since} trials"
        return ""
