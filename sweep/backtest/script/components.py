"""Parts of a resolved backtest as Python source: venues, models, strategies and their configs, as they are built."""

from collections.abc import Mapping
from typing import Any

from nautilus_trader import model

from sweep.backtest.script.literals import Literals
from sweep.backtest.setup import models, venues
from sweep.backtest.setup.components import ROLES
from sweep.backtest.setup.native_components import NATIVES, identified
from sweep.backtest.user_code import classes
from sweep.backtest.user_code.coercion.convert import convert
from sweep.common.import_path import load
from sweep.errors import Problem, SweepError
from sweep.spec.components.places import Place, strategies


def venue_source(venue: Mapping[str, Any], literals: Literals) -> str:
    """The call of `engine.add_venue` for a venue of the spec."""
    lines = [f"venue={literals.of(model.Venue(venue['name']))}"]
    for key, value in venue.items():
        if key != "name" and value is not None:
            lines.append(f"{key}={_venue_value(venues.KEYS[key].kind, value, literals)}")
    return "engine.add_venue(\n" + "".join(f"    {line},\n" for line in lines) + ")"


def _venue_value(kind: Any, value: Any, literals: Literals) -> str:
    if kind == "modules":
        return "[" + ", ".join(model_source(kind, each, literals) for each in value) + "]"
    return model_source(kind, value, literals) if isinstance(kind, str) else literals.of(convert(value, kind))


def model_source(kind: str, spec: Mapping[str, Any], literals: Literals) -> str:
    """The construction of a model; `kind` is a key of `models.TABLES`."""
    values = {key: value for key, value in spec.items() if key != "type"}
    if ":" in spec["type"]:
        own = load(spec["type"])
        return literals.call(literals.name(own), converted(own, values))
    model = models.TABLES[kind][0][spec["type"]]
    values = {key: convert(value, model.arguments[key].kind) for key, value in values.items()}
    if spec["type"] in MODULES:
        return MODULES[spec["type"]](values, literals)
    return literals.call(literals.name(model.build), values)


def _rollover(values: Mapping[str, Any], literals: Literals) -> str:
    records = (", ".join(map(literals.of, (r.location, r.time, r.value))) for r in values["records"])
    listed = ", ".join(f"nt_backtest.InterestRateRecord({record})" for record in records)
    return f"nt_backtest.FXRolloverInterestModule([{listed}])"


def _swap(values: Mapping[str, Any], literals: Literals) -> str:
    rates = (", ".join(map(literals.of, (r.instrument_id, r.long_rate, r.short_rate))) for r in values["rates"])
    listed = ", ".join(f"nt_backtest.CfdSwapRate({rate})" for rate in rates)
    options = "".join(f", {key}={literals.of(value)}" for key, value in values.items() if key != "rates")
    return f"nt_backtest.CfdSwapModule([{listed}]{options})"


MODULES = {"FXRolloverInterestModule": _rollover, "CfdSwapModule": _swap}  # those that take the engine's own records


def component_source(place: Place, literals: Literals) -> str:
    """The construction of a strategy, an actor or an execution algorithm with its config."""
    user_class = load(place.data["path"])
    kind, path = literals.name(user_class), place.data.get("config_path")
    name = place.name if place.section in NAMED else user_class.__name__  # of which the engine makes its id
    members = ""
    if not path and place.config and not classes.has_own_new(user_class):  # that of the engine takes no arguments
        members = f"'__new__': lambda cls, **_: {kind}.__new__(cls)"
    if members or name != user_class.__name__:
        kind = f"type({literals.of(name)}, ({kind},), {{{members}}})"
    if not path:
        return literals.call(kind, converted(user_class, place.config))
    config = load(path)
    lines = [f"{k}={literals.of(v)}" for k, v in converted(config, place.config).items()]
    inner = "".join(f"    {line},\n" for line in lines)
    return f"{kind}({literals.name(config)}(\n{inner}))" if lines else f"{kind}({literals.name(config)}())"


def adding_source(place: Place, backtest: Mapping[str, Any], literals: Literals) -> str:
    """The statement that adds a component to the engine."""
    role = ROLES[place.section]
    if (name := place.data.get("native")) is None:
        return f"engine.{role.add}({component_source(place, literals)})"
    native, peers = NATIVES[place.section][name], strategies(backtest)
    index = peers.index(place) if place in peers else 0
    values = identified(place, name, index, converted(native.config, place.config))
    config = literals.call(literals.name(native.config), values)
    return f"engine.{role.add_native}({literals.of(native.type_name)}, {config})"


NAMED = {"actors", "exec_algorithms"}


def converted(kind: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a class as they are passed when it is built."""
    problems: list[Problem] = []
    arguments = classes.arguments(kind, values, kind.__name__, problems)
    if problems:
        raise SweepError("; ".join(map(str, problems)))
    return arguments
