"""The binding of a result to the data that it read: the files of its key, when a trial opens them and when it ends.

A file is the same as long as its size, times, inode and device are (its change time cannot be set back); only where one
of them differs, or changed a moment ago, are the contents hashed again.
"""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.catalog.data_files import DataRequest
from sweep.catalog.fingerprint import FRESH, Fingerprint
from sweep.common.files.file_state import FileState, state_of
from sweep.errors import Reason, SweepError, TrialError

ROWS = "rows:"  # begins the binding of a backtest of which only the rows inside its period count
REMEDY = "the same command runs it again once the data is back; data that is meant to be other makes another sweep"
type FileStates = tuple[FileState, ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """Files that a backtest can read, and the folders in which others would appear."""

    files: tuple[Path, ...]
    folders: tuple[Path, ...]

    @classmethod
    def of(cls, catalog: Path, fingerprint: Fingerprint, backtest: Mapping[str, Any]) -> "Paths":
        """As they are now."""
        files = tuple(fingerprint.files(backtest))
        data = catalog / "data"
        kinds = [path for path in data.iterdir() if path.is_dir()]
        return cls(files, tuple(sorted({catalog, data, *kinds, *(file.parent for file in files)})))

    def states(self) -> FileStates:
        """Equal only while nothing of it came, went or changed. Raises OSError where a part is gone."""
        stats = [path.stat() for path in (*self.files, *self.folders)]
        stats += [path.lstat() for path in self.folders[:1]]  # the catalog, which may be a link
        return tuple(map(state_of, stats))


_verified: dict[tuple[str, DataRequest, str], tuple[Paths, FileStates]] = {}  # of this process
MOST = 64  # of them


def binding(fingerprint: Fingerprint, backtest: Mapping[str, Any]) -> str:
    """State of a backtest's data that its results are bound to, as text."""
    return (ROWS if fingerprint.exact else "") + fingerprint.of(backtest)


@contextmanager
def bound(backtest: Mapping[str, Any], expected: str) -> Generator[None]:
    """Inside, a backtest is run. TrialError where its data is not the expected one, or does not stay it."""
    if not expected:
        yield
        return
    opened = _opened(backtest, expected)
    try:
        yield
    except Exception:
        _require_same(*opened, backtest, expected)
        raise
    _require_same(*opened, backtest, expected)


def _opened(backtest: Mapping[str, Any], expected: str) -> tuple[Paths, FileStates]:
    """The files of a backtest and their states, once they are known to be the expected ones."""
    cache_key = (str(backtest["catalog"]), DataRequest.by(backtest), expected)
    try:
        if cache_key in _verified and _verified[cache_key][1] == _verified[cache_key][0].states():
            return _verified[cache_key]
        paths, states = _hashed(backtest, expected, cache=True)
    except (OSError, SweepError) as error:
        raise TrialError(Reason.CHANGED, f"the data in {backtest['catalog']} cannot be read: {error}") from error
    if not states:
        raise TrialError(Reason.CHANGED, f"the data in {backtest['catalog']} is not that of its key: {REMEDY}")
    if not _is_fresh(states):
        while len(_verified) >= MOST:
            del _verified[next(iter(_verified))]
        _verified[cache_key] = paths, states
    return paths, states


def _hashed(backtest: Mapping[str, Any], expected: str, *, cache: bool) -> tuple[Paths, FileStates]:
    """The files with their states, () where they are not the expected ones or change meanwhile."""
    catalog = Path(str(backtest["catalog"]))
    fingerprint = Fingerprint(catalog, cache=cache, exact=expected.startswith(ROWS))
    paths = Paths.of(catalog, fingerprint, backtest)
    states = paths.states()
    is_expected = binding(fingerprint, backtest) == expected
    return paths, states if is_expected and paths.states() == states else ()


def _require_same(paths: Paths, before: FileStates, backtest: Mapping[str, Any], expected: str) -> None:
    if not _is_as(paths, before, backtest, expected):
        raise TrialError(Reason.CHANGED, f"the data in {backtest['catalog']} changed while it ran: {REMEDY}")


def _is_as(paths: Paths, before: FileStates, backtest: Mapping[str, Any], expected: str) -> bool:
    """True if the files are unchanged; those that changed just before the trial are hashed again."""
    try:
        if paths.states() != before:
            return False
        return not _is_fresh(before) or bool(_hashed(backtest, expected, cache=False)[1])
    except (OSError, SweepError):
        return False


def _is_fresh(states: FileStates) -> bool:
    return time.time_ns() - max(max(s[1], s[2]) for s in states) <= FRESH
