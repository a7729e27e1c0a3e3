"""Answer of `sweep check`: the plan of a spec in which nothing is wrong."""

import json
from pathlib import Path

from sweep.cli import console
from sweep.runner.plan import SweepPlan


def check(spec: Path, planned: SweepPlan, *, as_json: bool) -> None:
    """Print the sweep that the spec stands for, and what deserves a look in its data."""
    trials, is_exact = planned.count()
    objectives = [f"{metric} ({direction})" for metric, direction in planned.spec.goal.objectives]
    if as_json:
        document = {
            "id": planned.id, "trials": trials, "exact": is_exact, "objectives": objectives,
            "warnings": list(planned.warnings),
        }  # fmt: skip
        print(json.dumps(document, indent=2))
        return
    about = "" if is_exact else "about "
    console.out.print(f"{spec}: nothing is wrong")
    console.out.print(f"  sweep {planned.id}: {about}{trials:,} trials by {' and '.join(objectives)}")
    for warning in planned.warnings:
        console.say(f"  data: {warning}", "yellow")
    console.say(f"next: sweep run {spec} --dry-run   ·   sweep run {spec}", "dim")
