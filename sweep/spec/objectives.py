"""Objectives, metric constraints, and the tie-break on a Pareto front. No I/O."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from sweep.common.json_values import is_mapping
from sweep.spec.constraints.formula import Figures, is_formula, value_of

FORM = re.compile(r"\s*([A-Za-z_]\w*(?:\.\w+){0,2})\s*(<=|>=)\s*([-+]?[\d._]+(?:[eE][-+]?\d+)?)\s*")
ABSENT = 1e12  # the violation of a bound on a figure that does not exist: worse than any that does


@dataclass(frozen=True, slots=True)
class Bound:
    """A metric that must be at most, or at least, a limit."""

    metric: str
    sign: int  # 1: metric <= limit; -1: metric >= limit
    limit: float

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """From text such as `max_drawdown <= 0.1`; None where it is not of that form."""
        match = FORM.fullmatch(text)
        try:
            return cls(match[1], 1 if match[2] == "<=" else -1, float(match[3])) if match else None
        except ValueError:
            return None

    def violation(self, figures: Figures) -> float:
        """Amount beyond the limit, 0 or less if it is satisfied; undefined metrics satisfy no bound."""
        value = figures.get(self.metric)
        return ABSENT if value is None else self.sign * (value - self.limit)

    def __str__(self) -> str:
        return f"{self.metric} {self.relation} {self.limit:g}"

    @property
    def relation(self) -> str:
        """The comparison, as it is written."""
        return "<=" if self.sign > 0 else ">="


@dataclass(frozen=True, slots=True)
class Goal:
    """Objectives and metric constraints of a sweep."""

    objectives: tuple[tuple[str, str], ...]  # metric, "maximize" or "minimize"; the first one is the main one
    bounds: tuple[Bound, ...] = ()
    prefer: Mapping[str, float] | tuple[str, ...] = field(default=())  # weights, or metrics by their rank

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """From the facts of a sweep in the ledger."""
        objectives = facts.get("objectives") or [facts["objective"]]
        bounds = [bound for text in facts.get("metric_constraints", ()) if (bound := Bound.parse(text))]
        prefer: Any = facts.get("prefer") or ()
        return cls(
            tuple((o["metric"], o["direction"]) for o in objectives),
            tuple(bounds),
            prefer if is_mapping(prefer) else tuple(prefer),
        )

    @property
    def is_single(self) -> bool:
        """True if there is one objective."""
        return len(self.objectives) == 1

    @property
    def formulas(self) -> tuple[str, ...]:
        """The objectives that are formulas over metrics."""
        return tuple(metric for metric, _ in self.objectives if is_formula(metric))

    @property
    def metrics(self) -> list[str]:
        """Objectives, and the metrics of bounds."""
        return [*(metric for metric, _ in self.objectives), *(bound.metric for bound in self.bounds)]

    def values(self, figures: Figures) -> tuple[float, ...] | None:
        """The objectives of a trial; None when one does not exist."""
        values = [value_of(metric, figures) for metric, _ in self.objectives]
        return None if any(v is None for v in values) else tuple(float(v) for v in values if v is not None)

    def scores(self, figures: Figures) -> tuple[float, ...] | None:
        """The objectives with the sign that makes more better."""
        values = self.values(figures)
        if values is None:
            return None
        return tuple(
            v if direction == "maximize" else -v for v, (_, direction) in zip(values, self.objectives, strict=True)
        )

    @property
    def bounds_text(self) -> str:
        """The bounds as one text; "" where there are none."""
        return " and ".join(map(str, self.bounds))

    def is_feasible(self, figures: Figures) -> bool:
        """True if every bound is satisfied."""
        return all(bound.violation(figures) <= 0 for bound in self.bounds)

    def front(self, trials: Sequence[Figures]) -> list[int]:
        """Positions of the trials that no other one beats in every objective: feasible, best in the first one first.

        Of trials that are equal in every objective all belong to it.
        """
        scored = [(s, n) for n, f in enumerate(trials) if self.is_feasible(f) and (s := self.scores(f)) is not None]
        scored.sort(key=lambda item: (*(-v for v in item[0]), item[1]))
        front: list[tuple[tuple[float, ...], int]] = []
        for score, n in scored:  # what comes later beats nothing that came before
            if not any(dominates(other, score) for other, _ in front):
                front.append((score, n))
        return [n for _, n in front]

    def ranked(self, trials: Sequence[Figures]) -> list[int]:
        """The front, the trial to take first: what `prefer` says, without it the best in the first objective."""
        front = self.front(trials)
        ranks = self._ranks([s for n in front if (s := self.scores(trials[n]))])
        return [n for _, n in sorted(zip(ranks, front, strict=True), key=lambda item: ([-r for r in item[0]], item[1]))]

    def _ranks(self, scores: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
        """Sort keys of `prefer`: weighted shares of each objective's range over the front, or objectives by rank."""
        metrics = [metric for metric, _ in self.objectives]
        if not isinstance(self.prefer, Mapping):
            order = [metrics.index(m) for m in self.prefer]
            order += [n for n in range(len(metrics)) if n not in order]
            return [tuple(score[n] for n in order) for score in scores]
        if not scores:
            return []
        lows, highs = [min(c) for c in zip(*scores, strict=True)], [max(c) for c in zip(*scores, strict=True)]
        weights = [self.prefer.get(m, 0.0) for m in metrics]
        spans = [high - low or 1.0 for low, high in zip(lows, highs, strict=True)]
        return [
            (sum(w * (v - low) / span for w, v, low, span in zip(weights, score, lows, spans, strict=True)),)
            for score in scores
        ]


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """True if the first is nowhere worse and somewhere better; higher is better."""
    return all(a >= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)
