"""Tearsheets, drawn from the ledger into the sweep's folder: of the best trials when a sweep is over, or of all."""

import logging
from pathlib import Path
from typing import Any

import yaml

from sweep.common.background_import import import_in_background
from sweep.common.files.atomic_file import atomic_write
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results import tearsheet as pages
from sweep.results.labels import cut, label
from sweep.spec.sections import Tracking
from sweep.trial import State

LOG = logging.getLogger(__name__)
TITLE = 160  # characters


def tracking(folder: Folder) -> Tracking:
    """The `tracking` section of a sweep's spec."""
    spec: Any = yaml.safe_load(folder.spec.read_text(encoding="utf-8")) if folder.spec.exists() else {}
    return Tracking.model_validate(spec.get("tracking") or {})


class Tearsheets:
    """The tearsheets of a sweep that its spec asks for. One that cannot be drawn is logged and left out."""

    def __init__(self, folder: Folder, ledger: Ledger) -> None:
        self._folder, self._ledger = folder, ledger
        self._top = tracking(folder).tearsheets
        self._skipped: set[int] = set()

    def of(self, row: Row) -> bytes | None:
        """The tearsheet of an ended trial, if it has one; where all are asked for it is drawn now, small."""
        if self._top is None and row.state is State.COMPLETE:
            self._draw(row)
        path = self._path(row)
        return path.read_bytes() if path.exists() else None

    def draw_best(self) -> None:
        """Draw those of the best trials so far, so that they open without a network."""
        if self._top:
            for row in self._ledger.leaders(self._top):
                self._draw(row)

    def expect(self) -> None:
        """Import what drawing needs, beside what else goes on, where any are asked for."""
        if self._top != 0:
            import_in_background(*pages.LIBRARIES)

    def _path(self, row: Row) -> Path:
        return self._folder.tearsheets / f"{row.number}.html"

    def _draw(self, row: Row) -> None:
        if row.number in self._skipped or self._path(row).exists():
            return
        try:
            content = self._page(row)
            with atomic_write(self._path(row)) as target:
                target.write_text(content, encoding="utf-8")
        except Exception:
            self._skipped.add(row.number)
            LOG.exception("the tearsheet of trial %d could not be drawn", row.number)

    def _page(self, row: Row) -> str:
        days, returns, stats = self._ledger.series(row.number)
        title = cut(f"{self._folder.id} #{row.number} {label(row.params)}", TITLE)
        return pages.tearsheet(stats, days, returns, title, "cdn" if self._top is None else "packed")
