"""Mistakes between a catalog and a backtest that wants to read it. The engine returns nothing, silently."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sweep.catalog.data_files import DEFINITION, LEGACY, MERGING, DataFile, has_rows, instrument_of, is_alive, scan
from sweep.common.json_values import is_list, is_mapping
from sweep.common.units import nanos
from sweep.errors import Problem, did_you_mean
from sweep.spec.data_kinds import LISTED_KINDS

DEMO = "the built-in data is written by: sweep catalog demo data/demo"
DEMO_KINDS = ("options", "perpetual", "portfolio")  # options of that command


def check(backtest: Mapping[str, Any]) -> list[Problem]:
    """Every mistake between the sections `catalog`, `data` and `period`; a section that is missing is not checked."""
    if "catalog" not in backtest:
        return []
    catalog = Path(backtest["catalog"])
    if problems := list(unusable(catalog)):
        return problems
    files, damaged = scan(catalog)
    if damaged:
        return damaged
    period = backtest.get("period")
    span = (nanos(period["start"]), nanos(period["end"])) if is_mapping(period) else None
    data = backtest.get("data")
    return [p for n, entry in enumerate(data if is_list(data) else []) for p in _entry(n, entry, files, span)]


def unusable(catalog: Path) -> Iterable[Problem]:
    """Reasons for which a path is no catalog of Nautilus 2 with something in it."""
    if not catalog.exists():
        yield Problem("catalog", "does not exist", str(catalog), _demo(catalog))
    elif not catalog.is_dir():
        yield Problem("catalog", "must be a directory", str(catalog))
    elif legacy := _legacy(catalog / "data") or _legacy(catalog):
        rule = f"is a catalog of Nautilus 1.x ({legacy}/): version 2 would read nothing of it, silently"
        remedy = f"migrate it: sweep catalog ingest nautilus1 {catalog} --catalog NEW"
        yield Problem("catalog", rule, str(catalog), remedy)
    elif (catalog / MERGING / "plan.json").exists():
        remedy = "run that ingest again, or any other into this catalog: it is finished first"
        yield Problem("catalog", "an ingest was interrupted while it replaced files", MERGING, remedy)
    elif not any((catalog / "data").rglob("*.parquet")):
        inside = catalog.name == "data" and any(catalog.glob("*/*/*.parquet"))
        remedy = (
            f"give the directory above: {catalog.parent}"
            if inside
            else f"fill it: sweep catalog ingest …; {_demo(catalog)}"
        )
        yield Problem("catalog", "holds no data", str(catalog), remedy)


def _demo(catalog: Path) -> str:
    """The remedy for a catalog that was not written: the command for the built-in data that its name stands for."""
    kind = catalog.name.removeprefix("demo-")
    return f"{DEMO}-{kind} --{kind}" if kind in DEMO_KINDS else DEMO


def _legacy(folder: Path) -> str | None:
    return next((name for name in sorted(LEGACY) if any(folder.glob(f"{name}/**/*.parquet"))), None)


def _entry(n: int, entry: Any, files: Sequence[DataFile], span: tuple[int, int] | None) -> Iterable[Problem]:
    if not is_mapping(entry):
        return  # said by the spec
    if "chain" in entry:
        yield from _chain(f"data.{n}.chain", str(entry["chain"]), files, span)
        return
    module, _, kind = str(entry.get("type", "")).rpartition(":")
    if not module and kind not in LISTED_KINDS:
        return  # said by the spec
    key = "bar_types" if kind == "Bar" else "instruments"
    names = entry.get(key)
    if names is None:
        yield from _data(f"data.{n}", kind, "", files, span)
        return
    for i, name in enumerate(map(str, names if is_list(names) else [names])):
        where = f"data.{n}.{key}.{i}"
        yield from _definition(where, instrument_of(kind, name), files)
        yield from _data(where, kind, name, files, span)
        yield from _mixed(where, kind, name, files)


def _chain(where: str, name: str, files: Sequence[DataFile], span: tuple[int, int] | None) -> Iterable[Problem]:
    """A chain needs options on its underlying that live in the period, at least one of them with quotes then."""
    underlyings = {f.option[0] for f in files if f.option}
    if name not in underlyings:
        remedy = did_you_mean(name, underlyings) if underlyings else "it defines no options at all"
        yield Problem(where, "the catalog defines no options on this underlying", name, remedy)
        return
    alive = {f.identifier for f in files if span and is_alive(f, name, *span)}
    if span and not any(f.kind == "QuoteTick" and f.identifier in alive and has_rows(f, *span) for f in files):
        yield Problem(where, "the catalog holds no quotes of options on this underlying in the period", name)


def _definition(where: str, instrument: str, files: Sequence[DataFile]) -> Iterable[Problem]:
    identifiers = {f.identifier for f in files if f.kind == DEFINITION}
    if instrument not in identifiers:
        remedy = (
            did_you_mean(instrument, identifiers) if identifiers else "it defines none; write its instruments first"
        )
        yield Problem(where, "the catalog does not define this instrument", instrument, remedy)


def _data(
    where: str, kind: str, name: str, files: Sequence[DataFile], span: tuple[int, int] | None
) -> Iterable[Problem]:
    of_kind = [f for f in files if f.kind == kind]
    mine = [f for f in of_kind if f.rows and (f.identifier == name or not name)]
    if not mine:
        others = {f.identifier for f in of_kind} - {""}
        remedy = did_you_mean(name, others) if others and name else f"it holds {kinds(files)}"
        yield Problem(where, f"the catalog holds no {kind}" + (" of this" if name else ""), name or kind, remedy)
    elif span and not any(has_rows(f, *span) for f in mine):
        first, last = day(min(f.first for f in mine)), day(max(f.last for f in mine))
        yield Problem(where, f"the catalog holds no {kind} in the period", name or kind, f"it holds {first} … {last}")


def _mixed(where: str, kind: str, name: str, files: Sequence[DataFile]) -> Iterable[Problem]:
    """The engine finds files by folder, whose name lacks some letters: GBP/USD.SIM and GBPUSD.SIM share one."""
    folders = {f.path.parent for f in files if f.kind == kind and f.identifier == name}
    others = {f.identifier for f in files if f.path.parent in folders} - {name}
    if others:
        remedy = "keep them in catalogs of their own"
        yield Problem(where, f"the catalog keeps {', '.join(sorted(others))} in the same folder", name, remedy)


def kinds(files: Iterable[DataFile]) -> str:
    """The kinds of data in a catalog, as people say it."""
    return ", ".join(sorted({f.kind for f in files if f.kind != DEFINITION})) or "no data"


def day(ns: int) -> str:
    """A time as people write it, to the second."""
    return datetime.fromtimestamp(ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
