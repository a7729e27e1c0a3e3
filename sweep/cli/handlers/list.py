"""List the sweeps of a runs directory."""

import json
from pathlib import Path
from typing import Any

from sweep.cli import console
from sweep.cli.trial_rows import counts
from sweep.errors import SweepError
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report


def sweeps(runs_dir: Path, *, as_json: bool) -> None:
    """Every sweep below a runs directory, newest first."""
    rows = [listed for folder in Folder.all(runs_dir) if (listed := _listed(folder))]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    if not rows:
        console.out.print(f"no sweeps in {runs_dir}/; start one: sweep run search_spaces/demo_grid.yaml")
        return
    table = console.table(f"sweeps in {runs_dir}/")
    for column in ("sweep", "created", "trials", "best"):
        table.add_column(column)
    for listed in rows:
        best = f"{console.figure(listed['best'])} {listed['objective']}"
        table.add_row(listed["id"], listed["created"], counts(listed["trials"], driven=listed["driven"]), best)
    console.out.print(table)


def _listed(folder: Folder) -> dict[str, Any] | None:
    """A sweep in a line; None, and a warning, where its ledger cannot be read."""
    try:
        report = Report(folder)
        best, metric, trials = report.leaders(1), report.objective["metric"], report.count()
    except SweepError as error:
        console.say(f"{folder.id} cannot be read: {error}", "yellow")
        return None
    return {
        "id": report.id, "created": report.facts.created, "finished": report.facts.finished,
        "trials": trials, "driven": bool(folder.holder()), "objective": metric,
        "best": best[0].metrics[metric] if best else None,
    }  # fmt: skip
