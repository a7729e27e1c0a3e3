"""Searches without an engine: a known surface, trials that end in any order, a driver that dies."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from sweep.common.json_values import Plain
from sweep.search.base import SearchMethod
from sweep.search.optuna.study import Study
from sweep.search.pruners.base import Pruner
from sweep.spec.objectives import Goal
from sweep.spec.space import Choice, LogRange, Range, Space
from sweep.trial import Params, Proposal, Result, State

type Value = Callable[[Params], dict[str, float | None]]

GOAL = Goal((("value", "maximize"),))
SPACE = Space((
    Choice("kind", (1, True, "b", {"type": "c"})),
    Range("count", 1, 9),
    Range("even", 2, 40, 2),
    Range("ratio", 0.1, 0.9, 0.1),
    Range("level", 0.0, 1.0),
    LogRange("rate", 0.01, 10.0, 13),
    LogRange("free", 0.01, 10.0),
))  # fmt: skip


def number(value: Plain) -> float:
    assert isinstance(value, int | float)
    return float(value)


def hill(params: Params) -> dict[str, float | None]:
    """One top, at ratio 0.5, level 0.3, count 5."""
    ratio, level, count = (number(params[name]) for name in ("ratio", "level", "count"))
    return {"value": -((ratio - 0.5) ** 2) - (level - 0.3) ** 2 - (count - 5) ** 2 / 50, "cost": level}


def study(sampler: str = "tpe", *, space: Space = SPACE, goal: Goal = GOAL, seed: int = 0, **more: Any) -> Study:
    return Study(space, goal, {"sampler": sampler, "seed": seed, **more})


def judged(result: Result, proposal: Proposal, at: Sequence[float]) -> Result:
    """The result with a value at each rung (a share of the last value), pruned where a bound is not kept."""
    values: list[float] = []
    last = result.metrics["value"]
    for rung, share in zip(proposal.rungs, at, strict=True):
        values.append((last or 0.0) * share)
        if rung.lower is not None and values[-1] < rung.lower:
            return replace(result, state=State.PRUNED, rungs=tuple(values))
    return replace(result, rungs=tuple(values))


def run(
    search: SearchMethod,
    value: Value = hill,
    *,
    trials: int = 10**9,
    slots: int = 4,
    order: int | None = None,
    fails: Callable[[int], bool] = lambda n: False,
    at: Sequence[float] = (),
) -> list[tuple[Proposal, Result | None]]:
    """Proposals and results of a search of which up to `slots` trials run and end in an order drawn from `order`.

    It stops in the middle, with trials under way (None), once `trials` have been asked.
    """
    random, flights, proposals = Random(order), list[Proposal](), list[Proposal]()
    results: dict[int, Result] = {}
    while True:
        while len(proposals) < trials and len(flights) < slots and (proposal := search.ask()):
            proposals.append(proposal)
            flights.append(proposal)
        if not flights or len(proposals) >= trials:
            return [(p, results.get(p.number)) for p in proposals]
        proposal_ended = flights.pop(0 if order is None else random.randrange(len(flights)))
        complete = Result(State.COMPLETE, dict(value(proposal_ended.params)))
        result = Result(State.FAILED) if fails(proposal_ended.number) else judged(complete, proposal_ended, at)
        results[proposal_ended.number] = result
        search.tell(proposal_ended.number, result)


def through_json(proposals: Sequence[Proposal]) -> list[Proposal]:
    """As they come back from a ledger."""
    return [replace(p, memo=json.loads(json.dumps(p.memo))) for p in proposals]


def pruned(search: SearchMethod, pruner: Pruner) -> SearchMethod:
    search.pruner = pruner
    return search
