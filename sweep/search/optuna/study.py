"""Optuna as a chooser. The study lives in memory, and every ask has a fresh sampler seeded by the trial's number.

So a suggestion depends on the study alone, and the study on what was recorded: it is rebuilt after a crash and goes on
as if nothing had been. What a sampler keeps in the study (CMA-ES its covariances, NSGA-II its generations) is in each
proposal's memo.
"""

import warnings
from collections.abc import Mapping
from random import Random
from typing import Any

import optuna
from optuna.samplers import BaseSampler, PartialFixedSampler, RandomSampler
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import TrialState

from sweep.common.json_values import Plain
from sweep.errors import SweepError
from sweep.search.base import Memo
from sweep.search.optuna.distributions import Axis
from sweep.search.optuna.samplers import in_groups, make, seed_of
from sweep.search.unknown_points import UnknownPoints
from sweep.spec.objectives import Goal
from sweep.spec.space import Space
from sweep.trial import Params, Proposal, Result, State

optuna.logging.set_verbosity(optuna.logging.ERROR)

TRIES = 20  # suggestions of the sampler for a point that the constraints allow; then points at random


class Study:
    """An Optuna study as a chooser of settings."""

    def __init__(self, space: Space, goal: Goal, rules: Mapping[str, Any]) -> None:
        """`rules` is the search section of a spec as plain data."""
        self._space, self._goal, self._rules = space, goal, in_groups(rules) if space.conditions else rules
        self._axes = [Axis.of(d) for d in space.dimensions]
        self._storage = InMemoryStorage()
        self._study = optuna.create_study(
            storage=self._storage, directions=[StudyDirection[way.upper()] for _, way in goal.objectives]
        )
        self._unknown = UnknownPoints(space) if rules.get("avoid_repeats") and space.size else None
        self._trials: dict[int, optuna.Trial] = {}  # by number; those that have not been learned

    @property
    def seeking(self) -> str:
        """Nothing: a sampler answers at once."""
        return ""

    def choose(self, number: int) -> tuple[Params, Memo]:
        """The sampler's suggestion for trial `number` that satisfies every constraint, or a random one that does."""
        before = self._attributes()
        attempt = 0
        for attempt in range(TRIES):
            self._study.sampler = self._sampler(number, attempt)
            trial = self._study.ask()
            params = self._suggest(trial)
            if self._space.allows(params):
                break
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            attempt, params = TRIES, self._draw(number)
            trial = self._take(params)
        if fresh := self._replacement(number, params):
            attempt, params, trial = attempt + 1, fresh, self._replaced(trial, fresh)
        self._note(params)
        self._trials[number] = trial
        changed = {k: v for k, v in self._attributes().items() if before.get(k) != v}
        return params, {"refused": attempt, "trial": self._notes(trial), "study": changed}

    def _replacement(self, number: int, params: Params) -> Params | None:
        """A new point near one that was asked for before; None for one that is new, and for one to start with."""
        if not self._unknown or params in self._unknown or not self._unknown.left:
            return None
        if number < len(self._rules.get("enqueue") or []):
            return None
        return self._unknown.near(params, Random(seed_of(self._rules["seed"], number, TRIES + 1)))

    def _replaced(self, trial: optuna.Trial, params: Params) -> optuna.Trial:
        """A trial in the place of a suggested one, with what the sampler has noted of it."""
        notes = self._notes(trial)
        self._study.tell(trial, state=TrialState.FAIL)
        replacement = self._take(params)
        for name, value in notes.items():
            self._storage.set_trial_system_attr(self._id_of(replacement), name, value)
        return replacement

    def _note(self, params: Params) -> None:
        if self._unknown:
            self._unknown.note(params)

    def _suggest(self, trial: optuna.Trial) -> dict[str, Plain]:
        """The values of the dimensions that exist, one after the other."""
        params: dict[str, Plain] = {}
        for a in self._axes:
            if self._space.has(a.name, params):
                params[a.name] = a.plain(a.suggest(trial))
        return params

    def _draw(self, number: int) -> Params:
        if (point := self._space.draw(Random(seed_of(self._rules["seed"], number, TRIES)))) is None:
            raise SweepError("the constraints leave next to nothing of the space; rewrite the space instead")
        return point

    def _sampler(self, number: int, attempt: int) -> BaseSampler:
        sampler = make(self._rules, seed_of(self._rules["seed"], number, attempt))
        starts: list[dict[str, Plain]] = self._rules.get("enqueue") or []
        if number >= len(starts):
            return sampler
        fixed = {a.name: a.value(starts[number][a.name]) for a in self._axes if a.name in starts[number]}
        with warnings.catch_warnings(action="ignore"):
            return PartialFixedSampler(fixed, sampler)

    def _take(self, params: Params) -> optuna.Trial:
        """A running trial with these parameters."""
        self._study.sampler = RandomSampler(0)  # asked for nothing
        axes = [a for a in self._axes if a.name in params]
        self._study.enqueue_trial({a.name: a.value(params[a.name]) for a in axes})
        return self._study.ask({a.name: a.distribution for a in axes})

    def recall(self, proposal: Proposal) -> None:
        """Have the trial that was asked in an earlier run, with what its sampler left behind."""
        memo: Mapping[str, Any] = proposal.memo or {}
        for _ in range(memo.get("refused", 0)):
            self._study.add_trial(optuna.create_trial(state=TrialState.FAIL))
        self._note(proposal.params)
        trial = self._trials[proposal.number] = self._take(proposal.params)
        for name, value in memo.get("trial", {}).items():
            self._storage.set_trial_system_attr(self._id_of(trial), name, value)
        for name, value in memo.get("study", {}).items():
            self._storage.set_study_system_attr(self._study_id, name, value)

    @property
    def _study_id(self) -> int:
        return self._storage.get_study_id_from_name(self._study.study_name)

    def _id_of(self, trial: optuna.Trial) -> int:
        """Return the id of a trial in the storage, where samplers keep system attributes."""
        return self._storage.get_trial_id_from_study_id_trial_number(self._study_id, trial.number)

    def _attributes(self) -> dict[str, Any]:
        """System attributes that samplers wrote into the study."""
        return dict(self._storage.get_study_system_attrs(self._study_id))

    def _notes(self, trial: optuna.Trial) -> dict[str, Any]:
        """System attributes that the sampler wrote into a trial, without those of `enqueue_trial`."""
        notes = self._storage.get_trial_system_attrs(self._id_of(trial))
        return {name: value for name, value in notes.items() if name != "fixed_params"}

    def learn(self, number: int, result: Result) -> None:
        """Tell the study. A failure, and an objective that does not exist, is a FAIL and never a value."""
        trial = self._trials.pop(number)
        for step, value in enumerate(result.rungs, 1):
            if value is not None:
                trial.report(value, step)
        values = self._goal.values(result.metrics)
        if result.state is State.PRUNED:
            self._bound(trial, dict.fromkeys(map(str, self._goal.bounds), 0.0))  # of a whole period nothing is known
            self._study.tell(trial, state=TrialState.PRUNED)
        elif result.state is State.FAILED or values is None:
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._bound(trial, {str(b): b.violation(result.metrics) for b in self._goal.bounds})
            self._study.tell(trial, values)

    @staticmethod
    def _bound(trial: optuna.Trial, violations: Mapping[str, float]) -> None:
        for name, violation in violations.items():
            trial.set_constraint(name, violation)
