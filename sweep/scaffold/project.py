"""A new project: its catalog, strategy, spec, schema and test, written where nothing is."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import yaml

from sweep.catalog.demo.writer import write as write_demo
from sweep.catalog.ingest import Ingested
from sweep.common.files.atomic_directory import move_if_free, staging_directory
from sweep.common.files.atomic_file import atomic_write
from sweep.common.json_values import is_list, is_mapping
from sweep.errors import InputError, Problem
from sweep.runner.plan import importable
from sweep.scaffold.catalog_from_files import build, files_of
from sweep.scaffold.costs import balance, costs, slippage
from sweep.scaffold.market import Market, Traded, market
from sweep.scaffold.request import Ask, Request
from sweep.scaffold.search_space import Proposal
from sweep.scaffold.strategy_files import STUB, StrategyFiles, config_of, find, proposals, stub_proposals
from sweep.spec.forms.json_schema import schema

SPEC, SCHEMA, CATALOG, DEMO = "sweep.yaml", "sweep.schema.json", Path("data/catalog"), Path("data/demo")
IGNORED = "# written by sweep\n/data/\n/runs/\n/mlflow.db*\n/mlartifacts/\n__pycache__/\n"
TICKS = {  # kind → its noun, and the end of a type of bars that are built of it
    "QuoteTick": ("quotes", "-MID-INTERNAL"),
    "TradeTick": ("trades", "-LAST-INTERNAL"),
}
SHARED = 0.9  # of the days: less, and a part of the period could be without an instrument
SHOWN = 3  # instruments in the name of a sweep
HOLDOUT_DAYS = 5  # of data at least, for a hold-out
TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it was written."""

    spec: Path
    files: tuple[Path, ...]
    ingested: tuple[Ingested, ...]
    notes: tuple[str, ...]


def create(request: Request, ask: Ask, progress: Any = None) -> Project:
    """Write a project. InputError with everything in the way; nothing is then written."""
    folder = request.folder
    request = replace(request, files=files_of(request.files))
    importable(folder)
    chosen = find(request.strategy, folder) if request.strategy else StrategyFiles(STUB[0])
    own = () if request.strategy else ("strategy.py", "test_strategy.py")
    _refuse_overwriting(folder, [SPEC, SCHEMA, *own, *chosen.files])
    with _data(request, ask, progress) as data, _written(folder, chosen.files):
        traded = market(data.path, request.instruments, ask)
        if request.strategy:
            config_path = config_of(chosen.path, request.config)
            proposed, files = proposals(config_path, traded, request.settings), dict[str, str]()
        else:
            config_path = STUB[1]
            proposed, files = stub_proposals(traded, request.settings), _stub_files(traded)
        files[SPEC] = _spec(request, data.name, traded, (chosen.path, config_path), proposed)
    files[SCHEMA] = json.dumps(schema(), indent=2) + "\n"
    files |= {} if (folder / ".gitignore").exists() else {".gitignore": IGNORED}
    _put(folder, files)
    paths = tuple(folder / name for name in (*chosen.files, *files))
    return Project(folder / SPEC, paths, tuple(data.ingested), (*chosen.notes, *data.notes))


def _refuse_overwriting(folder: Path, names: list[str]) -> None:
    if existing := [name for name in names if (folder / name).exists()]:
        remedy = "sweep init never overwrites: choose an empty folder (--folder DIR), or move them away"
        if "strategy.py" in existing:
            remedy += "; to use that strategy: --strategy strategy:CLASS"
        raise InputError([Problem(str(folder / name), "is there already", remedy=remedy) for name in existing])
    if folder.exists() and not folder.is_dir():
        raise InputError(Problem("--folder", "is a file", str(folder), "give a directory"))


@dataclass(frozen=True, slots=True)
class _Data:
    """The catalog: the place to read it now, its name in the spec; and what was read into it."""

    path: Path
    name: str
    ingested: list[Ingested] = field(default_factory=list[Ingested])
    notes: list[str] = field(default_factory=list[str])


@contextmanager
def _data(request: Request, ask: Ask, progress: Any) -> Generator[_Data]:
    """The data of the project; a catalog of files appears at the end, if nothing is in the way."""
    ways = {"--csv": bool(request.files), "--catalog": request.catalog is not None, "--demo": request.demo}
    named, folder = [way for way, is_given in ways.items() if is_given], request.folder
    if len(named) != 1:
        rule = f"are different data: {' and '.join(named)}" if named else "is missing: which data?"
        remedy = "give one: --csv FILE --instrument AAPL.XNAS, --catalog DIR, or --demo for synthetic data"
        raise InputError(Problem("--csv", rule, remedy=remedy))
    if request.catalog is not None:
        near, home = request.catalog.resolve(), folder.resolve()
        yield _Data(near, str(near.relative_to(home) if near.is_relative_to(home) else near))
        return
    if request.demo:
        write_demo(folder / DEMO)
        yield _Data(folder / DEMO, str(DEMO), notes=["the data is synthetic: a profit on it says nothing of a market"])
        return
    target = folder / CATALOG
    with staging_directory(target) as staged:
        ingested, notes = build(staged, request, ask, progress)
        yield _Data(staged, str(CATALOG), [replace(one, catalog=CATALOG) for one in ingested], notes)
        if not move_if_free(staged, target):
            remedy = f"sweep init --catalog {target} uses it; sweep catalog ingest adds to it"
            raise InputError(Problem(str(target), "is there already", remedy=remedy))


