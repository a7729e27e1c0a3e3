"""Interface of trackers: mirror the trials of a ledger to a server, during a run or later. Never fail a sweep."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """Number of ended trials that the tracker holds and lacks."""

    mirrored: int
    left: int
    error: str = ""  # why trials are left; empty when none is, or while the mirror still works on them

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)


type Watch = Callable[[MirrorReport], None]  # called with the progress


class Mirror(Protocol):
    """Mirror of one sweep while it runs; follows the ledger, so trials need not be reported to it."""

    def go(self) -> None:
        """Begin, if it was started with `waits`."""
        ...

    def settle(self) -> None:
        """Announce that all trials have ended and files of the best can be drawn, while the sweep is concluded."""
        ...

    def finish(self, timeout: float | None = None, watch: Watch = ...) -> MirrorReport:
        """Announce the end of the sweep and wait up to `timeout` seconds until the tracker holds all trials."""
        ...

    def report(self) -> MirrorReport:
        """Return the progress."""
        ...


class Tracker(Protocol):
    """Tracking server, or a local store of one."""

    @property
    def address(self) -> str:
        """Its address without a password."""
        ...

    def start(self, run_dir: Path, *, waits: bool = False) -> Mirror:
        """Start to mirror a sweep whose ledger exists; with `waits` nothing is written before `Mirror.go`."""
        ...

    def sync(self, run_dir: Path, watch: Watch = ...) -> MirrorReport:
        """Repair the mirror of a sweep: add missing runs, complete partial ones, remove duplicates."""
        ...

    def remove(self, sweep: str) -> int:
        """Move all runs of a sweep to the trash; their number. SweepError if there is no answer."""
        ...

    def places(self) -> dict[str, str]:
        """Return the folder (HOST:PATH) of every sweep that has one noted, by the sweep's id. SweepError likewise."""
        ...

    def trial_of(self, run: str) -> tuple[str, int]:
        """Return the sweep's id and the trial's number of a run. InputError if there is no such run or no answer."""
        ...

    def is_reachable(self) -> tuple[bool, str]:
        """Test the address; return the result as a sentence too."""
        ...

    def serve(self, port: int, *, opens: bool = False) -> None:
        """Serve its user interface on this machine until Ctrl-C; `opens`: show the latest sweep in the browser."""
        ...
