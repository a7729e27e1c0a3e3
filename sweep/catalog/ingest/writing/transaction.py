"""Files into a catalog: one writer at a time, whole files only, and never over what is there unless asked to.

A file appears by one rename. Where a merge replaces several, a plan is written first; whoever fills the catalog next
finishes it, and until then the catalog is refused for sweeps.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sweep.catalog.data_files import MERGING, DataFile, file_name, scan
from sweep.catalog.ingest.writing.engine_schema import Shelf
from sweep.catalog.ingest.writing.merge_plan import FILE, MergePlan, left_plan
from sweep.catalog.ingest.writing.pending_file import (
    ROW_GROUP,
    PendingFile,
    PendingPart,
    in_order,
    moments,
    same_rows,
    two_different,
)
from sweep.catalog.spec_check import day, unusable
from sweep.errors import InputError, Problem

REJECTED = "rejected"  # the folder of a catalog with rows that did not get into it
SCRATCH = ".filling."  # what is written beside a catalog begins with this


@dataclass(frozen=True, slots=True)
class Placed:
    """The place of rows in a catalog, and how many of them it did not hold before."""

    path: Path
    added: int


def usable(catalog: Path) -> list[Problem]:
    """Reasons for which a directory can neither be filled nor made."""
    if not catalog.exists() or (catalog.is_dir() and not any(p for p in catalog.iterdir() if not _is_ours(p))):
        return []
    problems = [p for p in unusable(catalog) if p.value != MERGING]
    if catalog.is_dir() and not problems:
        problems = scan(catalog)[1]
    return [Problem("--catalog", p.rule, p.value, "give the directory of a catalog, or a new one") for p in problems]


@contextmanager
def filling(catalog: Path) -> Generator[Path]:
    """An empty directory to write in, while nobody else fills the catalog; what was cut off before is finished."""
    is_new = not catalog.exists()
    handle = _locked(catalog)
    try:
        _finish(catalog)
        for left in catalog.glob(f"{SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=catalog) as scratch:
            yield Path(scratch)
    finally:
        if is_new and not any(catalog.iterdir()):
            catalog.rmdir()
        os.close(handle)


def _locked(catalog: Path) -> int:
    while True:
        try:
            catalog.mkdir(parents=True, exist_ok=True)
            handle = os.open(catalog, os.O_RDONLY)
        except OSError as error:
            rule = f"cannot be written: {error.strerror or error}"
            raise InputError(Problem("--catalog", rule, str(catalog), "give another directory")) from error
        fcntl.flock(handle, fcntl.LOCK_EX)
        if catalog.exists() and os.path.samestat(os.fstat(handle), catalog.stat()):
            return handle
        os.close(handle)  # it was taken away while we waited


def put(catalog: Path, drafts: Sequence[tuple[Shelf, PendingFile]], *, merge: bool) -> list[Placed]:
    """Finished drafts into a catalog: all of them or none. Doing it twice changes nothing.

    Where the catalog holds rows of the same time, those it holds already are left out. What remains is an error, or is
    merged in where asked for: at one time after what is there. Raises InputError; the catalog is then as it was.
    """
    files, problems = scan(catalog)[0], list[Problem]()
    plans = [_plan(catalog, shelf, draft, files, problems, merge=merge) for shelf, draft in drafts]
    if problems:
        raise InputError(problems)
    return [_place(catalog, *item, *plan) for item, plan in zip(drafts, plans, strict=True)]


def _plan(
    catalog: Path, shelf: Shelf, draft: PendingFile, files: Sequence[DataFile], problems: list[Problem], *, merge: bool
) -> tuple[list[DataFile], int]:
    """The files that hold rows of the draft's times, and how many of its rows none of them holds."""
    siblings = [f for f in files if f.path.parent == catalog / shelf.folder]
    if others := {f.identifier for f in siblings} - {shelf.identifier}:
        rule = f"keeps {', '.join(sorted(others))} in the folder that {shelf.identifier} belongs in"
        problems.append(Problem("--catalog", rule, str(catalog), "keep them in catalogs of their own"))
        return [], 0
    within = [f for f in siblings if f.first <= draft.last and f.last >= draft.first]
    added = sum(int((part.file == 1).sum()) for part in _together(within, draft)) if within else draft.rows
    if within and added and not merge:
        problems.append(_refusal(catalog, draft, shelf.identifier, within, added))
    return within, added


