"""The list of sweeps of a runs directory; a sweep that does not change is read once."""

from pathlib import Path
from threading import Lock
from typing import Any

from sweep.collection.summary import SweepSummary, summary
from sweep.errors import SweepError
from sweep.ledger.checksums import stamp
from sweep.ledger.run_directory import Folder
from sweep.results.html.page_data import units


class Overview:
    """Summaries of all sweeps, newest first."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs, self._lock = runs_dir, Lock()
        self._read: dict[str, tuple[tuple[object, ...], SweepSummary]] = {}  # by id, with the state of the file

    def sweeps(self) -> list[dict[str, Any]]:
        """The summaries as plain data; of a sweep that cannot be read the reason."""
        with self._lock:
            return [self._summary(folder) for folder in Folder.all(self._runs)]

    def _summary(self, folder: Folder) -> dict[str, Any]:
        try:
            state = stamp(folder.ledger)
            earlier = self._read.get(folder.id)
            if earlier is None or earlier[0] != state or earlier[1].driven or folder.holder():
                earlier = state, summary(folder)
                self._read[folder.id] = earlier
            return earlier[1].plain() | {"unit": units([earlier[1].objective]).get(earlier[1].objective)}
        except (SweepError, OSError) as error:
            return {"id": folder.id, "error": str(error)}
