"""Data against instruments: what would give wrong figures (errors), and what is worth a look (warnings)."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sweep.catalog.data_files import DEFINITION, DataFile, DataRequest, instrument_of, scan
from sweep.catalog.fingerprint import Memory
from sweep.catalog.spec_check import unusable
from sweep.catalog.verify.fault_codes import FAULTS, Fault
from sweep.catalog.verify.instrument_checks import Definition, definitions, doubts
from sweep.catalog.verify.row_checks import verify_rows
from sweep.common.files.file_state import state_of
from sweep.common.json_values import digest
from sweep.errors import InputError, Problem

__all__ = ["FAULTS", "Fault", "judge", "verify", "verify_for"]

VERSION = 2  # raised when the same data would be judged differently


def verify(catalog: str | Path) -> list[Fault]:
    """Everything that is wrong with a catalog, errors first."""
    path = Path(catalog)
    if useless := [Fault("no-catalog", str(path), 1, p.rule) for p in unusable(path)]:
        return useless
    files, damaged = scan(path)
    faults = [Fault("damaged-file", p.where, 1, p.rule) for p in damaged]
    try:
        definitions_by_id = definitions(files)
    except InputError as broken:
        return faults + [Fault("damaged-file", p.where, 1, p.rule) for p in broken.problems]
    groups = _groups(files)
    for (kind, identifier), group in sorted(groups.items()):
        faults += _group(kind, identifier, group, definitions_by_id)
    faults += _shared_folders(files)
    faults += doubts(definitions_by_id.values(), {instrument_of(kind, name) for kind, name in groups})
    return sorted(faults, key=lambda f: not f.is_error)


def verify_for(backtest: Mapping[str, Any]) -> list[Fault]:
    """The faults of the data that a backtest reads; found once for each state of its files."""
    files = scan(Path(backtest["catalog"]))[0]
    request = DataRequest.by(backtest)
    request = request.among(files) if request.chains else request
    read = [f for f in files if request.reads(f)]
    definitions_by_id = definitions([f for f in read if f.kind == DEFINITION])
    faults: list[Fault] = []
    for (kind, identifier), group in sorted(_groups(read).items()):
        states = tuple(state_of(f.path.stat()) for f in group)
        faults += _remembered(
            kind, identifier, tuple(group), states, definitions_by_id.get(instrument_of(kind, identifier))
        )
    return faults + [
        f for f in doubts(definitions_by_id.values(), set(definitions_by_id)) if f.code != "margin"
    ]  # said by each trial: it knows its venue


def judge(backtests: Iterable[Mapping[str, Any]], accepted: Collection[str]) -> tuple[list[Problem], list[str]]:
    """The problems that stop a sweep over these backtests, at their places in the spec, and what is worth saying once.

    Errors whose code is accepted are worth saying, too.
    """
    problems: dict[str, Problem] = {}
    warnings: dict[str, None] = {}
    for backtest in backtests:
        places = _places(backtest)
        for finding in verify_for(backtest):
            if finding.is_error and finding.code not in accepted:
                where = places.get(finding.where, finding.where)
                problems.setdefault(str(finding), Problem(where, finding.rule, finding.where, finding.remedy))
            else:
                warnings.setdefault(str(finding))
    return list(problems.values()), list(warnings)


def _places(backtest: Mapping[str, Any]) -> dict[str, str]:
    """The places in the spec that name a kind of data of an instrument."""
    places: dict[str, str] = {}
    for n, entry in enumerate(backtest["data"]):
        for key in ("instruments", "bar_types"):
            for i, name in enumerate(entry.get(key) or ()):
                places[f"{entry['type']} {name}"] = f"data.{n}.{key}.{i}"
        places.setdefault(str(entry["type"]).rpartition(":")[2], f"data.{n}")
    return places


def _groups(files: Iterable[DataFile]) -> dict[tuple[str, str], list[DataFile]]:
    groups: dict[tuple[str, str], list[DataFile]] = defaultdict(list)
    for file in files:
        if file.kind != DEFINITION:
            groups[file.kind, file.identifier].append(file)
    return groups


@lru_cache(maxsize=4096)
def _remembered(
    kind: str,
    identifier: str,
    files: Sequence[DataFile],
    _states: tuple[tuple[int, ...], ...],
    definition: Definition | None,
) -> tuple[Fault, ...]:
    definitions_by_id = {} if definition is None else {definition.id: definition}

    def make() -> str:
        return json.dumps([astuple(f) for f in _group(kind, identifier, files, definitions_by_id)])

    more = digest([VERSION, repr(definition)])
    paths = [f.path for f in files]
    name = "verify " + digest([str(p.resolve()) for p in paths])
    return tuple(Fault(*one) for one in json.loads(Memory().recall(name, paths, make, more)))


def _group(
    kind: str, identifier: str, files: Sequence[DataFile], definitions_by_id: Mapping[str, Definition]
) -> list[Fault]:
    """Everything about one kind of data of one instrument."""
    where = f"{kind} {identifier}".strip()
    definition = definitions_by_id.get(instrument_of(kind, identifier))
    faults = list(_precisions(where, files, definition))
    if identifier and definition is None:
        faults.append(Fault("no-definition", where, len(files), instrument_of(kind, identifier)))
    return faults + verify_rows(where, kind, files, definition)


def _precisions(where: str, files: Iterable[DataFile], definition: Definition | None) -> Iterator[Fault]:
    """The decimals that files say their prices and sizes have."""
    precisions = {f.path: precision for f in files if (precision := _precision(f.path)) is not None}
    kinds = sorted(set(precisions.values()), key=str)
    if len(kinds) > 1:
        yield Fault("mixed-precision", where, len(precisions), ", ".join(map(_digits, kinds)))
    if definition and (wrong := [p for p in kinds if any(_differs(p, definition.precision))]):
        files_of = [path.name for path, precision in precisions.items() if precision in wrong]
        example = f"{_digits(wrong[0])}, but {definition.id} has {_digits(definition.precision)}: {files_of[0]}"
        yield Fault("precision", where, len(files_of), example)


def _precision(path: Path) -> tuple[int | None, int | None] | None:
    facts: Mapping[bytes, bytes] = pq.read_schema(path).metadata or {}
    price, size = facts.get(b"price_precision"), facts.get(b"size_precision")
    return None if price is None else (int(price), None if size is None else int(size))


def _differs(precision: tuple[int | None, int | None], expected: tuple[int, int]) -> Iterator[bool]:
    return (a is not None and a != b for a, b in zip(precision, expected, strict=True))


def _digits(precision: tuple[int | None, int | None]) -> str:
    price, size = precision
    return f"{price} decimals" + ("" if size is None else f" ({size} in sizes)")


def _shared_folders(files: Iterable[DataFile]) -> Iterator[Fault]:
    """The engine finds files by folder, whose name lacks some letters: GBP/USD.SIM and GBPUSD.SIM share one."""
    folders: dict[Path, set[str]] = defaultdict(set)
    for file in files:
        folders[file.path.parent].add(file.identifier)
    for folder, names in folders.items():
        if len(names - {""}) > 1:
            yield Fault("mixed-folder", str(folder), len(names), ", ".join(sorted(names)))