@contextmanager
def _written(folder: Path, files: Mapping[str, str]) -> Generator[None]:
    """Files of a strategy, where it is imported; gone again if something is in the way."""
    _put(folder, files)
    invalidate_caches()  # also the folder may be new
    try:
        yield
    except BaseException:
        for name in files:
            (folder / name).unlink()
        raise


def _stub_files(market: Market) -> dict[str, str]:
    kinds = {traded.kind for traded in market.traded}
    ticks = {noun: bars for kind, (noun, bars) in TICKS.items() if kind in kinds}
    return {
        "strategy.py": template("strategy.py.j2")(ticks=ticks, is_mixed=len(kinds) > 1),
        "test_strategy.py": template("test_strategy.py.j2")(),
    }


def _spec(request: Request, catalog: str, traded: Market, paths: tuple[str, str], proposed: list[Proposal]) -> str:
    """The text of sweep.yaml."""
    strategy, config_path = paths
    first, symbols = proposed[0], [one.id.rpartition(".")[0].lower().replace("/", "") for one in traded.traded]
    searched = "strategies.*" if len(proposed) > 1 else "strategy"
    name = request.name or "-".join([*symbols[:SHOWN], strategy.rpartition(":")[2].lower()])
    return template("sweep.yaml.j2")(
        title=f"{strategy.rpartition(':')[2]} on {', '.join(t.id for t in traded.traded)}",
        name=name, catalog=_inline(catalog), start=traded.start, end=traded.end,
        data=[_inline(t.entry) for t in traded.traded], venues=_venues(traded.traded),
        strategy=_inline(strategy), config_path=_inline(config_path),
        configs=[{k: _inline(v) for k, v in p.config.items()} for p in proposed],
        names=_names(traded.traded), opaque=first.opaque,
        space={f"{searched}.{k}": _inline(v) for k, v in first.space.items()},
        further={f"{searched}.{k}": _inline(v) for k, v in first.further.items()},
        constraints=_inline(first.constraints), has_holdout=_has_room(traded),
    )  # fmt: skip


def _names(traded: Sequence[Traded]) -> list[str]:
    """A short name for each instrument: its symbol, with the venue where two share one."""
    symbols = [_word(one.id.rpartition(".")[0]) for one in traded]
    names = [s if symbols.count(s) == 1 else _word(one.id) for s, one in zip(symbols, traded, strict=True)]
    return [name if names.count(name) == 1 else f"{name}_{n}" for n, name in enumerate(names)]


def _word(text: str) -> str:
    """A text as a name that a spec allows."""
    word = "".join(c if c.isascii() and c.isalnum() else "_" if c in ".-" else "" for c in text.lower())
    return word if word[:1].isalpha() else f"i{word}"


def _has_room(traded: Market) -> bool:
    """True if a hold-out of a fifth, and what lies before it, have data of every instrument."""
    return traded.shared_days >= max(HOLDOUT_DAYS, SHARED * traded.days)


def _venues(traded: tuple[Traded, ...]) -> list[dict[str, Any]]:
    """A venue for each that is traded at, with the costs of its first instrument."""
    firsts = {one.venue: one for one in reversed(traded)}
    entries: list[dict[str, Any]] = []
    for name in dict.fromkeys(one.venue for one in traded):
        one, cost = firsts[name], costs(firsts[name])
        probability, note = slippage(one)
        entries.append({
            "name": _inline(name), "currency": one.currency, "balance": f"{balance(one.currency):_}", "costs": cost,
            "fee_model": _inline(cost.fee_model), "slippage": probability, "slippage_note": note,
            "latency": f"{cost.latency_ms * 1_000_000:_}",
        })  # fmt: skip
    return entries


def _inline(value: Any) -> str:
    """A value as YAML on one line; numbers are not written as 5e-05."""
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".") if abs(value) < 1 and "e" in repr(value) else repr(value)
    if is_mapping(value):
        return "{ " + ", ".join(f"{k}: {_inline(v)}" for k, v in value.items()) + " }"
    if is_list(value):
        return "[" + ", ".join(map(_inline, value)) + "]"
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")


def _put(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        with atomic_write(folder / name) as target:
            target.write_text(text, encoding="utf-8")


@cache
def template(name: str) -> Callable[..., str]:
    """One of the templates, to be filled in."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701 (YAML and Python, no HTML)
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(name).render
