"""A program for the environment of another engine: trials of a sweep again, compared with their record, as JSON.

python -m sweep.runner.engines.side JOB.json OUT.json
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sweep.backtest import engine_version
from sweep.errors import SweepError
from sweep.ledger.run_directory import Folder
from sweep.runner.replay import record


def main(job_file: str, out: str) -> None:
    job: Mapping[str, Any] = json.loads(Path(job_file).read_text(encoding="utf-8"))
    folder = Folder(Path(job["folder"]))
    trials = [trial(folder, number) for number in job["trials"]]
    Path(out).write_text(json.dumps({"engine": engine_version(), "trials": trials}), encoding="utf-8")


def trial(folder: Folder, number: int) -> dict[str, Any]:
    """One trial again: its figures that are not as they were recorded, and its fills."""
    try:
        result = record(folder, number).run()
    except SweepError as error:
        return {"number": number, "error": str(error), "figures": [], "compared": 0, "identical": False, "fills": []}
    error = "" if result.trial else f"{result.result.state} ({result.result.reason}): {result.result.message}"
    return {
        "number": number, "error": error, "identical": result.identical, "compared": len(result.figures),
        "figures": [[f.name, f.then, f.now] for f in result.figures if not f.is_same],
        "fill": result.fill.span.first if result.fill else None,
        "fills": [asdict(fill) for fill in result.trial.fills] if result.trial else [],
    }  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
