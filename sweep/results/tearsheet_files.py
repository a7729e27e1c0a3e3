"""Tearsheets, drawn from the ledger into the sweep's folder: of the best trials when a sweep is over, or of all."""

import json
import logging
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from sweep.common.files.atomic_file import atomic_write
from sweep.errors import InputError, Problem
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.recorded_spec import recorded_section
from sweep.ledger.run_directory import Folder
from sweep.results import tearsheet as pages
from sweep.results.labels import cut, label
from sweep.spec.sections import Tracking
from sweep.trial import State

LOG = logging.getLogger(__name__)
TITLE = 160  # characters
LAYOUT = 2  # raised when the page of the same trial looks otherwise
HEAD = 1_000  # characters of a page, within which its stamp stands


def tracking(folder: Folder) -> Tracking:
    """The `tracking` section of a sweep's spec."""
    try:
        return Tracking.model_validate(recorded_section(folder, "tracking"))
    except ValidationError:
        raise InputError(Problem(str(folder.spec), "has no section tracking that can be read")) from None


class Tearsheets:
    """The tearsheets of a sweep that its spec asks for. One that cannot be drawn is logged and left out."""

    def __init__(self, folder: Folder, ledger: Ledger) -> None:
        self._folder, self._ledger = folder, ledger
        self._top = tracking(folder).tearsheets
        self._skipped: set[int] = set()

    def of(self, row: Row) -> bytes | None:
        """The tearsheet of an ended trial, if it has one; where all are asked for it is drawn now."""
        if self._top is None and row.state is State.COMPLETE:
            self._draw(row)
        path = self._path(row)
        return path.read_bytes() if path.exists() and self._is_current(path, row) else None

    def draw_best(self) -> None:
        """Draw those of the best trials so far, and remove those whose trial is gone or has other results."""
        self._remove_stale()
        if self._top:
            for row in self._ledger.leaders(self._top):
                self._draw(row)

    def _remove_stale(self) -> None:
        drawn = [path for path in self._folder.tearsheets.glob("*.html") if path.stem.isdigit()]
        rows = {row.number: row for row in self._ledger.rows()} if drawn else {}
        for path in drawn:
            row = rows.get(int(path.stem))
            if row is None or row.state is not State.COMPLETE or not self._is_current(path, row):
                path.unlink(missing_ok=True)

    def _path(self, row: Row) -> Path:
        return self._folder.tearsheets / f"{row.number}.html"

    def _is_current(self, path: Path, row: Row) -> bool:
        """True if a page shows the trial as the ledger has it now. The link to the page of a backtest always does."""
        if path.is_symlink():
            return True
        with path.open(encoding="utf-8") as file:
            return f'content="{self._stamp(row)}"' in file.read(HEAD)

    def _stamp(self, row: Row) -> str:
        """Hash of what a page is drawn from."""
        drawn_from = [LAYOUT, row.key, self._title(row), row.metrics, row.warnings]
        return sha256(json.dumps(drawn_from).encode()).hexdigest()[:16]

    def _draw(self, row: Row) -> None:
        path = self._path(row)
        if row.number in self._skipped or (path.exists() and self._is_current(path, row)):
            return
        try:
            stamp, objective = self._stamp(row), self._ledger.facts.objective["metric"]
            content = pages.tearsheet(self._ledger.result(row), self._title(row), stamp=stamp, objective=objective)
            with atomic_write(path) as target:
                target.write_text(content, encoding="utf-8")
        except Exception:
            self._skipped.add(row.number)
            LOG.exception("the tearsheet of trial %d could not be drawn", row.number)

    def _title(self, row: Row) -> str:
        return cut(f"{self._folder.id} #{row.number} {label(row.params)}", TITLE)
