"""The engine's own components that a spec can name, and the settings of the engine's parts."""

import json
from typing import Any

from sweep.cli import console


def components(*, as_json: bool) -> None:
    """List native strategies and execution algorithms, and the settings of `engine:`."""
    from sweep.backtest.setup.engine_settings import PARTS, REFUSED
    from sweep.backtest.setup.native_components import ALGORITHMS, OWN, STRATEGIES

    natives = {"strategies": STRATEGIES, "exec_algorithms": ALGORITHMS}
    listed: dict[str, dict[str, dict[str, Any]]] = {
        section: {
            name: {"meaning": n.meaning, "parameters": _arguments(n.config, OWN[section])} for name, n in table.items()
        }
        for section, table in natives.items()
    }
    refused = {key.partition(".")[2] for key in REFUSED}
    engine = {part: _arguments(kind, refused) for part, kind in PARTS.items()}
    if as_json:
        print(json.dumps({**listed, "engine": engine}, indent=2))
        return
    for section, table in listed.items():
        for name, native in table.items():
            _table(f"{section}: {{native: {name}}}: {native['meaning']}", native["parameters"])
    for part, arguments in engine.items():
        _table(f"engine: {{{part}: …}}", arguments)
    console.out.print("* required; your own component: {path: my_module:MyClass, config: {…}}")


def _arguments(kind: Any, left_out: set[str]) -> dict[str, dict[str, Any]]:
    """Arguments of a class of the engine: type, default, and whether a value is required."""
    from sweep.backtest.user_code.engine_stubs import stub_arguments

    return {
        name: {"type": _type(argument.kind), "default": argument.default, "required": argument.default is None}
        for name, argument in stub_arguments(kind).items()
        if name not in left_out
    }


def _type(kind: Any) -> str:
    """A type as people write it: without modules, and without None."""
    text = getattr(kind, "__name__", "") if isinstance(kind, type) else str(kind)
    for module in ("nautilus_trader.model.", "nautilus_trader.common.", "typing.", " | None"):
        text = text.replace(module, "")
    return text.removeprefix("Optional[").removesuffix("]") if text.startswith("Optional[") else text


def _table(title: str, arguments: dict[str, dict[str, Any]]) -> None:
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
