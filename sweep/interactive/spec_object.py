"""The spec of a sweep from Python objects, section by section as in YAML."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.common.json_values import is_mapping
from sweep.errors import InputError

if TYPE_CHECKING:
    from sweep.runner.plan import SweepPlan

type Section = Mapping[str, Any]


class Spec:
    """A sweep as an object. Each section takes what YAML takes as dicts and lists, or the objects themselves.

    Classes and functions may stand wherever the YAML file has an import path, also those that are defined in a notebook
    or in the script that is run; values of NautilusTrader's own types, dates and decimals wherever it has their text.

    Args:
        strategy: the strategy's class, its import path, or the whole section; none with `strategies=[…]`, in which
            `path` may be a class and `config` an object.
        config: the strategy's config: an object (its values are the base of the search), its class, or a dict.
        catalog: directory or URL of a NautilusTrader catalog.
        period: start and end of the backtest, UTC; the end is excluded.
        data: what is replayed; a list of dicts as in YAML, whose `type` may be a class.
        venues: a list of dicts as in YAML.
        space: values of each parameter, a grid; a name without a dot is one of the strategy's config. Short for
            `search=sweep.grid(space)`.
        search: the whole search section: `sweep.grid(…)`, `sweep.study(…)`, or a dict.
        objective: name of a metric, which is maximized, or the section.
        name: name of the sweep; that of the strategy's class by default.
        sections: all other sections under their names (docs/spec.md): metrics, limits, execution, validation …
    """

    def __init__(  # noqa: PLR0913 (the sections of a spec, by name)
        self,
        *,
        catalog: str | Path,
        data: Sequence[Section],
        venues: Sequence[Section],
        strategy: type | str | Section | None = None,
        period: Section | tuple[Any, Any] | None = None,
        config: object = None,
        space: Section | None = None,
        search: Section | None = None,
        objective: str | Section | Sequence[Section] | None = None,
        name: str = "",
        **sections: Any,
    ) -> None:
        if space is not None and search is not None:
            raise TypeError("Spec takes `space` or `search`, not both: sweep.grid(space) is a search")
        self.strategy, self.config, self.name = strategy, config, name or _name_of(strategy)
        start_end = dict(zip(("start", "end"), period, strict=True)) if isinstance(period, tuple) else period
        self.sections: dict[str, Any] = {
            "catalog": catalog,
            "period": start_end,
            "data": data,
            "venues": venues,
            "search": search if space is None else grid(space),
            "objective": {"metric": objective} if isinstance(objective, str) else objective,
            **sections,
        }

    def to_dict(self) -> dict[str, Any]:
        """The spec as plain data, as a YAML file would have it.

        Code of a notebook or a script is captured now: later changes of its cells are not part of it.

        Raises:
            InputError: with every object that has no plain form.
        """
        from sweep.interactive.plain_values import plain_spec

        return plain_spec(self.name, self.strategy, self.config, self.sections)

    def to_yaml(self, file: str | Path | None = None) -> str:
        """The spec as YAML text, written to `file` if one is named, with captured code in `code/` beside it."""
        from sweep.interactive.capture import copy_captured
        from sweep.spec import yaml_document

        document = self.to_dict()
        text = yaml_document.dump(document)
        if file is not None:
            Path(file).write_text(text, encoding="utf-8")
            copy_captured(document, Path(file).parent)
        return text

    def plan(self, settings: Sequence[str] = (), *, alone: bool = False) -> "SweepPlan":
        """The spec checked whole, ready to run. InputError with every mistake."""
        return plan_of(self.to_dict(), settings, alone=alone)

    def __repr__(self) -> str:
        return f"<Spec {self.name} on {self.sections['catalog']}>"

    def _repr_html_(self) -> str:
        """The YAML text, for a notebook."""
        try:
            return f"<pre>{escape(self.to_yaml())}</pre>"
        except InputError as error:
            return f"<pre>{escape(repr(self))}\n{escape(str(error))}</pre>"


def plan_of(document: Mapping[str, Any], settings: Sequence[str] = (), *, alone: bool = False) -> "SweepPlan":
    """The plan of a spec as plain data. Mistakes have no lines, for there is no file."""
    from sweep.runner.plan import plan
    from sweep.spec import yaml_document

    try:
        return plan(yaml_document.dump(document), settings, alone=alone)
    except InputError as error:
        raise InputError([p if p.is_in_code else replace(p, line=None) for p in error.problems]) from None


def grid(space: Section, *, constraints: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """A search through all combinations: the `search` section of a spec. `more` are its further keys."""
    rules = {"constraints": list(constraints)} if constraints else {}
    return {"method": "grid", "space": _full(space), **rules, **more}


def study(space: Section, *, trials: int, constraints: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """A search by Optuna: the `search` section of a spec. `more` are its further keys: sampler, seed, pruner."""
    return grid(space, constraints=constraints) | {"method": "optuna", "trials": trials, **more}


def number_range(
    low: float, high: float, *, step: float | None = None, points: int | None = None, log: bool = False
) -> dict[str, Any]:
    """Values of a parameter from `low` to `high`, both included: every `step`, or `points` at equal ratios (log)."""
    options = {"step": step, "points": points, "log": log or None}
    return {"low": low, "high": high, **{name: value for name, value in options.items() if value is not None}}


def _full(space: Section) -> dict[str, Any]:
    """Parameters by their names in a spec: one without a dot is the strategy's."""
    return {name if "." in name else f"strategy.{name}": values for name, values in space.items()}


def _name_of(strategy: object) -> str:
    """`MyStrategy` as `my-strategy`."""
    path: object = strategy["path"] if is_mapping(strategy) else strategy
    name = path.__name__ if isinstance(path, type) else str(path or "sweep").rpartition(":")[2]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", "-", name).strip("-").lower()
