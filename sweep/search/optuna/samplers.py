"""Optuna's samplers as a spec names them: made afresh for each ask, and checked before anything runs."""

import inspect
import json
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
import optuna
from optuna.samplers import BaseSampler, QMCSampler, RandomSampler

from sweep.common.import_path import ImportPathError, load
from sweep.errors import Problem, did_you_mean

SAMPLERS = {
    "tpe": "TPESampler",
    "random": "RandomSampler",
    "qmc": "QMCSampler",
    "cmaes": "CmaEsSampler",
    "nsga2": "NSGAIISampler",
    "nsga3": "NSGAIIISampler",
    "gp": "GPSampler",
}
EXTRAS = {"gp": "torch"}  # what a sampler needs that is not installed with this package
ELSEWHERE = {  # arguments of samplers that are keys of the search
    "seed": "write it as search.seed",
    "n_startup_trials": "write it as search.startup_trials",
    "constraints_func": "write search.metric_constraints",
}


def seed_of(seed: int, number: int, attempt: int) -> int:
    """A seed of its own for each ask: unrelated ones for neighbours."""
    return int(np.random.SeedSequence([seed, number, attempt]).generate_state(1)[0])


def in_groups(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The search where parameters have conditions: TPE then learns those together that exist together."""
    options: dict[str, Any] = dict(rules.get("sampler_options") or {})
    if rules["sampler"] == "tpe" and not options.keys() & {"group", "multivariate"}:
        options |= {"group": True, "multivariate": True}
    return dict(rules) | {"sampler_options": options}


def make(rules: Mapping[str, Any], seed: int) -> BaseSampler:
    """A fresh sampler as the search describes it."""
    kind = _kind(rules["sampler"])
    options: dict[str, Any] = dict(rules.get("sampler_options") or {})
    if rules.get("startup_trials") is not None:
        options["n_startup_trials"] = rules["startup_trials"]
    if issubclass(kind, QMCSampler):  # one sequence for the whole study; chance only where it cannot be used
        own = int(np.random.SeedSequence(rules["seed"]).generate_state(1)[0])
        options |= {"seed": own, "independent_sampler": RandomSampler(seed)}
    elif "seed" in inspect.signature(kind).parameters:
        options["seed"] = seed
    quiet: dict[str, Any] = dict.fromkeys(_arguments(kind).keys() & {"warn_independent_sampling"}, False)
    with warnings.catch_warnings(action="ignore"):  # experimental ones; that is what a candidate's name says
        return kind(**(quiet | options))


def _kind(name: str) -> type[BaseSampler]:
    return getattr(optuna.samplers, SAMPLERS[name]) if name in SAMPLERS else load(name)


def _arguments(kind: type) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(kind).parameters)


def check(rules: Mapping[str, Any]) -> list[Problem]:
    """Mistakes in the sampler and its options; `rules` is the search as written, its form checked."""
    name = rules.get("sampler", "tpe")
    if not isinstance(name, str):
        return []
    if name not in SAMPLERS and ":" not in name:
        return [Problem("search.sampler", "is not a sampler", name, did_you_mean(name, SAMPLERS))]
    try:
        kind: Any = _kind(name)
    except ImportPathError as error:
        return [error.at("search.sampler")]
    if not (isinstance(kind, type) and issubclass(kind, BaseSampler)):
        return [Problem("search.sampler", "must be a subclass of optuna.samplers.BaseSampler", name)]
    if (extra := EXTRAS.get(name)) and find_spec(extra) is None:
        return [Problem("search.sampler", f"needs {extra}, which is not installed", name, f"pip install {extra}")]
    return _options(name, kind, rules) or _construct(name, rules)


def _options(name: str, kind: type[BaseSampler], rules: Mapping[str, Any]) -> list[Problem]:
    arguments = _arguments(kind)
    problems: list[Problem] = []
    options: dict[str, Any] = dict(rules.get("sampler_options") or {})
    for option, value in options.items():
        where = f"search.sampler_options.{option}"
        if option in ELSEWHERE:
            problems.append(Problem(where, "is set by a key of the search", value, ELSEWHERE[option]))
        elif option not in arguments:
            remedy = did_you_mean(option, [k for k in arguments if k not in ELSEWHERE])
            problems.append(Problem(where, f"is not an option of {name}", value, remedy))
    if rules.get("startup_trials") is not None and "n_startup_trials" not in arguments:
        rule = f"{name} has none: it does not begin with random trials"
        problems.append(Problem("search.startup_trials", rule, rules["startup_trials"], "leave it out"))
    return problems


def _construct(name: str, rules: Mapping[str, Any]) -> list[Problem]:
    try:
        make({"sampler": "tpe", "seed": 0} | dict(rules), 0)
    except Exception as error:  # noqa: BLE001 (whatever a sampler raises about its arguments)
        text = json.dumps(rules.get("sampler_options") or {}, default=str)
        return [Problem("search.sampler_options", f"are refused by {name}: {error}", text)]
    return []
