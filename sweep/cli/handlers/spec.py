"""Answers about a spec: what it stands for, its keys, the models of venues, and the components that the engine has."""

import inspect
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.errors import InputError, Problem, did_you_mean
from sweep.runner.plan import SweepPlan
from sweep.spec.forms import json_schema
from sweep.spec.forms.key_notes import NOTES
from sweep.spec.sections import READY_FEE_MODELS


def check(spec: Path, planned: SweepPlan, *, as_json: bool) -> None:
    """Print the sweep that the spec stands for, and what deserves a look in its data."""
    trials, is_exact = planned.count()
    objectives = [f"{metric} ({direction})" for metric, direction in planned.spec.goal.objectives]
    if as_json:
        document = {
            "id": planned.id, "trials": trials, "exact": is_exact, "objectives": objectives,
            "warnings": list(planned.warnings),
        }  # fmt: skip
        print_json(document)
        return
    about = "" if is_exact else "about "
    console.out.print(f"{spec}: nothing is wrong")
    console.out.print(f"  sweep {planned.id}: {about}{trials:,} trials by {' and '.join(objectives)}")
    for warning in planned.warnings:
        console.say(f"  data: {warning}", "yellow")
    file = shlex.quote(str(spec))
    console.say(f"next: sweep run {file} --dry-run   ·   sweep run {file}", "dim")


def venues(*, as_json: bool) -> None:
    """The keys of a venue, and the models that they take."""
    from sweep.backtest.setup.models import TABLES
    from sweep.backtest.setup.venues import KEYS

    models = {kind: {name: _model(m) for name, m in table.items()} for kind, (table, _) in TABLES.items()}
    models["fee_model"] |= _ready_fee_models()
    keys: dict[str, dict[str, Any]] = {
        name: {"type": _type(key.kind), "meaning": key.meaning, "required": key.required} for name, key in KEYS.items()
    }
    if as_json:
        print_json({"keys": keys, "models": models})
        return
    table = console.table("keys of a venue (venues: in a spec)")
    for column in ("key", "type", "meaning"):
        table.add_column(column, style="bold" if column == "key" else "")
    for name, key in keys.items():
        table.add_row(f"{name} *" if key["required"] else name, key["type"], key["meaning"])
    console.out.print(table)
    for kind, table_of_models in models.items():
        _models(kind, table_of_models)
    console.out.print("* required; your own model: {type: my_module:MyModel, its arguments}")


def _model(model: Any) -> dict[str, Any]:
    arguments = {
        n: {"type": _type(a.kind), "meaning": a.meaning, "required": a.required} for n, a in model.arguments.items()
    }
    return {"meaning": model.meaning, "arguments": arguments}


def _ready_fee_models() -> dict[str, dict[str, Any]]:
    """The fee models of this package; their arguments are explained in their docstrings."""
    from sweep import costs
    from sweep.backtest.user_code.classes import parameters

    rows: dict[str, dict[str, Any]] = {}
    for name in READY_FEE_MODELS:
        kind: Any = getattr(costs, name)
        meanings = dict(re.findall(r"^\s*`?(\w+)`?: (.+)", inspect.getdoc(kind.__init__) or "", re.MULTILINE))
        arguments = {
            n: {"type": _type(p.kind), "meaning": meanings.get(n, "").removesuffix("."), "required": p.required}
            for n, p in parameters(kind).items()
        }
        meaning = (kind.__doc__ or "").partition("\n")[0].removesuffix(".")
        rows[name] = {"meaning": meaning[:1].lower() + meaning[1:], "arguments": arguments}
    return rows


def _models(kind: str, models: Mapping[str, Mapping[str, Any]]) -> None:
    table = console.table(kind)
    for column in ("type", "meaning", "arguments"):
        table.add_column(column, style="bold" if column == "type" else "")
    for name, model in models.items():
        arguments = [f"{n} *" if a["required"] else n for n, a in model["arguments"].items()]
        table.add_row(name, model["meaning"], ", ".join(arguments))
    console.out.print(table)
    for name, argument in {n: a for m in models.values() for n, a in m["arguments"].items()}.items():
        console.out.print(f"  {name}: {argument['meaning']}", style="dim")
    console.out.print()


def _type(kind: Any) -> str:
    """A type as people write it in YAML."""
    if isinstance(kind, str):
        return "model"
    names = {"bool": "true/false", "str": "text", "int": "whole number", "float": "number", "Decimal": "number"}
    name = (
        getattr(kind, "__name__", str(kind))
        if not getattr(kind, "__args__", None)
        else "list"
        if "list" in str(kind)
        else "mapping"
    )
    return names.get(name, name)


def explain(path: str, *, as_json: bool) -> None:
    """Explain a key: its meaning, type, default, an example, and the keys inside."""
    whole = json_schema.schema()
    names = [name for name in path.split(".") if name and not name.isdecimal()]
    if names[:1] == ["venues"] and names[1:] and (lines := _of_venue(names[1:])):
        document = lines
    else:
        document = _of_schema(whole, ".".join(names))
    if as_json:
        print_json({"key": path, **document}, default=str)
        return
    _explained(path, document)


