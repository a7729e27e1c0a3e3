"""The calls of a script that build its backtest, read into a draft of a spec."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.port.notes import MARK
from sweep.port.script.values import CatalogRead, Unknown, Values

MODELS = {"FillModel": "DefaultFillModel", "LatencyModel": "StaticLatencyModel"}
VENUE = (
    "name", "venue", "oms_type", "account_type", "base_currency", "starting_balances", "default_leverage", "book_type",
    "fill_model", "fee_model", "latency_model", "bar_execution", "trade_execution", "reject_stop_orders",
    "support_gtd_orders", "support_contingent_orders", "use_reduce_only", "bar_adaptive_high_low_ordering",
    "liquidity_consumption",
)  # fmt: skip
LOST = {"config", "prob_fill_on_stop"}  # of fill models: 2.0 fills every stop that is triggered
FREE = {"type": "MakerTakerFeeModel", "maker_rate": 0, "taker_rate": 0}
LISTED = {
    "instrument_id": "instruments", "instrument_ids": "instruments", "bar_type": "bar_types", "bar_types": "bar_types",
}  # fmt: skip
BOUNDS = {"start_time": "start", "end_time": "end", "start": "start", "end": "end"}
CATALOG = "data/catalog"
SECTIONS = {"strategies": "strategy", "actors": "actor", "exec_algorithms": "exec_algorithm"}  # and what calls name
ADDED = {f"add_{noun}": section for section, noun in SECTIONS.items()}
ADDED_TOGETHER = {f"add_{section}": section for section in SECTIONS}
IMPORTABLE = {  # the class of a config: its section, and what its path is called
    "ImportableStrategyConfig": ("strategies", "strategy_path"),
    "ImportableActorConfig": ("actors", "actor_path"),
    "ImportableExecAlgorithmConfig": ("exec_algorithms", "exec_algorithm_path"),
}
NATIVE = {"TWAPExecAlgorithm": "TWAP"}  # examples of 1.x that 2.0 has itself


@dataclass
class Draft:
    """A spec on its way, and what is left to do by hand."""

    venues: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    data: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    components: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {section: [] for section in SECTIONS})
    period: dict[str, Any] = field(default_factory=dict[str, Any])
    catalog: str = ""
    left: list[str] = field(default_factory=list[str])

    def leave(self, line: int, subject: str, remedy: str) -> str:
        """Note what is left to do by hand, once; returns the note."""
        text = f"{MARK}by hand: line {line}: {subject}; {remedy}"
        if text not in self.left:
            self.left.append(text)
        return text


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


class Reader:
    """Reads one call after another into its draft."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self.path, self.draft = path, Draft()
        self.without_fees: list[str] = []  # what was left to do by hand for venues without fees
        assigned = [n for n in ast.walk(tree) if isinstance(n, (ast.Assign, ast.AnnAssign)) and n.value]
        self.values = Values({name: n.value for n in assigned for name in targets(n) if n.value})
        loops = [n for n in ast.walk(tree) if isinstance(n, ast.For | ast.While | ast.ListComp)]
        self.looped = {id(call) for loop in loops for call in calls(loop)}
        self.modules = {
            alias.asname or alias.name: f"{'.' * node.level}{node.module or ''}".lstrip(".")
            for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
        }  # fmt: skip
        self.constructors = {
            node.name: [a.arg for a in inner.args.args[1:]]
            for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
            for inner in node.body if isinstance(inner, ast.FunctionDef) and inner.name == "__init__"
        }  # fmt: skip

    def read(self, call: ast.Call) -> None:
        match name_of(call):
            case "add_venue" | "BacktestVenueConfig":
                self.venue(call)
            case "BacktestDataConfig":
                self.data_config(call)
            case "add_data" if read := self.values.catalog_read(call.args[0] if call.args else None):
                self.catalog_read(call, read)
            case "add_data":
                arguments = ", ".join(ast.unparse(argument) for argument in call.args)
                subject = f"add_data({arguments}) is in no catalog that the text names"
                self.draft.leave(call.lineno, subject, "bring it with `sweep catalog ingest`, and list it under data")
            case name if name in ADDED:
                self.added(
                    call, ADDED[name], call.args[0] if call.args else next(iter(self.keywords(call).values()), None)
                )
            case name if name in ADDED_TOGETHER:
                self.added_together(call, ADDED_TOGETHER[name])
            case name if name in IMPORTABLE:
                self.importable(call, *IMPORTABLE[name])
            case "add_instrument":
                self.instrument(call)
            case _:
                pass

    def keywords(self, call: ast.Call) -> dict[str, ast.expr]:
        return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}

    def value(self, node: ast.expr | None, where: str) -> Any:
        """The plain value, or None and a sentence in the draft."""
        value = self.values.of(node)
        if isinstance(value, Unknown):
            self.draft.leave(value.line, f"{where} is {value.code}", "write the value that it has")
            return None
        return value

    def venue(self, call: ast.Call) -> None:
        keywords = self.keywords(call)
        if call.args:
            keywords.setdefault("venue", call.args[0])
        venue: dict[str, Any] = {}
        for name in VENUE:
            if name not in keywords or (
                isinstance(keywords[name], ast.Constant) and self.values.of(keywords[name]) is None
            ):
                continue
            constructor = self.values.call_of(keywords[name])
            key = "name" if name == "venue" else name
            venue[key] = (
                self.model(constructor) if name.endswith("_model") and constructor else self.value(keywords[name], name)
            )
        if "fee_model" not in venue:
            venue["fee_model"] = dict(FREE)
            subject = "1.x took the fees of the instruments (maker_fee, taker_fee)"
            remedy = "write them as maker_rate and taker_rate of the fee_model"
            self.without_fees.append(self.draft.leave(call.lineno, subject, remedy))
        for name in keywords:
            if name not in VENUE:
                self.draft.leave(call.lineno, f"the venue has {name}={ast.unparse(keywords[name])}", "see docs/spec.md")
        self.draft.venues.append(venue)

    def model(self, call: ast.Call) -> dict[str, Any]:
        name = name_of(call)
        keywords = self.keywords(call)
        values = {key: self.value(node, f"{name}.{key}") for key, node in keywords.items() if key not in LOST}
        if call.args or "config" in keywords:
            self.draft.leave(call.lineno, ast.unparse(call), "write its arguments by their names")
        return {"type": MODELS.get(name, name), **values}

    def instrument(self, call: ast.Call) -> None:
        constructor = self.values.call_of(call.args[0]) if call.args else None
        keywords = self.keywords(constructor) if constructor else {}
        fees = {name: node for name, node in keywords.items() if name in {"maker_fee", "taker_fee"}}
        for venue in self.draft.venues if fees else ():
            model = venue["fee_model"]
            for name, node in fees.items():
                value = self.values.of(node)
                model[f"{name[:5]}_rate"] = 0 if isinstance(value, Unknown) else value
        if fees:
            self.draft.left = [line for line in self.draft.left if line not in self.without_fees]

    def added_together(self, call: ast.Call, section: str) -> None:
        """`add_strategies([a, b])`, where the text has the list."""
        items = call.args[0] if call.args else next(iter(self.keywords(call).values()), None)
        if isinstance(items, ast.Name):
            items = self.values.names.get(items.id)
        if not isinstance(items, ast.List | ast.Tuple):
            self.draft.leave(call.lineno, ast.unparse(call), f"list each under {section}")
            return
        for item in items.elts:
            self.added(call, section, item)

    def added(self, call: ast.Call, section: str, node: ast.expr | None) -> None:
        """A component that the script makes by its class, with its settings."""
        constructor = self.values.call_of(node)
        if constructor is None or not name_of(constructor)[:1].isupper():
            self.draft.leave(call.lineno, ast.unparse(call), "name the class and its config")
            return
        if id(call) in self.looped:
            subject = f"{ast.unparse(call)} stands in a loop"
            self.draft.leave(call.lineno, subject, f"list each of them under {section}")
        kind = name_of(constructor)
        module = self.modules.get(kind, self.path.stem)
        config = next(
            (c for a in [*constructor.args, *self.keywords(constructor).values()] if (c := self.values.call_of(a))),
            None,
        )
        by_config = config is not None and name_of(config).endswith("Config")
        settings = self.settings(config if by_config and config else constructor, kind)
        config_kind = name_of(config) if by_config and config else f"{kind}Config"
        where = self.modules.get(config_kind, module)
        if module.startswith("nautilus_trader"):
            self.draft.components[section].append(self.native(call, kind, settings))
            return
        component: dict[str, Any] = {"path": f"{module}:{kind}"}
        if settings or by_config:
            component |= {"config_path": f"{where}:{config_kind}", "config": settings}
        self.draft.components[section].append(component)

    def native(self, call: ast.Call, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
        """An example that came with 1.x: 2.0 has some of them itself."""
        if kind not in NATIVE:
            subject = f"{kind} came with the engine, and 2.0 has no such class"
            self.draft.leave(call.lineno, subject, "copy its file from 1.x, and port it")
        return {"native": NATIVE.get(kind, kind)} | ({"config": settings} if settings else {})

    def settings(self, call: ast.Call, kind: str) -> dict[str, Any]:
        """The settings of a strategy; a whole instrument by its id."""
        names = self.constructors.get(kind, [])
        arguments = {**dict(zip(names, call.args, strict=False)), **self.keywords(call)}
        if len(call.args) > len(names) and name_of(call) == kind:
            self.draft.leave(call.lineno, ast.unparse(call), "name its settings under config")
        settings: dict[str, Any] = {}
        for name, node in arguments.items():
            if name == "instrument":
                inside = self.values.call_of(node)
                identifier = self.values.instrument_id(inside) if inside else self.values.unknown(node)
                name, value = "instrument_id", identifier  # noqa: PLW2901
                if isinstance(identifier, Unknown):
                    self.draft.leave(
                        node.lineno, f"the id of the instrument is that of {ast.unparse(node)}", "write it"
                    )
                    value = None
            else:
                value = self.value(node, name)
            settings[name] = value
        return settings

    def importable(self, call: ast.Call, section: str, path: str) -> None:
        keywords = self.keywords(call)
        names = {"path": path, "config_path": "config_path", "config": "config"}
        component = {new: self.setting(keywords[old], old) for new, old in names.items() if old in keywords}
        self.draft.components[section].append(component)

    def setting(self, node: ast.expr, where: str) -> Any:
        """A value; of a dictionary each by itself, so that one that the text does not tell leaves the others."""
        if isinstance(node, ast.Name):
            node = self.values.names.get(node.id, node)
        match node:
            case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
                settings = {
                    key.value: value for key, value in zip(keys, values, strict=True) if isinstance(key, ast.Constant)
                }
            case ast.Call(func=ast.Name("dict"), args=[]) if all(keyword.arg for keyword in node.keywords):
                settings = self.keywords(node)
            case _:
                return self.value(node, where)
        return {str(name): self.value(value, f"{where}.{name}") for name, value in settings.items()}

    def data_config(self, call: ast.Call) -> None:
        keywords = self.keywords(call)
        if "catalog_path" in keywords:
            self.catalog(call, str(self.value(keywords["catalog_path"], "catalog_path") or CATALOG))
        kind = keywords.get("data_cls")
        text = ast.unparse(kind).strip("'\"").removesuffix(".fully_qualified_name()") if kind else ""
        name = text.replace(":", ".").rpartition(".")[2]
        self.entry({"type": name}, keywords)

    def catalog_read(self, call: ast.Call, read: CatalogRead) -> None:
        """Data that the script takes from a catalog itself: `engine.add_data(catalog.bars(…))`."""
        self.catalog(call, read.path)
        self.entry({"type": read.kind}, self.keywords(read.call))

    def catalog(self, call: ast.Call, path: str) -> None:
        if path == self.draft.catalog:
            return
        self.draft.catalog = path
        remedy = "sweep catalog ingest nautilus1 OLD --catalog NEW, and name NEW"
        self.draft.leave(call.lineno, f"the catalog {path} is one of 1.x", remedy)

    def entry(self, entry: dict[str, Any], keywords: dict[str, ast.expr]) -> None:
        """An entry of the data, with the period that its keywords name."""
        for old, new in LISTED.items():
            if old in keywords:
                value = self.value(keywords[old], old)
                entry[new] = value if isinstance(value, list) else [value]
        for old, new in BOUNDS.items():
            if old in keywords:
                self.draft.period[new] = self.value(keywords[old], old)
        self.draft.data.append(entry)


def targets(node: ast.Assign | ast.AnnAssign) -> Sequence[str]:
    assigned = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in assigned if isinstance(target, ast.Name)]
