"""Catalogs of Nautilus 1.x into one of version 2: by the engine's own migration, and custom data by its class.

The engine migrates quotes, trades, bars, order books and instruments, but stops at custom data. That is read here, as
columns, and written as the class of version 2 that bears its name.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.data_files import DEFINITION, LEGACY, DataFile, scan
from sweep.catalog.ingest.events import annotations
from sweep.catalog.ingest.ingest_result import Ingested
from sweep.catalog.ingest.parsing.column_mapping import SCORE
from sweep.catalog.ingest.writing.engine_schema import Shelf, events_of
from sweep.catalog.ingest.writing.pending_file import PendingFile
from sweep.catalog.ingest.writing.transaction import filling, put, usable
from sweep.catalog.instruments.stored import define
from sweep.common.import_path import ImportPathError, load
from sweep.errors import InputError, Problem, did_you_mean

CUSTOM = "custom_"  # what the folder of a class of custom data begins with
NOUNS = {"QuoteTick": "quotes", "TradeTick": "trades", "Bar": "bars"}
ROWS = 100_000


def nautilus1(
    old: str | Path, catalog: str | Path, *, classes: Iterable[str] = (), merge: bool = False
) -> list[Ingested]:  # fmt: skip
    """Everything in a catalog of Nautilus 1.x; `classes`: of its custom data, by import path. The old one is only read.

    Doing it twice changes nothing. Raises InputError with every mistake; the catalog is then as it was.
    """
    source, into = Path(old), Path(catalog)
    root = source / "data" if (source / "data").is_dir() else source
    problems = [*usable(into), *_no_catalog(source, root)]
    custom = _custom(root, [SCORE, *classes], problems)
    if problems:
        raise InputError(problems)
    with filling(into) as scratch:
        drafts = [*_market(scratch, root), *_events(scratch, custom)]
        if not drafts:
            raise InputError(Problem(str(source), "holds no data"))
        placed = put(into, drafts, merge=merge)
        for instrument in ParquetDataCatalog(str(scratch / "new")).instruments():
            define(into, instrument)
    return [Ingested.of(into, *draft, at) for draft, at in zip(drafts, placed, strict=True)]


def _no_catalog(source: Path, root: Path) -> Iterator[Problem]:
    if not source.is_dir():
        yield Problem(str(source), "is no directory")
    elif not any(f.name in LEGACY or f.name.startswith(CUSTOM) for f in root.iterdir()):
        names = ", ".join(sorted(f.name for f in root.iterdir())[:8]) or "nothing"
        yield Problem(str(source), "is no catalog of Nautilus 1.x", names, "give the directory that holds data/")


def _custom(root: Path, paths: Iterable[str], problems: list[Problem]) -> dict[Any, list[Path]]:
    """The files of custom data, by class of version 2."""
    classes: dict[str, Any] = {}
    for path in paths:
        try:
            cls = load(path)
            classes[cls.__name__] = cls
        except ImportPathError as error:
            problems.append(error.at("--class"))
    files: dict[Any, list[Path]] = {}
    for path in sorted(root.glob(f"{CUSTOM}*/**/*.parquet"), key=lambda p: p.name) if root.is_dir() else ():
        name = _type_name(path, problems)
        if name and name in classes:
            files.setdefault(classes[name], []).append(path)
        elif name:
            remedy = did_you_mean(name, classes, listed=0) or f"--class my_package.my_module:{name}"
            problem = Problem("--class", f"is missing for the custom data {name} in {path.parent}", remedy=remedy)
            problems += [problem] if problem not in problems else []
    return files


def _type_name(path: Path, problems: list[Problem]) -> str | None:
    try:
        with pq.ParquetFile(path) as parquet:
            if "type" in parquet.schema_arrow.names and parquet.metadata.num_rows:
                return str(next(parquet.iter_batches(1, columns=["type"])).column(0)[0].as_py())
    except Exception as error:  # noqa: BLE001 (pyarrow raises several kinds for a damaged file)
        problems.append(Problem(str(path), f"is damaged: {str(error).splitlines()[0][:120]}"))
        return None
    return "".join(word.title() for word in path.relative_to(path.parents[1]).parts[0].removeprefix(CUSTOM).split("_"))


def _market(scratch: Path, root: Path) -> Iterator[tuple[Shelf, PendingFile]]:
    """Market data that the engine migrates, folder by folder."""
    (scratch / "old" / "data").mkdir(parents=True)
    for folder in root.iterdir():
        if folder.is_dir() and not folder.name.startswith(CUSTOM):
            (scratch / "old" / "data" / folder.name).symlink_to(folder.resolve(), target_is_directory=True)
    (scratch / "new").mkdir()
    if any((scratch / "old" / "data").iterdir()):
        try:
            ParquetDataCatalog(str(scratch / "new")).migrate_from_legacy_parquet_path(str(scratch / "old"))
        except Exception as error:  # the engine's own kinds
            reason = str(error).splitlines()[0]
            raise InputError(Problem(str(root), f"the engine cannot migrate it: {reason}")) from error
    groups: dict[Path, list[DataFile]] = {}
    for file in scan(scratch / "new")[0]:
        if file.kind != DEFINITION:
            groups.setdefault(file.path.parent.relative_to(scratch / "new"), []).append(file)
    for n, (folder, files) in enumerate(groups.items()):
        schema = pq.read_schema(files[0].path)
        noun = NOUNS.get(files[0].kind, files[0].kind)
        shelf = Shelf(folder, schema, files[0].kind, files[0].identifier, noun, {})
        yield shelf, _copied(scratch / f"market-{n}", shelf, [f.path for f in files])


def _copied(path: Path, shelf: Shelf, files: Iterable[Path]) -> PendingFile:
    draft = PendingFile(path, shelf.schema, shelf.noun, keeps_repeated=True)
    for file in files:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(ROWS):
                draft.add(pa.Table.from_batches([batch]).cast(shelf.schema))
    draft.close()
    return draft


def _events(scratch: Path, custom: Mapping[Any, list[Path]]) -> Iterator[tuple[Shelf, PendingFile]]:
    """Custom data, class by class."""
    for n, (cls, files) in enumerate(custom.items()):
        kinds = annotations(cls)
        draft: PendingFile | None = None
        shelf: Shelf | None = None
        for file in files:
            table = pq.read_table(file)
            _refuse_other_fields(file, cls, kinds, table.column_names)
            shelf = shelf or events_of(cls, _example(cls, table))
            draft = draft or PendingFile(scratch / f"events-{n}", shelf.schema, shelf.noun, keeps_repeated=True)
            times = {t: table[t].cast(pa.int64()).cast(pa.timestamp("ns", "UTC")) for t in ("ts_event", "ts_init")}
            held = {name: table[name].cast(shelf.schema.field(name).type) for name in kinds}
            draft.add(shelf.table(held | times))
        if draft and shelf:
            draft.close()
            yield shelf, draft


def _example(cls: Any, table: Any) -> Any:
    """Any event of the class, for the engine to write; its decoder makes it of the first row."""
    row = {k: v for k, v in table.slice(0, 1).to_pylist()[0].items() if k != "type"}
    return cls.from_dict(row)


def _refuse_other_fields(file: Path, cls: Any, kinds: Mapping[str, Any], held: list[str]) -> None:
    lost = [name for name in kinds if name not in held]
    more = set(held) - set(kinds) - {"type", "ts_event", "ts_init"}
    problems = [Problem(str(file), f"has no field {name} of {cls.__name__}", ", ".join(held)) for name in lost]
    problems += [Problem(str(file), f"has a field that {cls.__name__} lacks", name) for name in sorted(more)]
    if problems:
        raise InputError(problems)
