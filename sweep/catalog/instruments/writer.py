"""Definitions of instruments written into a catalog: from a YAML file, from templates, or from another catalog."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.data_files import DEFINITION, scan
from sweep.catalog.instruments.builder import build
from sweep.catalog.instruments.currencies import declare
from sweep.catalog.instruments.stored import defined
from sweep.catalog.instruments.templates import TEMPLATES
from sweep.common.json_values import is_list
from sweep.errors import InputError, Problem, did_you_mean
from sweep.spec import yaml_document

__all__ = ["TEMPLATES", "Written", "from_catalog", "from_file", "from_template", "write"]


@dataclass(frozen=True, slots=True)
class Written:
    """The ids of definitions, by their outcome."""

    new: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def from_file(path: Path) -> list[Any]:
    """The instruments that a YAML file lists under `instruments`. InputError with every mistake and its line."""
    doc = yaml_document.read(path)
    listed = doc.data.get("instruments")
    problems: list[Problem] = []
    if not is_list(listed) or not listed:
        raise InputError(Problem(str(path), "must hold a list of instruments", listed, "instruments: [{id: …}]"))
    coins: Any = doc.data.get("currencies", [])
    if not is_list(coins):
        raise InputError(Problem("currencies", "must be a list of codes", coins, "currencies: [PEPE, WIF]"))
    problems += declare(map(str, coins), "currencies")
    built = [build(one, f"instruments.{n}", problems) for n, one in enumerate(listed)]
    names = [str(i.id) for i in built if i is not None]
    problems += [Problem("instruments", "is listed twice", n) for n in dict.fromkeys(names) if names.count(n) > 1]
    if problems:
        raise InputError([Problem(p.where, p.rule, p.value, p.remedy, doc.line(p.where)) for p in problems])
    return built


def from_template(template: str, identifiers: Sequence[str], values: Mapping[str, Any]) -> list[Any]:
    """Instruments of one template, some of its values overwritten."""
    problems: list[Problem] = []
    built = [build({"template": template, "id": one, **values}, one, problems) for one in identifiers]
    if problems:
        raise InputError(problems)
    return built


def from_catalog(source: Path, identifiers: Sequence[str] = ()) -> list[Any]:
    """The latest definitions in another catalog: all of them, or these."""
    names = sorted({f.identifier for f in scan(source)[0] if f.kind == DEFINITION})
    if lost := [i for i in identifiers if i not in names]:
        raise InputError([Problem("--id", f"is not defined in {source}", i, did_you_mean(i, names)) for i in lost])
    if not names:
        raise InputError(Problem("--from", "defines no instruments", str(source)))
    return [defined(source, name) for name in identifiers or names]


def write(catalog: Path, instruments: Iterable[Any], *, replace: bool = False) -> Written:
    """Write definitions. One that the catalog has otherwise is refused, or with `replace` takes the other's place."""
    stored = {str(i.id): (i, defined(catalog, str(i.id))) for i in instruments}
    new = [name for name, (_, was) in stored.items() if was is None]
    other = [name for name, (i, was) in stored.items() if was is not None and was.to_dict() != i.to_dict()]
    if other and not replace:
        remedy = "--replace takes the new one; data that was written for the other may not fit it"
        raise InputError([Problem(name, f"is defined otherwise in {catalog}", remedy=remedy) for name in other])
    files = scan(catalog)[0] if other else []
    for file in files:
        if file.kind == DEFINITION and file.identifier in other:
            file.path.unlink()
    if new or other:
        catalog.mkdir(parents=True, exist_ok=True)
        ParquetDataCatalog(str(catalog)).write_instruments([stored[name][0] for name in (*new, *other)])
    return Written(tuple(new), tuple(other), tuple(n for n in stored if n not in new and n not in other))
