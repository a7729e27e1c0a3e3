"""The spec of a script: its venues, data and strategy; what the text does not tell is said, with its line."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sweep.port.notes import MARK
from sweep.port.script.values import Unknown, Values

ENGINES = {"BacktestEngine", "BacktestNode", "BacktestRunConfig"}
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
CATALOG = "data/catalog"


@dataclass
class Draft:
    """A spec on its way, and what is left to do by hand."""

    venues: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    data: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    strategies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    period: dict[str, Any] = field(default_factory=dict[str, Any])
    catalog: str = ""
    left: list[str] = field(default_factory=list[str])

    def leave(self, line: int, subject: str, remedy: str) -> None:
        text = f"{MARK}by hand: line {line}: {subject}; {remedy}"
        if text not in self.left:
            self.left.append(text)


def is_script(tree: ast.Module) -> bool:
    """Tell whether a file builds a backtest."""
    return any(name_of(call) in ENGINES for call in calls(tree))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def spec_of(path: Path, source: str) -> str | None:
    """The spec of a script as YAML, with comments above it; None for a file that builds no backtest."""
    tree = ast.parse(source)
    if not is_script(tree):
        return None
    reader = _Reader(path, tree)
    for call in calls(tree):
        reader.read(call)
    return written(path, reader.finish())


class _Reader:
    def __init__(self, path: Path, tree: ast.Module) -> None:
        self.path, self.draft = path, Draft()
        assigned = [n for n in ast.walk(tree) if isinstance(n, (ast.Assign, ast.AnnAssign)) and n.value]
        self.values = Values({name: n.value for n in assigned for name in targets(n) if n.value})
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
            case "add_strategy":
                self.strategy(call)
            case "ImportableStrategyConfig":
                self.importable(call)
            case "BacktestDataConfig":
                self.data_config(call)
            case "add_data":
                subject = (
                    f"add_data({', '.join(ast.unparse(a) for a in call.args)}) is in no catalog that the text names"
                )
                self.draft.leave(call.lineno, subject, "bring it with `sweep catalog ingest`, and list it under data")
            case "add_actor" | "add_exec_algorithm":
                subject = f"{name_of(call)}({', '.join(ast.unparse(a) for a in call.args)})"
                self.draft.leave(
                    call.lineno, subject, "list it in the spec, or leave it out where decisions need it not"
                )
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
            made = self.values.call_of(keywords[name])
            key = "name" if name == "venue" else name
            venue[key] = self.model(made) if name.endswith("_model") and made else self.value(keywords[name], name)
        if "fee_model" not in venue:
            venue["fee_model"] = dict(FREE)
            subject = "1.x took the fees of the instruments (maker_fee, taker_fee)"
            self.draft.leave(call.lineno, subject, "write them as maker_rate and taker_rate of the fee_model")
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
        made = self.values.call_of(call.args[0]) if call.args else None
        keywords = self.keywords(made) if made else {}
        fees = {name: node for name, node in keywords.items() if name in {"maker_fee", "taker_fee"}}
        for venue in self.draft.venues if fees else ():
            model = venue["fee_model"]
            for name, node in fees.items():
                value = self.values.of(node)
                model[f"{name[:5]}_rate"] = 0 if isinstance(value, Unknown) else value
        if fees:
            self.draft.left = [line for line in self.draft.left if "1.x took the fees" not in line]

    def strategy(self, call: ast.Call) -> None:
        made = self.values.call_of(call.args[0] if call.args else self.keywords(call).get("strategy"))
        if made is None:
            self.draft.leave(call.lineno, ast.unparse(call), "name the strategy's class and its config")
            return
        kind = name_of(made)
        module = self.modules.get(kind, self.path.stem)
        config = next((c for a in [*made.args, *self.keywords(made).values()] if (c := self.values.call_of(a))), None)
        by_config = config is not None and name_of(config).endswith("Config")
        settings = self.settings(config if by_config and config else made, kind)
        config_kind = name_of(config) if by_config and config else f"{kind}Config"
        where = self.modules.get(config_kind, module)
        section: dict[str, Any] = {"path": f"{module}:{kind}"}
        if settings:
            section |= {"config_path": f"{where}:{config_kind}", "config": settings}
        self.draft.strategies.append(section)

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

    def importable(self, call: ast.Call) -> None:
        keywords = self.keywords(call)
        names = {"path": "strategy_path", "config_path": "config_path", "config": "config"}
        section = {new: self.value(keywords[old], old) for new, old in names.items() if old in keywords}
        self.draft.strategies.append(section)

    def data_config(self, call: ast.Call) -> None:
        keywords = self.keywords(call)
        if "catalog_path" in keywords:
            self.draft.catalog = str(self.value(keywords["catalog_path"], "catalog_path") or CATALOG)
            subject = f"the catalog {self.draft.catalog} is one of 1.x"
            self.draft.leave(call.lineno, subject, "sweep catalog ingest nautilus1 OLD --catalog NEW, and name NEW")
        kind = keywords.get("data_cls")
        name = ast.unparse(kind).strip("'\"").replace(":", ".").rpartition(".")[2] if kind else ""
        entry: dict[str, Any] = {"type": name}
        for old, new in LISTED.items():
            if old in keywords:
                value = self.value(keywords[old], old)
                entry[new] = value if isinstance(value, list) else [value]
        for old, new in (("start_time", "start"), ("end_time", "end")):
            if old in keywords:
                self.draft.period[new] = self.value(keywords[old], old)
        self.draft.data.append(entry)

    def finish(self) -> Draft:
        """The draft with data that its strategies need, where the script itself names none."""
        draft = self.draft
        if not draft.data:
            for strategy in draft.strategies:
                draft.data += [entry for entry in needed(strategy.get("config") or {}) if entry not in draft.data]
        for bound in ("start", "end"):
            if not draft.period.get(bound):
                draft.leave(1, f"the script names no {bound} of the period", f"write period.{bound}")
        if not draft.catalog:
            draft.catalog = CATALOG
            draft.leave(1, "the script names no catalog", "write the folder of the catalog")
        if len(draft.strategies) != 1:
            subject = f"the script has {len(draft.strategies)} strategies"
            draft.leave(1, subject, "write the one that is searched as `strategy:`")
        return draft


def targets(node: ast.Assign | ast.AnnAssign) -> Sequence[str]:
    assigned = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in assigned if isinstance(target, ast.Name)]


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
        "strategy": draft.strategies[0] if draft.strategies else None,
    }
    head = "".join(f"{line}\n" for line in [f"# The backtest of {path.name}.", *draft.left])
    return head + yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=110)
