"""The JSON schema of a spec for editors, with the short forms that people may write, descriptions and examples."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sweep.common.json_values import is_mapping
from sweep.spec.forms.key_notes import NOTES, example
from sweep.spec.forms.short_forms import SAMPLERS
from sweep.spec.model import Spec

type Node = dict[str, Any]
WORDS = {
    "object": "mapping", "array": "list", "integer": "whole number", "boolean": "true | false", "string": "text",
}  # fmt: skip


@cache
def schema() -> Node:
    """The schema. `sweep/spec/schema.json` holds the same."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sweep spec",
        **Spec.model_json_schema(),
    }
    _add_short_forms(document)
    for path, (meaning, _) in NOTES.items():
        for place in (path, path.replace("strategy.", "strategies.")):  # whose parts are the same
            if (node := find(document, place)) is not None:
                node |= ({"description": meaning} if meaning else {}) | {"examples": [example(path)]}
    return document


def _add_short_forms(schema: Node) -> None:
    sections, parts = schema["properties"], schema["$defs"]
    names = {"type": "string"}
    long = {"$ref": sections["objective"].pop("$ref")}
    sections["objective"]["anyOf"] = [names, {"type": "array", "items": names}, long]
    sections["benchmark"]["anyOf"].insert(0, names)
    search = parts["SearchRules"]["properties"]
    search["method"]["enum"] += SAMPLERS
    search["pruner"]["anyOf"].insert(0, {"enum": parts["PrunerRules"]["properties"]["type"]["enum"]})
    sections["metrics"] |= {"type": ["array", "object"]}


def find(schema: Node, path: str) -> Node | None:
    """The node of a dotted key; indices and names of list elements may be left out. None where there is no such key."""
    node: Node = schema
    for name in path.split(".") if path else ():
        inner = keys(schema, node)
        if name not in inner:
            return None
        node = inner[name]
    return node


def keys(schema: Node, node: Mapping[str, Any]) -> dict[str, Node]:
    """The keys inside a node, of all forms that it may have."""
    properties = dict(node.get("properties", {}))
    inner = [*node.get("anyOf", ()), *node.get("oneOf", ()), node.get("items")]
    if "$ref" in node:
        inner.append(schema["$defs"][str(node["$ref"]).rpartition("/")[2]])
    for form in inner:
        if is_mapping(form):
            properties = keys(schema, form) | properties
    return properties


def type_of(schema: Node, node: Mapping[str, Any]) -> str:
    """The type of a node as people say it."""
    if "enum" in node:
        return " | ".join(map(str, node["enum"]))
    if "$ref" in node:
        return type_of(schema, schema["$defs"][str(node["$ref"]).rpartition("/")[2]])
    if forms := [form for form in (*node.get("anyOf", ()), *node.get("oneOf", ())) if form.get("type") != "null"]:
        return ", or ".join(dict.fromkeys(type_of(schema, form) for form in forms))
    kinds = node.get("type", "object" if "properties" in node else "any value")
    named = [WORDS.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    items = f" of {type_of(schema, node['items'])}" if "array" in kinds and is_mapping(node.get("items")) else ""
    return " | ".join(named) + items
