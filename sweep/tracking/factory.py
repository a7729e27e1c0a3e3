"""Tracker at an address, or of a sweep. The tracker's library is not imported here."""

from pathlib import Path

from sweep.errors import InputError
from sweep.ledger.run_directory import Folder
from sweep.tracking.base import MirrorReport, Tracker, Watch
from sweep.tracking.tracking_uri import SQLITE, problems


def tracker(uri: str) -> Tracker:
    """Create the tracker at an address; MLflow's addresses are the only ones today."""
    from sweep.tracking.mlflow.tracker import MlflowTracker

    return MlflowTracker(uri)


def sync(run_dir: Path, uri: str | None = None, watch: Watch = lambda _: None) -> MirrorReport:
    """Repair the mirror of a sweep, by default at the address where it was mirrored before, else that of its spec."""
    if uri and (mistakes := problems(uri, "--tracking-uri")):
        raise InputError(mistakes)
    return tracker(uri or address(Folder(run_dir))).sync(run_dir, watch)


def address(folder: Folder) -> str:
    """Return the address that a sweep is mirrored to."""
    from sweep.results.tearsheet_files import tracking

    with folder.open() as ledger:
        noted = ledger.facts.mlflow.get("uri", "")
    written = tracking(folder).uri
    # a relative file is relative to where the sweep was started; a password is only in the spec
    return noted if SQLITE.fullmatch(noted) and SQLITE.fullmatch(written) else written