def _place(catalog: Path, shelf: Shelf, draft: PendingFile, within: list[DataFile], added: int) -> Placed:
    if within:
        unchanged = Placed(within[0].path.relative_to(catalog), 0)
        return _merge(catalog, shelf.folder, draft, within, added) if added else unchanged
    target = shelf.folder / file_name(draft.first, draft.last)
    (catalog / target).parent.mkdir(parents=True, exist_ok=True)
    draft.path.replace(catalog / target)
    return Placed(target, added)


def _refusal(catalog: Path, draft: PendingFile, identifier: str, within: list[DataFile], added: int) -> Problem:
    held = ", ".join(f"{day(f.first)} … {day(f.last)}" for f in within[:3])
    of = f"{draft.noun} of {identifier}" if identifier else draft.noun
    rule = f"the catalog holds other {of} in {day(draft.first)} … {day(draft.last)}: {held}"
    remedy = f"--merge adds the {added:,} that it does not hold; or cut the file, or use another catalog"
    return Problem("--catalog", rule, str(catalog), remedy)


def _together(within: list[DataFile], draft: PendingFile) -> Iterator[PendingPart]:
    """The rows of the catalog (file 0) and, of the draft's, those that it does not hold at their time (file 1)."""
    files = [f.path for f in sorted(within, key=lambda f: f.first)]
    for part in in_order([*files, draft.path]):
        is_new = part.file == len(files)
        is_old = ~is_new
        is_old[is_new] = _unknown(part.table, is_new)
        table, new = part.table.filter(pa.array(is_old)), is_new[is_old]
        ts = moments(table)
        if draft.one_at_a_time and len(ties := np.flatnonzero(np.diff(ts) == 0)):
            raise InputError(Problem("--merge", two_different(draft.noun, int(ts[ties[0]]))))
        yield PendingPart(table, new.astype(np.int64))


def _unknown(table: Any, is_new: Any) -> Any:
    """Of the new rows, which are not among the old ones of their time."""
    ts = moments(table)
    old, new = np.flatnonzero(~is_new), np.flatnonzero(is_new)
    is_stored = np.zeros(len(new), bool)
    start, end = (np.searchsorted(ts[old], ts[new], side=side) for side in ("left", "right"))
    for offset in range(int((end - start).max(initial=0))):  # as many rounds as there are rows of one time at most
        rows = np.flatnonzero((start + offset < end) & ~is_stored)
        rows = rows[same_rows(table.take(new[rows]), table.take(old[start[rows] + offset]))]
        is_stored[rows[np.unique(start[rows], return_index=True)[1]]] = True  # each old row stands for one new one
    return ~is_stored


def _merge(catalog: Path, folder: Path, draft: PendingFile, within: list[DataFile], added: int) -> Placed:
    first, last = (f(getattr(d, end) for d in (*within, draft)) for f, end in ((min, "first"), (max, "last")))
    target, merging = folder / file_name(first, last), catalog / MERGING
    merging.mkdir()
    with pq.ParquetWriter(merging / "whole.parquet", draft.schema, compression="zstd") as writer:
        for part in _together(within, draft):
            writer.write_table(part.table.select(draft.schema.names).cast(draft.schema), row_group_size=ROW_GROUP)
    MergePlan(target.as_posix(), [f.path.relative_to(catalog).as_posix() for f in within]).write(merging)
    _finish(catalog)  # from the plan on it is going to be finished
    return Placed(target, added)


def _finish(catalog: Path) -> None:
    """Carry out the plan that was left, or take away what never became one."""
    merging = catalog / MERGING
    if plan := left_plan(catalog):
        if (merging / "whole.parquet").exists():
            for name in plan.replaced:
                (catalog / name).unlink(missing_ok=True)
            (merging / "whole.parquet").replace(catalog / plan.target)
        (merging / FILE).unlink()
    shutil.rmtree(merging, ignore_errors=True)


def _is_ours(path: Path) -> bool:
    return path.name.startswith(SCRATCH) or path.name == REJECTED
