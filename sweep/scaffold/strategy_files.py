"""The strategy of a project: a stub, or the user's own, ported from NautilusTrader 1.x where it is written for that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.backtest.user_code.config_class import config_path
from sweep.backtest.user_code.source_hashes import locate
from sweep.common import import_path, nautilus1
from sweep.common.import_path import ImportPathError
from sweep.errors import InputError, Problem
from sweep.port.files import port_files
from sweep.port.rewrite.context import Options
from sweep.scaffold.config_fields import fields_of
from sweep.scaffold.market import Market
from sweep.scaffold.search_space import Proposal, propose

STUB = ("strategy:Crossover", "strategy:CrossoverConfig")
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


def proposal(config: str, market: Market, settings: Mapping[str, Any]) -> Proposal:
    """Values and a search space for a config class."""
    try:
        kind = import_path.load(config)
    except ImportPathError as error:
        raise InputError(error.at(OPTION)) from None
    return propose(fields_of(kind), market, dict(settings))
