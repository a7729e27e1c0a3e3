"""Cost of the option contracts that a trial does not touch: a day with 602 contracts, and with the touched ones only.

    python benchmarks/option_chain.py

Writes the catalogs into a temporary directory (half a minute), compares the fills, then runs the same trial of
ScoreBracket on both in turns and prints medians of their CPU seconds and of their ratios: of a worker's first trial,
which knows nothing yet, and of later ones.
"""

import tempfile
from functools import cache as once
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from nautilus_trader.model import register_custom_data_class
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest.data.windows import WindowCache
from sweep.backtest.engine.backtest_run import BacktestRun
from sweep.backtest.setup.builder import build
from sweep.catalog.demo import option_chain, writer
from sweep.catalog.demo.stock import sessions
from sweep.runner.plan import plan
from sweep.spec.model import resolve
from sweep.strategies.score_bracket import ScoreUpdate

SPEC = Path(__file__).parents[1] / "search_spaces" / "options_grid.yaml"
ROUNDS = 5  # workers
TRIALS = 8  # of each
MEMORY = 2**30


def main() -> None:
    option_chain.STRIKES = 150  # either side of the money, puts and calls
    register_custom_data_class(ScoreUpdate)
    with tempfile.TemporaryDirectory() as name:
        everything = Path(name, "all")
        write(everything, None)
        for rule in ("atm", "delta"):
            fills, names, _ = replay(everything, rule, WindowCache(0))
            few = Path(name, rule)
            write(few, names)
            if replay(few, rule, WindowCache(0))[0] != fills:
                raise SystemExit("the fills differ")
            print(f"{rule}: {len(fills)} orders filled, in {len(names)} contracts of 602")
            pairs = [worker(everything, few, rule) for _ in range(ROUNDS)]
            show("first trial", [p[0] for p in pairs])
            show("later trials", [later for p in pairs for later in p[1:]])


def write(directory: Path, names: frozenset[str] | None) -> None:
    """The first demo session with these contracts, or with all."""
    day = next(sessions())
    directory.mkdir()
    catalog = ParquetDataCatalog(str(directory))
    catalog.write_instruments([writer.spy()])
    writer.put_day(catalog, day)
    contracts = option_chain.chain(day)
    writer.put_chain(catalog, [c for c in contracts if names is None or str(writer.option(c).id) in names])


def worker(everything: Path, few: Path, rule: str) -> list[tuple[float, float]]:
    """CPU seconds of the trials of a worker, on both catalogs in turns."""
    caches = {c: WindowCache(MEMORY) for c in (everything, few)}
    return [(replay(everything, rule, caches[everything])[2], replay(few, rule, caches[few])[2]) for _ in range(TRIALS)]


def show(label: str, pairs: list[tuple[float, float]]) -> None:
    a, b, ratio = (median(column) for column in zip(*((a, b, a / b) for a, b in pairs), strict=True))
    print(f"  {label:12} {a:6.3f} s with all, {b:6.3f} s with the touched alone: {ratio:.2f} x")


@once
def base(directory: Path, rule: str) -> dict[str, Any]:
    """The backtest, planned once: a sweep does that before its first trial."""
    settings = [f"catalog={directory}", "period.end=2026-05-05", f"strategy.strike_rule={rule}"]
    planned = plan(SPEC, [*settings, "search.space.strategy.strike_rule=" + f"[{rule}]"])
    return resolve(planned.base, {"strategy.score_threshold": 70})


def replay(directory: Path, rule: str, cache: WindowCache) -> tuple[list[Any], frozenset[str], float]:
    """The fills, the contracts that were read, and the CPU seconds."""
    parts, problems = build(base(directory, rule))
    if parts is None:
        raise SystemExit(str(problems))
    started = process_time()
    one = BacktestRun(str(directory), parts, cache)
    try:
        one.run(50_000, ())
        one.result()
        used = process_time() - started
        filled = [o for o in one.engine.cache.orders() if o.avg_px is not None]
        fills = [(str(o.instrument_id), str(o.side), str(o.filled_qty), str(o.avg_px), o.ts_last) for o in filled]
        return sorted(fills), one.chains.touched, used
    finally:
        one.dispose()


if __name__ == "__main__":
    main()
