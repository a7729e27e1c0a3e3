"""The plan of a merge: the files of one folder that a new file replaces. It stays in the catalog until it is done.

A catalog may come from elsewhere, and its plan with it: one that names other files than a merge does is refused.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from sweep.catalog.data_files import MERGING, time_range
from sweep.common.files.text_file import read_text
from sweep.common.foreign_names import is_inside
from sweep.common.json_values import is_list, is_mapping
from sweep.errors import InputError, Problem

FILE, DRAFT = "plan.json", "plan.new"
LONGEST = 10_000_000  # characters
DEPTH = 4  # parts of a name: data, kind, instrument, file


@dataclass(frozen=True, slots=True)
class MergePlan:
    """A new file and those that it replaces, relative to the catalog."""

    target: str
    replaced: Sequence[str]

    def write(self, folder: Path) -> None:
        """Put the plan into the folder of the merge, whole or not at all."""
        (folder / DRAFT).write_text(json.dumps(asdict(self)), encoding="utf-8")
        (folder / DRAFT).replace(folder / FILE)


def left_plan(catalog: Path) -> MergePlan | None:
    """The plan that an interrupted merge has left. InputError where no merge writes such a one."""
    merging = catalog / MERGING
    if not (merging / FILE).exists():
        return None
    plan = None if merging.is_symlink() else _read(merging / FILE)
    if plan is None or not _is_merge(catalog, plan):
        rule = "has a plan for replacing files that sweep has not written, or not whole"
        remedy = f"no data has changed for it: remove {merging}, then ingest again"
        raise InputError(Problem("--catalog", rule, str(catalog), remedy))
    return plan


def _read(file: Path) -> MergePlan | None:
    try:
        content = json.loads(read_text(file, LONGEST))
    except (OSError, ValueError, RecursionError):
        return None
    target, replaced = (content.get("target"), content.get("replaced")) if is_mapping(content) else (None, None)
    return MergePlan(target, replaced) if isinstance(target, str) and is_list(replaced) else None


def _is_merge(catalog: Path, plan: MergePlan) -> bool:
    """True if a plan replaces data files of one folder by a file in it, which is none of those that stay."""
    names = [plan.target, *plan.replaced]
    if not plan.replaced or not all(map(_is_data_file, names)) or len({PurePosixPath(n).parent for n in names}) > 1:
        return False
    return plan.target in plan.replaced or not (catalog / plan.target).exists()


def _is_data_file(name: object) -> bool:
    if not isinstance(name, str) or not is_inside(name):
        return False
    parts = PurePosixPath(name).parts
    is_place = len(parts) >= DEPTH and parts[0] == "data"
    return is_place and name.endswith(".parquet") and time_range(parts[-1]) is not None
