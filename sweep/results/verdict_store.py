"""The verdict on a ledger, what to take from the search instead of its best, and the note of both in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from sweep.ledger.fact_shapes import CurrentVerdict
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results import out_of_sample
from sweep.results.panel_reader import read
from sweep.results.statistics import verdict
from sweep.results.statistics.findings import Findings, around, find
from sweep.results.statistics.out_of_sample import OutOfSample
from sweep.results.statistics.trial_panel import Panel
from sweep.results.statistics.verdict import NOTHING, Verdict
from sweep.trial import State

LISTED = 100  # trials by plateau that are noted
_NOTE: TypeAdapter[Any] = TypeAdapter(CurrentVerdict)
VERSION = 3  # of the rules: a note by others is not read


@dataclass(frozen=True, slots=True)
class Standing:
    """A trial by the objective: its own value, and the mean of its neighbours in the space of settings."""

    number: int
    value: float
    neighbours: float | None
    count: int


@dataclass(frozen=True, slots=True)
class RecommendedTrial:
    """Trials worth more attention than the best: plateaus hold better on new data than spikes."""

    by_plateau: tuple[
        Standing, ...
    ]  # by the lower of own value and neighbours' mean; the first is the plateau's centre
    best: Standing | None
    median: Standing | None  # half of the trials are worse: what to expect of a setting not chosen by hindsight
    is_plateau: bool = False  # the neighbours of the first by plateau keep as much as the verdict asks of the best's

    def plain(self, top: int = LISTED) -> dict[str, Any]:
        """As plain values."""

        def of(s: Standing | None) -> dict[str, Any] | None:
            return {"trial": s.number, "value": s.value, "neighbours": s.neighbours, "count": s.count} if s else None

        return {
            "centre": of(self.by_plateau[0] if self.by_plateau else None), "best": of(self.best),
            "median": of(self.median), "by_plateau": [of(s) for s in self.by_plateau[:top]],
            "is_plateau": self.is_plateau,
        }  # fmt: skip

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "RecommendedTrial":
        """The inverse of `plain`."""

        def standing(s: Mapping[str, Any] | None) -> Standing | None:
            return Standing(s["trial"], s["value"], s["neighbours"], s["count"]) if s else None

        listed = tuple(one for s in plain["by_plateau"] if (one := standing(s)))
        return cls(listed, standing(plain["best"]), standing(plain["median"]), plain["is_plateau"])


@dataclass(frozen=True)
class Judgement:
    """A panel, and what was found about it."""

    panel: Panel
    findings: Findings
    sign: int  # 1 when more is better
    barred: frozenset[int] = frozenset()  # numbers of the trials that break a bound on a metric: nobody's choice
    unseen: OutOfSample = NOTHING

    @cached_property
    def verdict(self) -> Verdict:
        return verdict.judge(self.panel, self.findings, self.unseen)

    @cached_property
    def choice(self) -> RecommendedTrial:
        panel, plateau = self.panel, self.findings.plateau
        if panel.best is None:
            return RecommendedTrial((), None, None)
        level = np.where(plateau.count > 0, plateau.level, -np.inf if plateau.count.any() else plateau.values)
        level = np.where(np.isin(panel.numbers, list(self.barred)), -np.inf, level)
        order = np.argsort(-np.nan_to_num(level, nan=-np.inf), kind="stable")[:LISTED]
        listed = tuple(self.standing(int(n)) for n in order if np.isfinite(level[n]))
        middle = self.findings.figures.get("median_trial")
        median = None if middle is None else self.standing(int(np.searchsorted(panel.numbers, middle)))
        return RecommendedTrial(listed, self.standing(panel.best), median, self._is_plateau(int(order[0])))

    def _is_plateau(self, column: int) -> bool:
        """True if the neighbours of a trial keep enough of its Sharpe ratio (of its objective, without returns)."""
        values = self.findings.luck.observed if self.findings.luck else self.panel.objective
        ratio = around(self.panel, values).ratio(column)
        return ratio is not None and ratio >= verdict.NEIGHBOURS

    def standing(self, column: int) -> Standing:
        """Own value and neighbours' mean of the trial in a column."""
        plateau, count = self.findings.plateau, int(self.findings.plateau.count[column])
        mean = self.sign * float(plateau.mean[column]) if count else None
        return Standing(int(self.panel.numbers[column]), self.sign * float(plateau.values[column]), mean, count)


@dataclass(frozen=True, slots=True)
class Noted:
    """Verdict and recommended trials as the ledger keeps them."""

    verdict: Verdict
    choice: RecommendedTrial


def judge(ledger: Ledger, search: Mapping[str, Any], best: int | None) -> Judgement:
    """Read a ledger and judge it."""
    panel, goal = read(ledger, search, best), ledger.facts.goal
    rows = ledger.rows(state=State.COMPLETE) if goal.bounds else ()
    barred = frozenset(row.number for row in rows if not goal.is_feasible(row.metrics))
    sign = 1 if goal.objectives[0][1] == "maximize" else -1
    return Judgement(panel, find(panel), sign, barred, out_of_sample.read(Folder(ledger.path.parent), ledger))


def note(ledger: Ledger, judged: Judgement) -> None:
    """Keep it in the ledger, for everything that only shows it."""
    content = {"of": stamp(ledger), **judged.verdict.plain(), "choice": judged.choice.plain()}
    ledger.note(verdict=content)


def noted(ledger: Ledger) -> Noted | None:
    """The stored note; None if trials have changed since."""
    note = ledger.facts.verdict
    if not note or note["of"] != stamp(ledger):
        return None
    try:
        _NOTE.validate_python(note, strict=True)
    except ValidationError:  # written by others
        return None
    if any(criterion["name"] not in verdict.CRITERIA for criterion in note["criteria"]):
        return None
    return Noted(Verdict.of(note), RecommendedTrial.of(note["choice"]))


def stamp(ledger: Ledger) -> list[Any]:
    """Version stamp of a note: with another stamp it is out of date."""
    facts = ledger.facts
    parts = (
        facts.lockbox, facts.looks, facts.walk_forward, facts.metric_constraints, facts.prefer, facts.outside,
    )  # fmt: skip
    return [VERSION, facts.objective, ledger.count(), ledger.latest(), *filter(None, parts)]
