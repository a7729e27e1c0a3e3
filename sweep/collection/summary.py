"""One sweep in a line: state, trials, best trial, verdict, size, tags."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sweep.ledger.live_status import live_status
from sweep.ledger.run_directory import Folder


@dataclass(frozen=True, slots=True)
class SweepSummary:
    """One sweep of a runs directory."""

    id: str
    state: str  # running, paused, stopping, finished, interrupted, data changed
    driven: bool  # a driver runs it
    created: str  # ISO 8601
    finished: str | None  # ISO 8601
    trials: Mapping[str, int]  # by state; of those that have not ended RUNNING and WAITING
    objective: str  # name of the main metric
    best: float | None  # its value for the best trial
    best_trial: int | None
    verdict: str  # in a word; "" where none was reached
    bytes: int  # of all files of the sweep
    tags: Mapping[str, str]
    note: str

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)


def summary(folder: Folder) -> SweepSummary:
    """Read the summary of a sweep from its ledger. Raises LedgerError where it cannot be read."""
    with folder.open() as ledger:
        facts, live = ledger.facts, live_status(folder, ledger)
        leader = next(iter(ledger.leaders(1)), None)
    metric = facts.objective["metric"]
    return SweepSummary(
        facts.id, live.state, live.is_driven,
        facts.created, facts.finished, live.trials, metric, (leader.metrics or {}).get(metric) if leader else None,
        leader.number if leader else None, str((facts.verdict or {}).get("verdict", "")), size(folder.path),
        dict(facts.tags), facts.note,
    )  # fmt: skip


def size(path: Path) -> int:
    """Bytes of the files below a folder; links are not followed."""
    total = 0
    for place, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 (thousands of files)
            except FileNotFoundError:  # removed meanwhile
                continue
    return total
