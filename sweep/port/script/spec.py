"""The spec of a script: its venues, data and components; what the text does not tell is said, with its line."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from sweep.port.script.reader import CATALOG, Draft, Reader, calls, name_of

ENGINES = {"BacktestEngine", "BacktestNode", "BacktestRunConfig"}


def is_script(tree: ast.Module) -> bool:
    """Tell whether a file builds a backtest."""
    return any(name_of(call) in ENGINES for call in calls(tree))


def spec_of(path: Path, source: str) -> str | None:
    """The spec of a script as YAML, with comments above it; None for a file that builds no backtest."""
    tree = ast.parse(source)
    if not is_script(tree):
        return None
    reader = Reader(path, tree)
    for call in calls(tree):
        reader.read(call)
    return written(path, finish(reader.draft))


def finish(draft: Draft) -> Draft:
    """The draft with data that its strategies need, where the script itself names none."""
    if not draft.data:
        for component in [*draft.components["strategies"], *draft.components["actors"]]:
            draft.data += [entry for entry in needed(component.get("config") or {}) if entry not in draft.data]
    for bound in ("start", "end"):
        if not draft.period.get(bound):
            draft.leave(1, f"the script names no {bound} of the period", f"write period.{bound}")
    if not draft.catalog:
        draft.catalog = CATALOG
        draft.leave(1, "the script names no catalog", "write the folder of the catalog")
    if not draft.components["strategies"]:
        draft.leave(1, "the script adds no strategy that the text names", "write it as `strategy:`")
    return draft


def needed(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Market data of the bar types and instruments that a config names."""
    for value in config.values():
        if isinstance(value, str) and value.endswith("-EXTERNAL"):
            yield {"type": "Bar", "bar_types": [value]}
    for name, value in config.items():
        if name == "instrument_id" and isinstance(value, str):
            yield {"type": "QuoteTick", "instruments": [value]}


def written(path: Path, draft: Draft) -> str:
    """The spec as YAML; first what is left to do by hand."""
    spec: dict[str, Any] = {
        "name": path.stem.replace("_", "-"),
        "catalog": draft.catalog,
        "period": {"start": draft.period.get("start"), "end": draft.period.get("end")},
        "data": draft.data,
        "venues": draft.venues,
        **sections(draft.components),
    }
    head = "".join(f"{line}\n" for line in [f"# The backtest of {path.name}.", *draft.left])
    return head + yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=110)


def sections(components: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The components as the spec lists them: one strategy alone as `strategy:`, several each with a name of its own."""
    lists = {section: named(items) for section, items in components.items() if items}
    if len(components["strategies"]) < 2:
        lists.pop("strategies", None)
        return {"strategy": next(iter(components["strategies"]), None), **lists}
    return lists


def named(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each by its class, and by a number where there are more of it."""
    kinds = [str(item.get("native") or item.get("path")).rpartition(":")[2] for item in items]
    names = [
        kind if kinds.count(kind) == 1 else f"{kind}_{kinds[: n + 1].count(kind)}" for n, kind in enumerate(kinds)
    ]  # fmt: skip
    return [{"name": name, **item} for name, item in zip(names, items, strict=True)]
