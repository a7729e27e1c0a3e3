"""Keys of a venue in a spec, and the models that they take."""

import json
from collections.abc import Mapping
from typing import Any

from sweep.cli import console


def venues(*, as_json: bool) -> None:
    """The keys of a venue, and the models that they take."""
    from sweep.backtest.setup.models import TABLES
    from sweep.backtest.setup.venues import KEYS

    models = {kind: {name: _model(m) for name, m in table.items()} for kind, (table, _) in TABLES.items()}
    keys: dict[str, dict[str, Any]] = {
        name: {"type": _type(key.kind), "meaning": key.meaning, "required": key.required} for name, key in KEYS.items()
    }
    if as_json:
        print(json.dumps({"keys": keys, "models": models}, indent=2))
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
