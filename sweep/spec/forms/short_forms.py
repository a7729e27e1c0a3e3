"""Short forms of a spec, written out: `objective: sharpe_ratio`, `pruner: median`, `method: tpe`, ready fee models.

A spec is written out before it is checked, so both forms have the same keys, ids and messages.
"""

from collections.abc import Callable
from typing import Any, cast

from sweep.common.json_values import is_list, is_mapping
from sweep.spec.components.benchmark import benchmark
from sweep.spec.components.places import components
from sweep.spec.figures.presets import metric_of
from sweep.spec.metric_table import is_lower_better
from sweep.spec.search_sections import HALVING
from sweep.spec.sections import fee_model

SAMPLERS = ("tpe", "random", "qmc", "cmaes", "nsga2", "nsga3", "gp")  # Optuna's, by their names in a spec
RUNGS = (0.25, 0.5)  # shares of the period at which a pruner judges that is named alone
EARLY = (0.1, 0.5)  # those of asha, which is strict where a trial has cost least: measured, docs/studies.md
METHODS = f"grid, optuna, or a sampler of Optuna: {', '.join(SAMPLERS)}"


def write_out(data: dict[str, Any]) -> None:
    """Replace the short forms in a spec by the long ones."""
    if "objective" in data:
        data["objective"] = _objective(data["objective"])
    if "benchmark" in data:
        data["benchmark"] = benchmark(data["benchmark"])
    search = _section(data, "search")
    if isinstance(search.get("pruner"), str):
        search["pruner"] = {"type": search["pruner"], "rungs": [*(EARLY if search["pruner"] in HALVING else RUNGS)]}
    if (method := search.get("method")) in SAMPLERS and "sampler" not in search:
        search |= {"method": "optuna", "sampler": method}
    starts: Any = search.get("enqueue")
    for params in (_section(search, "space"), *(starts if is_list(starts) else ())):
        if isinstance(params, dict):
            _name_fee_models(cast("dict[str, Any]", params))


def _name_fee_models(params: dict[str, Any]) -> None:
    """Write the import paths of ready fee models among the values of parameters that choose one."""
    for name, values in params.items():
        if f".{name}".endswith((".fee_model", ".fee_model.type")):
            params[name] = _fee_models(values)


def _fee_models(values: Any) -> Any:
    if is_list(values):
        return [fee_model(value) for value in values]
    if is_mapping(values) and "values" in values:
        return {**values, "values": _fee_models(values["values"])}
    return fee_model(values)


def complete(data: dict[str, Any], config_of: Callable[[str], str | None]) -> None:
    """Write the config class of each component, which its source shows, where the spec leaves it out."""
    for place in components(data):
        item = cast("dict[str, Any]", place.data)
        if isinstance(path := item.get("path"), str) and "config_path" not in item and (config := config_of(path)):
            item["config_path"] = config


def _section(data: dict[str, Any], key: str) -> dict[str, Any]:
    """A section as it may be changed; a new one where there is none."""
    section: Any = data.get(key)
    return cast("dict[str, Any]", section) if isinstance(section, dict) else {}


def _objective(value: Any) -> Any:
    """A metric, a preset or a formula as an objective in its own direction; a list of them likewise."""
    if isinstance(value, str):
        metric = metric_of(value)
        return {"metric": metric, "direction": "minimize" if is_lower_better(metric) else "maximize"}
    return [_objective(one) if isinstance(one, str) else one for one in value] if is_list(value) else value
