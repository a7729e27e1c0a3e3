"""A checked spec as data, and the resolution of parameters into a backtest."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter

from sweep.common import object_store
from sweep.common.foreign_names import NAME
from sweep.common.units import moment
from sweep.spec.components import perturbation, places, portfolio
from sweep.spec.components.benchmark import BenchmarkRules
from sweep.spec.components.places import TARGETS, addresses
from sweep.spec.components.portfolio import PortfolioRules
from sweep.spec.components.risk import RiskRules
from sweep.spec.components.sections import Component, Controller, EngineSettings, Strategy
from sweep.spec.components.stress import StressRules
from sweep.spec.objectives import Bound, Goal
from sweep.spec.repeats import varied
from sweep.spec.search_sections import SearchRules
from sweep.spec.sections import (
    CodeRules,
    Data,
    DataMissing,
    Execution,
    LimitRules,
    Metric,
    Metrics,
    Objective,
    Objectives,
    Period,
    Preference,
    Section,
    Tracking,
    Validation,
    Venue,
    Verify,
)
from sweep.spec.space import Space
from sweep.spec.space_parser import parse
from sweep.spec.yaml_document import Document
from sweep.trial import Params


class Spec(Section):
    """A sweep as data."""

    name: str = Field(pattern=f"^{NAME}$")
    catalog: str = Field(min_length=1)
    period: Period
    data: list[Data] = Field(min_length=1)
    venues: list[Venue] = Field(min_length=1)
    strategy: Strategy | None = None
    strategies: list[Component] = Field(
        default_factory=list[Component], description="several strategies in one backtest, in place of `strategy`"
    )
    actors: list[Component] = Field(default_factory=list[Component])
    exec_algorithms: list[Component] = Field(default_factory=list[Component])
    controller: Controller | None = None
    engine: EngineSettings | None = None
    metrics: Metrics = Field(
        default_factory=list[Metric], description="figures of your own: name: module:function, or {path, config}"
    )
    search: SearchRules
    objective: Objectives = Objective()
    prefer: Preference = Field(
        default_factory=list[str],
        description="choice among several best trials: objectives by rank, or objective: weight",
    )
    benchmark: BenchmarkRules | None = Field(
        default=None, description="prices that the trials' daily returns are compared with: an instrument, or a CSV"
    )
    limits: LimitRules = LimitRules()
    execution: Execution = Execution()
    verify: Verify = Verify()
    data_missing: DataMissing | None = None
    code: CodeRules | None = None
    risk: RiskRules | None = None
    portfolio: PortfolioRules | None = None
    tracking: Tracking = Tracking()
    validation: Validation | None = None
    stress: StressRules | None = None

    @cached_property
    def backtest(self) -> dict[str, Any]:
        """The base backtest as plain data: what a trial runs, before parameters are written into it."""
        return plain({key: value for key in BACKTEST if (value := getattr(self, key)) not in ([], None)})

    @cached_property
    def space(self) -> Space:
        """The space of settings."""
        return parse(self.search.space, self.search.constraints, places.constants(self.backtest))[0]

    @property
    def objectives(self) -> list[dict[str, str]]:
        """Objectives as plain data; the first is the main one."""
        several = self.objective if isinstance(self.objective, list) else [self.objective]
        return [o.model_dump() for o in several]

    @cached_property
    def goal(self) -> Goal:
        """Objective of the search."""
        bounds = tuple(bound for text in self.search.metric_constraints if (bound := Bound.parse(text)))
        prefer = self.prefer if isinstance(self.prefer, dict) else tuple(self.prefer)
        return Goal(tuple((o["metric"], o["direction"]) for o in self.objectives), bounds, prefer)

    @property
    def varied(self) -> Space:
        """The space of all that differs from trial to trial: the settings, and what is repeated."""
        return varied(self.space, self.search.model_dump())

    def count(self) -> tuple[int, bool]:
        """Count the trials of the sweep, and tell if the number is exact."""
        settings, exact = (self.search.trials or 0, True) if self.search.is_study else self.space.count()
        return settings * (len(self.search.repeat.values) if self.search.repeat else 1), exact

    @property
    def sequence(self) -> dict[str, Any]:
        """All inputs that determine the trials of a search in which trials depend on others; empty for a plain grid.

        How many trials there are, and when it ends, is no part of it: a search that is extended goes on exactly.
        """
        if not (self.search.is_study or self.search.prunes):
            return {"repeat": self.search.repeat.model_dump()} if self.search.repeat else {}
        off = set[str]() if self.search.prunes else {"pruner"}
        rules = self.search.model_dump(exclude_defaults=True, exclude={"trials", "stop", *off})
        space = [[name, values] for name, values in rules.pop("space").items()]  # their order counts
        if not self.space.size:  # a continuous range: nothing is asked twice
            rules.pop("avoid_repeats", None)
        return rules | {"space": space, "objectives": self.objectives}


BACKTEST = (
    *("catalog", "period", "data", "venues", "strategy", "strategies", "actors", "exec_algorithms", "controller"),
    *("engine", "metrics", "data_missing", "code", "risk", "portfolio"),
)


def plain(sections: Mapping[str, Any]) -> dict[str, Any]:
    """Sections of a backtest as plain data, the catalog as an absolute path."""
    return {
        key: located(value) if key == "catalog" else TypeAdapter(Any).dump_python(value, exclude_none=True)
        for key, value in sections.items()
    }


def located(catalog: str) -> str:
    """Return the place of a catalog: a URL as it is written, a path as an absolute one."""
    return catalog.rstrip("/") if object_store.is_url(catalog) else str(Path(catalog).resolve())


def resolve(base: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """The backtest with the parameters written into it, sized, without what they switch off; `base` is not changed."""
    return perturbation.effective(places.enabled(portfolio.sized(applied(base, params))))


def applied(base: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """The backtest with the parameters written into it, also into components that are switched off."""
    doc = Document({key: deepcopy(value) for key, value in base.items() if key != TARGETS})
    for name, value in params.items():
        for address in addresses(base, name):
            doc.put(address, value)
    for bound in ("start", "end"):
        doc.data["period"][bound] = moment(doc.data["period"][bound])
    return doc.data
