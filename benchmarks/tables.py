"""Whole grids as arrays: the profit of each point at the end of each trading day. Studies on them need no engine.

python benchmarks/tables.py score                              # 5 CPU minutes; after `sweep catalog demo data/demo`
python benchmarks/tables.py ema --catalog data/gbpusd          # 6 CPU minutes; the catalog of ema_bracket_fx.yaml

Packs in shared passes; the same command goes on where it was interrupted. Twenty points are run again isolated.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, batched, groupby
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml

from sweep.backtest.engine.backtest_run import run
from sweep.backtest.shared import shared_run
from sweep.runner.plan import SweepPlan, plan
from sweep.spec.model import resolve
from sweep.spec.space import Space
from sweep.spec.space_parser import parse
from sweep.trial import Params, Result

HERE = Path(__file__).parent
SPECS, TABLES = HERE.parent / "search_spaces", HERE / "results" / "tables"
PACK, PROOF = 64, 20
MISSING = np.iinfo(np.int32).min

type Cents = np.ndarray[tuple[int, int], np.dtype[np.int32]]


@dataclass(frozen=True)
class Table:
    """A ready spec on a space without continuous ranges, all points of which were run once."""

    name: str
    spec: str
    space: Mapping[str, Any]
    changes: Mapping[str, Any]
    constraints: tuple[str, ...] = ()
    timer: str = ""  # parameter that sets the times of timers: in a pack they must be the same

    @cached_property
    def parsed(self) -> Space:
        """The space of the table."""
        space, problems = parse(dict(self.space), list(self.constraints), {})
        if problems:
            raise ValueError(problems)
        return space

    @cached_property
    def points(self) -> list[Params]:
        """Points in the order of the rows."""
        return list(self.parsed.points())

    @property
    def file(self) -> Path:
        return TABLES / f"{self.name}.npz"

    @cached_property
    def cents(self) -> Cents:
        """Profit in cents: a row for each point, a column for each trading day."""
        with np.load(self.file) as stored:
            return np.cumsum(stored["days"], axis=1, dtype=np.int32)

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each point."""
        return {key(point): n for n, point in enumerate(self.points)}

    def timing(self, row: int) -> float:
        """The value that sets the times of the timers of a point."""
        return float(self.points[row][self.timer]) if self.timer else 0.0  # type: ignore[arg-type] (a number)

    def path(self, point: Params) -> list[float]:
        """Profit of a point at the end of each trading day."""
        return (self.cents[self.rows[key(point)]] / 100).tolist()

    @property
    def best(self) -> float:
        """The highest profit of the table."""
        return int(self.cents[:, -1].max()) / 100


def key(point: Params) -> str:
    """A point as text."""
    return json.dumps(dict(point), sort_keys=True)


SCORE = Table(  # 3,564 points on five days of synthetic data
    "score",
    "demo_tpe.yaml",
    {
        "strategy.score_threshold": {"low": 50, "high": 90, "step": 5},
        "strategy.tp_pct": {"low": 0.05, "high": 1.6, "log": True, "points": 11},
        "strategy.sl_pct": {"low": 0.05, "high": 0.8, "log": True, "points": 9},
        "strategy.flat_minutes": [0, 5, 10, 15],
    },
    {},
)
EMA = Table(  # 8,775 points on eight days of GBP/USD
    "ema",
    "ema_bracket_fx_tpe.yaml",
    {
        "strategy.fast": {"low": 2, "high": 60, "log": True, "points": 7},
        "strategy.slow": {"low": 10, "high": 200, "log": True, "points": 7},
        "strategy.tp_pct": {"low": 0.02, "high": 1.0, "log": True, "points": 5},
        "strategy.sl_pct": {"low": 0.02, "high": 1.0, "log": True, "points": 5},
        "strategy.bar_minutes": [10, 15, 20],
        "strategy.flat_minutes": [15, 30, 60],
    },
    {"period": {"start": "2012-02-01", "end": "2012-02-11"}},
    ("fast < slow",),
    "strategy.bar_minutes",
)
ALL = {table.name: table for table in (SCORE, EMA)}


def planned(table: Table, catalog: str | None) -> SweepPlan:
    """The grid of a table as a sweep, which is never started."""
    spec = yaml.safe_load((SPECS / table.spec).read_text()) | dict(table.changes)
    spec["search"] = {"space": dict(table.space), "constraints": list(table.constraints)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.yaml"
        path.write_text(yaml.safe_dump(spec, sort_keys=False))
        return plan(path, [f"catalog={Path(catalog or spec['catalog']).resolve()}"])


def daily(result: Result) -> list[int]:
    """Profit of a trial in cents at the end of each day, which is its `pnl_total` at the last one."""
    start = float(result.stats["starting_equity"])
    growth = accumulate(result.returns, lambda equity, day: equity * (1 + day), initial=start)
    cents = [round(100 * (equity - start)) for equity in growth][1:]
    if cents[-1] != round(100 * float(result.metrics["pnl_total"] or 0)):
        raise SystemExit(f"the days do not sum to {result.metrics['pnl_total']}: {cents}")
    return cents


def unfinished(table: Table, cents: Cents) -> Iterator[tuple[int, ...]]:
    """Rows of the packs that have to be run."""
    left = [n for n in range(len(cents)) if cents[n, -1] == MISSING]
    for _, rows in groupby(sorted(left, key=table.timing), key=table.timing):
        yield from batched(rows, PACK, strict=False)


def make(table: Table, catalog: str | None, place: Path) -> None:
    """Run what is missing of a table; write it when all is there."""
    base = planned(table, catalog).base
    backtests = [resolve(base, point) for point in table.points]
    first = daily(run(backtests[0]))
    place.mkdir(parents=True, exist_ok=True)
    scratch, shape = place / f"{table.name}.npy", (len(backtests), len(first))
    if not scratch.exists():
        np.save(scratch, np.full(shape, MISSING, np.int32))
    cents = np.lib.format.open_memmap(scratch, "r+")
    for pack in unfinished(table, cents):
        results = shared_run.run([(backtests[n], ()) for n in pack])
        apart = sum(isinstance(result, str) for result in results)
        for n, result in zip(pack, results, strict=True):
            cents[n] = daily(run(backtests[n]) if isinstance(result, str) else result)
        cents.flush()
        print(f"{table.name}: {sum(cents[:, -1] != MISSING):,} of {len(backtests):,}; {apart} isolated", flush=True)
    for n in Random(0).sample(range(len(backtests)), PROOF):
        if (alone := daily(run(backtests[n]))) != cents[n].tolist():
            raise SystemExit(f"{table.points[n]} differs: {alone} alone, {cents[n].tolist()} in a pack")
    TABLES.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(table.file, days=np.diff(cents, axis=1, prepend=0).astype(np.int32))
    print(f"{table.name}: {shape[0]:,} points of {shape[1]} days, best {table.best:,.2f}; {PROOF} isolated are equal")


def main() -> None:
    """Make one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=ALL)
    parser.add_argument("--catalog", help="of the market data; that of the spec by default")
    parser.add_argument("--place", type=Path, default=Path("runs/tables"), help="keeps what is ready until all is")
    options = parser.parse_args()
    make(ALL[options.table], options.catalog, options.place)


if __name__ == "__main__":
    main()