def _of_schema(schema: dict[str, Any], path: str) -> dict[str, Any]:
    if path.startswith("strategy.") and json_schema.find(schema, path) is None:
        path = "strategy.config"  # a field of the user's class
    node = json_schema.find(schema, path)
    if node is None:
        above, _, name = path.rpartition(".")
        while above and json_schema.find(schema, above) is None:
            above, _, name = above.rpartition(".")
        keys = json_schema.keys(schema, json_schema.find(schema, above) or schema)
        remedy = did_you_mean(name, keys, listed=len(keys)) or "sweep spec explain lists all sections"
        raise InputError(Problem("PATH", f"there is no key {name!r} in {above or 'a spec'}", path, remedy))
    inside = {key: inner.get("description", "") for key, inner in json_schema.keys(schema, node).items()}
    document: dict[str, Any] = {"meaning": node.get("description", ""), "type": json_schema.type_of(schema, node)}
    if "default" in node:
        document["default"] = node["default"]
    if path in NOTES:
        document["example"] = f"{path.rpartition('.')[2]}: {NOTES[path][1]}"
    return document | ({"keys": inside} if inside else {})


def _of_venue(names: list[str]) -> dict[str, Any] | None:
    """A key of a venue, or of one of its models; the venue's own name may stand before it."""
    from sweep.backtest.setup.models import TABLES
    from sweep.backtest.setup.venues import KEYS

    key, *rest = names if names[0] in KEYS or len(names) == 1 else names[1:]
    if key not in KEYS:
        remedy = did_you_mean(key, KEYS, listed=len(KEYS))
        raise InputError(Problem("PATH", f"a venue has no key {key!r}", ".".join(names), remedy))
    if key not in TABLES:
        return {"meaning": KEYS[key].meaning, "type": _type(KEYS[key].kind), "required": KEYS[key].required}
    models = {name: _model(model) for name, model in TABLES[key][0].items()}
    arguments = {n: a for model in models.values() for n, a in model["arguments"].items()}
    if rest and rest[0] != "type":
        if rest[0] not in arguments:
            raise InputError(Problem("PATH", f"no {key} has it", rest[0], did_you_mean(rest[0], arguments)))
        users = [name for name, model in models.items() if rest[0] in model["arguments"]]
        return arguments[rest[0]] | {"of": ", ".join(users)}
    inside = {name: model["meaning"] for name, model in models.items()}
    return {"meaning": KEYS[key].meaning, "type": "{ type: …, its arguments }", "keys": inside}


def _explained(path: str, document: Mapping[str, Any]) -> None:
    """Print the explanation of a key, then the keys inside."""
    if path:
        console.out.print(f"{path}: {document['meaning']}", style="bold", markup=False)
    lines = {
        name: document[name] for name in ("type", "default", "required", "of", "example") if name in document and path
    }
    if lines:
        console.out.print(console.facts({k: "none" if v is None else _yaml(v) for k, v in lines.items()}))
    if inside := document.get("keys"):
        console.out.print(console.facts({f"  {name}": meaning for name, meaning in inside.items()}))


def _yaml(value: Any) -> str:
    if isinstance(value, str):
        return value
    return yaml.safe_dump(value, default_flow_style=True).removesuffix("\n...\n").strip()


def components(*, as_json: bool) -> None:
    """List native strategies and execution algorithms, and the settings of `engine:`."""
    from sweep.backtest.setup.engine_settings import PARTS, REFUSED
    from sweep.backtest.setup.native_components import ALGORITHMS, OWN, STRATEGIES

    natives = {"strategies": STRATEGIES, "exec_algorithms": ALGORITHMS}
    listed: dict[str, dict[str, dict[str, Any]]] = {
        section: {
            name: {"meaning": n.meaning, "parameters": _stub_arguments(n.config, OWN[section])}
            for name, n in table.items()
        }
        for section, table in natives.items()
    }
    refused = {key.partition(".")[2] for key in REFUSED}
    engine = {part: _stub_arguments(kind, refused) for part, kind in PARTS.items()}
    if as_json:
        print_json({**listed, "engine": engine})
        return
    for section, table in listed.items():
        for name, native in table.items():
            _argument_table(f"{section}: {{native: {name}}}: {native['meaning']}", native["parameters"])
    for part, arguments in engine.items():
        _argument_table(f"engine: {{{part}: …}}", arguments)
    console.out.print("* required; your own component: {path: my_module:MyClass, config: {…}}")


def _stub_arguments(kind: Any, left_out: set[str]) -> dict[str, dict[str, Any]]:
    """Arguments of a class of the engine: type, default, and whether a value is required."""
    from sweep.backtest.user_code.engine_stubs import stub_arguments

    return {
        name: {"type": _stub_type(argument.kind), "default": argument.default, "required": argument.default is None}
        for name, argument in stub_arguments(kind).items()
        if name not in left_out
    }


def _stub_type(kind: Any) -> str:
    """A type as people write it: without modules, and without None."""
    text = getattr(kind, "__name__", "") if isinstance(kind, type) else str(kind)
    for module in ("nautilus_trader.model.", "nautilus_trader.common.", "typing.", " | None"):
        text = text.replace(module, "")
    return text.removeprefix("Optional[").removesuffix("]") if text.startswith("Optional[") else text


def _argument_table(title: str, arguments: dict[str, dict[str, Any]]) -> None:
    if not arguments:
        console.out.print(f"{title}; no parameters", markup=False)
        return
    table = console.table(title)
    for column in ("parameter", "type", "default"):
        table.add_column(column, style="bold" if column == "parameter" else "")
    for name, argument in arguments.items():
        default = "" if argument["required"] else str(argument["default"]).replace("None", "the engine's")
        table.add_row(f"{name} *" if argument["required"] else name, argument["type"], default)
    console.out.print(table)
