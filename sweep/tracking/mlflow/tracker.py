"""MLflow as a tracker. MLflow itself is imported only in the processes that this starts."""

import webbrowser
from pathlib import Path

from sweep.tracking.base import MirrorReport, Watch
from sweep.tracking.mlflow import run_lookup, run_removal, ui_server
from sweep.tracking.mlflow.mirror import MirrorHandle
from sweep.tracking.tracking_uri import TrackingStore


class MlflowTracker:
    """An MLflow server or store."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    @property
    def address(self) -> str:
        """Its address without a password."""
        return TrackingStore.at(self._uri).shown

    def start(self, run_dir: Path, *, waits: bool = False) -> MirrorHandle:
        """Start the mirror process of a sweep."""
        return MirrorHandle.start(run_dir, self._uri, waits=waits)

    def sync(self, run_dir: Path, watch: Watch = lambda _: None) -> MirrorReport:
        """Run the mirror process of a sweep to its end."""
        return MirrorHandle.begin(run_dir, self._uri).finish(watch=watch)

    def remove(self, sweep: str) -> int:
        """Move all runs of a sweep to the trash; their number."""
        return run_removal.remove(sweep, self._uri)

    def places(self) -> dict[str, str]:
        """Return the folder (HOST:PATH) of every sweep by its id."""
        return run_removal.places(self._uri)

    def trial_of(self, run: str) -> tuple[str, int]:
        """Return the sweep's id and the trial's number of an MLflow run."""
        return run_lookup.trial_of(run, self._uri)

    def is_reachable(self) -> tuple[bool, str]:
        """Test the server or store."""
        return ui_server.reachable(self._uri)

    def serve(self, port: int, *, opens: bool = False) -> None:
        """Serve the MLflow UI until Ctrl-C; `opens`: show the latest sweep in the browser."""
        ui_server.ui(self._uri, port, show=webbrowser.open if opens else None)
