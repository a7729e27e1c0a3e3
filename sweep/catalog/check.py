"""What is wrong between a catalog and a backtest that wants to read it. The engine returns nothing, silently."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sweep.catalog.files import DEFINITION, LEGACY, DataFile, instrument_of, scan
from sweep.errors import Problem, did_you_mean
from sweep.plain import is_list, is_mapping
from sweep.units import nanos

DEMO = "the built-in data is written by: sweep catalog demo data/demo"


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
    """Why a path is no catalog of Nautilus 2 with something in it."""
    if not catalog.exists():
        yield Problem("catalog", "does not exist", str(catalog), DEMO)
    elif not catalog.is_dir():
        yield Problem("catalog", "must be a directory", str(catalog))
    elif legacy := sorted(p.name for p in (catalog / "data").glob("*") if p.name in LEGACY):
        found = f"is a catalog of Nautilus 1.x (data/{legacy[0]}/): version 2 would read nothing of it, silently"
        yield Problem(
            "catalog", found, str(catalog), "migrate it with ParquetDataCatalog.migrate_from_legacy_parquet_path"
        )
    elif not any((catalog / "data").rglob("*.parquet")):
        yield Problem("catalog", "holds no data", str(catalog), f"fill it with: sweep catalog ingest …; {DEMO}")


def _entry(n: int, entry: Any, files: Sequence[DataFile], span: tuple[int, int] | None) -> Iterable[Problem]:
    kind = str(entry.get("type", "")).rpartition(":")[2]
    key = "bar_types" if kind == "Bar" else "instruments"
    names = entry.get(key)
    if names is None:
        yield from _data(f"data.{n}", kind, "", files, span)
        return
    for i, name in enumerate(names):
        yield from _definition(f"data.{n}.{key}.{i}", instrument_of(kind, str(name)), files)
        yield from _data(f"data.{n}.{key}.{i}", kind, str(name), files, span)


def _definition(where: str, instrument: str, files: Sequence[DataFile]) -> Iterable[Problem]:
    known = {f.identifier for f in files if f.kind == DEFINITION}
    if instrument not in known:
        yield Problem(where, "the catalog does not define this instrument", instrument, did_you_mean(instrument, known))


def _data(
    where: str, kind: str, name: str, files: Sequence[DataFile], span: tuple[int, int] | None
) -> Iterable[Problem]:
    of_kind = [f for f in files if f.kind == kind]
    mine = [f for f in of_kind if f.identifier == name or not name]
    if not sum(f.rows for f in mine):
        others = {f.identifier for f in of_kind} - {""}
        remedy = did_you_mean(name, others) if others and name else f"it holds {kinds(files)}"
        yield Problem(where, f"the catalog holds no {kind}" + (" of this" if name else ""), name or kind, remedy)
    elif span and not any(f.first < span[1] and f.last >= span[0] for f in mine):
        first, last = day(min(f.first for f in mine)), day(max(f.last for f in mine))
        yield Problem(where, f"the catalog holds no {kind} in the period", name or kind, f"it holds {first} … {last}")


def kinds(files: Iterable[DataFile]) -> str:
    """The kinds of data in a catalog, as people say it."""
    return ", ".join(sorted({f.kind for f in files if f.kind != DEFINITION})) or "no data"


def day(ns: int) -> str:
    """A time as people write it, to the second."""
    return datetime.fromtimestamp(ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
