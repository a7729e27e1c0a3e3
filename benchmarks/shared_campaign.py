"""Random trials in shared passes and in engines of their own: every fill, metric and daily return compared.

PYTHONPATH=. python benchmarks/shared_campaign.py run --minutes 10     # resumes behind the last case
PYTHONPATH=. python benchmarks/shared_campaign.py show                 # the line of docs/shared-replay.md
PYTHONPATH=. python benchmarks/shared_campaign.py case 17              # one case again, with its differences

A case is a random market (quotes, trades, bars of one or more types), a random venue and a pack of random strategies on
them, fixed by its number. Venues and data that must not share passes are counted and left out; `--anyway` runs them.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sweep.backtest.shared import shared_run
from sweep.backtest.shared.eligibility import against
from tests.support.random_cases import case, differences

RESULTS = Path(__file__).parent / "results" / "shared_campaign.jsonl"


def compare(number: int, *, anyway: bool) -> dict[str, Any]:
    """One case as a row of the results."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = case(number, Path(folder) / "c")
        reasons = against(chosen.trials[0])
        row: dict[str, Any] = {"case": number, "kinds": "+".join(chosen.kinds), "against": len(reasons or ())}
        if reasons and not anyway:
            return row
        outcomes = shared_run.run([(one, ()) for one in chosen.trials])
        both = [(one, o) for one, o in zip(chosen.trials, outcomes, strict=True) if not isinstance(o, str)]
        wrong = [(one["strategy"]["config"]["seed"], d) for one, o in both if (d := differences(one, o))]
        fills = sum(int(o.metrics["fills"] or 0) for _, o in both)
    return row | {"shared": len(both), "fills": fills, "refused": len(outcomes) - len(both), "differ": wrong}


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def campaign(minutes: float, *, anyway: bool) -> None:
    """Run cases until the time is over, behind those that have been run."""
    number, until = 1 + max((row["case"] for row in rows()), default=0), time.monotonic() + 60 * minutes
    with RESULTS.open("a") as results:
        while time.monotonic() < until:
            results.write(json.dumps(compare(number, anyway=anyway)) + "\n")
            results.flush()
            number += 1


def show() -> None:
    """Sums by kind of data."""
    table: dict[str, Counter[str]] = {}
    for row in rows():
        for name in (row["kinds"], "all"):
            sums = table.setdefault(name, Counter())
            sums["cases"] += 1
            sums["not allowed"] += "shared" not in row
            sums["differ"] += len(row.get("differ", ()))
            for key in ("shared", "refused", "fills"):
                sums[key] += row.get(key, 0)
    for name, sums in sorted(table.items()):
        print(f"{name:20}", ", ".join(f"{count} {key}" for key, count in sums.items()))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("run", "show", "case"))
    parser.add_argument("number", type=int, nargs="?", default=1)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--anyway", action="store_true", help="also where the conditions forbid it")
    chosen = parser.parse_args()
    if chosen.command == "run":
        campaign(chosen.minutes, anyway=chosen.anyway)
    elif chosen.command == "case":
        print(json.dumps(compare(chosen.number, anyway=chosen.anyway), indent=2))
    else:
        show()


if __name__ == "__main__":
    main()
