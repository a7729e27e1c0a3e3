"""The strategy of a project: a stub, or the user's own, ported from NautilusTrader 1.x where it is written for that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.backtest.user_code.config_class import config_path
from sweep.backtest.user_code.source_hashes import locate
from sweep.common import extras, import_path, nautilus1
from sweep.common.import_path import ImportPathError
from sweep.errors import InputError, Problem
from sweep.scaffold.config_fields import fields_of
from sweep.scaffold.market import Market, Traded
from sweep.scaffold.search_space import Proposal, propose, trade_size

STUB = ("strategy:Crossover", "strategy:CrossoverConfig")
MINIMAL = {"fast": [5, 10, 20], "slow": [20, 40, 80]}  # of the stub
OPTION = "--strategy"


@dataclass(slots=True)
class StrategyFiles:
    """The strategy by its import path, and the files that are to be written for it."""

    path: str
    files: dict[str, str] = field(default_factory=dict[str, str])  # name in the project → content
    notes: list[str] = field(default_factory=list[str])


def find(strategy: str, folder: Path) -> StrategyFiles:
    """A user's strategy: module:Class as it can be imported in the folder, or FILE.py:Class.

    Its files of 1.x, and one that lies elsewhere, are to be written into the folder; the user's stay as they are.
    """
    where, colon, name = strategy.rpartition(":")
    if not (colon and where and name.isidentifier()):
        raise InputError(
            Problem(OPTION, "must be module:Class or FILE.py:Class", strategy, "such as strategies/ema.py:EmaCross")
        )
    file = _file(where)
    is_inside = file.resolve().is_relative_to(folder.resolve())
    text = file.read_text(encoding="utf-8")
    if nautilus1.signs(text):
        return _ported(file, name, is_inside=is_inside)
    if not where.endswith(".py"):
        return StrategyFiles(strategy)
    if is_inside:
        return StrategyFiles(f"{_module(file.resolve().relative_to(folder.resolve()))}:{name}")
    return StrategyFiles(f"{file.stem}:{name}", {file.name: text}, [f"{file} is copied to {folder / file.name}"])


def _file(where: str) -> Path:
    file = Path(where) if where.endswith(".py") else locate(where)
    if file is None or not file.is_file():
        rule = "there is no such file" if where.endswith(".py") else "there is no such module"
        raise InputError(Problem(OPTION, rule, where, "module:Class, or the file: path/to/strategy.py:Class"))
    return file


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def _ported(file: Path, name: str, *, is_inside: bool) -> StrategyFiles:
    """The files of 1.x, rewritten: under their own names, or beside the user's own with 2 in the name."""
    extras.require("port", f"{OPTION} {file}, written for NautilusTrader 1.x,")
    from sweep.port.files import port_files
    from sweep.port.rewrite.context import Options

    ported = port_files([file], Options())
    changed = [one for one in ported if one.changed or not is_inside]
    if is_inside and len(changed) > 1:
        rule = f"is written for NautilusTrader 1.x, with {len(changed) - 1} modules that it imports"
        raise InputError(Problem(OPTION, rule, str(file), f"rewrite them first: sweep port {file}"))
    suffix = "_v2" if is_inside else ""
    files = {f"{one.path.stem}{suffix}.py": one.result for one in changed}
    notes = [f"{one.path} is of NautilusTrader 1.x; rewritten for 2.0 in {one.path.stem}{suffix}.py" for one in changed]
    notes += [f"  by hand, line {note}" for one in changed for note in one.notes if note.level == "by hand"]
    return StrategyFiles(f"{file.stem}{suffix}:{name}", files, notes)


def config_of(path: str, config: str) -> str:
    """The import path of the config class: as stated, or as the source of the strategy shows it."""
    if chosen := config or config_path(path):
        return chosen
    rule = "its config class cannot be told from its source"
    remedy = "--config module:Config, or annotate it: def __init__(self, config: MyConfig)"
    raise InputError(Problem(OPTION, rule, path, remedy))


def proposals(config: str, market: Market, settings: Mapping[str, Any]) -> list[Proposal]:
    """Values and a search space for a config class: one proposal, or one for each instrument where they differ."""
    try:
        kind = import_path.load(config)
    except ImportPathError as error:
        raise InputError(error.at(OPTION)) from None
    fields = fields_of(kind)
    return distinct([propose(fields, market, traded, dict(settings)) for traded in market.traded])


def stub_proposals(market: Market, settings: Mapping[str, Any]) -> list[Proposal]:
    """Values and a search space for the stub, for each instrument."""
    return distinct([_stub(traded, market, settings) for traded in market.traded])


def _stub(traded: Traded, market: Market, settings: Mapping[str, Any]) -> Proposal:
    size = trade_size(traded, market)
    values: dict[str, Any] = {
        "instrument_id": traded.id, "bar_type": traded.bar_type,
        "trade_size": int(size) if size == size.to_integral_value() else float(size), "fast": 10, "slow": 40,
    }  # fmt: skip
    if unknown := [name for name in settings if name not in values]:
        raise InputError([Problem(f"--set {name}", "is no field of the config", settings[name]) for name in unknown])
    space = {name: choices for name, choices in MINIMAL.items() if name not in settings}
    return Proposal(values | dict(settings), {}, space, {}, ["fast < slow"])


def distinct(proposals: list[Proposal]) -> list[Proposal]:
    """The first proposal alone, if the strategy takes all instruments, or none: one strategy is enough."""
    return proposals[:1] if all(p.config == proposals[0].config for p in proposals) else proposals
