"""Completion of values in a shell: sweeps, metrics, trials, keys of a spec; none where they cannot be read."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from sweep.errors import SweepError

MOST = 200  # trials that are offered


def sweeps(ctx: Any, incomplete: str) -> list[str]:
    """The ids and names of the sweeps in the runs directory."""
    return [name for name in dict.fromkeys(_sweeps(ctx)) if name.startswith(incomplete)]


def _sweeps(ctx: Any) -> Iterator[str]:
    from sweep.ledger.run_directory import Folder

    with suppress(SweepError, OSError):
        folders = Folder.all(_runs(ctx))
        yield from (folder.id for folder in folders)
        yield from (folder.name for folder in folders)


def metrics(incomplete: str) -> list[str]:
    """The names of the built-in metrics."""
    from sweep.spec.metric_table import METRIC_TABLE

    return [name for name in METRIC_TABLE if name.startswith(incomplete)]


def trials(ctx: Any, incomplete: str) -> list[str]:
    """The numbers of the COMPLETE trials of the sweep on the command line."""
    from sweep.ledger.run_directory import Folder
    from sweep.trial import State

    with suppress(SweepError, OSError):
        with Folder.find(_runs(ctx), str(ctx.params.get("sweep") or "")).open() as ledger:
            numbers = [str(row.number) for row in ledger.rows(state=State.COMPLETE)]
        return [n for n in numbers if n.startswith(incomplete)][:MOST]
    return []


def keys(incomplete: str) -> list[str]:
    """The keys of a spec."""
    from sweep.spec.forms.key_notes import NOTES

    return [path for path in NOTES if path.startswith(incomplete)]


def _runs(ctx: Any) -> Path:
    return Path(ctx.params.get("runs_dir") or "runs")
