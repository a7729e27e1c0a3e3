"""The search that a spec describes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sweep.errors import Problem
from sweep.search.base import Sampler, SearchMethod
from sweep.search.early_stopping import EarlyStopping
from sweep.search.grid import Grid
from sweep.search.pruners import factory as pruners
from sweep.search.repeats import Repeated, settings_asked
from sweep.spec.model import Spec
from sweep.spec.repeats import Repeat
from sweep.trial import Proposal


def search(spec: Spec, recorded: Sequence[Proposal] = ()) -> SearchMethod | Repeated:
    """A search from its beginning; what an earlier run has asked is asked again as it was."""
    if repeat := Repeat.of(spec.search.model_dump()):
        return Repeated(_search(spec, settings_asked(recorded, repeat)), repeat, spec.goal)
    return _search(spec, recorded)


def _search(spec: Spec, recorded: Sequence[Proposal]) -> SearchMethod:
    rules, goal = spec.search, spec.goal
    pruner = None
    if rules.pruner and rules.prunes:
        pruner = pruners.create(rules.pruner.model_dump(), goal, rules.seed or 0)
    rule = rules.stop
    patience = EarlyStopping(goal, rule.no_improvement, rule.target) if rule else None
    waits = rules.is_study or pruner or (rule and (rule.no_improvement or rule.target is not None))
    return SearchMethod(_chooser(spec), rules.trials, rules.window if waits else None, pruner, patience, recorded)


def _chooser(spec: Spec) -> Sampler:
    if not spec.search.is_study:
        return Grid(spec.space)
    from sweep.search.optuna.study import Study

    return Study(spec.space, spec.goal, spec.search.model_dump())


def check_sampler(rules: Mapping[str, Any]) -> list[Problem]:
    """Return the mistakes in the sampler of a study; `rules` are the well-formed keys of the section `search`."""
    from sweep.search.optuna.samplers import check

    return check(rules)
