"""Another name for a sweep."""

import re

from sweep.collection.removal import TrackerOf, untracked
from sweep.common.files.atomic_file import atomic_write
from sweep.errors import InputError, Problem
from sweep.ledger.ledger import Ledger
from sweep.ledger.recorded_spec import recorded_text
from sweep.ledger.run_directory import Folder, is_sweep_id
from sweep.tracking.base import Tracker
from sweep.tracking.mirror_lock import without_mirror

LINE = re.compile(r"^name:.*$", re.MULTILINE)  # of the spec


def rename(folder: Folder, name: str, tracker_of: TrackerOf = untracked) -> tuple[Folder, Tracker | None]:
    """Give a sweep that no driver runs another name; the hash in its id stays. Its folder afterwards, and its tracker.

    Its runs in the tracker go to the trash, because experiments have the names of sweeps; a sync writes them anew.
    Interrupted, it is completed by the same call.
    """
    renamed_id = f"{name}-{folder.id.rpartition('-')[2]}"
    if not is_sweep_id(renamed_id):
        rule = "is no name of a sweep: letters, digits, _ . - (80 at most), a letter or digit first"
        raise InputError(Problem("NAME", rule, name, "spy-grid"))
    renamed = Folder(folder.path.with_name(renamed_id))
    if renamed.path.exists():
        raise InputError(Problem("NAME", f"there is a sweep {renamed.id} already", name, "choose another name"))
    with folder.locked(exists=True), without_mirror(folder):
        if tracker := tracker_of(folder):
            tracker.remove(folder.id)
        spec = LINE.sub(f"name: {name}", recorded_text(folder), count=1)
        with atomic_write(folder.spec) as target:
            target.write_text(spec, encoding="utf-8")
        with Ledger.open(folder.ledger, write=True) as ledger:
            ledger.note(id=renamed.id, name=name)
            ledger.forget_mirror()
        folder.path.rename(renamed.path)
    return renamed, tracker
