"""Benchmark, objective and space of an existing sweep whose spec has changed: compared and ranked anew.

The id of a plain grid depends on neither, so the same sweep goes on; a study with another objective is another sweep.
"""

from collections.abc import Mapping
from typing import Any

from sweep.common.json_values import Plain, is_mapping
from sweep.common.messages import Say
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger
from sweep.runner.plan import SweepPlan
from sweep.runner.planning import benchmark
from sweep.spec.components.places import full_name
from sweep.spec.space import Space
from sweep.spec.yaml_document import find
from sweep.trial import Params

GOAL = ("objective", "objectives", "metric_constraints", "prefer")  # facts that say what is best


def follow(planned: SweepPlan, ledger: Ledger, say: Say) -> None:
    """Bring the facts of a ledger to the benchmark, objective and space of the plan, and say what that changes."""
    if sentence := benchmark.follow(planned.benchmark, ledger):
        say(f"  {sentence}")
    facts, now = ledger.facts, SweepFacts.of(planned.facts())
    if changed := {name: getattr(now, name) for name in GOAL if getattr(facts, name) != getattr(now, name)}:
        ledger.note(**changed)
        trials = f"{len(ledger.candidates()):,} complete trials, none of which runs again"
        say(f"  ranked by {_described(now)} instead of {_described(facts)}: {trials}")
    outside = [
        row.number for row in ledger.rows() if not belongs(planned.spec.varied, planned.base, row.params)
    ]  # fmt: skip
    if outside or facts.outside:
        ledger.note(outside=outside)
    if outside:
        say(f"  {len(outside):,} earlier trials lie outside of the space and are left out of the ranking (show --all)")


def belongs(space: Space, base: Mapping[str, Any], params: Params) -> bool:
    """True if a trial is a point of the space.

    A dimension that the trial was not varied in has the value of the base backtest, and so has a parameter that is no
    dimension any more.
    """
    values = {d.name: params[d.name] if d.name in params else at(base, d.name) for d in space.dimensions}
    point = space.active(values)
    rest = [name for name in params if name not in point]
    return point in space and all(params[name] == at(base, name) for name in rest)


def at(base: Mapping[str, Any], name: str) -> Plain:
    """Value of a parameter in the base backtest; None where it has none."""
    keys, missing = find(base, full_name(name))
    value: Any = base
    for key in keys:
        value = value[key]
    return None if missing or is_mapping(value) else value


def _described(facts: SweepFacts) -> str:
    goal = facts.goal
    objectives = " and ".join(f"{metric} ({direction})" for metric, direction in goal.objectives)
    return f"{objectives} with {' and '.join(map(str, goal.bounds))}" if goal.bounds else objectives
