"""Shared passes against isolated trials: the same sweep both ways, every figure compared. See README.md.

python benchmarks/shared.py [--spec SPEC] [--set PATH=VALUE]… [--workers 2] [--inline]
"""

import argparse
import json
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import monotonic
from typing import Any

from sweep.backtest import run, run_together
from sweep.plan import Plan, plan
from sweep.session import Options
from sweep.session import run as run_session
from sweep.spec import resolve


def cpu() -> float:
    """CPU seconds of this process and of its ended children."""
    return sum(u.ru_utime + u.ru_stime for u in (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)))


def sweep(spec: str, settings: list[str], replay: str, args: argparse.Namespace) -> tuple[dict[str, Any], float]:
    """Figures and fills of every trial by its setting, and trials a minute."""
    planned = plan(spec, [*settings, f"execution.replay={replay}"])
    executor = "inline" if args.inline else "ray"
    with tempfile.TemporaryDirectory() as runs:
        begin, used = monotonic(), cpu()
        session = run_session(
            planned, Options(runs_dir=Path(runs), executor=executor, workers=args.workers, tracking=False)
        )
        wall, used = monotonic() - begin, cpu() - used
        with session.report.folder.open() as ledger:
            rows = list(ledger.rows())
            found = {json.dumps(r.params): (r.state, r.metrics, r.warnings, ledger.trail(r.number)) for r in rows}
        print(f"{replay}: {len(rows)} trials, {wall:.1f} s, {60 * len(rows) / wall:,.0f} a minute, {used:.1f} CPU s")
        print(f"  {session.report.proven() or 'each in an engine of its own'}")
    return found, 60 * len(rows) / wall


def engines(planned: Plan, pack: int) -> None:
    """CPU seconds of the engines alone: no driver, no proof."""
    points = list(planned.spec.space.points())
    run(resolve(planned.base, points[0]))  # imports and decoding
    used = cpu()
    alone = [run(resolve(planned.base, point)) for point in points]
    isolated, used = cpu() - used, cpu()
    packs = [points[n : n + pack] for n in range(0, len(points), pack)]
    together = [o for some in packs for o in run_together([(resolve(planned.base, p), ()) for p in some])]
    shared = cpu() - used
    same = sum(
        not isinstance(b, str) and a.metrics == b.metrics and a.fills == b.fills
        for a, b in zip(alone, together, strict=True)
    )
    print(f"engines alone: {isolated:.2f} CPU s isolated, {shared:.2f} in packs of {pack}: {isolated / shared:.1f} x")
    print(f"  {same} of {len(points)} trials identical, fill by fill")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--spec", default="search_spaces/demo_grid.yaml")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--inline", action="store_true")
    args = parser.parse_args()
    engines(plan(args.spec, args.set), plan(args.spec, args.set).spec.execution.pack)
    isolated, slow = sweep(args.spec, args.set, "isolated", args)
    shared, fast = sweep(args.spec, args.set, "shared", args)
    print(f"the same trials, figures and fills: {isolated == shared}; {fast / slow:.1f} x the trials a minute")


if __name__ == "__main__":
    main()
