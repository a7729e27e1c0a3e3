"""Location of a sweep's run directory on a cluster."""

from pathlib import Path

from sweep.common.object_store import is_url
from sweep.errors import InputError, Problem
from sweep.ledger.run_directory import Folder, is_sweep_id


def run_directory(runs: str, sweep: str) -> Folder:
    """The run_directory where a sweep is driven on this machine."""
    if not is_sweep_id(sweep):
        raise InputError(Problem("SWEEP", "is no id of a sweep", sweep, "a name and 8 hex digits"))
    if is_url(runs):
        from sweep.cluster.object_store_sync import local

        return Folder(local(runs) / sweep)
    return Folder(Path(runs, sweep))
